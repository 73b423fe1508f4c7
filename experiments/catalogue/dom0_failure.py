"""What goes on when the domain with the drivers stops?

Some guests read from the disk, the others compute; at a moment one part of the host stops for good: the driver domain,
the host's I/O threads of one guest, the host's kernel and everything in it, or a hypervisor with its drivers.
Completed operations are counted over time, guest by guest. Runs are short and are made anew each time: they are not
stored.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from architectures import load_architecture
from experiments.catalogue.sweeps import made
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.demands import Demand
from simcore.engines import engine
from simcore.model import Fault, Model
from simcore.statistics import mean_interval
from simcore.totals import Settings
from simcore.units import ticks
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.output import Row
from vmarch.scenario import Scenario

__all__ = ["EXPERIMENT"]

Counts = NDArray[np.float64]  # completed operations: guest, bin


@dataclass(frozen=True)
class _Failure:
    """What stops under an architecture: the domains whose name begins so; nothing begins with '-'."""

    architecture: str
    stops: str
    words: str


FAILURES = (
    _Failure("xen-pv", "driver domain", "Domain 0"),
    _Failure("hyperv", "driver domain", "the parent partition"),
    _Failure("kvm-vhost", "I/O threads 0", "the I/O threads of guest 0"),
    _Failure("kvm-vhost", "", "the host kernel"),
    _Failure("workstation-translation", "", "the host OS"),
    _Failure("container", "", "the shared kernel"),
    _Failure("assist-nested", "", "the hypervisor"),
)
FIRST, OTHERS, COMPUTING = "reading guest 0", "other reading guests", "computing guests"
WORDS = {
    (): "no guest",
    (FIRST,): f"{FIRST} alone",
    (FIRST, OTHERS): "all that read, none that compute",
    (FIRST, OTHERS, COMPUTING): "all guests",
}


def run(context: Context) -> Outcome:
    """Completions over time of reading and of computing guests, one panel for each failure."""
    bins = context["bins"]
    width_s = context["horizon_ms"] * 1e-3 / bins
    centres = [(number + 0.5) * width_s * 1e3 for number in range(bins)]
    rows: list[Row] = []
    panels, kept = [], []
    for failure in FAILURES:
        if failure.architecture not in context["architectures"]:
            continue
        counts = np.array([_counts(context, failure, k) for k in range(context["replications"])])
        lines = []
        left: dict[str, float] = {}
        for name, guests in _groups(context).items():
            share = counts[:, guests].sum(axis=1) / width_s
            found = [mean_interval(list(column)) for column in share.T]
            before = sum(
                e.value for e, at in zip(found, centres, strict=True) if at < context["stop_ms"] - width_s * 1e3
            )
            after = [
                e.value for e, at in zip(found, centres, strict=True) if at > context["stop_ms"] + context["settle_ms"]
            ]
            mean = before / max(1, sum(at < context["stop_ms"] - width_s * 1e3 for at in centres))
            left[name] = float(np.mean(after)) / mean if mean else 0.0
            value, low, high = ([100.0 * getattr(e, part) / mean for e in found] for part in ("value", "low", "high"))
            lines.append(Line(name, centres, value, low, high))
            rows += [
                {"architecture": failure.architecture, "stops": failure.words, "guests": name, "at_ms": at}
                | {"operations_per_s": e.value, "low": e.low, "high": e.high}
                for at, e in zip(centres, found, strict=True)
            ]
        title = textwrap.fill(f"{load_architecture(failure.architecture).title}: {failure.words}", 22)
        panels.append(
            Panel(
                lines,
                "time (ms)",
                "completions\n(% of those before)",
                title,
                marks={"": context["stop_ms"]},
                low=-5.0,
                high=150.0,
            )
        )
        kept.append((failure, left))
    finding = _finding(kept)
    context.draw(
        line_plot,
        "dom0_failure",
        panels,
        title=_finding(kept, named=False),
        caption=f"{context['readers']} guests read from the disk, {context['computers']} compute; completions in "
        f"{width_s * 1e3:g} ms, against the mean before the stop at {context['stop_ms']:g} ms. {context.caption}",
        height=3.4,
        columns=4,
    )
    return Outcome(rows, f"{finding}. Restartable driver domains are not modelled: what stops stays so.")


def _groups(context: Context) -> dict[str, Sequence[int]]:
    readers, computers = context["readers"], context["computers"]
    return {
        FIRST: range(1),
        OTHERS: range(1, readers),
        COMPUTING: range(readers, readers + computers),
    }


def _model(context: Context, failure: _Failure) -> Model:
    """Guests of two kinds on one host: the classes of two models of the same domains, taken guest by guest."""
    read = made(
        "reading", {Demand.USER_CYCLES: 20_000.0}, ({"kind": "disk_read", "size": "4 KiB"},), (Demand.USER_CYCLES,)
    )
    compute = made("computing", {Demand.USER_CYCLES: 150_000.0})
    guests = context["readers"] + context["computers"]
    models = []
    for workload in (read, compute):
        scenario = context.ask(workload, failure.architecture, guests=guests, vcpus=context["vcpus"])[2]
        if not isinstance(scenario, Scenario):
            raise scenario
        models.append(scenario.model)
    classes = tuple(models[guest >= context["readers"]].classes[guest] for guest in range(guests))
    at = ticks(context["stop_ms"] * 1e-3)
    stopped = [n for n, domain in enumerate(models[0].domains) if domain.name.startswith(failure.stops)]
    return replace(models[0], classes=classes, faults=tuple(Fault(at, n) for n in stopped))


def _counts(context: Context, failure: _Failure, replication: int) -> Counts:
    """Completed operations of each guest in each bin of time."""
    model = _model(context, failure)
    last = [max(visit.index for visit in tasks.program.visits) for tasks in model.classes]
    horizon = ticks(context["horizon_ms"] * 1e-3)
    counts: Counts = np.zeros((len(model.classes), context["bins"]))

    def observe(now: int, tasks: int, task: int, operation: int, visit: int) -> None:
        del task, operation
        if visit == last[tasks]:
            counts[tasks, min(now * context["bins"] // horizon, context["bins"] - 1)] += 1

    settings = Settings(seed=context["seed"], replication=replication, horizon_ticks=horizon)
    engine("auto")(model, settings, observe)
    return counts


def _finding(kept: Sequence[tuple[_Failure, dict[str, float]]], *, named: bool = True) -> str:
    """Which guests complete nothing more after each failure, and whether the others go on as before."""
    outcomes: dict[str, list[str]] = {}
    for failure, left in kept:
        off = tuple(name for name, share in left.items() if share < DIES)
        slowed = [name for name, share in left.items() if DIES <= share < LIVES]
        what = WORDS.get(off, " and ".join(off)) + (f" ({' and '.join(slowed)} slower)" if slowed else "")
        under = f" ({load_architecture(failure.architecture).title})" if named else ""
        outcomes.setdefault(what, []).append(f"{failure.words}{under}")
    return "What stops with it: " + "; ".join(f"{what}, with {', '.join(names)}" for what, names in outcomes.items())


LIVES, DIES = 0.8, 0.02

EXPERIMENT = Experiment(
    name="dom0_failure",
    title="Stopping the domain that holds the drivers",
    run=run,
    order=100,
    parameters=(
        Parameter(
            "architectures",
            ("xen-pv", "hyperv", "kvm-vhost", "workstation-translation", "container", "assist-nested"),
            "Architectures; what stops follows from each.",
        ),
        Parameter("readers", 3, "Guests that read from the disk.", low=2, high=1000),
        Parameter("computers", 3, "Guests that compute.", low=1, high=1000),
        Parameter("vcpus", 2, "Of each guest.", low=1, high=4096),
        Parameter("stop_ms", 20.0, "When it stops.", low=1e-3, high=1e6),
        Parameter("horizon_ms", 40.0, "When the run ends.", low=2e-3, high=1e6),
        Parameter("settle_ms", 2.0, "After the stop, left out of the means.", low=0.0, high=1e6),
        Parameter("bins", 20, "Of time.", low=4, high=10_000),
    ),
    replications=(10, 3),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
