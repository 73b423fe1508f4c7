"""The sum that one would write on a slide, for one operation that has the machine to itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from architectures import Architecture, load_architecture
from simcore.costs import Status
from simcore.summing import added
from simcore.units import format_seconds
from vmarch.answers.answer import Answer
from vmarch.asking import Options, scenario_of
from vmarch.explanation import layers
from vmarch.figures.plots import stack, stacked_bars
from vmarch.left_out import widened
from vmarch.output import Row
from vmarch.overhead import Overhead, overhead, reach
from vmarch.provenance import Line, by_status, lines
from vmarch.runs import Plan, check_length
from vmarch.scenario import Scenario
from vmarch.tables import Table
from workloads import Workload

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Explanation", "explain"]

AXIS = "time of one operation (us)"


@dataclass(frozen=True, repr=False)
class Explanation(Answer):
    """Each charge of one operation, when nothing else runs and every draw is its mean."""

    scenario: Scenario

    @cached_property
    def lines(self) -> Sequence[Line]:
        """The charges in order; equal ones of a stage added up."""
        return lines(self.scenario)

    @property
    def rows(self) -> Sequence[Row]:
        """One row for each charge."""
        return [{**_row(line), "year": self.scenario.book[line.cost].year} for line in self.lines]

    @property
    def layers(self) -> pd.Series[float]:
        """Seconds by layer, without what goes on in the background."""
        import pandas as pd

        return pd.Series(layers(self.scenario), name="seconds")

    @property
    def seconds(self) -> float:
        """The whole operation, without what goes on in the background."""
        return added(line.seconds for line in self.lines if not line.background)

    @property
    def table(self) -> Table:
        """The charges in words."""
        scenario, most = self.scenario, max(line.seconds for line in self.lines)
        cells = [
            [
                line.label + (" (if idle)" if line.when_idle else "") + (" (background)" if line.background else ""),
                line.layer,
                line.domain or line.kind,
                f"{line.count:.4g} x {line.cost}",
                format_seconds(line.seconds),
                _bar(line.seconds, most),
                str(line.status),
            ]
            for line in self.lines
        ]
        title = f"{scenario.workload.title} under {scenario.architecture.title} on {scenario.host.name}"
        return Table(title, ("step", "layer", "where", "cost", "time", "", "cost is"), cells, left=4)

    @property
    def tables(self) -> Sequence[Table]:
        """The charges, and the layers."""
        return (self.table, self.by_layer)

    @property
    def by_layer(self) -> Table:
        """The layers in words, and below them what the whole rests on."""
        found, total = layers(self.scenario), self.seconds
        parts = [
            [name, format_seconds(time), f"{100 * time / total:.1f} %", _bar(time, total)]
            for name, time in found.items()
        ]
        return Table(
            "By layer", ("layer", "time", "share", ""), parts, notes=(f"{self.finding}.", self._basis, *self._beyond)
        )

    @cached_property
    def bare(self) -> Scenario:
        """The bare machine."""
        return self.scenario.bare(load_architecture("native"))

    @cached_property
    def overhead(self) -> Overhead:
        """What lies beyond the bare machine, background included, and on what authority."""
        return overhead(self.scenario, self.bare)

    @property
    def _beyond(self) -> Sequence[str]:
        """The overhead in words; nothing where there is none."""
        found = self.overhead
        if not found.seconds:
            return ()
        parts = ", ".join(f"{100 * share:.0f} % {status}" for status, share in found.shares.items() if share)
        less = f" ({format_seconds(found.saved)} are saved)" if found.saved else ""
        if not parts:
            return (f"Beyond the bare machine lie {format_seconds(found.seconds)}{less}: too little to share out.",)
        ours, native = (added(layers(one).values()) for one in (self.scenario, self.bare))
        ends = reach(self.scenario, self.bare)
        low, high = (ours / native * end for end in ends)
        least, most = (ours / native * end for end in widened(ends, ours / native, self.scenario, self.bare))
        years = f"; its costs were measured on machines of {found.era.replace('-', ' to ')}" if found.era else ""
        return (
            f"Beyond the bare machine lie {format_seconds(found.seconds)}{less}: {parts}{years}.",
            f"{found.heaviest} weighs most there, {100 * found.weight:.0f} %.",
            f"The slowdown is {ours / native:.3g}; with every cost drawn over its range, 90 % lie from {low:.3g} to "
            f"{high:.3g}; with what the model leaves out, as validation tells, from {least:.3g} to {most:.3g}.",
        )

    @property
    def _basis(self) -> str:
        shares = by_status(self.scenario)
        everything = added(shares.values())
        said = {Status.MEASURED: "", Status.CARRIED: " carried over from another machine", Status.ASSUMED: " assumed"}
        return (
            "It rests on measured costs for "
            + ", ".join(
                f"{format_seconds(shares[status])} ({100 * shares[status] / everything:.0f} %){text}"
                for status, text in said.items()
            )
            + "."
        )

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked; nothing is drawn, so there is no seed."""
        one = self.scenario
        return {
            "command": "explain",
            "workload": one.workload.name,
            "architecture": one.architecture.name,
            "host": one.host.name,
            "costs": dict(one.overrides),
        }

    @property
    def made(self) -> dict[str, Any]:
        """What made the answer, and what lies beyond the bare machine."""
        found = self.overhead
        beyond = {
            "seconds": found.seconds,
            "saved_seconds": found.saved,
            "shares": {str(status): share for status, share in found.shares.items()},
            "heaviest_cost": found.heaviest,
            "heaviest_share": found.weight,
            "costs_of": found.years,
        }
        return {**super().made, "overhead": beyond}

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"explain-{self.scenario.workload.name}-{self.scenario.architecture.name}"

    @property
    def finding(self) -> str:
        """What one operation takes."""
        unit = self.scenario.workload.unit
        return f"One {unit}: {format_seconds(self.seconds)} in all, without waiting for anyone else"

    @property
    def bars(self) -> Mapping[str, Mapping[str, float]]:
        """Seconds by layer on the bare machine and here, by the title of the architecture."""
        return {one.architecture.title: layers(one) for one in (self.bare, self.scenario)}

    def _draw(self, axes: Axes) -> None:
        stack(axes, self.bars, AXIS, 1e6)

    def draw(self, path: Path) -> None:
        """Writes the figure as PNG and SVG, with its finding as title.

        Raises:
            InputError: it cannot be written.
        """
        scenario, bars = self.scenario, self.bars
        native, ours = (added(bar.values()) for bar in (next(iter(bars.values())), bars[scenario.architecture.title]))
        stacked_bars(
            path,
            bars,
            title=f"{scenario.workload.title}: {ours / native:.2f} times the bare machine "
            f"under {scenario.architecture.title}",
            caption=f"One {scenario.workload.unit} on {scenario.host.title}, nothing else running, every draw at its "
            "mean.",
            label=AXIS,
            scale=1e6,
        )


def explain(
    workload: str | Path | Workload, architecture: str | Path | Architecture, **options: Unpack[Options]
) -> Explanation:
    """Where each microsecond of one operation goes, when nothing else runs and every draw is its mean.

    Args:
        workload, architecture: a name, the path of a file or an object.
        options: of the scenario: host, guests, vcpus, costs, guest_os, guest_isa, modifiable.

    Raises:
        InputError: an unknown name, a bad file, or a value out of range.
        CapabilityError: the combination is refused.
    """
    scenario = scenario_of(workload, architecture, **options)
    check_length(scenario, Plan())
    return Explanation(scenario)


def _row(line: Line) -> Row:
    return {
        "step": line.label,
        "layer": line.layer,
        "resource": line.kind,
        "domain": line.domain,
        "cost": line.cost,
        "count": line.count,
        "seconds": line.seconds,
        "when_idle": line.when_idle,
        "background": line.background,
        "status": line.status,
        "source": line.source,
    }


def _bar(part: float, whole: float) -> str:
    return "█" * round(24 * part / whole) if whole else ""
