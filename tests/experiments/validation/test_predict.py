"""Predictions against sums done by hand, and what the page says of them."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from architectures import Architecture, compose, load_architecture
from experiments.commands.main import main
from experiments.validation import load_case, predict
from experiments.validation.case import Case, case_paths
from experiments.validation.report import errors, page
from simcore.errors import InputError
from simcore.hosts import load_host
from simcore.path import flat

CASES = {path.stem: path for path in case_paths()}


def rows(name: str) -> dict[str, float]:
    return {f"{p.benchmark}, {p.system}": p.predicted for p in predict(load_case(CASES[name])) if p.kind == "predicted"}


def test_shadow_against_nested_paging_by_hand() -> None:
    found = rows("wang-2011")
    # nested time less 4 ns for each TLB miss, plus 10 us for each fault
    gcc = 403 - 1082065972 * 4e-9 + 13320141 * 10e-6
    assert found["gcc SP, Xen HVM"] == pytest.approx(gcc, rel=1e-3)
    assert found["mcf SP, Xen HVM"] == pytest.approx(383 - 12539673680 * 4e-9 + 243491 * 10e-6, rel=1e-3)


def test_redis_under_two_platforms_of_gvisor_by_hand() -> None:
    found = rows("gvisor-2019")
    # milliseconds of 1,250,000 requests: native, and 3.01 calls each
    assert found["Redis SET, gVisor-ptrace"] == pytest.approx(17250 + 1250 * 3.01 * 15.161, rel=1e-4)
    assert found["Redis SET, gVisor-systrap"] == pytest.approx(17250 + 1250 * 3.01 * 0.778, rel=1e-4)


def test_gzip_of_our_own_by_hand() -> None:
    found = rows("own-macro")
    more = 1737 * 17.941e-6 + 18 * 8.3386e-6 + 28 * 8.4896e-6 + 1.0803e-3 + 2 * 0.3654e-3 + 18 * 3.1778e-6
    faults = 269 * (2.1632 * (62.13e-6 + 2.787e-6) - 2.787e-6)
    copied = 78_000_000 * 0.015e-9  # a few ms at most
    user = 0.9776 * 0.0152
    assert found["gzip, uml"] == pytest.approx((0.9776 + more + faults + copied + user) / 0.9776, rel=0.003)


QUANTITIES = """
name = "quantities"
title = "A millisecond of work, and a packet sent"
paper = "sums done by hand"
host = "xeon-2003"

[[system]]
name = "native"
architecture = "native"
cores = 1

[[system]]
name = "Xen x3"
architecture = "xen-2003"
guests = 3
cores = 2
vcpus = 1

[[system]]
name = "frames"
architecture = "xen-pv"
cores = 2
vcpus = 1
changes = { offload = false }

[[system]]
name = "driver domain"
architecture = "xen-pv"
cores = 1
changes = { io = "pass-through", placement = "hypervisor" }

[workload.work]
demands = { user_cycles = 2400000 }
[workload.half]
demands = { user_cycles = 2400000 }
io = [{ kind = "wait", wait = "1 ms" }]
[workload.send]
io = [{ kind = "send", size = 1448, sync = false }]
"""
ROWS = {
    "rate": ("work", "Xen x3", 2000.0),  # two processors, each a millisecond
    "time": ("work", "Xen x3", 0.0015),  # three guests on two processors
    "percent idle": ("half", "native", 100.0 * (1.0 - 2400000 / (4800000 + 6500))),  # and a wake-up
    "percent of native": ("work", "driver domain", 100.0),
    "cycles": ("work", "native", 2400000.0),
}


@pytest.mark.parametrize("quantity", ROWS)
def test_what_of_an_operation_a_row_is(tmp_path: Path, quantity: str) -> None:
    workload, system, value = ROWS[quantity]
    row = f'''
[[target]]
table = "1"
benchmark = "{quantity}"
system = "{system}"
metric = "m"
value = {value}
unit = "u"
workload = "{workload}"
runs_on = "{system}"
quantity = "{quantity}"
mechanism = "computing"
'''
    path = tmp_path / "quantities.toml"
    path.write_text(QUANTITIES + row)
    (found,) = predict(load_case(path))
    assert found.predicted == pytest.approx(value, rel=0.01)
    assert found.low <= found.predicted <= found.high


def test_a_systems_changes_reach_the_model_and_its_costs(tmp_path: Path) -> None:
    path = tmp_path / "quantities.toml"
    row = """
