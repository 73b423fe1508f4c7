"""The columnar store: a folder of immutable Parquet files that are there whole or not at all.

A part is named by the hash of its bytes, written aside, made durable and renamed. So nothing that has been kept is
lost at whatever moment the machine stops, the parts of several machines are merged by copying them into one folder, and
equal parts fall together. Where a cell has several rows, the best is taken: results before errors. It never matters
which part a row is in, so that many small parts can be made one at any time.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from simcore.errors import InputError
from simcore.reading import read_file
from vmarch.locks import locked
from vmarch.output import NEW, prepare, write
from vmarch.sweep.rows import COLUMNS, STATUSES, Row

__all__ = ["Parts", "parquet", "parts_of"]

TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64()}
SCHEMA = pa.schema([(name, TYPES[kind]) for name, kind in COLUMNS.items()])
ABOUT = b"vmarch"  # the key of what made a file, in its metadata
HASH = re.compile(r"[0-9a-f]{24}")
EVERY_S = 0.5  # rows wait so long for company


class Parts:
    """Rows by the key of their cell; for one process at a time.

    Args:
        folder: of the study; parts are in its folder `parts`.
        made_by: what is written into each part.

    Raises:
        InputError: the folder cannot be used, is in use, or a part is damaged.
    """

    def __init__(self, folder: Path, made_by: Mapping[str, object]) -> None:
        self.folder = prepare(prepare(folder) / "parts")
        self._about = json.dumps(made_by, sort_keys=True)
        self._waiting: list[Row] = []
        self._written = time.monotonic()
        self._lock = locked(folder, alone=True)
        try:
            for left in self.folder.glob(f"*{NEW}"):
                left.unlink()
            self.status = dict(zip(*_columns(self.table(), "key", "status"), strict=True))
        except BaseException:
            self._lock.close()
            raise

    def __enter__(self) -> Parts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.flush()
        finally:
            self._lock.close()

    def add(self, rows: Sequence[Row]) -> None:
        """Keeps rows, if any; they are on disk half a second later if this is called then, or after `flush`."""
        self._waiting += rows
        if time.monotonic() - self._written >= EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Writes what has been kept; it is on disk when this returns."""
        if self._waiting:
            columns = zip(zip(*self._waiting, strict=True), SCHEMA.types, strict=True)
            self._write(pa.table([pa.array(column, kind) for column, kind in columns], SCHEMA))
            self.status |= {str(row[0]): str(row[1]) for row in self._waiting}
            self._waiting = []
        self._written = time.monotonic()

    def merge(self, other: Path) -> int:
        """Takes over the parts of another folder; the number of rows that were new.

        Raises:
            InputError: there are none, or one is damaged.
        """
        before = len(self.status)
        for path in parts_of(other):
            if not (self.folder / path.name).exists() and _read(path) is not None:
                write(self.folder / path.name, path.read_bytes())
        self.status = dict(zip(*_columns(self.table(), "key", "status"), strict=True))
        return len(self.status) - before

    def forget(self, statuses: Collection[str]) -> None:
        """Takes cells of these statuses for missing; their rows stay until better ones come."""
        self.status = {key: status for key, status in self.status.items() if status not in statuses}

    def table(self, keys: Collection[str] | None = None) -> pa.Table:
        """The best row of each key, sorted by key; or those of the keys asked for, in their order."""
        tables = [table for path in _found(self.folder) if (table := _read(path)) is not None]
        table = pa.concat_tables([part.replace_schema_metadata() for part in tables] or [SCHEMA.empty_table()])
        best: dict[str, tuple[int, str, int]] = {}
        for place, (key, status, error) in enumerate(zip(*_columns(table, "key", "status", "error"), strict=True)):
            found = (STATUSES.index(status), error, place)
            best[key] = min(best.get(key, found), found)
        wanted = sorted(best) if keys is None else keys
        return table.take(pa.array([best[key][2] for key in wanted], pa.int64())).combine_chunks()

    def compact(self) -> None:
        """Puts all parts into one; what was there is removed afterwards, so that it may end at any moment."""
        paths = _found(self.folder)
        if len(paths) > 1:
            kept = self._write(self.table())
            for path in paths:
                if path != kept and _read(path) is not None:
                    path.unlink(missing_ok=True)

    def _write(self, table: pa.Table) -> Path:
        content = parquet(table, self._about)
        path = self.folder / f"{_named(content)}.parquet"
        write(path, content)
        return path


def parts_of(folder: Path) -> list[Path]:
    """The parts of a study, given its folder or that of the parts themselves.

    Raises:
        InputError: there are none.
    """
    paths = _found(folder / "parts") or _found(folder)
    if not paths:
        raise InputError("--merge", str(folder), "the folder of a study, with its parts")
    return paths


def parquet(table: pa.Table, about: str) -> bytes:
    """A table as a Parquet file that says what made it."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata({ABOUT: about}), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _named(content: bytes) -> str:
    """The name of a part: its hash."""
    return hashlib.sha256(content).hexdigest()[:24]


def _found(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"))


def _read(path: Path) -> pa.Table | None:
    """A part; None if it has other columns, being of another version."""
    data = read_file(path, "part", "Parquet file")
    try:
        if HASH.fullmatch(path.stem) and path.stem != _named(data):
            raise pa.ArrowInvalid("its name is not the hash of its bytes")
        table = pq.read_table(pa.BufferReader(data))
        table.validate(full=True)
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        allowed = f"a whole Parquet file; remove it to run its cells again ({reason})"
        raise InputError("part", str(path), allowed) from None
    return table if table.schema.equals(SCHEMA) else None


def _columns(table: pa.Table, *names: str) -> list[list[str]]:
    return [table.column(name).to_pylist() for name in names]
