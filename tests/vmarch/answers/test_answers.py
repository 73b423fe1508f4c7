"""What every answer can do, and what the library takes and refuses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib import pyplot as plt

import vmarch
from vmarch.answers import compare as module

STUDY = 'title = "Exits"\n[run]\nreplications = 2\noperations = 10\n[factors]\nworkload = "tcp-rr"\narchitecture = '
LEVELS = '["kvm-vhost", "xen-pv"]\nguests = [1, 2]\n'
MICRO = "operation,native,virtual,low,high,unit\nint_loop,100,110,,,ns\nsys_getppid,200,900,,,ns\n"
TENANTS = "".join(
    f'[[guest]]\nname = "{name}"\nworkload = "tcp-rr"\narchitecture = "{name}"\n' for name in ("kvm-vhost", "container")
)
FEW: dict[str, Any] = {"operations": 20, "replications": 2, "jobs": 1}

ASKED: dict[str, Callable[[Path], vmarch.Answer]] = {
    "compare": lambda _: vmarch.compare("tcp-rr", ["kvm-vhost", "xen-pv"], **FEW),
    "ranking": lambda _: vmarch.compare("tcp-rr", ["kvm-vhost", "xen-pv"], **FEW).ranking,
    "run": lambda _: vmarch.run(["tcp-rr", "fork"], "xen-pv", **FEW),
    "load": lambda _: vmarch.under_load("tcp-rr", ["kvm-vhost", "xen-pv"], to=8, **FEW),
    "capacity": lambda folder: vmarch.capacity(
        written(folder / "host.toml", TENANTS), "container.p99 <= 1 ms", most=4, **FEW
    ),
    "tenants": lambda folder: vmarch.tenants(written(folder / "host.toml", TENANTS), **FEW),
    "explain": lambda _: vmarch.explain("tcp-rr", "xen-pv"),
    "costs": lambda _: vmarch.costs("xen-pv"),
    "tornado": lambda _: vmarch.sensitivities("fork", "pvm"),
    "morris": lambda _: vmarch.sensitivities("fork", "pvm", method="morris", samples=4),
    "sobol": lambda _: vmarch.sensitivities("fork", "pvm", method="sobol", samples=16, metric="response"),
    "infer": lambda _: vmarch.infer({"native": 12.3, "xen-pv": "15.5 s"}, predict=["kvm-vhost"], draws=400),
    "sweep": lambda folder: vmarch.sweep_study(written(folder / "exits.toml", STUDY + LEVELS), out=folder, workers=1),
    "reach": lambda _: vmarch.reach(["xen-pv", "hyperv"], each=True),
    "calibrate": lambda folder: vmarch.calibrate(written(folder / "micro.csv", MICRO)),
}


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    module.REMEMBERED.clear()
    yield
    module.REMEMBERED.clear()


class Tags(HTMLParser):
    """What opens and closes; a page that is well formed leaves nothing open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag not in ("img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("question", ASKED)
def test_an_answer(question: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    answer = ASKED[question](tmp_path)
    assert "\n" not in repr(answer)
    assert repr(answer).startswith(f"<{type(answer).__name__}: ")
    assert answer.finding in repr(answer)
    assert len(answer.frame) == len(answer.rows) > 0
    text = answer.to_csv()
    assert text is not None
    pd.testing.assert_frame_equal(
        pd.read_csv(StringIO(text))[list(answer.frame.columns)].iloc[:0],
        answer.frame.iloc[:0],
        check_dtype=False,
        check_index_type=False,
    )
    assert answer.to_csv(tmp_path / "there" / "rows.csv") is None
    assert (tmp_path / "there" / "rows.csv").read_text("utf-8") == text
    made = answer.made
    assert "vmarch" in made["versions"]
    assert made["configuration"]
    page = Tags(answer._repr_html_())
    assert page.open == []
    assert page.seen.count("tr") == sum(len(table.rows) + 1 for table in answer.tables)
    assert ("img" in page.seen) == answer.has_figure
    assert plt.get_fignums() == []
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    "question", ["compare", "run", "load", "explain", "tornado", "morris", "sobol", "infer", "sweep"]
)
def test_a_figure_is_handed_over_and_not_shown(question: str, tmp_path: Path) -> None:
    answer = ASKED[question](tmp_path)
    figure = answer.plot()
    assert figure.axes
    assert figure.axes[0].get_xlabel()
    assert plt.get_fignums() == []
    own, axes = plt.subplots()
    assert answer.plot(ax=axes) is own
    assert axes.has_data()
    plt.close(own)


@pytest.mark.parametrize("question", ["ranking", "costs", "calibrate", "reach"])
def test_no_figure_is_an_error(question: str, tmp_path: Path) -> None:
    with pytest.raises(vmarch.InputError, match="an answer that has a figure"):
        ASKED[question](tmp_path).plot()


@pytest.mark.parametrize("question", sorted(set(ASKED) - {"sweep"}))
def test_an_answer_is_saved_with_what_made_it(question: str, tmp_path: Path) -> None:
    answer = ASKED[question](tmp_path)
    answer.save(tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert answer.manifest_name in names
    assert not [name for name in names if name.endswith(".new")]


def test_names_paths_and_objects_are_the_same(tmp_path: Path) -> None:
    workload, host = vmarch.load_workload("tcp-rr"), vmarch.load_host("server")
    architecture = vmarch.load_architecture("xen-pv")
    path = Path(vmarch.__file__).parent.parent / "workloads" / "catalogue" / "tcp-rr.toml"
    found = [
        vmarch.compare("tcp-rr", "xen-pv", **FEW).to_csv(),
        vmarch.compare(workload, [architecture], host=host, **FEW).to_csv(),
        vmarch.compare([path], "xen-pv", host=host, **FEW).to_csv(),
    ]
    assert found[0] == found[1] == found[2]


def test_what_is_changed_acts() -> None:
    mine = vmarch.load_workload("web-server").with_(demands={"system_calls": 400}, tasks={"count": 8})
    assert mine.tasks.count == 8
    was = vmarch.load_workload("web-server").demands
    assert {**was, **mine.demands} == mine.demands
    slow = vmarch.load_host("server").with_(cores=2)
    assert vmarch.explain(mine, "native").seconds > vmarch.explain("web-server", "native").seconds
    few = {**FEW, "deterministic": True}
    ours, all_cores = (vmarch.run(mine, "native", host=one, **few) for one in (slow, "server"))
    assert ours.frame.set_index("metric").value["response_s"] > all_cores.frame.set_index("metric").value["response_s"]


def test_a_cell_by_name() -> None:
    found = vmarch.compare(["tcp-rr", "fork"], ["container", "xen-pv"], **FEW)
    cell = found["fork", "xen-pv"]
    low, ratio, high = (getattr(cell.slowdown(), name) for name in ("low", "ratio", "high"))
    assert low <= ratio <= high
    assert cell.layers.sum() == pytest.approx(vmarch.explain("fork", "xen-pv").seconds)
    assert len(found) == len(list(found)) == 4
    with pytest.raises(vmarch.InputError, match="did you mean 'fork under xen-pv'"):
        found["fork", "xen-p"]


def test_an_interrupted_cell_keeps_what_was_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    from vmarch import filling

    replicate, count = vars(filling)["replicate"], [0]

    def interrupted(*words: Any, **more: Any) -> object:
        count[0] += 1
        if count[0] > 3:
            raise KeyboardInterrupt
        return replicate(*words, **more)

    monkeypatch.setattr(filling, "replicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        vmarch.compare("tcp-rr", "xen-pv", operations=20, replications=4, jobs=1)
    assert module.REMEMBERED.size == 3
    count[0] = -100
    again = vmarch.compare("tcp-rr", "xen-pv", operations=20, replications=4, jobs=1)
    assert count[0] == 8 - 3 - 100
    assert again.to_csv() == vmarch.compare("tcp-rr", "xen-pv", operations=20, replications=4, jobs=1).to_csv()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: vmarch.compare("tcp-r"), vmarch.InputError, "did you mean 'tcp-rr'"),
        (lambda: vmarch.compare("tcp-rr", "xen", **FEW), vmarch.InputError, "--architecture: 'xen'"),
        (lambda: vmarch.compare("tcp-rr", "xen-pv", modifiable=False), vmarch.CapabilityError, "must be modified"),
        (lambda: vmarch.compare("tcp-rr", "xen-pv", costs={"vm_exits": 1}), vmarch.InputError, "vm_exits"),
        (lambda: vmarch.run("tcp-rr", "xen-pv", guests=0), vmarch.InputError, "--guests: 0"),
        (lambda: vmarch.sensitivities("fork", "pvm", method="guess"), vmarch.InputError, "--method: 'guess'"),
        (lambda: vmarch.infer({"native": 1.0}), vmarch.InputError, "two or more"),
        (lambda: vmarch.infer({"native": "soon", "xen-pv": 2.0}), vmarch.InputError, "times.native"),
        (lambda: vmarch.load_workload("fork").with_(demand={}), vmarch.InputError, "demand"),
        (lambda: vmarch.load_host("server").with_(cores=0), vmarch.InputError, "cores"),
    ],
)
def test_errors_are_the_librarys_own(
    call: Callable[[], object], error: type[Exception], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(error) as caught:
        call()
    assert isinstance(caught.value, vmarch.VmarchError)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_what_is_exported_is_there_and_nothing_is_read_before_it_is_asked_for() -> None:
    for name in vmarch.__all__:
        assert getattr(vmarch, name) is not None
    assert set(vmarch.__all__) <= set(dir(vmarch))
    with pytest.raises(AttributeError, match="no attribute 'campare'"):
        _ = vmarch.campare
    code = "import sys, vmarch; print(sorted({'pandas', 'matplotlib', 'numba', 'click'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


SCRIPT = """
import vmarch

found = vmarch.compare("tcp-rr", ["kvm-vhost", "xen-pv"], operations=20, replications=2, jobs=2, engine="simpy")
print(len(found.frame))
"""


@pytest.mark.slow
def test_a_script_needs_no_guard_for_its_processes(tmp_path: Path) -> None:
    path = written(tmp_path / "script.py", SCRIPT)
    for words, text in (([sys.executable, str(path)], None), ([sys.executable, "-"], SCRIPT)):
        done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.split()) == (0, ["12"]), done.stderr


