"""A cell becomes a row, in whatever process it is run: the metrics of its comparison, or why there are none.

A row is a tuple in the order of COLUMNS, so that a chunk of them fits one write to a pipe.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from simcore.errors import CapabilityError, VmarchError
from simcore.results import PERCENTILES
from vmarch.comparison import Precision, compare
from vmarch.runs import Plan
from vmarch.store import Store
from vmarch.sweep.cells import Configuration, rules
from vmarch.tables import comparison_rows

__all__ = ["COLUMNS", "METRICS", "RETRIED", "STATUSES", "How", "Job", "Row", "failed", "run_jobs"]

METRICS = ("throughput_per_s", "response_s", *(f"response_p{percent}_s" for percent in PERCENTILES), "cpu_cycles")
PARTS = {  # of each metric: the suffix here, the name in a comparison's row
    "": "value",
    "_low": "low",
    "_high": "high",
    "_native": "native_value",
    "_slowdown": "slowdown",
    "_slowdown_low": "slowdown_low",
    "_slowdown_high": "slowdown_high",
}
OTHERS = (
    "throughput_bound_per_s",
    "path_us",
    "path_carried_us",
    "path_assumed_us",
    "overhead_us",
    "overhead_measured",
    "overhead_carried",
    "overhead_assumed",
)
COLUMNS: dict[str, type] = {
    "key": str,
    "status": str,
    "error": str,
    "replications": int,
    "interval": str,
    **{f"{metric}{suffix}": float for metric in METRICS for suffix in PARTS},
    **dict.fromkeys(OTHERS, float),
}
STATUSES = (
    "ok",
    "unsettled",
    "overloaded",
    "refused",
    "failed",
)  # of two rows of a cell, the one that comes first here is kept
RETRIED = ("refused", "failed")
MOST_KEPT = 500  # cells whose replications a worker remembers, for others that share their bare machine
LONGEST = 400  # characters of an error

Row = tuple[str | int | float | None, ...]


@dataclass(frozen=True)
class Job:
    """A cell to run."""

    key: str
    what: Configuration


@dataclass(frozen=True)
class How:
    """How a study's cells are run, and by which rules."""

    plan: Plan
    precision: Precision | None
    level: float
    rules: str


def run_jobs(jobs: Sequence[Job], how: How) -> tuple[list[Row], float]:
    """Rows of some cells, and the seconds they took.

    Raises:
        VmarchError: this process has other rules than the one that asks.
    """
    if rules() != how.rules:
        raise VmarchError("a worker runs another version of vmarch; install the same on every machine")
    began = time.monotonic()
    return [_row(job, how) for job in jobs], time.monotonic() - began


def failed(key: str, error: str, status: str = "failed") -> Row:
    """The row of a cell without metrics."""
    text = " ".join(error.split())
    told = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return (key, status, told, *[None] * (len(COLUMNS) - 3))


def _row(job: Job, how: How) -> Row:
    try:
        return _measured(job, how)
    except CapabilityError as error:
        return failed(job.key, str(error), "refused")
    except VmarchError as error:
        return failed(job.key, str(error))
    except Exception as error:  # a defect of ours, or of the user's mechanism, is no reason to lose the other cells
        return failed(job.key, f"{type(error).__name__}: {error}")


def _measured(job: Job, how: How) -> Row:
    what = job.what
    asked = (what.workload.name, what.architecture.name, what.scenario())
    (cell,) = compare([asked], how.plan, precision=how.precision, store=_memory())
    if cell.scenario is None:
        return failed(job.key, cell.refused, "refused")
    rows = comparison_rows([cell], what.host.name, cell.scenario.guests, how.plan.seed, how.level, ranges=False)
    named = {str(row["metric"]): row for row in rows}
    values = [_number(named.get(metric, {}).get(part)) for metric in METRICS for part in PARTS.values()]
    first = rows[0]
    head = (job.key, str(first["status"]), "", len(cell.runs.results), str(named["response_s"]["interval"]))
    return (*head, *values, *(_number(first[name]) for name in OTHERS))


def _number(value: object) -> float | None:
    """A number; None for a metric that the engine does not give."""
    return float(value) if isinstance(value, int | float) else None


class _Memory(threading.local):
    """Replications that this thread has run."""

    store = Store()
    kept = 0


MEMORY = _Memory()


def _memory() -> Store:
    """Where replications are remembered; emptied now and then."""
    MEMORY.kept += 1
    if MEMORY.kept >= MOST_KEPT:
        MEMORY.store, MEMORY.kept = Store(), 0
    return MEMORY.store
