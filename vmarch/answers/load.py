"""A host under growing load: throughput, response, what is busy, and where it is full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from simcore.errors import CapabilityError
from simcore.units import format_seconds
from vmarch.answers.answer import Answer
from vmarch.answers.compare import store_of
from vmarch.asking import (
    Architectures,
    Options,
    architecture_of,
    demanding,
    drawing,
    host_of,
    jobs_of,
    level_of,
    plan_of,
    several,
    workload_of,
)
from vmarch.comparison import alone
from vmarch.figures.plots import Line, Panel, mark_lines
from vmarch.loading import Curve, Load, busiest
from vmarch.output import Row
from vmarch.progress import progress_bar
from vmarch.runs import Plan
from vmarch.tables import Table
from workloads import Workload

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["METRICS", "Loaded", "curve_rows", "under_load"]

METRICS = ("throughput_per_s", "response_s", "response_p99_s")


@dataclass(frozen=True, repr=False)
class Loaded(Answer):
    """A curve for each architecture.

    Attributes:
        load: what grows.
        refused: why architectures were left out.
    """

    curves: Mapping[str, Curve]
    load: Load
    plan: Plan
    level: float
    refused: Sequence[str]
    settings: Mapping[str, object]

    @cached_property
    def rows(self) -> Sequence[Row]:
        """One row for each architecture, load and metric; no response where more arrives than can be served."""
        return [
            {**row, "level": self.level, "seed": self.plan.seed}
            for curve in self.curves.values()
            for row in curve_rows(curve, self.load, self.level)
        ]

    @property
    def table(self) -> Table:
        """The curves in words."""
        lines = [line for curve in self.curves.values() for line in _lines(curve, self.level)]
        columns = ("architecture", self.load.over, "throughput/s", "response", "99th percentile", "busiest", "busy")
        return Table(f"{self.settings['workload']} under load", columns, lines, notes=(*self._knees, *self.refused))

    @property
    def _knees(self) -> Iterator[str]:
        for curve in self.curves.values():
            if curve.bottleneck:
                yield f"{curve.title}: full at {curve.knee:.3g} {self.load.over} ({curve.bottleneck})."
            else:
                yield f"{curve.title}: nothing is full at {curve.loads[-1]:g} {self.load.over}."

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "load", **self.settings}

    @property
    def name(self) -> str:
        """What its files are called."""
        return "load"

    @property
    def finding(self) -> str:
        """Where the knees are."""
        return " ".join(self._knees) or "every architecture is refused"

    def _draw(self, axes: Axes) -> None:
        curves = self.curves.values()
        lines = [Line.of(one.title, one.loads, one.metric("throughput_per_s", self.level)) for one in curves]
        log = self.load.over != "rate"
        mark_lines(axes, [Panel(lines, self.load.over, "throughput (/s)", x_log=log, y_log=log)])


def under_load(
    workload: str | Path | Workload,
    architectures: Architectures,
    *,
    over: str = "guests",
    to: float | None = None,
    clients: int | None = None,
    think: str | float | None = None,
    rate: float | None = None,
    cores: int | None = None,
    back_end_vcpus: int | None = None,
    seed: int = 1,
    replications: int = 5,
    level: float = 0.95,
    operations: int | None = None,
    warmup: int | None = None,
    engine: str = "auto",
    deterministic: bool = False,
    jobs: int | None = None,
    out: str | Path | None = None,
    **options: Unpack[Options],
) -> Loaded:
    """Throughput, response and what is busy while guests, clients or arrivals grow, and where each host is full.

    Args:
        workload, architectures: names, paths of files or objects.
        over, to, clients, think, rate, cores, back_end_vcpus: see `vmarch.loading.Load`.
        seed, replications, level, operations, warmup, engine, deterministic, jobs, out: as for `vmarch.compare`.
        options: of the scenarios: host, guests, vcpus, costs, demands, guest_os, guest_isa, modifiable.

    Raises:
        InputError: an unknown name, a bad file, or a value out of range.
        CapabilityError: every architecture is refused; the first reason.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    load = Load(over, to, clients, think, rate, cores, back_end_vcpus)
    run = {"seed": seed, "operations": operations, "warmup": warmup, "engine": engine, "deterministic": deterministic}
    plan = plan_of(
        seed=seed,
        replications=replications,
        operations=operations,
        warmup=warmup,
        engine=engine,
        deterministic=deterministic,
    )
    drawing(engine)
    level_of(level)
    asked = demanding(workload_of(workload), options.get("demands"))
    under = [architecture_of(one) for one in several(architectures)]
    told: Options = {**options, "host": host_of(options.get("host", "server"))}
    told.pop("demands", None)
    loads, scenarios = load.by_architecture(asked, under, **told)
    store = store_of(out)
    with progress_bar("replications") as progress:
        cells = alone(scenarios, plan, store=store, jobs=jobs_of(jobs), progress=progress)
    curves: dict[str, Curve] = {}
    refused: list[str] = []
    for number, one in enumerate(under):
        mine = cells[number * len(loads[0]) : (number + 1) * len(loads[0])]
        reasons = [cell.refused for cell in mine if cell.refused]
        if reasons:
            refused.append(reasons[0])
        else:
            curves[one.name] = Curve(one.title, loads[number], mine)
    if not curves:
        raise CapabilityError(refused[0])
    settings = {
        "workload": asked.name,
        "architectures": list(curves),
        **{name: value for name, value in options.items() if name != "host"},
        "host": host_of(options.get("host", "server")).name,
        **asdict(load),
        **run,
        "replications": replications,
        "level": level,
    }
    return Loaded(curves, load, plan, level, refused, settings)


def curve_rows(curve: Curve, load: Load, level: float) -> Iterable[Row]:
    """One row for each load and metric of a curve."""
    parts = dict.fromkeys(name for cell in curve.cells for name in cell.runs.results[0].utilisation)
    series = {name: curve.metric(name, level) for name in METRICS}
    series |= {f"utilisation: {name}": curve.utilisation(name, level) for name in parts}
    full = curve.bottleneck
    for name, found in series.items():
        for cell, at, one in zip(curve.cells, curve.loads, found, strict=True):
            there = cell.lasts(name)
            yield {
                "workload": cell.workload,
                "architecture": cell.architecture,
                "over": load.over,
                "load": at,
                "metric": name,
                "value": one.value if there else None,
                "low": one.low if there else None,
                "high": one.high if there else None,
                "status": cell.state,
                "replications": len(cell.runs.results),
                "knee": curve.knee if full else None,
                "full": full,
            }


def _lines(curve: Curve, level: float) -> Iterator[Sequence[str]]:
    for cell, load in zip(curve.cells, curve.loads, strict=True):
        rate, response, slow = (cell.estimate(name, level) for name in METRICS)
        times = [format_seconds(one.value) if cell.lasts("response_s") else cell.state for one in (response, slow)]
        name, share = busiest(cell)
        yield [cell.architecture, f"{load:g}", f"{rate.value:.4g}", *times, name, f"{100 * share.value:.0f} %"]
