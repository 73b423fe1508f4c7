"""Finished replications, kept as they finish: one line of JSON each, in a file that only grows.

A replication is keyed by what determines it: the model that was run and how. So a job that was interrupted goes on where
it stopped, a tighter precision adds to what is there, and files of several machines merge by concatenation. A last line
that was cut off is dropped.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path

from experiments.runs import Plan
from experiments.scenario import Scenario
from simcore.errors import InputError
from simcore.results import Result

__all__ = ["Store", "fingerprint"]

VERSION = 1  # of the meaning of a stored result; a change of the engine's rules raises it


def fingerprint(scenario: Scenario, plan: Plan) -> str:
    """The key of a configuration: equal for equal models run in the same way, whatever the number of replications."""
    how = (VERSION, plan.seed, plan.operations or scenario.workload.operations, plan.warmup, plan.engine)
    text = repr((how, plan.deterministic, scenario.workload.name, scenario.model))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Store:
    """Results by configuration and replication, in memory and, given a path, in a file.

    Raises:
        InputError: the file cannot be read or written, or a line that is not the last is no result.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._results: dict[tuple[str, int], tuple[Result, str]] = {}
        if path is not None and path.exists():
            self._read(path)

    def get(self, key: str, replication: int) -> tuple[Result, str] | None:
        """A stored replication, with why it did not settle."""
        return self._results.get((key, replication))

    def put(self, key: str, replication: int, result: Result, unsettled: str) -> None:
        """Keeps a replication; it is on disk when this returns."""
        self._results[key, replication] = result, unsettled
        if self.path is not None:
            try:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(_line(key, replication, result, unsettled))
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                raise InputError("--out", str(self.path), f"a writable folder ({error.strerror})") from None

    def sort(self) -> None:
        """Rewrites the file in order of key and replication, so that it does not tell who finished first."""
        if self.path is None or not self._results:
            return
        lines = [_line(key, number, *self._results[key, number]) for key, number in sorted(self._results)]
        fresh = self.path.with_suffix(".new")
        fresh.write_text("".join(lines), encoding="utf-8")
        fresh.replace(self.path)

    def _read(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            try:
                item = json.loads(line)
                raw = item["result"]
                raw["percentiles_s"] = {int(percent): value for percent, value in raw["percentiles_s"].items()}
                self._results[item["key"], item["replication"]] = Result(**raw), item["unsettled"]
            except (ValueError, KeyError, TypeError):
                if number < len(lines):
                    raise InputError(
                        f"{path.name} line {number}", line[:40], "a stored result; remove the file to start afresh"
                    ) from None


def _line(key: str, replication: int, result: Result, unsettled: str) -> str:
    item = {"key": key, "replication": replication, "unsettled": unsettled, "result": asdict(result)}
    return json.dumps(item, separators=(",", ":")) + "\n"
