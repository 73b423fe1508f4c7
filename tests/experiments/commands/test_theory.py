"""What commands say of theory and statistics: the analytic engine, bounds, batch means, rankings."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from experiments.commands.main import main
from simcore.errors import CapabilityError
from simcore.statistics import Estimate, ratio_of
from vmarch.asking import scenarios
from vmarch.comparison import Cell, compare
from vmarch.ranking import ranking_rows
from vmarch.runs import Plan, Replications, simulate


def vmarch(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), prog_name="vmarch")


def rows(output: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(output)))


def cell(workload: str, architecture: str, plan: Plan) -> Cell:
    return compare(scenarios([workload], [architecture]), plan)[0]


def test_run_answers_by_mean_value_analysis() -> None:
    done = vmarch("run", "--engine", "analytic", "-w", "tcp-rr", "-a", "xen-pv")
    assert done.exit_code == 0
    assert "exact, by mean value analysis" in done.output
    assert "p99" not in done.output


def test_run_says_in_one_line_why_there_is_no_answer_and_gives_the_bounds() -> None:
    done = vmarch("run", "--engine", "analytic", "-w", "oltp", "-a", "xen-pv")
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
    assert "in the background" in done.output
    assert "throughput at most" in done.output


def test_compare_answers_what_can_be_answered() -> None:
    done = vmarch("compare", "--engine", "analytic", "-w", "tcp-rr", "-w", "oltp", "-a", "kvm-vhost", "--format", "csv")
    assert done.exit_code == 0
    found = rows(done.output)
    assert {row["metric"] for row in found if row["workload"] == "tcp-rr"} == {
        "throughput_per_s",
        "response_s",
        "cpu_cycles",
    }
    assert [
        row["status"].startswith("refused: oltp under kvm-vhost") for row in found if row["workload"] == "oltp"
    ] == [True]
    assert {row["interval"] for row in found if row["workload"] == "tcp-rr"} == {"exact"}


def test_the_analytic_slowdown_is_the_deterministic_one() -> None:
    exact = cell("tcp-rr", "xen-pv", Plan(engine="analytic")).slowdown()
    run = cell("tcp-rr", "xen-pv", Plan(deterministic=True, operations=20)).slowdown()
    assert exact.ratio == pytest.approx(run.ratio, rel=1e-6)
    assert exact.low == exact.high == exact.ratio


def test_simulate_answers_or_refuses_too() -> None:
    ask = scenarios(["tcp-rr", "oltp"], ["native"])
    good, bad = (one for _, _, one in ask)
    assert not isinstance(good, CapabilityError)
    assert not isinstance(bad, CapabilityError)
    assert simulate(good, Plan(replications=1, engine="analytic")).results[0].operations == 0
    with pytest.raises(CapabilityError, match="oltp under native has no exact solution"):
        simulate(bad, Plan(replications=1, engine="analytic"))


def test_bound_and_exact_stand_beside_the_simulation() -> None:
    done = vmarch("run", "-w", "tcp-rr", "-a", "native", "--operations", "60", "--replications", "2", "--format", "csv")
    found = {row["metric"]: float(row["value"]) for row in rows(done.output) if row["metric"]}
    assert found["throughput_per_s"] <= found["throughput_bound_per_s"] * (1 + 1 / 60)
    assert found["response_exact_s"] == pytest.approx(found["response_s"], rel=0.02)
    done = vmarch(
        "compare", "-w", "oltp", "-a", "kvm-vhost", "--operations", "60", "--replications", "2", "--format", "csv"
    )
    row = next(row for row in rows(done.output) if row["metric"] == "throughput_per_s")
    assert float(row["value"]) < float(row["throughput_bound_per_s"]) * 1.3
    assert row["interval"] == "replications"


def test_one_long_run_gets_batch_means() -> None:
    one = cell("java-server", "kvm-vhost", Plan(replications=1, operations=6000))
    many = cell("java-server", "kvm-vhost", Plan(replications=6, operations=6000))
    assert one.interval("response_s") == "batch means"
    assert one.interval("throughput_per_s") == "none"
    assert many.interval("response_s") == "replications"
    assert math.isfinite(one.estimate("response_s").half_width)
    assert one.estimate("response_s").value == one.runs.results[0].response_s
    assert math.isinf(one.estimate("throughput_per_s").half_width)
    assert one.slowdown().low < many.slowdown().ratio < one.slowdown().high
    assert math.isfinite(one.slowdown().high)


def test_a_run_too_short_for_batches_has_no_interval() -> None:
    one = cell("java-server", "kvm-vhost", Plan(replications=1, operations=20))
    assert one.runs.results[0].batches_s == ()
    assert one.interval("response_s") == "none"


def test_batches_cover_the_measured_operations() -> None:
    one = cell("java-server", "native", Plan(replications=1, operations=3000)).runs.results[0]
    assert len(one.batches_s) == 32
    assert sum(one.batches_s) / 32 == pytest.approx(one.response_s, rel=0.01)


def test_ratio_of_two_estimates() -> None:
    found = ratio_of(Estimate(10.0, 9.0, 11.0, 8, 0.95), Estimate(5.0, 4.5, 5.5, 16, 0.95))
    assert found.ratio == 2.0
    assert found.n == 8
    assert math.log(found.high / 2.0) == pytest.approx(math.hypot(0.1, 0.1))
    assert found.low * found.high == pytest.approx(4.0)


def with_responses(architecture: str, *responses: float) -> Cell:
    base = cell("java-server", "native", Plan(deterministic=True, operations=10))
    runs = Replications(tuple(replace(base.runs.results[0], response_s=value) for value in responses))
    return replace(base, architecture=architecture, runs=runs, native=runs, exact=False)


def test_ranking_groups_what_cannot_be_told_apart() -> None:
    noise = (0.0, 0.3, -0.2, 0.1, -0.3, 0.2, -0.1, 0.0)
    other = (0.1, -0.3, 0.3, 0.0, 0.2, -0.2, 0.0, -0.1)
    cells = [
        with_responses("slow", *(9.0 + x for x in noise)),
        with_responses("same", *(5.01 + x for x in other)),
        with_responses("fast", *(5.0 + x for x in noise)),
    ]
    found = [(row["group"], row["architecture"]) for row in ranking_rows(cells, 0.95)]
    assert found == [(1, "fast"), (1, "same"), (2, "slow")]


def test_rank_prints_groups() -> None:
    words = ("-w", "kernel-build", "-a", "native", "-a", "container", "-a", "qemu-foreign", "--operations", "10")
    done = vmarch("compare", *words, "--replications", "4", "--rank")
    assert done.exit_code == 0
    assert "cannot be told apart" in done.output
    exact = vmarch("compare", *words, "--deterministic", "--rank", "--format", "csv")
    assert [row["group"] for row in rows(exact.output)] == ["1", "2", "3"]


def test_verbose_shows_what_pairing_was_worth() -> None:
    words = ("-w", "java-server", "-a", "kvm-vhost", "--replications", "3", "--operations", "100", "--verbose")
    done = vmarch("compare", *words)
    assert done.exit_code == 0
    assert "pairing saves" in done.output
