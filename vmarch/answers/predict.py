"""A job's time in each environment of a measured machine, from its counts and its native time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from architectures import Architecture, architecture_names, load_architecture
from simcore.errors import CapabilityError, InputError
from simcore.hosts import Host, load_host
from simcore.units import format_seconds
from vmarch.answers.answer import Answer
from vmarch.answers.measure import HOST
from vmarch.figures.intervals import interval_bars, mark_intervals
from vmarch.jobs.forecast import Forecast, forecast
from vmarch.jobs.job import Job, load_job
from vmarch.jobs.words import advice, because
from vmarch.output import Row
from vmarch.scenario import Scenario
from vmarch.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Predicted", "load_box", "predict"]

LABEL = "predicted time over native time"


@dataclass(frozen=True, repr=False)
class Predicted(Answer):
    """A job in several environments.

    Attributes:
        forecasts: by architecture; the reason where the combination is refused.
        measured: the architectures that the box measured; the others' costs are carried over to this machine.
    """

    job: Job
    forecasts: Mapping[str, Forecast | CapabilityError]
    measured: Sequence[str]
    settings: Mapping[str, object]

    @property
    def rows(self) -> Sequence[Row]:
        """One row for each architecture."""
        return [self._row(name, one) for name, one in self.forecasts.items()]

    def _row(self, name: str, one: Forecast | CapabilityError) -> Row:
        costs = "measured" if name in self.measured else "carried over"
        head = {"job": self.job.workload.name, "architecture": name, "costs": costs}
        if isinstance(one, CapabilityError):
            return {**head, "status": f"refused: {one}"}
        decides, share = one.decides
        part = one.parts.get(decides)
        return {
            **head,
            "native_s": one.native_s,
            "predicted_s": one.seconds,
            "low_s": one.native_s * one.low,
            "high_s": one.native_s * one.high,
            "slowdown": one.slowdown,
            "slowdown_low": one.low,
            "slowdown_high": one.high,
            "decides": decides,
            "decides_count": part.count if part else None,
            "decides_each_s": part.each_s if part else None,
            "decides_share": share,
            "because": because(one),
            "cheaper": advice(one),
            "explained": one.explained,
            "status": "ok",
        }

    @cached_property
    def table(self) -> Table:
        """Times and slowdowns, and below them what decides and what would be cheaper."""
        lines, notes = [], []
        for name, one in self.forecasts.items():
            if isinstance(one, CapabilityError):
                notes.append(f"{name}: refused: {one}")
                continue
            range_ = f"{one.low:.3g} .. {one.high:.3g}"
            costs = "measured" if name in self.measured else "carried over"
            times = (format_seconds(one.native_s), format_seconds(one.seconds), f"{one.slowdown:.3g}")
            lines.append([name, costs, *times, range_])
            cheaper = advice(one)
            notes.append(f"{name}: {because(one)}{f'; cheaper: {cheaper}' if cheaper else ''}.")
        if (share := self.explained) is not None:
            over = "; their prices are too high for this job, and are scaled down" if share > 1.0 else ""
            notes.append(f"The counts explain {100 * share:.0f} % of the native processor time by their prices{over}.")
        columns = ("architecture", "costs", "native", "predicted", "slowdown", "range")
        return Table(f"{self.job.workload.title}: a run, before it is run there", columns, lines, left=2, notes=notes)

    @property
    def explained(self) -> float | None:
        """How much of the native processor time the counts explain; None where everything is refused."""
        return next((one.explained for one in self.forecasts.values() if isinstance(one, Forecast)), None)

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "predict", **self.settings}

    @property
    def finding(self) -> str:
        """The slowdowns, in one line."""
        found = {name: one for name, one in self.forecasts.items() if isinstance(one, Forecast)}
        return ", ".join(f"{name} {one.slowdown:.3g}" for name, one in found.items()) or "all are refused"

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"predict-{self.job.workload.name}"

    @property
    def _points(self) -> dict[str, dict[str, tuple[float, float, float]]]:
        """Slowdowns with ranges by architecture, by what their costs are."""
        points: dict[str, dict[str, tuple[float, float, float]]] = {}
        for name, one in self.forecasts.items():
            if isinstance(one, Forecast):
                costs = "measured here" if name in self.measured else "carried over"
                points[name] = {costs: (one.slowdown, one.low, one.high)}
        return points

    def _draw(self, axes: Axes) -> None:
        mark_intervals(axes, self._points, LABEL)

    def draw(self, path: Path) -> None:
        """Writes the figure as PNG and SVG; none where everything is refused.

        Raises:
            InputError: it cannot be written.
        """
        points = self._points
        if not points:
            return
        worst = max(points, key=lambda name: max(value for value, _, _ in points[name].values()))
        one = self.forecasts[worst]
        assert isinstance(one, Forecast)
        interval_bars(
            path,
            points,
            title=f"{self.job.workload.title}: {one.slowdown:.3g} times the native time under {worst}; {because(one)}",
            caption=f"A run of {format_seconds(one.native_s)} natively. Ranges: the middle 90 % over costs, counts and "
            "native runs.",
            label=LABEL,
        )


def load_box(folder: str | Path) -> tuple[Host, dict[str, Architecture]]:
    """The host and the architectures that `vmarch measure` wrote.

    Raises:
        InputError: no such folder, or nothing in it that can be used.
    """
    where = Path(folder)
    if not (where / f"{HOST}.toml").is_file():
        raise InputError("--on", str(where), f"a folder with {HOST}.toml, as `vmarch measure --out` writes it")
    host = load_host(str(where / f"{HOST}.toml"))
    paths = [path for path in sorted(where.glob("*.toml")) if path.stem != HOST]
    found = {path.stem: load_architecture(str(path)) for path in paths}
    if not found:
        raise InputError("--on", str(where), "a folder with the TOML file of at least one environment")
    return host, found


def predict(
    job: str | Path | Job,
    on: str | Path,
    architectures: Sequence[str] = (),
    *,
    catalogue: bool = False,
    draws: int = 1000,
    seed: int = 1,
) -> Predicted:
    """A job's time in the environments of a machine.

    Args:
        job: a folder, or a job.
        on: the folder that `vmarch measure` wrote of the machine on which the job's native time was taken.
        architectures: of the box or the catalogue; all of the box by default.
        catalogue: also all of the catalogue, their costs carried over to this machine.
        draws: of costs, counts and native runs.

    Raises:
        InputError: a bad folder or file, an unknown architecture, or a number out of range.
    """
    if not 100 <= draws <= 100_000:
        raise InputError("--draws", draws, "100 to 100000")
    asked = job if isinstance(job, Job) else load_job(job)
    host, mine = load_box(on)
    names = list(dict.fromkeys(architectures or mine))
    if catalogue:
        names += [name for name in architecture_names() if name not in (*names, "native")]
    under = {name: mine[name] if name in mine else load_architecture(name) for name in names}
    native = Scenario(asked.workload, load_architecture("native"), host)
    found: dict[str, Forecast | CapabilityError] = {}
    for name, architecture in under.items():
        try:
            found[name] = forecast(asked, Scenario(asked.workload, architecture, host), native, size=draws, seed=seed)
        except CapabilityError as refusal:
            found[name] = refusal
    settings: dict[str, Any] = {"job": asked.workload.name, "host": host.name, "architectures": names}
    return Predicted(asked, found, tuple(mine), {**settings, "draws": draws, "seed": seed})
