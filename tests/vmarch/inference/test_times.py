"""Tables of measured times: what is read, and what is refused in one line."""

import math
from pathlib import Path

import pytest

from simcore.errors import InputError
from vmarch.inference.infer import Measured
from vmarch.inference.times import read_times


def read(folder: Path, text: str | bytes) -> list[Measured]:
    path = folder / "times.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_times(path, 0.02)


def test_units_spreads_and_blanks(tmp_path: Path) -> None:
    text = (
        "\ufeffarchitecture, value,unit,low,high\r\nnative,12.3,s\r\n\r\nxen-pv, 1500 ms ,,1 s,2 s\r\numl,2,min,,\r\n"
    )
    native, xen, uml = read(tmp_path, text)
    assert native == Measured("native", 12.3, 0.02)
    assert xen.architecture == "xen-pv"
    assert xen.seconds == pytest.approx(1.5)
    assert xen.error == pytest.approx(math.log(2.0) / 3.29)
    assert uml.seconds == 120.0


HEAD = "architecture,value,unit,low,high\n"
TWO = "native,1,s,,\numl,2,s,,\n"
BAD: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "header"),
    "blank lines only": ("\n\n", "header"),
    "header only": (HEAD, "two or more"),
    "one architecture": (HEAD + "native,1,s,,\n", "two or more"),
    "no header": ("native,1\numl,2\n", "column"),
    "unknown column": ("architecture,value,units\n" + "native,1,s\n", "did you mean 'unit'"),
    "no value column": ("architecture,unit\nnative,s\n", "value"),
    "no architecture column": ("value,unit\n1,s\n", "architecture"),
    "column twice": ("architecture,value,value\n", "each column once"),
    "too many fields": (HEAD + "native,1,s,1,1,1\n", "5 fields"),
    "no architecture": (HEAD + ",1,s,,\n", "line 2: architecture"),
    "architecture twice": (HEAD + TWO + "native,1,s,,\n", "line 4: architecture.*each architecture once"),
    "no value": (HEAD + "native,,s,,\n", "line 2: value"),
    "value is a word": (HEAD + "native,fast,s,,\n", "line 2: value.*'fast'"),
    "zero": (HEAD + "native,0,s,,\n", "line 2: value.*above 0"),
    "negative": (HEAD + "native,-1,s,,\n", "line 2: value.*above 0"),
    "NaN": (HEAD + "native,nan,s,,\n", "line 2: value.*finite"),
    "infinite": (HEAD + "native,inf,s,,\n", "line 2: value.*finite"),
    "too long": (HEAD + "native,1e30,s,,\n", "line 2: value.*1e9 s"),
    "unknown unit": (HEAD + "native,1,parsec,,\n", "line 2: value.*a time such as"),
    "unit of something else": (HEAD + "native,1,MB,,\n", "line 2: value.*a time such as"),
    "low alone": (HEAD + "native,1,s,0.9,\n", "high.*come together"),
    "high alone": (HEAD + "native,1,s,,1.1\n", "low.*come together"),
    "low above value": (HEAD + "native,1,s,1.05,1.1\n", "low <= value <= high"),
    "high below value": (HEAD + "native,1,s,0.8,0.9\n", "low <= value <= high"),
    "low of zero": (HEAD + "native,1,s,0,2\n", "low.*above 0"),
    "low is a word": (HEAD + "native,1,s,small,2\n", "low.*'small'"),
    "no text": (b"\xff\xfe\x00", "UTF-8"),
    "NUL bytes": (HEAD.encode() + b"native,1\x00,s,,\n", "value|CSV"),
    "open quote and huge field": (HEAD + '"' + "x" * 200_000, "CSV|architecture"),
    "too large": ("#" * (2**20 + 1), "1 MiB"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_refused(kind: str, tmp_path: Path) -> None:
    text, says = BAD[kind]
    with pytest.raises(InputError, match=says) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_what_is_no_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="TIMES"):
        read_times(tmp_path / name, 0.02)
