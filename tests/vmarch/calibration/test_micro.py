"""Tables of micro-benchmarks: both forms, and everything they refuse."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments.commands.main import main
from simcore.errors import InputError
from vmarch.calibration import read_micro

SIMPLE = """operation,native,virtual,low,high,unit
sys_getppid,0.1,0.3,0.25,0.4,us
pf_anon,1000,1500,1400,1600,ns/page
tcp_stream_tx_nic_same,1000,500,,,MB/s
thread_create_join,20,20,,,ns
"""

LONG = """environment,workload,metric,unit,n,min,median,max
native,sys_getppid,value,ns,5,90,100,110
native@box,sys_getppid,value,ns,5,95,105,120
box,sys_getppid,value,ns,5,290,300,320
pen,sys_getppid,value,ns,5,190,200,220
"""


def table(folder: Path, text: str) -> Path:
    path = folder / "micro.csv"
    path.write_text(text, "utf-8")
    return path


def test_the_simple_form(tmp_path: Path) -> None:
    found = read_micro(table(tmp_path, SIMPLE), "mine")
    assert found.environments == ("mine",)
    call = found.of("mine")["sys_getppid"].figure
    assert (call.low, call.value, call.high) == pytest.approx((250e-9, 300e-9, 400e-9))
    assert found.natives()["pf_anon"].figure.value == pytest.approx(1e-6)
    assert found.of("mine")["tcp_stream_tx_nic_same"].figure.value == pytest.approx(2e-9)  # seconds a byte
    assert "thread_create_join" not in found.of("mine")  # known, and of no use


def test_the_long_form_pairs_what_was_measured_together(tmp_path: Path) -> None:
    found = read_micro(table(tmp_path, LONG))
    assert found.environments == ("box", "pen")
    assert found.beside("box")["sys_getppid"].value == 105
    assert found.beside("pen")["sys_getppid"].value == 100
    assert found.natives()["sys_getppid"].value == 100
    assert read_micro(table(tmp_path, LONG), "pen").environments == ("pen",)


BAD = {
    "empty": ("", "column operation|column environment"),
    "no column": (SIMPLE.replace("virtual", "guest"), "column virtual"),
    "no median": (LONG.replace("median", "middle"), "column median"),
    "unknown operation": (SIMPLE.replace("pf_anon", "pf_anno"), "did you mean 'pf_anon'"),
    "word": (SIMPLE.replace("0.3", "fast"), "line 2, virtual.*above 0"),
    "nothing": (SIMPLE.replace("0.3", ""), "line 2, virtual.*above 0"),
    "zero": (SIMPLE.replace("1500", "0"), "line 3, virtual.*above 0"),
    "negative": (SIMPLE.replace("0.1,", "-0.1,"), "line 2, native.*above 0"),
    "infinite": (SIMPLE.replace("1500", "inf"), "line 3.*above 0"),
    "NaN": (SIMPLE.replace("1500", "nan"), "line 3.*above 0"),
    "range beside the value": (SIMPLE.replace("0.25", "0.35"), "line 2, virtual, range"),
    "unknown unit": (SIMPLE.replace("0.4,us", "0.4,parsec"), "line 2.*unit"),
    "a rate for a time": (SIMPLE.replace("0.4,us", "0.4,MB/s"), "line 2.*unit"),
    "a time for a rate": (SIMPLE.replace("MB/s", "ns"), "line 4.*unit"),
    "twice": (SIMPLE + "pf_anon,1000,1500,1400,1600,ns\n", "given once"),
    "no environment": ("\n".join(LONG.splitlines()[:3]), "no environment"),
    "no native row": (LONG.replace("native,", "other,"), "no native row"),
    "name of an environment": (LONG.replace("pen,", "My Pen,"), "environment"),
    "native below what stands beside it": (
        SIMPLE + "stat_rootfs,50,900,,,ns\n",
        "one of path_lookups",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_a_table_refuses(tmp_path: Path, kind: str) -> None:
    text, words = BAD[kind]
    path, out = table(tmp_path, text), tmp_path / "out"
    result = CliRunner().invoke(main, ["calibrate", str(path), "--out", str(out)])
    assert result.exit_code == 2
    assert not out.exists()
    assert result.output.count("\n") == 1
    with pytest.raises(AssertionError):
        assert "Traceback" in result.output
    import re

    assert re.search(words, result.output), result.output


def test_a_file_that_is_not_there_and_an_environment_that_is_not_in_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="readable"):
        read_micro(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="box, pen"):
        read_micro(table(tmp_path, LONG), "bix")
