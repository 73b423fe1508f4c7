"""A host and one architecture for each environment, from a table of micro-benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from architectures import Architecture
from simcore.hosts import Host
from simcore.summing import added
from vmarch.answers.answer import Answer
from vmarch.asking import host_of
from vmarch.calibration import Calibrated
from vmarch.calibration import calibrate as calibrated
from vmarch.output import Row, encoded, manifest, prepare, write
from vmarch.tables import Table

__all__ = ["Calibration", "calibrate"]


@dataclass(frozen=True, repr=False)
class Calibration(Answer):
    """A host and its environments, ready to be used, and as the files that describe them.

    Attributes:
        found: what they were made of.
        settings: what was asked.
    """

    found: Calibrated
    settings: Mapping[str, object]

    @property
    def host(self) -> Host:
        """The host."""
        return self.found.host

    @property
    def architectures(self) -> Mapping[str, Architecture]:
        """The environments by name."""
        return self.found.architectures

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The text of each TOML file, by name."""
        return self.found.files()

    @property
    def rows(self) -> Sequence[Row]:
        """One row for each file: what it describes, and how many of its costs are measured and assumed."""
        rows: list[Row] = []
        for kind, name, costs in (
            ("host", self.host.name, self.host.cost),
            *(("architecture", one.name, one.cost) for one in self.architectures.values()),
        ):
            assumed = added(entry.assumed for entry in costs)
            rows.append(
                {"file": f"{name}.toml", "describes": kind, "measured": len(costs) - assumed, "assumed": assumed}
            )
        return rows

    @property
    def table(self) -> Table:
        """The files in words."""
        lines = [[str(value) for value in row.values()] for row in self.rows]
        return Table("", ("file", "describes", "costs measured", "assumed"), lines, left=2)

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked; nothing is drawn, so there is no seed."""
        return {"command": "calibrate", **self.settings}

    @property
    def name(self) -> str:
        """What its files are called."""
        return "calibrate"

    manifest_name = "manifest.json"

    @property
    def finding(self) -> str:
        """What was made."""
        return f"{self.host.name} and {', '.join(self.architectures)}"

    def save(self, folder: str | Path) -> None:
        """Writes a TOML file for the host and for each environment, and what made them.

        Raises:
            InputError: a file cannot be written.
        """
        files = {**self.files, self.manifest_name: manifest(self.asked)}  # refused before anything is written
        for file, text in files.items():
            encoded(f"{file} {text}", file)
        where = prepare(Path(folder))
        for file, text in files.items():
            write(where / file, text)


def calibrate(
    micro: str | Path,
    *,
    environment: str | None = None,
    name: str = "calibrated-host",
    host: str | Path | Host = "server",
    clock: str | None = None,
    year: int | None = None,
    cores: int | None = None,
) -> Calibration:
    """A host and one architecture for each environment.

    Args:
        micro: a CSV file of micro-benchmarks.
        environment: the only one to take of several; the name of the one in the simple form.
        name: what to call the host.
        host: what the table does not say.
        clock, year, cores: of the host, such as "2.4 GHz"; those of `host` by default.

    Raises:
        InputError: a bad file, or a value out of range.
    """
    base = host_of(host)
    found = calibrated(Path(micro), environment=environment, name=name, base=base, clock=clock, year=year, cores=cores)
    _ = found.host, found.architectures  # what cannot be is refused here
    settings = {
        "table": Path(micro).name,
        "environment": environment,
        "name": name,
        "host": base.name,
        "clock": clock,
        "year": year,
        "cores": cores,
    }
    return Calibration(found, settings)
