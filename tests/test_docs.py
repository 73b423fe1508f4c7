"""The documentation is true: every command and program on a page runs, and shows what the page says.

The blocks of a page run in order, in one empty folder:

    ```console    lines that start with `$ ` are run; the lines below one are its output, and must appear in it in that
                  order, blanks aside; a line `...` stands for any lines left out, `...` inside a line for any text
    ```sh         every line is run
    ```python     is executed; the blocks of a page share their names
    ```toml       must be TOML
    # file: NAME  as the first line of a python or toml block: it is written to that file, for the commands below it

A second word `fails`, as in ```console fails, says that each command of the block is meant to end with an error. There
is no shell here: one command a line, perhaps continued by a backslash, perhaps with `> FILE` at its end.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent
PAGES = [path for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if path.is_file()]

# Not run: these set up a checkout or take a whole test run. `make` is checked for its targets.
SETTING_UP = ("cd", "git", "pip", "python -m pip", "python -m venv", "source")
SKIPPED = (*SETTING_UP, "python -m pytest", "vmarch reproduce --full", "vmarch explore")
READING = ("cat", "ls", "head")  # run as they are


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: str
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def file(self) -> str | None:
        """The file this block is written to, if any."""
        found = re.match(r"# file: (\S+)\s*\n", self.text)
        return found[1] if found and self.language in ("python", "toml") else None


@dataclass
class Command:
    """One command line, and what the page shows below it."""

    where: str
    words: list[str]
    fails: bool
    shown: list[str] = field(default_factory=list)
    into: str | None = None


def blocks(path: Path, text: str) -> list[Block]:
    return [
        Block(str(path.relative_to(ROOT)), (token.map or [0])[0] + 1, words[0], tuple(words[1:]), token.content)
        for token in MarkdownIt("commonmark").parse(text)
        if token.type == "fence" and (words := token.info.split())
    ]


def commands(block: Block) -> Iterator[Command]:
    """The command lines of a console or sh block."""
    command: Command | None = None
    lines = enumerate(block.text.splitlines(), start=block.line + 1)
    for number, line in lines:
        prompted = block.language == "console" and line.startswith("$ ")
        if prompted or (block.language == "sh" and line.strip() and not line.lstrip().startswith("#")):
            text = line[2:] if prompted else line
            while text.endswith("\\"):
                text = text[:-1] + next(lines)[1].removeprefix("> ")
            words = shlex.split(text, comments=True)
            into = words[-1] if words[-2:-1] == [">"] else None
            where = f"{block.page}:{number}: {text.strip()}"
            command = Command(where, words[:-2] if into else words, "fails" in block.words, into=into)
            yield command
        elif block.language == "console" and command is not None and line.strip():
            command.shown.append(line)


@functools.cache
def make_targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))


def plain(words: list[str]) -> list[str]:
    """A command as it is called with the virtual environment active."""
    first = words[0].removeprefix(".venv/bin/")
    return ["python" if first == "python3" else first, *words[1:]]


def kind(command: Command) -> str:
    """How a command is dealt with: vmarch, python, reading, make or skipped.

    Raises:
        AssertionError: it is none that this test knows, or make lacks the target.
    """
    words = plain(command.words)
    assert not {"|", "||", "&&", ";", ">", ">>", "<"} & set(words), f"{command.where}: there is no shell here"
    line = " ".join(words)
    if "--static" not in line and any(line == skipped or line.startswith(f"{skipped} ") for skipped in SKIPPED):
        return "skipped"
    if words[0] == "make":
        missing = [word for word in words[1:] if "=" not in word and word[0] != "-" and word not in make_targets()]
        assert not missing, f"{command.where}: no such target in the Makefile: {missing}"
        return "make"
    if words[0] in READING:
        return "reading"
    assert words[0] in ("vmarch", "python"), f"{command.where}: this test does not know the command"
    return words[0]


def run(command: Command) -> tuple[int, str]:
    """Exit code and output of a vmarch, python or reading command, in the current folder."""
    words = plain(command.words)
    if kind(command) == "vmarch":
        from click.testing import CliRunner

        from experiments.commands.main import main

        result = CliRunner().invoke(main, words[1:], prog_name="vmarch")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output
    program = [sys.executable, *words[1:]] if words[0] == "python" else words
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode()


def first_missing(shown: list[str], output: str) -> str | None:
    """The first shown line that the output lacks at its place, or None."""
    produced = [" ".join(line.split()) for line in output.splitlines() if line.strip()]
    at, gap = 0, True  # the page may begin anywhere in the output, and end anywhere
    for line in shown:
        if line.strip() == "...":
            gap = True
            continue
        pattern = re.compile(".*".join(map(re.escape, " ".join(line.split()).split("..."))))
        upto = len(produced) if gap else at + 1
        found = next((i for i in range(at, min(upto, len(produced))) if pattern.fullmatch(produced[i])), None)
        if found is None:
            return line
        at, gap = found + 1, False
    return None


def carry_out(command: Command) -> None:
    if kind(command) in ("skipped", "make"):
        return
    code, output = run(command)
    assert (code != 0) == command.fails, f"{command.where}: exit code {code}\n{output}"
    if command.into:
        Path(command.into).write_text(output, "utf-8")
    missing = first_missing(command.shown, output)
    assert missing is None, f"{command.where}: the page shows\n{missing}\nand the command printed\n{output}"


def execute(block: Block, names: dict[str, object]) -> None:
    code = compile("\n" * block.line + block.text, block.page, "exec", dont_inherit=True)
    exec(code, names)


def carry_out_page(path: Path, text: str) -> None:
    names: dict[str, object] = {"__name__": "page"}
    for block in blocks(path, text):
        if block.file is not None:
            target = Path(block.file)
            inside = not target.is_absolute() and ".." not in target.parts
            assert inside, f"{block.page}:{block.line}: {target} is outside the page's folder"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, "utf-8")
        if block.language == "toml":
            tomllib.loads(block.text)
        elif block.language == "python" and block.file is None:
            execute(block, names)
        elif block.language in ("console", "sh"):
            for command in list(commands(block)):
                carry_out(command)


def runnable(path: Path) -> list[Block]:
    found = blocks(path, path.read_text("utf-8"))
    return [block for block in found if block.language in ("console", "sh", "python", "toml")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_page_names_only_commands_that_exist(path: Path) -> None:
    for block in runnable(path):
        if block.language in ("console", "sh"):
            for command in commands(block):
                kind(command)


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_page_is_true(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not runnable(path):
        pytest.skip("nothing to run on this page")
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "LINES", "FORCE_COLOR"):  # as where output is piped: 80 columns, no colour
        monkeypatch.delenv(name, raising=False)
    carry_out_page(path, path.read_text("utf-8"))


PAGE = """
```toml
# file: some/host.toml
cores = 4
```
```python
# file: double.py
import sys
print(2 * int(sys.argv[1]), "cycles for   each")
```
- in a list
  ```console
  $ python3 double.py \\
  >     21 > out.txt
  $ cat out.txt some/host.toml
  42 cycles ...
  ...
  cores = 4
  ```