[[target]]
table = "1"
benchmark = "send"
system = "{0}"
metric = "m"
value = 1
unit = "x"
workload = "send"
runs_on = "{0}"
quantity = "cycles to native"
mechanism = "network"
"""
    text = QUANTITIES.replace("size = 1448", "size = 28960").replace("xeon-2003", "xeon-e5-2665")
    path.write_text(text + row.format("driver domain"))
    case = load_case(path)
    whole, _, frames, own = (case.composed(system) for system in case.system)
    assert (whole.offload, frames.offload, own.io, own.placement) == (True, False, "pass-through", "hypervisor")
    (found,) = predict(case)
    assert found.predicted == pytest.approx(1.0)  # the driver domain works the device itself
    host, operation = load_host("xeon-e5-2665"), case.workload_named("send").operation

    def packets(architecture: Architecture) -> float:
        stages = flat(compose(architecture, operation, host.nic.segment_bytes))
        return sum(c.count for stage in stages for c in stage.charges if c.cost == "back_end_packet")

    assert (packets(frames), packets(load_architecture("xen-pv"))) == (20.0, 1.0)


def only(name: str, *benchmarks: str) -> Case:
    """A case with those targets alone, whose benchmark and system contain the words."""
    case = load_case(CASES[name])
    kept = [item for item in case.target if f"{item.benchmark}, {item.system}" in benchmarks]
    assert len(kept) == len(benchmarks)
    return case.model_copy(update={"target": tuple(kept)})


def test_xens_packets_by_hand() -> None:
    """ttcp with packets of 448 bytes: Linux's row is the input, Xen's costs come on top."""
    case = only("xen-2003", "ttcp TX MTU500, Xen")
    case = case.model_copy(update={"workload": {"ttcp-tx-500": case.workload["ttcp-tx-500"]}, "inferred": ()})
    found = predict(case)[-1]
    more = 0.45 + 1000 / 2400 + 0.5 * (1000 / 2400 + 1.04)  # hypercall and ring; half an acknowledgement and its page
    assert found.predicted == pytest.approx(448 * 8 / (448 * 8 / 602 + more), rel=0.005)


def test_two_instances_on_two_processors_do_twice_as_much_and_more_do_no_better() -> None:
    names = [f"OSDB-IR x{n} instances, 2 CPUs, Xen domains" for n in (2, 4, 8)]
    case = only("xen-2003", *names)
    case = case.model_copy(
        update={
            "workload": {"osdb-ir": case.workload["osdb-ir"]},
            "inferred": tuple(item for item in case.inferred if item.workload == "osdb-ir"),
        }
    )
    two, four, eight = (item.predicted for item in predict(case) if item.kind == "predicted")
    assert two == pytest.approx(2 * 158, rel=1e-3)  # Xen's own row of one instance was spent on its demands
    assert two > four > eight > 0.98 * two  # switches between domains


@pytest.mark.slow
def test_menons_optimized_guest_by_hand() -> None:
    """A packet copied instead of flipped: 39 % of native was published, and a sum gives it."""
    row = "receive, all optimizations, Xen guest vs native"
    found = next(item for item in predict(only("menon-2006", row)) if item.kind == "predicted")
    native = 7588 + 2.56 * 1448
    extra = 3 * 4182 + 0.45 * 2400 + 2.56 * 1448
    assert found.predicted == pytest.approx(100 * native / (native + extra), rel=0.02)


def test_inferred_rows_are_met_and_ranges_hold_the_sampled_costs() -> None:
    found = predict(load_case(CASES["wang-2011"]))
    for item in found:
        if item.kind == "inferred":
            assert item.predicted == pytest.approx(item.measured, rel=1e-6)
        assert item.low <= item.predicted <= item.high


def test_the_error_is_over_counted_predictions_only() -> None:
    found = predict(load_case(CASES["wang-2011"]))
    median, tail, count = errors(found)
    assert count == 2
    assert 0.0 < median <= tail < 0.05


ROUND_TRIP = """
name = "round-trip"
title = "A round trip and its parts"
paper = "Dall et al. ISCA 2016"
host = "x-gene"
system = [{ name = "native", architecture = "native" }, { name = "KVM", architecture = "kvm-vhost" }]

[workload]
whole = { use = "tcp-rr" }
in = { io = [{ kind = "receive", size = "1 B" }] }
out = { io = [{ kind = "send", size = "1 B" }] }
"""


def beyond(name: str, quantity: str = "time beyond native", more: str = "") -> str:
    return f"""
