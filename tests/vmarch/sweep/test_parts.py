"""The columnar store: nothing lost, nothing twice, and the same bytes whatever came first."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from simcore.errors import InputError
from vmarch.sweep.parts import Parts
from vmarch.sweep.rows import COLUMNS, Row, failed


def row(key: str, value: float = 1.0) -> Row:
    numbers = [value] * (len(COLUMNS) - 5)
    return (key, "ok", "", 3, "replications", *numbers)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "parts").glob("*.parquet")}


def test_rows_are_on_disk_after_a_flush_and_found_again(tmp_path: Path) -> None:
    with Parts(tmp_path, {"seed": 1}) as parts:
        parts.add([row("b"), failed("a", "why\nnot")])
        parts.flush()
        assert len(content(tmp_path)) == 1
    with Parts(tmp_path, {}) as parts:
        assert parts.status == {"a": "failed", "b": "ok"}
        assert parts.table(["b", "a", "b"])["key"].to_pylist() == ["b", "a", "b"]
        assert parts.table(["a"])["error"].to_pylist() == ["why not"]


def test_leaving_flushes(tmp_path: Path) -> None:
    with Parts(tmp_path, {}) as parts:
        parts.add([row("a")])
    assert len(content(tmp_path)) == 1


def test_compaction_gives_the_same_bytes_whatever_came_first(tmp_path: Path) -> None:
    rows = [row("a", 1.0), row("b", float("nan")), row("c", float("inf"))]
    found = set()
    for number, order in enumerate(itertools.permutations(rows)):
        with Parts(tmp_path / str(number), {}) as parts:
            for one in order:
                parts.add([one])
                parts.flush()
            parts.compact()
        found.add(tuple(content(tmp_path / str(number)).items()))
    ((name, _),) = found.pop()
    assert not found
    assert name.endswith(".parquet")


def test_an_interrupted_compaction_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with Parts(tmp_path, {}) as parts:
        for key in "abc":
            parts.add([row(key)])
            parts.flush()
        before = content(tmp_path)
        parts.compact()
    for name, kept in before.items():  # it ended before these were removed
        (tmp_path / "parts" / name).write_bytes(kept)
    (tmp_path / "parts" / "half.parquet.new").write_bytes(b"PAR1")
    with Parts(tmp_path, {}) as parts:
        assert parts.table()["key"].to_pylist() == ["a", "b", "c"]
        parts.compact()
    assert len(content(tmp_path)) == 1
    assert not list((tmp_path / "parts").glob("*.new"))


def test_results_are_preferred_to_errors(tmp_path: Path) -> None:
    with Parts(tmp_path, {}) as parts:
        parts.add([failed("a", "no")])
        parts.flush()
        parts.forget(["failed"])
        assert parts.status == {}
        parts.add([row("a")])
        parts.flush()
        parts.add([failed("a", "again")])
        parts.flush()
        assert parts.table()["status"].to_pylist() == ["ok"]


def test_merging_copies_what_is_new(tmp_path: Path) -> None:
    for name, keys in (("one", "ab"), ("two", "bc")):
        with Parts(tmp_path / name, {}) as parts:
            parts.add([row(key) for key in keys])
    with Parts(tmp_path / "one", {}) as parts:
        assert parts.merge(tmp_path / "two") == 1
        assert parts.merge(tmp_path / "two" / "parts") == 0
        assert sorted(parts.status) == ["a", "b", "c"]
        with pytest.raises(InputError, match="the folder of a study"):
            parts.merge(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"not parquet at all", None])
def test_a_damaged_part_is_named(tmp_path: Path, damage: bytes | None) -> None:
    with Parts(tmp_path, {}) as parts:
        parts.add([row("a")])
    (path,) = (tmp_path / "parts").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-100] if damage is None else damage)
    with pytest.raises(InputError, match=f"{path.name}.*remove it"):
        Parts(tmp_path, {})
    path.unlink()
    with Parts(tmp_path, {}) as parts:  # the lock was let go
        assert parts.status == {}


def test_parts_with_other_columns_are_left_alone(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with Parts(tmp_path, {}) as parts:
        parts.add([row("a")])
    old = tmp_path / "parts" / "old.parquet"
    pq.write_table(pa.table({"key": ["b"]}), old)
    with Parts(tmp_path, {}) as parts:
        assert parts.status == {"a": "ok"}
        parts.add([row("c")])
        parts.flush()
        parts.compact()
    assert old.exists()
    assert len(content(tmp_path)) == 2


def test_one_at_a_time(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with Parts(tmp_path, {}), pytest.raises(InputError, match="no other command"):
        Parts(tmp_path, {})
    with Parts(tmp_path, {}):
        pass


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="--out"):
        Parts(tmp_path / "file", {})
