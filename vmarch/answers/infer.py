"""A job's demands from its times on some architectures, and its times on the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from architectures import Architecture, architecture_names
from simcore.errors import CapabilityError, InputError, unknown
from simcore.hosts import Host
from simcore.schema import validated
from simcore.units import format_seconds, quantity
from vmarch.answers.answer import Answer
from vmarch.asking import architecture_of, host_of
from vmarch.figures.intervals import mark_intervals
from vmarch.inference.infer import Inferred, Measured, check_known
from vmarch.inference.infer import infer as inferred
from vmarch.inference.prior import COMPONENTS, Prior, applications, takes
from vmarch.inference.report import LABEL, demand_rows, draw, time_groups, time_rows, workload_data
from vmarch.inference.times import read_times, times_of
from vmarch.output import Row, csv_text, prepare, write
from vmarch.tables import Table
from vmarch.toml import toml_text
from workloads import Workload

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Inference", "infer"]

KEPT = 4  # one draw in so many
FEW = 30  # mixes that count, below which nothing known resembles the job
DRAWS = (400, 100_000)
MOST = 1_000_000  # draws times architectures
MOST_OFF = 3.0  # standard errors that a time may be missed by
LEAST_ERROR = 0.005


@dataclass(frozen=True, repr=False)
class Inference(Answer):
    """Times, measured and predicted, and the demands that they were predicted from.

    Attributes:
        job: what the job is called.
        measured: the times that were given.
        found: the draws.
        times: one row for each: as the demands meet the measured ones, then the predicted ones.
        demands: one row for each demand.
        settings: what was asked.
    """

    job: str
    host: Host
    measured: Sequence[Measured]
    found: Inferred
    times: Sequence[Row]
    demands: Sequence[Row]
    settings: Mapping[str, object]

    @property
    def rows(self) -> Sequence[Row]:
        """The times."""
        return self.times

    @property
    def table(self) -> Table:
        """The times in words."""
        lines = [
            [
                str(row["architecture"]),
                _time(row, "measured_s"),
                _time(row, "predicted_s"),
                f"{_time(row, 'predicted_low_s')} .. {_time(row, 'predicted_high_s')}",
                f"{row['slowdown']:.3g}",
                f"{row['slowdown_low']:.3g} .. {row['slowdown_high']:.3g}",
            ]
            for row in self.rows
        ]
        columns = ("architecture", "measured", "predicted", "90 % range", "slowdown", "90 % range")
        return Table(f"Times on {self.host.name}, the job alone", columns, lines)

    @property
    def tables(self) -> Sequence[Table]:
        """The times, and the demands."""
        return (self.table, self.demand_table)

    @property
    def demand_table(self) -> Table:
        """The demands in words."""
        lines = [
            [
                str(row["demand"]),
                f"{row['amount']:.3g}",
                f"{row['low']:.3g} .. {row['high']:.3g}",
                f"{100 * float(str(row['native_share'])):.1f} %",
                str(row["told"]),
            ]
            for row in self.demands
        ]
        columns = ("demand", "amount", "90 % range", "of native time", "told by the times")
        return Table("Demands", columns, lines)

    @cached_property
    def workload(self) -> Workload:
        """The job as a workload; where it has much input and output, its operation is a part of the job."""
        return validated(Workload, self._workload, self.job)

    @property
    def _workload(self) -> dict[str, object]:
        return workload_data(self.job, self.demands, self.measured, self.host.name)

    @property
    def doubts(self) -> Sequence[str]:
        """What makes the answer doubtful: times that no demands explain, and jobs that resemble nothing known."""
        said = []
        for item in self.measured:
            met = float(np.median(self.found.times[item.architecture]))
            if abs(np.log(met / item.seconds)) > MOST_OFF * max(item.error, LEAST_ERROR):
                said.append(
                    f"{item.architecture}: no demands of 0 or more explain {format_seconds(item.seconds)} "
                    f"together with the other times; the nearest is {format_seconds(met)}"
                )
        if self.found.effective < FEW:
            said.append(
                f"only {self.found.effective:.0f} mixes of known workloads explain these times: "
                "nothing known resembles the job, or more --draws are needed"
            )
        return said

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "infer", **self.settings}

    @property
    def name(self) -> str:
        """What its files are called."""
        return "infer"

    @property
    def finding(self) -> str:
        """Which of those that were not measured is the fastest."""
        guessed = [row for row in self.rows if row["kind"] == "predicted"]
        if not guessed:
            return "The times that were measured"
        best = min(guessed, key=lambda row: float(str(row["predicted_s"])))
        span = f"{_time(best, 'predicted_low_s')} to {_time(best, 'predicted_high_s')}"
        return f"Of those not measured, {best['architecture']} is likely the fastest: {span}"

    def _draw(self, axes: Axes) -> None:
        mark_intervals(axes, time_groups(self.rows), LABEL, reference=None)

    def draw(self, path: Path) -> None:
        """Writes measured and predicted times with their ranges as PNG and SVG."""
        draw(path, self.rows, self.host.title, self.finding)

    def save(self, folder: str | Path) -> None:
        """Writes the times, the demands, the workload, the figure, and what made them.

        Raises:
            InputError: a file cannot be written.
        """
        where = prepare(Path(folder))
        write(where / "demands.csv", csv_text(self.demands))
        write(where / "workload.toml", toml_text(self._workload))
        super().save(where)


def infer(
    times: str | Path | Mapping[str, float | str],
    *,
    host: str | Path | Host = "server",
    predict: Sequence[str | Path | Architecture] | None = None,
    demands: Mapping[str, float | str] | None = None,
    error: float | str = 0.02,
    draws: int = 4000,
    seed: int = 1,
) -> Inference:
    """A job's demands from its times on some architectures, and its times on the others.

    Args:
        times: a CSV file (architecture,value,unit and perhaps low,high, the ends of 90 %), or times by architecture,
            in seconds or with a unit.
        host: what they were measured on.
        predict: architectures to predict; all others that can run there by default.
        demands: amounts that were counted, such as {"page_faults": 75000}.
        error: standard error of a time without low and high, as a share such as 0.02 or "2%".
        draws: of costs and mixes.
        seed: master seed of all random streams.

    Raises:
        InputError: an unknown name, a bad file, or a value out of range.
        CapabilityError: an architecture that is named cannot run on the host.
    """
    for field, value, low, high in (("--draws", draws, *DRAWS), ("--seed", seed, 0, 2**63 - 1)):
        if not low <= value <= high:
            raise InputError(field, value, f"{low} to {high}")
    machine, share = host_of(host), _share(str(error))
    measured = times_of(times, share) if isinstance(times, Mapping) else read_times(Path(times), share)
    known = _counted(demands or {})
    chosen = _chosen(measured, predict, machine)
    if draws * len(chosen) > MOST:
        raise InputError("--draws", draws, f"at most {MOST // len(chosen)} for {len(chosen)} architectures")
    tables = takes(chosen, machine, draws, seed)
    check_known(known, COMPONENTS, tables, measured)
    prior = Prior.on(machine, applications())
    found = inferred(prior, tables, measured, known, keep=draws // KEPT, seed=seed)
    settings = {
        "times": "given" if isinstance(times, Mapping) else Path(times).name,
        "demands": dict(demands or {}),
        "host": machine.name,
        "predict": None if predict is None else [str(getattr(one, "name", one)) for one in predict],
        "error": error,
        "draws": draws,
        "seed": seed,
        "measured": [{"architecture": m.architecture, "seconds": m.seconds, "error": m.error} for m in measured],
        "prior": list(prior.workloads),
    }
    parts = demand_rows(found, tables["native"][0], known)
    job = "job" if isinstance(times, Mapping) else Path(times).stem
    return Inference(job, machine, measured, found, time_rows(found, measured), parts, settings)


def _share(text: str) -> float:
    """'2%' or 0.02 as a number."""
    number = text.strip().removesuffix("%")
    try:
        share = quantity("--error", number, "ratio") * (0.01 if number != text.strip() else 1.0)
    except InputError:
        share = -1.0
    if not 0.0 <= share < 1.0:
        raise InputError("--error", text, "0 or more and below 100 %, such as '2%' or 0.02")
    return share


def _counted(given: Mapping[str, float | str]) -> dict[str, float]:
    """Demands that were counted, by name."""
    known: dict[str, float] = {}
    for name, value in given.items():
        if name not in COMPONENTS:
            raise unknown("--demand", name, COMPONENTS)
        dimension = "cycles" if name.endswith("_cycles") else "time" if name == "wait" else "ratio"
        known[name] = quantity(f"--demand {name}", value, dimension)
        if not 0.0 <= known[name] <= 1e18:
            raise InputError(f"--demand {name}", value, "0 to 1e18")
    return known


def _chosen(
    measured: Sequence[Measured], predict: Sequence[str | Path | Architecture] | None, host: Host
) -> list[Architecture]:
    """Native, those measured and those to predict; where none was named, what cannot run on the host is left out."""
    given = [item.architecture for item in measured]
    wanted: dict[str, Architecture] = {}
    for one in ("native", *given, *(architecture_names() if predict is None else predict)):
        architecture = architecture_of(one)
        try:
            architecture.check(host, guest_os=host.os, guest_isa="", modifiable=True)
        except CapabilityError:
            if one in given or predict is not None:
                raise
            continue
        wanted.setdefault(architecture.name, architecture)
    return list(wanted.values())


def _time(row: Row, key: str) -> str:
    return format_seconds(float(str(row[key]))) if row[key] != "" else ""