```python
x = 1
```
```python
assert x == 1 and __name__ == "page"
```
```sh
# what sets up is not run
git clone nothing   # at all
make reproduce OUT=here
```
```console fails
$ python double.py
```
"""


def test_blocks_run_in_order_in_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    carry_out_page(ROOT / "README.md", PAGE)
    assert Path("out.txt").read_text("utf-8").startswith("42")


@pytest.mark.parametrize(
    ("page", "error"),
    [
        ("```console\n$ make nonsense\n```", AssertionError),
        ("```console\n$ rm file\n```", AssertionError),
        ("```sh\ncat a | cat\n```", AssertionError),
        ("```console\n$ python -c 'print(1)'\n2\n```", AssertionError),
        ("```console\n$ python -c 'raise SystemExit(3)'\n```", AssertionError),
        ("```console fails\n$ python -c ''\n```", AssertionError),
        ("```python\n1 / 0\n```", ZeroDivisionError),
        ("```toml\nx =\n```", tomllib.TOMLDecodeError),
    ],
)
def test_an_untrue_page_is_found(
    page: str, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        carry_out_page(ROOT / "README.md", page)


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        (["b", "c"], None),
        (["a", "c"], "c"),
        (["a", "...", "c"], None),
        (["b", "a"], "a"),
        (["a   1.5 x"], "a   1.5 x"),
        (["d  ...  x"], None),
    ],
)
def test_shown_lines_are_held_against_the_output(shown: list[str], missing: str | None) -> None:
    assert first_missing(shown, "a\n b\n\nc\nd 1 x\n") == missing