def test_jumbo_frames_take_fewer_packets() -> None:
    host = vmarch.load_host("server")
    jumbo, tiny = host.with_(nic={"mtu": 9000}), host.with_(nic={"mtu": 576})
    times = [vmarch.explain("tcp-stream-out", "native", host=one).seconds for one in (jumbo, host, tiny)]
    assert times == sorted(times)
    assert len(set(times)) == 3
    with pytest.raises(vmarch.InputError, match=r"nic\.mtu: 60.0 is not allowed; expected a size .* 68 or more"):
        host.with_(nic={"mtu": 60})


def test_a_table_of_a_run_is_for_people() -> None:
    table = vmarch.run("tcp-rr", "xen-pv", **FEW).table
    cells = {row[3]: row[4] for row in table.rows}
    assert cells["response"].endswith(" us")
    assert cells["throughput"].endswith(" /s")
    assert cells["driver domain"]
    shown = {row[4] for row in table.rows if row[2] == "utilisation"}
    assert all(cell.endswith(" %") for cell in shown)


def test_capacity_is_saved_with_its_picture(tmp_path: Path) -> None:
    ASKED["capacity"](tmp_path).save(tmp_path / "out")
    assert (tmp_path / "out/capacity.png").stat().st_size > 10_000
    assert "<svg" in (tmp_path / "out/capacity.svg").read_text(encoding="utf-8")
