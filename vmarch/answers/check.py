"""A job's prediction beside what it took when it was run in the environments themselves."""

from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from architectures import load_architecture
from simcore.errors import CapabilityError, InputError
from simcore.units import format_seconds
from vmarch.answers.answer import Answer
from vmarch.answers.measure import HOST
from vmarch.answers.predict import load_box
from vmarch.figures.intervals import interval_bars, mark_intervals
from vmarch.jobs.forecast import Forecast, forecast
from vmarch.jobs.job import Job, load_job
from vmarch.jobs.rounds import BARE, Taken, by_turns, rounds_of, slowdowns
from vmarch.jobs.words import because
from vmarch.measuring.environments import Environment, environment_named
from vmarch.measuring.measure import TABLE
from vmarch.measuring.running import cpu_of
from vmarch.output import Row, csv_text, prepare, write
from vmarch.progress import progress_bar
from vmarch.scenario import Scenario
from vmarch.tables import Table
from vmarch.toml import toml_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Checked", "check"]

LABEL = "time over native time"
WHY = "what the counts do not explain is the program's code"


@dataclass(frozen=True, repr=False)
class Checked(Answer):
    """A job run in environments.

    Attributes:
        forecasts: by environment, made before the runs.
        rounds: the runs by place, the bare machine's among them.
    """

    job: Job
    forecasts: Mapping[str, Forecast]
    rounds: Sequence[Mapping[str, Taken]]
    settings: Mapping[str, object]

    @property
    def rows(self) -> Sequence[Row]:
        """One row for each environment."""
        rows = []
        for name, one in self.forecasts.items():
            measured, least, most = self.measured(name)
            row = {
                "job": self.job.workload.name,
                "environment": name,
                "native_s": one.native_s,
                "predicted": one.slowdown,
                "predicted_low": one.low,
                "predicted_high": one.high,
                "measured": measured,
                "measured_least": least,
                "measured_most": most,
                "error": self.error(name),
                "within": self.within(name),
                "because": because(one),
            }
            rows.append(row)
        return rows

    def measured(self, name: str) -> tuple[float, float, float]:
        """The slowdown in an environment: median of the pairs, least and most."""
        return slowdowns(self.rounds, name)

    def error(self, name: str) -> float:
        """`|ln(predicted / measured)|`: 0.10 is 10 % either way."""
        return abs(math.log(self.forecasts[name].slowdown / self.measured(name)[0]))

    def within(self, name: str) -> bool:
        """Whether the measured interval, least to most of the pairs, meets the predicted one."""
        _, least, most = self.measured(name)
        return least <= self.forecasts[name].high and self.forecasts[name].low <= most

    @cached_property
    def table(self) -> Table:
        """Prediction and measurement by environment, and below them what the prediction rests on."""
        lines, notes = [], []
        for name, one in self.forecasts.items():
            measured, least, most = self.measured(name)
            predicted = (f"{one.slowdown:.3g}", f"{one.low:.3g} .. {one.high:.3g}")
            taken = (f"{measured:.3g}", f"{least:.3g} .. {most:.3g}")
            within = "yes" if self.within(name) else "no"
            lines.append([name, *predicted, *taken, f"{self.error(name):.2f}", within])
            notes.append(f"{name}, as predicted: {because(one)}.")
        notes.append(
            "Slowdowns. Measured: the median of pairs with a native run of the same round, least and most; in range "
            "where these meet the predicted range."
        )
        natives = ", ".join(format_seconds(one[BARE.name].seconds) for one in self.rounds)
        profiled = format_seconds(self.job.typical.wall_s)
        notes.append(f"Natively, round by round: {natives}; in the profile {profiled}.")
        starts = {name: median(one[name].start_s for one in self.rounds) for name in self.forecasts}
        said = ", ".join(f"{name} {format_seconds(start_s)}" for name, start_s in starts.items() if start_s)
        if said:
            notes.append(f"Starting the environment, which is no part of these times: {said}.")
        columns = ("environment", "predicted", "range", "measured", "least .. most", "error", "in range")
        return Table(f"{self.job.workload.title}: predicted, then run", columns, lines, left=1, notes=notes)

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "check", **self.settings}

    @property
    def finding(self) -> str:
        """Predicted and measured slowdowns, in one line."""
        return "; ".join(
            f"{name} {one.slowdown:.3g} predicted, {self.measured(name)[0]:.3g} measured"
            for name, one in self.forecasts.items()
        )

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"check-{self.job.workload.name}"

    @property
    def _points(self) -> dict[str, dict[str, tuple[float, float, float]]]:
        return {
            name: {"predicted": (one.slowdown, one.low, one.high), "measured": self.measured(name)}
            for name, one in self.forecasts.items()
        }

    def _draw(self, axes: Axes) -> None:
        mark_intervals(axes, self._points, LABEL)

    def draw(self, path: Path) -> None:
        """Writes the figure as PNG and SVG.

        Raises:
            InputError: it cannot be written.
        """
        interval_bars(
            path,
            self._points,
            title=f"{self.job.workload.title}: {self.finding}",
            caption="Predicted: the middle 90 % over costs, counts and native runs. Measured: median, least and most "
            f"of {len(self.rounds)} pairs.",
            label=LABEL,
        )

    def save_case(self, folder: str | Path, box: str | Path) -> Path:
        """Writes a validation case that `vmarch validate --cases` reads, with the box's table beside it.

        The native time is spent on the code that the counts do not explain; the environments' times are targets.

        Raises:
            InputError: a file cannot be read or written.
        """
        where, name = prepare(Path(folder)), self.job.workload.name
        table = f"{name}-{TABLE}"
        try:
            write(where / table, (Path(box) / TABLE).read_bytes())
            base = json.loads((Path(box) / "manifest.json").read_text("utf-8"))["configuration"]["host"]
        except (OSError, ValueError, KeyError) as error:
            raise InputError("--on", str(box), f"a folder that `vmarch measure` wrote ({error})") from None
        write(where / f"{name}.toml", toml_text(self._case(table, base, load_box(box)[0].frequency_hz)))
        return where / f"{name}.toml"

    def _case(self, table: str, base: str, hertz: float) -> dict[str, Any]:
        workload, run = self.job.workload, self.job.typical
        counts = {str(one): amount for one, amount in workload.demands.items() if one != "user_cycles"}
        row = {"table": "check", "benchmark": workload.title, "metric": "wall", "workload": workload.name}
        native = {**row, "system": BARE.name, "value": run.wall_s / run.operations, "unit": "s", "runs_on": BARE.name}
        targets = [
            {
                **row,
                "system": name,
                "value": self.measured(name)[0],
                "unit": "ratio",
                "runs_on": name,
                "quantity": "ratio to native",
                "mechanism": one.decides[0].replace("_", " ") or "none",
            }
            for name, one in self.forecasts.items()
        ]
        asked: dict[str, Any] = {"demands": counts}
        if workload.io:
            asked["io"] = [item.model_dump(mode="json", by_alias=True, exclude_unset=True) for item in workload.io]
        return {
            "name": workload.name,
            "title": f"{workload.title}, as `vmarch check` ran it",
            "paper": "own measurements",
            "host": base,
            "note": f"{shlex.join(map(str, self.settings['words']))}; {len(self.rounds)} rounds",  # type: ignore[call-overload]
            "calibration": {"table": table, "name": HOST, "clock": f"{hertz:.0f} Hz", "cores": os.cpu_count() or 1},
            "workload": {workload.name: asked},
            "system": [{"name": name, "architecture": name} for name in (BARE.name, *self.forecasts)],
            "inferred": [
                {
                    **native,
                    "demands": {"user_cycles": 1.0},
                    "why": "what the counts do not explain is the program's code",
                }
            ],
            "target": targets,
        }


