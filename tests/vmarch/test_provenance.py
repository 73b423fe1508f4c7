"""Where the time of a path goes, and on what authority: the parts add up to what is simulated."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from architectures import architecture_names, load_architecture
from simcore.costs import Status
from simcore.errors import CapabilityError
from simcore.hosts import load_host
from vmarch.explanation import layers
from vmarch.provenance import by_status, costs_used, lines
from vmarch.runs import Plan, simulate
from vmarch.scenario import Scenario
from workloads import load_workload, workload_names

Vmarch = Callable[..., Result]
ALONE = Plan(operations=1, warmup=1, replications=1, deterministic=True)


def scenario(workload: str, architecture: str, host: str = "server", **overrides: float | str) -> Scenario:
    return Scenario(load_workload(workload), load_architecture(architecture), load_host(host), overrides=overrides)


def rounding(one: Scenario) -> float:
    """Half a tick for each row of the program, in seconds."""
    return 0.5e-12 * (len(one.model.classes[0].program.rows) + 1)


def waits_for_all(one: Scenario) -> bool:
    """Whether one task runs alone and nothing goes on behind it."""
    single = one.workload.tasks.count == 1 and one.workload.tasks.arrivals == "closed"
    return single and not any(line.background for line in lines(one))


@pytest.mark.parametrize("architecture", architecture_names())
def test_the_path_is_what_one_task_takes(architecture: str) -> None:
    compared = 0
    for name in workload_names():
        try:
            one = scenario(name, architecture)
        except CapabilityError:
            continue
        if waits_for_all(one):
            (result,) = simulate(one, ALONE).results
            assert sum(layers(one).values()) == pytest.approx(result.response_s, abs=rounding(one)), name
            for layer, time in result.service_s.items():
                assert layers(one)[layer] == pytest.approx(time, abs=rounding(one)), (name, layer)
            compared += 1
    assert compared > 15 or not scenarios_of(architecture)


def scenarios_of(architecture: str) -> bool:
    """Whether the architecture runs on this host at all."""
    try:
        scenario("compute", architecture)
    except CapabilityError:
        return False
    return True


@pytest.mark.parametrize("host", ["server", "pentium3-733", "xeon-e5-2450"])
@pytest.mark.parametrize("name", ["oltp", "disk-write-random", "tcp-rr", "fork"])
def test_shares_add_up_to_the_path(name: str, host: str) -> None:
    one = scenario(name, "xen-pv", host)
    shares = by_status(one)
    assert list(shares) == [Status.MEASURED, Status.CARRIED, Status.ASSUMED]
    assert sum(shares.values()) == pytest.approx(sum(line.seconds for line in lines(one)), rel=1e-12)
    foreground = sum(line.seconds for line in lines(one) if not line.background)
    assert sum(layers(one).values()) == pytest.approx(foreground, rel=1e-12)


def test_a_line_is_a_count_of_a_cost() -> None:
    one = scenario("system-call", "kvm-vhost")
    for line in lines(one):
        assert line.seconds == pytest.approx(line.count * one.book[line.cost].value * 1e-12)
        assert line.source == one.book[line.cost].source
        assert line.cost in costs_used(one)


def test_a_charge_is_no_surer_than_its_weakest_factor() -> None:
    for one, status in (
        (scenario("ipi", "kvm-vhost"), Status.CARRIED),
        (scenario("ipi", "kvm-vhost", ipi_exits=2.0), Status.ASSUMED),
    ):
        assert {line.status for line in lines(one) if line.cost == "vm_exit"} == {status}


def test_a_users_cost_is_an_assumption() -> None:
    one = scenario("disk-read-random", "native", disk_read="1 ms")
    (line,) = (line for line in lines(one) if line.cost == "disk_read")
    assert line.status is Status.ASSUMED
    assert line.seconds == pytest.approx(1e-3)
    assert line.source.startswith("given by the user, instead of: ")
    assert by_status(one)[Status.ASSUMED] >= 1e-3


def test_work_behind_the_operation_is_not_of_the_response() -> None:
    one = next(s for s in (scenario(name, "kvm-vhost") for name in workload_names()) if not waits_for_all(s))
    assert any(line.background for line in lines(one))
    assert sum(layers(one).values()) < sum(by_status(one).values())


@pytest.mark.parametrize("architecture", ["native", "xen-pv", "kvm-qemu", "qemu-foreign"])
@pytest.mark.parametrize("workload", ["disk-read-random", "tcp-rr", "fork"])
def test_explain_says_what_is_simulated(vmarch: Vmarch, workload: str, architecture: str) -> None:
    rows = json.loads(vmarch("explain", workload, architecture, "--format", "json").stdout)
    total = sum(row["seconds"] for row in rows if not row["background"])
    words = ("-w", workload, "-a", architecture, "--deterministic", "--operations", 1, "--jobs", 1, "--format", "json")
    response = next(row for row in json.loads(vmarch("run", *words).stdout) if row["metric"] == "response_s")
    assert total == pytest.approx(response["value"], abs=rounding(scenario(workload, architecture)))
    assert (response["low"], response["high"]) == (response["value"], response["value"])
