"""Files are written in one way: whole or not at all, durable, and never through somebody else's link."""

from __future__ import annotations

import ast
import os
import stat
from pathlib import Path

import pytest

from simcore.errors import InputError
from vmarch.output import write

ROOT = Path(__file__).resolve().parents[2]
OTHERS = {  # what may write, and is not the one way
    "vmarch/output.py",  # the one way itself
    "simcore/engines/compiled/native.py",  # what is kept of the compiler, below the one way: whole or not at all
    "vmarch/store.py",  # appends lines, and is rewritten in the one way
    "experiments/page/documents.py",  # pages of this repository, by its maintainers
    "experiments/theory/trust.py",
    "experiments/commands/main.py",  # streams that the caller has closed
    "vmarch/measuring/environments.py",  # a folder of its own, for what it starts
    "vmarch/measuring/running.py",
    "experiments/closed_loop/inputs.py",  # files for programs to work on
    "experiments/site/figures.py",  # the site, made anew as a whole
    "experiments/site/notebooks.py",
    "experiments/site/stage.py",
}


def writers(path: Path) -> list[int]:
    """Lines of a source that open a file for writing or write one."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rsplit(".", 1)[-1]
        mode = next(
            (ast.unparse(a) for a in (*node.args[:2], *(k.value for k in node.keywords if k.arg == "mode"))), ""
        )
        texts = [a.value for a in (*node.args, *(k.value for k in node.keywords)) if isinstance(a, ast.Constant)]
        opens = name in ("open", "fdopen") and any(
            isinstance(t, str) and t and t[0] in "wax" and len(t) <= 3 for t in texts
        )
        if opens or (name in ("write_text", "write_bytes", "savefig", "mkstemp") and "buffer" not in mode):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize("package", ["simcore", "architectures", "workloads", "vmarch", "experiments"])
def test_there_is_one_way_to_write_a_file(package: str) -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in sorted((ROOT / package).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in OTHERS and (lines := writers(path))
    }
    assert found == {}


def test_a_link_in_the_way_is_replaced_and_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    for name in ("a.csv", "a.csv.new", ".a.csv.new"):
        (tmp_path / name).symlink_to(precious)
    write(tmp_path / "a.csv", "new")
    assert precious.read_text() == "mine"
    assert (tmp_path / "a.csv").read_text() == "new"
    assert not (tmp_path / "a.csv").is_symlink()


def test_nothing_is_left_of_what_cannot_be_written(tmp_path: Path) -> None:
    for content in ("\udcff", "x"):
        path = tmp_path / ("a" if content != "x" else "b" * 300)
        with pytest.raises(InputError, match="a writable file"):
            write(path, content)
    assert list(tmp_path.iterdir()) == []


def test_permissions_are_the_users_own(tmp_path: Path) -> None:
    before = os.umask(0)
    os.umask(before)
    write(tmp_path / "a", b"x")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~before
