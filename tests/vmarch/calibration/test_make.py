"""Calibration: the model gives back each micro-benchmark it was made of, and says what it does not know."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from architectures import load_architecture
from experiments.commands.main import main
from experiments.validation import load_case
from experiments.validation.case import FOLDER
from simcore.demands import Demand
from simcore.errors import InputError
from simcore.hosts import load_host
from simcore.lowering import unit_ticks
from simcore.path import flat
from vmarch.calibration import OPERATIONS, Calibrated, calibrate
from vmarch.scenario import Scenario
from workloads import load_workload

TABLE = """operation,native,virtual,low,high,unit
int_loop,1000,1010,,,ns
sys_getppid,100,2100,2000,2500,ns
pf_anon,1000,5000,4000,6000,ns
stat_rootfs,900,6900,,,ns
ctx_pipe,2200,9200,,,ns
fork_exit_wait,90,900,,,us
fork_exec_wait,190,1900,,,us
tcp_rr_lo,15,60,,,us
minor_faults,100,150,120,200,count
"""


@pytest.fixture
def made(tmp_path: Path) -> Calibrated:
    (tmp_path / "micro.csv").write_text(TABLE, "utf-8")
    return calibrate(tmp_path / "micro.csv", environment="mine", clock="2 GHz", year=2020, cores=2)


def one_ns(made: Calibrated, demands: dict[Demand, float], architecture: str = "mine") -> float:
    """Nanoseconds of an operation, by hand from its path."""
    found = made.architectures[architecture] if architecture in made.architectures else load_architecture(architecture)
    workload = load_workload("system-call").model_copy(update={"demands": demands})
    scenario = Scenario(workload, found, made.host)
    return sum(unit_ticks(scenario.book, c) for stage in flat(scenario.path) for c in stage.charges) / 1000.0


D = Demand
MICRO = [
    ({D.SYSTEM_CALLS: 1.0}, 100, 2100),
    ({D.SYSTEM_CALLS: 1.0, D.PATH_LOOKUPS: 1.0}, 900, 6900),
    ({D.SYSTEM_CALLS: 2.0, D.ADDRESS_SPACE_SWITCHES: 1.0}, 2200, 9200),
    ({D.FORKS: 1.0}, 90_000, 900_000),
    ({D.FORKS: 1.0, D.EXECS: 1.0}, 190_000, 1_900_000),
    ({D.SYSTEM_CALLS: 4.0, D.ADDRESS_SPACE_SWITCHES: 2.0, D.LOOPBACK_MESSAGES: 2.0}, 15_000, 60_000),
    ({D.PAGE_FAULTS: 1.0}, 1000, 5000 * 1.5),  # and half as many faults more
    ({D.USER_CYCLES: 2000.0}, 1000, 1010),
]


@pytest.mark.parametrize(("demands", "native", "virtual"), MICRO)
def test_each_micro_benchmark_comes_out_again(
    made: Calibrated, demands: dict[Demand, float], native: float, virtual: float
) -> None:
    assert one_ns(made, demands, "native") == pytest.approx(native, rel=1e-5)
    assert one_ns(made, demands) == pytest.approx(virtual, rel=1e-5)


def test_ranges_come_from_the_spread_and_what_was_not_measured_says_so(made: Calibrated) -> None:
    costs = {cost.name: cost for cost in made.architectures["mine"].cost}
    call = costs["calibrated_system_call"]
    assert (call.low, call.value, call.high) == pytest.approx((1900, 2000, 2400))
    mapping, exception = costs["calibrated_mapping_call"], costs["calibrated_exception"]
    assert mapping.assumed
    assert (mapping.value, mapping.high) == (0.0, call.value)  # as natively, at most a call's more
    assert exception.assumed
    assert exception.value == pytest.approx(4000)  # as a page fault
    assert "not measured" in exception.source
    assert not costs["calibrated_fork"].assumed


@pytest.mark.parametrize(
    ("kernel_rows", "user", "kernel"),
    [
        ("stat_rootfs,1000,12000,,,ns\nopen_close_rootfs,2000,6000,,,ns\n", 6.0, 6.0),  # sqrt(12 x 3): translated too
        ("stat_rootfs,1000,1100,,,ns\nopen_close_rootfs,2000,6000,,,ns\n", 2.0, 1.0),  # host kernel: only user code
    ],
)
def test_who_is_translated(tmp_path: Path, kernel_rows: str, user: float, kernel: float) -> None:
    path = tmp_path / "micro.csv"
    path.write_text("operation,native,virtual,low,high,unit\nint_loop,100,200,,,ns\n" + kernel_rows, "utf-8")
    costs = {cost.name: cost for cost in calibrate(path, environment="e").architectures["e"].cost}
    assert costs["calibrated_user"].value == pytest.approx(user)
    assert costs["calibrated_kernel"].value == pytest.approx(kernel)
    assert (costs["calibrated_exec_code"].value > 0.0) == (kernel > 1.0)  # and a program is then translated anew


def test_an_environment_that_is_faster_counts_as_native(tmp_path: Path) -> None:
    path = tmp_path / "micro.csv"
    path.write_text("operation,native,virtual\nsys_getppid,100,90\n", "utf-8")
    (call,) = [c for c in calibrate(path).architectures["calibrated"].cost if c.name == "calibrated_system_call"]
    assert (call.low, call.value, call.high) == (0.0, 0.0, 0.0)


def test_the_files_are_what_the_case_uses_and_run_at_once(tmp_path: Path) -> None:
    case = load_case(FOLDER / "own-macro.toml")
    assert case.calibration is not None
    given = case.calibration
    words = ["calibrate", given.table, "--out", str(tmp_path), "--name", given.name]
    words += ["--clock", str(given.clock), "--year", str(given.year), "--cores", str(given.cores), "--host", case.host]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert load_host(str(tmp_path / f"{given.name}.toml")) == case.on_host
    for system in case.system:
        if system.name != "native":
            found = load_architecture(str(tmp_path / f"{system.architecture}.toml"))
            assert found == case.composed(system)
    words = ["run", "-w", "tcp-rr", "-a", str(tmp_path / "uml.toml"), "--host", str(tmp_path / f"{given.name}.toml")]
    assert CliRunner().invoke(main, [*words, "--operations", "20", "--replications", "1"]).exit_code == 0


def test_every_row_that_a_system_of_the_case_uses_is_an_input() -> None:
    case = load_case(FOLDER / "own-macro.toml")
    rows = {(row.system, row.benchmark) for row in case.inputs if row.table == "own-micro.csv"}
    assert ("uml", "sys_getppid") in rows
    assert ("native@uml", "sys_getppid") in rows
    assert not [row for row in rows if row[0].startswith("qemu-user")]


def test_operations_come_after_what_stands_beside_them() -> None:
    told: set[str] = set()
    for operation in OPERATIONS.values():
        assert set(operation.beside) <= told, operation.name
        told.add(operation.tells)
    assert set(map(str, Demand)) >= {t for t in told if t.endswith("calls")}


def test_noise_leaves_a_cost_to_the_base(tmp_path: Path) -> None:
    table = "environment,workload,median,unit\nnative,sys_getppid,5,us\nnative,stat_rootfs,1,us\na,sys_getppid,6,us\n"
    (tmp_path / "micro.csv").write_text(table, "utf-8")
    with pytest.raises(InputError, match="stands beside"):
        calibrate(tmp_path / "micro.csv")
    made = calibrate(tmp_path / "micro.csv", noisy=True)
    assert {entry["name"] for entry in made.host_data["cost"]} == {"system_call"}
