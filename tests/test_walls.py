"""The walls of the design: who imports whom, what a package exports, how long a file is, and no trace of a machine.

Imports are read from the source, nothing is executed, so an import inside a function or under TYPE_CHECKING counts too.
A name that a package re-exports counts as the module it comes from.
"""

from __future__ import annotations

import ast
import functools
import graphlib
import importlib
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from experiments.commands import main as entry_point

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 400  # lines; 100 to 200 is the aim

WALLS = {
    "simcore": ("architectures", "workloads", "vmarch", "experiments"),
    "architectures": ("workloads", "vmarch", "experiments", "simcore.engines"),
    "workloads": ("architectures", "vmarch", "experiments", "simcore.engines"),
    "vmarch": ("experiments", "click", "rich.table"),
    "experiments": (),
}
EXPORTING = ["simcore", "simcore.statistics", "architectures", "workloads", "vmarch", "experiments"]
TEXT = {".cfg", ".csv", ".ini", ".json", ".md", ".mplstyle", ".py", ".svg", ".toml", ".txt", ".yaml", ".yml", ""}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home)/")  # but not within a longer path or an address


@functools.cache
def kept_files() -> tuple[Path, ...]:
    """Files that git keeps or would keep; without git, all but hidden folders and results."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, check=False, capture_output=True, text=True)
        if listed.returncode == 0:
            return tuple(path for name in sorted(set(listed.stdout.split("\0"))) if (path := ROOT / name).is_file())
    skipped = {"results", "build", "dist", "__pycache__"}
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(ROOT / path for path in found if not any(p.startswith(".") or p in skipped for p in path.parts[:-1]))


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def absolute(node: ast.ImportFrom, path: Path) -> str:
    """The full name of the module that a `from ... import` names, relative ones resolved."""
    if node.level == 0:
        return node.module or ""
    package = path.relative_to(ROOT).parent.parts
    return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


@functools.cache
def origins(package: str) -> dict[str, str]:
    """Where each name comes from that a package's `__init__.py` re-exports."""
    path = ROOT / package.replace(".", "/") / "__init__.py"
    if package.split(".")[0] not in WALLS or not path.is_file():
        return {}
    nodes = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name: absolute(node, path) for node in nodes for alias in node.names}


def imports(path: Path, source: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a source imports."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(names=names):
                module = absolute(node, path)
                for alias in names:
                    yield node.lineno, f"{module}.{alias.name}"
                    yield node.lineno, origins(module).get(alias.name, module)
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if re.search(
                r"\b(?:import_module|__import__)$", ast.unparse(node.func)
            ):
                yield node.lineno, name


def within(name: str, wall: str) -> bool:
    return name == wall or name.startswith(f"{wall}.")


def breaches(package: str, path: Path, source: str) -> list[str]:
    forbidden = WALLS[package]
    if not path.is_relative_to(ROOT / "simcore" / "engines"):
        forbidden = (*forbidden, "simpy")
    found = {(line, name) for line, name in imports(path, source) for wall in forbidden if within(name, wall)}
    return [f"{path.relative_to(ROOT)}:{line} imports {name}" for line, name in sorted(found)]


@pytest.mark.parametrize("package", WALLS)
def test_package_imports_nothing_beyond_its_wall(package: str) -> None:
    assert [breach for path in sources(package) for breach in breaches(package, path, path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("architectures/a.py", "import simcore.engines.simpy_engine"),
        ("architectures/a.py", "def f():\n    from simcore import engines"),
        ("architectures/mechanisms/a.py", "from ...workloads import load"),
        ("simcore/a.py", "import importlib\nimportlib.import_module('experiments.commands.main')"),
        ("simcore/a.py", "import simpy.core"),
        ("experiments/a.py", "from simpy import Environment"),
    ],
)
def test_wall_sees_a_breach(where: str, source: str) -> None:
    assert breaches(where.split("/")[0], ROOT / where, source)


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("architectures/a.py", "from simcore.path import Stage"),
        ("simcore/engines/a.py", "import simpy"),
        ("simcore/a.py", "import simpy_like, architecture"),
        ("experiments/a.py", "from simcore.engines import simpy_engine"),
    ],
)
def test_wall_lets_the_rest_through(where: str, source: str) -> None:
    assert breaches(where.split("/")[0], ROOT / where, source) == []


@pytest.mark.parametrize("package", EXPORTING)
def test_exports_are_explicit_and_exist(package: str) -> None:
    init = ROOT / package.replace(".", "/") / "__init__.py"
    assigned = [
        node.value
        for node in ast.parse(init.read_text("utf-8")).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and "__all__" in ast.unparse(node).split("=")[0]
    ]
    assert len(assigned) == 1, f"{package} needs one __all__"
    names = ast.literal_eval(assigned[0] or ast.Tuple([]))
    assert len(names) == len(set(names))
    module = importlib.import_module(package)
    assert [name for name in names if not hasattr(module, name)] == []


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def arrows() -> dict[str, frozenset[str]]:
    """Which of our modules each imports, names that a package re-exports resolved to where they come from."""
    files = {module_of(path): path for package in WALLS for path in sources(package)}
    return {
        name: frozenset(
            other
            for _, full in imports(path, path.read_text("utf-8"))
            for other in (full, full.rpartition(".")[0])
            if other in files and other != name and files[other].name != "__init__.py"
        )
        for name, path in files.items()
    }


def circle(graph: Mapping[str, Collection[str]]) -> list[str]:
    """The names of a circle of arrows; empty if there is none."""
    try:
        list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_no_imports_go_in_a_circle() -> None:
    assert circle(arrows()) == []


def test_a_circle_is_seen() -> None:
    assert set(circle({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]})) == {"a", "b", "c"}


def commands() -> set[str]:
    """The modules that hold a command, by what the entry point loads."""
    return {f"experiments.commands.{module}" for module, _ in entry_point.COMMANDS.values()}


def test_nothing_imports_a_command_but_tests() -> None:
    found = {name: sorted(targets & commands()) for name, targets in arrows().items() if targets & commands()}
    assert found == {}


@pytest.mark.parametrize("package", [module_of(p) for name in WALLS for p in sources(name) if p.name == "__init__.py"])
def test_a_folder_says_what_it_is_for(package: str) -> None:
    tree = ast.parse((ROOT / package.replace(".", "/") / "__init__.py").read_text("utf-8"))
    assert ast.get_docstring(tree), f"{package} says nothing of itself"
    assert "__all__" in {ast.unparse(t) for n in tree.body if isinstance(n, ast.Assign) for t in n.targets} | {
        ast.unparse(n.target) for n in tree.body if isinstance(n, ast.AnnAssign)
    }, f"{package} exports nothing by name"


def test_no_python_file_is_too_long() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in kept_files() if path.suffix == ".py"}
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in kept_files()
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


def test_machine_paths_are_recognised() -> None:
    slash = "/"
    assert MACHINE_PATH.search(f"see {slash}work{slash}main")
    assert MACHINE_PATH.search(f"file:{slash}{slash}{slash}root{slash}x")
    assert not MACHINE_PATH.search(f"VMX non-root{slash}root{slash}mode, https://example.org{slash}work{slash}")
