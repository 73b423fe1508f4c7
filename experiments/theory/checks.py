"""The theory table: a model of the engine's own primitives, and what theory says of it, check by check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf

from experiments.theory.forms import Centre, mm1k, mmc_response, mva, pollaczek_khinchine, repairman
from experiments.theory.models import US, A, B, C, D, arriving, at, behind, closed, cpu, delay, model, response, run
from simcore.distributions import CONSTANT, EXPONENTIAL, Distribution
from simcore.model import Lock, Model
from simcore.statistics import Estimate, mean_interval
from simcore.totals import Window

__all__ = ["CHECKS", "Check", "simulated", "throughput"]


@dataclass(frozen=True)
class Check:
    """A model with a known answer.

    Attributes:
        where: the primitives of the engine that serve.
        what: the quantity, in units of the mean service time.
        truth: its value, by the source named in `theory`.
        of: the quantity in a run.
        operations: in each replication, for a narrow interval.
    """

    name: str
    where: str
    what: str
    theory: str
    truth: float
    model: Model
    of: Callable[[Window], float]
    operations: int = 20_000


def _response(window: Window) -> float:
    return response(window) / US


def _second(window: Window) -> float:
    return response(window, 1) / US


def throughput(window: Window) -> float:
    """Operations for each US."""
    measured = window.measured
    return sum(totals.completed for totals in measured.classes) / measured.now * US


def _single(load: float, service: Distribution) -> Model:
    return model(arriving(cpu(US, by=A), every=round(US / load), varied={A: service}))


def _station(load: float, service: Distribution) -> Model:
    return model(arriving(at(0, US, by=A), every=round(US / load), varied={A: service}), servers=(1,))


def _open() -> Iterator[Check]:
    what, khinchine = "response", "Pollaczek-Khinchine"
    yield Check("M/M/1, load 0.5", "one processor", what, "1 / (1 - load)", 2.0, _single(0.5, EXPONENTIAL), _response)
    yield Check("M/M/1, load 0.8", "device", what, "1 / (1 - load)", 5.0, _station(0.8, EXPONENTIAL), _response, 60_000)
    locked = arriving(cpu(US, by=A, lock=Lock.VM), every=2 * US, varied={A: EXPONENTIAL})
    made = model(locked, cores=8, vcpus=(8,))
    yield Check("M/M/1, load 0.5", "page-table lock of a VM", what, "1 / (1 - load)", 2.0, made, _response)
    three = arriving(cpu(US, by=A), every=round(US / 2.1), varied={A: EXPONENTIAL})
    made = model(three, cores=3, vcpus=(12,))
    yield Check("M/M/3, load 0.7", "three cores", what, "Erlang C", mmc_response(3, 2.1), made, _response)
    made = _single(0.6, CONSTANT)
    yield Check("M/D/1, load 0.6", "one processor", what, khinchine, pollaczek_khinchine(0.6, 0.0), made, _response)
    made = _station(0.4, Distribution("gamma", 3.0))
    truth = pollaczek_khinchine(0.4, 3.0)
    yield Check("M/G/1, load 0.4, cv 3", "device", what, khinchine, truth, made, _response, 60_000)
    shared = arriving(cpu(US, by=A), every=2 * US, varied={A: Distribution("gamma", 2.0)})
    made = model(shared, quantum=US // 50)
    yield Check("M/G/1-PS, load 0.5, cv 2", "round robin, quantum 1/50", what, "1 / (1 - load)", 2.0, made, _response)
    tandem = arriving(
        cpu(US, by=A),
        at(0, 3 * US, by=B),
        at(1, US, by=C),
        delay(5 * US),
        every=2 * US,
        varied=dict.fromkeys((A, B, C), EXPONENTIAL),
    )
    truth = 2.0 + 3.0 * mmc_response(2, 1.5) + 2.0 + 5.0
    made = model(tandem, servers=(2, 1))
    yield Check("tandem of three and a delay", "processor, disk, NIC, wire", what, "Jackson", truth, made, _response)


def _priority() -> Iterator[Check]:
    """The woken class is short and comes first; the other computes without end and has used up its turn."""
    urgent = arriving(cpu(US, 0), every=2 * US)
    made = model(urgent, closed(cpu(31 * US, 1), domain=1), vcpus=(60, 1), quantum=2 * US)
    truth = pollaczek_khinchine(0.5, 0.0)
    name, theory = "two priorities, preemptive", "M/D/1 as if alone"
    yield Check(name, "woken and other domains", "response of the first", theory, truth, made, _response)
    yield Check(name, "the same", "response of the second", "service / (1 - load)", 62.0, made, _second)


def _closed() -> Iterator[Check]:
    tasks = closed(cpu(US, by=A), count=7, think=5 * US, thinking=EXPONENTIAL, varied={A: EXPONENTIAL})
    truth = repairman(7, 5.0)
    yield Check(
        "machine repairman, 7", "one processor", "throughput", "birth and death", truth, model(tasks), throughput
    )
    centres = (Centre(2.0, 2), Centre(0.5), Centre(3.0, 3), Centre(0.9), Centre(8.0, inf))
    tasks = closed(
        cpu(2 * US, by=A),
        cpu(US // 2, 1, by=B),
        at(0, 3 * US, by=C),
        at(1, 0.9 * US, by=D),
        count=12,
        think=8 * US,
        thinking=EXPONENTIAL,
        varied=dict.fromkeys((A, B, C, D), EXPONENTIAL),
    )
    made = model(tasks, cores=3, vcpus=(2, 1), servers=(3, 1))
    where, truth = "2 + 1 processors, disk x 3, NIC", mva(centres, 12)[0]
    yield Check("closed network, 12", where, "throughput", "exact MVA", truth, made, throughput)
    tasks = closed(cpu(US, by=A), behind(at(0, 0.8 * US, by=B)), varied={A: EXPONENTIAL, B: EXPONENTIAL})
    made, truth = model(tasks, servers=(1,), slots=(3,)), 1.0 - mm1k(0.8, 4)[-1]
    yield Check("ring of 3 slots, load 0.8", "ring, device", "throughput", "M/M/1/4", truth, made, throughput)


CHECKS: tuple[Check, ...] = (*_open(), *_priority(), *_closed())


def simulated(check: Check, level: float, *, seed: int = 1, replications: int = 20, operations: int = 0) -> Estimate:
    """The quantity by simulation; a tenth of the operations is left out first."""
    wanted = operations or check.operations
    runs = (run(check.model, wanted, seed=seed, replication=k, warmup=wanted // 10) for k in range(replications))
    return mean_interval([check.of(window) for window in runs], level)
