"""Finished replications, kept as they finish: one line of JSON each, in a file that only grows.

A replication is keyed by what determines it: the model that was run and how. So a job that was interrupted goes on
where it stopped, a tighter precision adds to what is there, and files of several machines merge by concatenation. A
last line that was cut off is dropped.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from simcore.errors import InputError
from simcore.reading import read_file
from simcore.results import PERCENTILES, Result
from vmarch.locks import locked
from vmarch.output import write
from vmarch.runs import Plan, Runnable, operations_of

__all__ = ["Store", "fingerprint"]

EVERY_S = 1.0  # a disk that makes each line durable at once costs more than short replications
VERSION = 9  # of the meaning of a stored result; a change of the engine's rules raises it


def fingerprint(scenario: Runnable, plan: Plan) -> str:
    """The key of a configuration: equal for equal models run in the same way, whatever the number of replications."""
    how = (VERSION, plan.seed, operations_of(scenario, plan), plan.warmup, plan.engine)
    text = repr((how, plan.deterministic, scenario.model))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Entry:
    """A line of the file."""

    key: str
    replication: int
    unsettled: str
    result: Result


ENTRY = TypeAdapter(Entry)


class Store:
    """Results by configuration and replication, in memory and, given a path, in a file.

    Args:
        alone: no other process may use the folder.

    Raises:
        InputError: another process uses the folder, the file cannot be read or written, or a whole line is no result.
    """

    def __init__(self, path: Path | None = None, *, alone: bool = True) -> None:
        self.path = path
        self._results: dict[tuple[str, int], tuple[Result, str]] = {}
        self._lines: dict[tuple[str, int], str] = {}
        self._cut = False  # whether the file ends amid a line
        self._lock = locked(path.parent) if path is not None and alone else None
        self._durable = time.monotonic()
        if path is not None and path.exists():
            self._read(path)

    @property
    def size(self) -> int:
        """How many replications it holds."""
        return len(self._results)

    def clear(self) -> None:
        """Forgets everything that is not in a file."""
        if self.path is None:
            self._results.clear()
            self._lines.clear()

    def get(self, key: str, replication: int) -> tuple[Result, str] | None:
        """A stored replication, with why it did not settle."""
        return self._results.get((key, replication))

    def put(self, key: str, replication: int, result: Result, unsettled: str) -> None:
        """Keeps a replication; it is in the file when this returns, whatever happens to this process.

        A power cut may cost what came within the last second.
        """
        if self._cut:
            self.sort()
        self._results[key, replication] = result, unsettled
        if self.path is not None:
            line = self._lines[key, replication] = _line(key, replication, result, unsettled)
            try:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(line)
                    if time.monotonic() - self._durable >= EVERY_S:
                        file.flush()
                        os.fsync(file.fileno())
                        self._durable = time.monotonic()
            except OSError as error:
                raise InputError("--out", str(self.path), f"a writable file ({error.strerror})") from None

    def sort(self) -> None:
        """Rewrites the file in order of key and replication, so that it does not tell who finished first."""
        if self.path is None or not (self._results or self._cut):
            return
        write(self.path, "".join(self._lines[place] for place in sorted(self._lines)))
        self._cut = False

    def _read(self, path: Path) -> None:
        *lines, last = read_file(path, "--out", "file of results").split(b"\n")
        self._cut = bool(last)
        for number, line in enumerate(lines, 1):
            if not self._take(line):
                shown = line[:40].decode(errors="replace")
                allowed = "a stored result; remove the file to start afresh"
                raise InputError(f"{path} line {number}", shown, allowed)
        self._take(last)

    def _take(self, line: bytes) -> bool:
        try:
            item = ENTRY.validate_python(json.loads(line))
        except (ValueError, RecursionError):
            return False
        if not {*PERCENTILES} <= item.result.percentiles_s.keys():
            return False
        self._results[item.key, item.replication] = item.result, item.unsettled
        self._lines[item.key, item.replication] = line.decode() + "\n"
        return True


def _line(key: str, replication: int, result: Result, unsettled: str) -> str:
    item = {"key": key, "replication": replication, "unsettled": unsettled, "result": vars(result)}
    return json.dumps(item, separators=(",", ":"), default=vars) + "\n"