def check(
    command: Sequence[str],
    job: str | Path,
    on: str | Path,
    environments: Sequence[str],
    *,
    runs: int = 5,
    cpu: int | None = None,
    folder: str | Path | None = None,
    limit_s: float = 3600.0,
) -> Checked:
    """Predicts a job, then runs it natively and in environments by turns. The runs are kept in the job's folder.

    Args:
        command: the job's words; those that `vmarch profile` kept by default.
        job: the folder that `vmarch profile` wrote.
        on: the folder that `vmarch measure` wrote.
        environments: each one that the box has, or `NAME=COMMAND` with NAME one that the box has.
        runs: rounds, after one to warm up.
        cpu: the only processor the job may use; that of the profile by default.
        folder: where it runs; here by default.
        limit_s: seconds after which a run is stopped.

    Raises:
        InputError: a bad folder or value, an environment that the box has not or that does not work, a job that fails.
    """
    rounds_of(runs)
    profiled, kept = load_job(job), _kept(Path(job))
    words = list(command) or kept.get("words") or []
    if not words:
        raise InputError("COMMAND", "nothing", "the job after --, such as: -- make -j2")
    cpu = cpu_of(kept.get("cpu") if cpu is None else cpu)
    host, under = load_box(on)
    where = Path(folder) if folder else Path.cwd()
    places = [_place(text, sorted(under), profiled, where) for text in environments]
    if not places or len({one.name for one in places}) < len(places):
        said = ", ".join(one.name for one in places) or "none"
        raise InputError("--environment", said, f"each once, of {', '.join(sorted(under))}")
    native = Scenario(profiled.workload, load_architecture("native"), host)
    found = {}
    for place in places:
        try:
            found[place.name] = forecast(profiled, Scenario(profiled.workload, under[place.name], host), native)
        except CapabilityError as refusal:
            raise InputError("--environment", place.name, f"one that can run the job ({refusal})") from None

    def ended(rounds: Sequence[Mapping[str, Taken]]) -> None:
        lines: list[Row] = [
            {"round": n, "environment": name, "wall_s": taken.ran.wall_s, "start_s": taken.start_s}
            for n, one in enumerate(rounds, start=1)
            for name, taken in one.items()
        ]
        write(Path(job) / "check-runs.csv", csv_text(lines))

    with progress_bar("check") as progress:
        rounds = by_turns(
            words, [BARE, *places], runs, folder=where, cpu=cpu, limit_s=limit_s, ended=ended, progress=progress
        )
    names = [place.name for place in places]
    settings = {"words": words, "job": profiled.workload.name, "environments": names, "runs": runs, "cpu": cpu}
    return Checked(profiled, found, rounds, settings)


def _kept(job: Path) -> dict[str, Any]:
    """What `vmarch profile` was asked; nothing where the folder was made by hand."""
    try:
        found = json.loads((job / "job.json").read_text("utf-8"))["configuration"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _place(text: str, known: Sequence[str], job: Job, folder: Path) -> Environment:
    name, equals, template = text.partition("=")
    if name not in known:
        raise InputError("--environment", name, f"one that the box measured: {', '.join(known)}")
    place = environment_named(f"{name}={template}" if equals else name)
    execs = job.workload.demands.get("execs", 0.0) * job.typical.operations  # type: ignore[call-overload]
    if not place.follows_exec and execs > 1.0:
        allowed = f"an environment that holds what the job executes too (it executes {execs:.0f} programs)"
        raise InputError("--environment", name, allowed)
    if trouble := place.trouble(folder):
        raise InputError("--environment", name, f"one that works here ({trouble})")
    return place
