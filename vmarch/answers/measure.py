"""A machine and its environments, measured: a table of micro-benchmarks, a host, and one architecture for each."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vmarch.answers.answer import Answer
from vmarch.calibration import Calibrated, calibrate
from vmarch.measuring.environments import found
from vmarch.measuring.machine import facts
from vmarch.measuring.measure import TABLE, Measured
from vmarch.measuring.measure import measure as measured
from vmarch.measuring.running import cpu_of
from vmarch.output import Row, json_text, manifest, prepare, write
from vmarch.progress import progress_bar
from vmarch.tables import Table

__all__ = ["HOST", "Box", "measure"]

HOST = "this-machine"


@dataclass(frozen=True, repr=False)
class Box(Answer):
    """A measured machine.

    Attributes:
        measured: the micro-benchmarks.
        calibrated: the host and the architectures that they make.
        facts: what the machine says of itself.
        absent: environments that were not measured, and why.
    """

    measured: Measured
    calibrated: Calibrated
    facts: Mapping[str, object]
    absent: Mapping[str, str]
    settings: Mapping[str, object]

    @property
    def rows(self) -> Sequence[Row]:
        """The table of micro-benchmarks, as `vmarch calibrate` reads it."""
        return self.measured.rows

    @cached_property
    def table(self) -> Table:
        """What one of each operation takes natively and in each environment."""
        values = {(str(row["environment"]), str(row["workload"])): row for row in self.rows}
        names = list(self.calibrated.architectures)
        lines = []
        for operation in dict.fromkeys(str(row["workload"]) for row in self.rows):
            natives = [values[key] for name in names if (key := (f"native@{name}", operation)) in values]
            if not natives:
                continue
            ours = [values.get((name, operation)) for name in names]
            cells = ["" if row is None else f"{float(str(row['median'])):.4g}" for row in (natives[0], *ours)]
            lines.append([operation, str(natives[0]["unit"]), *cells])
        notes = [f"not measured: {name}: {why}" for name, why in self.absent.items()]
        notes += [f"no figure: {what}: {why}" for what, why in self.measured.refused.items()]
        title = f"One of each operation, median of {self.measured.rounds} rounds"
        return Table(title, ("operation", "unit", "native", *names), lines, left=2, notes=notes)

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"question": "measure", **self.settings}

    @property
    def finding(self) -> str:
        """What was measured."""
        return f"{self.calibrated.host.name} and {', '.join(self.calibrated.architectures)}"

    @property
    def name(self) -> str:
        """The table's name."""
        return TABLE.removesuffix(".csv")

    def save(self, folder: str | Path) -> None:
        """Writes the table, a TOML file for the host and each environment, and what the machine says of itself.

        Raises:
            InputError: a file cannot be written.
        """
        where = prepare(Path(folder))
        for file, text in self.calibrated.files().items():
            write(where / file, text)
        about = {"facts": self.facts, "absent": self.absent, "refused": self.measured.refused}
        write(where / "machine.json", json_text(about))
        write(where / "manifest.json", manifest(self.asked))


def measure(
    out: str | Path,
    environments: Sequence[str] = (),
    *,
    quick: bool = False,
    host: str = "server",
    cpu: int | None = None,
) -> Box:
    """Measures this machine and environments on it, into a folder.

    Args:
        environments: names, or `NAME=COMMAND` with `{}` for the job; by default all that work here.
        quick: few and short repetitions.
        host: the preset that says what micro-benchmarks do not.
        cpu: the processor to measure on; the last by default.

    Raises:
        InputError: no compiler, no such environment or none that works, or a folder that cannot be written.
    """
    chosen = max(os.sched_getaffinity(0)) if cpu is None else cpu_of(cpu)
    folder = prepare(Path(out))
    works, absent = found(environments, folder)
    with progress_bar("measure") as progress:
        table = measured(works, folder, quick=quick, cpu=chosen, progress=progress)
    about = facts()
    hertz = about["clock_hz"]
    clock = f"{hertz:.0f} Hz" if isinstance(hertz, float) else None
    made = calibrate(folder / TABLE, name=HOST, base=host, clock=clock, cores=os.cpu_count(), noisy=True)
    settings = {"environments": [one.name for one in works], "quick": quick, "host": host, "rounds": table.rounds}
    box = Box(table, made, about, absent, settings)
    box.save(folder)
    return box