[[target]]
table = "{quantity}"
benchmark = "{name}"
system = "KVM"
metric = "time"
value = 50
unit = "us"
workload = "{name}"
runs_on = "KVM"
quantity = "{quantity}"
scale = 1e6
mechanism = "virtio network"
{more}
"""


def test_time_beyond_native_is_the_difference_and_its_parts_make_it_up(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    path.write_text(
        ROUND_TRIP + beyond("whole", "time") + beyond("whole", more="counted = false") + beyond("in") + beyond("out")
    )
    whole, added, received, sent = (p.predicted for p in predict(load_case(path)))
    assert whole - added == pytest.approx(41.8, rel=0.01)  # native, Dall et al. 2016
    assert added == pytest.approx(received + sent)


def test_a_rate_holds_the_pauses_of_a_single_task(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    path.write_text(
        ROUND_TRIP.replace("whole = {", 'whole = { tasks = { think = "1 ms" }, demands = { user_cycles = 2.4e6 } } #')
        + beyond("whole", "rate").replace("scale = 1e6", "scale = 1")
    )
    (found,) = predict(load_case(path))
    assert found.predicted == pytest.approx(1.0 / 2e-3, rel=0.01)


def test_a_system_may_have_fewer_cores(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    busy = "whole = { tasks = { count = 8 }, demands = { user_cycles = 2.4e6 } } #"
    text = ROUND_TRIP.replace("whole = {", busy).replace('"kvm-vhost"', '"native", cores = 2')
    path.write_text(text + beyond("whole", "rate").replace("scale = 1e6", "scale = 1"))
    (found,) = predict(load_case(path))
    assert found.predicted == pytest.approx(2 / 1e-3, rel=0.02)


def test_figures_quoted_from_memory_are_shown_and_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    path.write_text(ROUND_TRIP + beyond("whole", more="counted = false"))
    case = load_case(path)
    found = predict(case)
    assert errors(found)[2] == 0
    assert "predicted, not counted" in page([case], found)


def test_the_page_shows_every_row_that_is_no_input() -> None:
    case = load_case(CASES["wang-2011"])
    found = predict(case)
    text = page([case], found)
    shown = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    of_the_case = [row for row in shown if not row.startswith("wang-2011: ")]  # the worst of all stand before them
    assert [row for row in of_the_case if "Xen HVM" in row] == [
        f"{item.benchmark}, {item.system}" for item in found if item.kind != "input"
    ]


def test_the_command_writes_csv_figure_and_manifest(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["validate", "--cases", str(CASES["wang-2011"]), "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "validation.csv",
        "validation.png",
        "validation.svg",
        "manifest.json",
    }
    header = (tmp_path / "validation.csv").read_text().splitlines()[0].split(",")
    wanted = "case,paper,table,benchmark,system,metric,unit,measured,predicted,low,high,ratio,kind"
    assert set(wanted.split(",")) <= set(header)


def test_the_tornado_of_a_row_begins_with_its_decisive_cost(tmp_path: Path) -> None:
    words = ["validate", "--cases", str(CASES["xen-2003"]), "--tornado", "build, VMware", "--out", str(tmp_path)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    name = "tornado-xen-2003-linux-2-4-21-build-vmware-workstation-3-2"
    assert {f"{name}.{kind}" for kind in ("csv", "png", "svg")} <= {path.name for path in tmp_path.iterdir()}
    first = next(csv.DictReader((tmp_path / f"{name}.csv").read_text().splitlines()))
    rows = csv.DictReader((tmp_path / "validation.csv").read_text().splitlines())
    row = next(row for row in rows if row["benchmark"] == "Linux 2.4.21 build" and "VMware" in row["system"])
    assert row["decisive"] == f"{first['cost']} ({float(first['factor']):.2f}x)"
    assert float(first["nominal"]) == pytest.approx(float(row["predicted"]), rel=1e-6)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--tornado", "build"), "--out"),
        (("--tornado", "nothing of the kind", "--out", "new"), "it is in 0"),
        (("--tornado", "", "--out", "new"), "1 to 20"),
    ],
)
def test_a_tornado_of_nothing_or_of_everything_is_refused(
    words: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["validate", *words])
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_memory_by_hand() -> None:
    """A line through three entries of VMware's table; what a guest uses inside and what its monitor takes beside it."""
    esx = rows("vsphere6-memory")
    assert esx["4096 MB, 4 VCPU"] == pytest.approx(14.4 + 4 * 3.98 + 0.0074 * 4096, rel=1e-6)
    microvm = rows("firecracker-memory")
    used, size = (2097152 - 1915148) * 1024, 2097152 * 1024  # of QEMU's guest of 2 GiB: VMSZ - VM_FREE, VMSZ
    assert microvm["2048 MiB, QEMU"] == pytest.approx((used + 29.6e6 + 0.002 * size) / 1024, rel=1e-6)


def test_a_row_of_memory_needs_a_guest_that_states_it(tmp_path: Path) -> None:
    text = CASES["vsphere6-memory"].read_text("utf-8").replace('memory = { size = "1024 MiB" }', 'kind = "macro"')
    path = tmp_path / "bad.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"workload\.mib-1024\.memory is missing"):
        predict(load_case(path))
