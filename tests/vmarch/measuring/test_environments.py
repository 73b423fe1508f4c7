"""Environments: named or by a command of the user's, and gone when the job is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from simcore.errors import InputError
from vmarch.measuring.environments import ENVIRONMENTS, Native, Template, environment_named, found
from vmarch.measuring.running import run


def test_template_puts_the_job_in_its_place(tmp_path: Path) -> None:
    ssh = environment_named("guest=ssh guest {}")
    assert ssh.command(["echo", "a b"], tmp_path) == ["ssh", "guest", "echo", "a b"]
    quoted = environment_named("guest=sh -c 'cd /; {}'")
    assert quoted.command(["echo", "a b"], tmp_path) == ["sh", "-c", "cd /; echo 'a b'"]


@pytest.mark.parametrize(
    "text",
    ["runs", "guest=ssh guest", "Guest=ssh {}", "native=sh {}", "runc=runc {}", "guest=sh '{}", "guest="],
)
def test_no_such_environment(text: str) -> None:
    with pytest.raises(InputError, match="--environment"):
        environment_named(text)


def test_given_twice() -> None:
    with pytest.raises(InputError, match="once"):
        found(["bwrap", "bwrap"], Path.cwd())


def test_none_works_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none-such"):
        found(["guest=none-such {}"], tmp_path)


def test_status_and_output(tmp_path: Path) -> None:
    done = environment_named("mine=sh -c {}").run(["printf hello; exit 3"], folder=tmp_path)
    assert (done.status, done.output) == (3, "hello")


def test_output_native(tmp_path: Path) -> None:
    done = Native("native", "", "").run(["pwd"], folder=tmp_path)
    assert (done.status, Path(done.output.strip())) == (0, tmp_path.resolve())


def test_what_does_not_end_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ends within"):
        run(["sh", "-c", "echo $$ > pid; sleep 60"], what="job", folder=tmp_path, limit_s=0.2, scratch=tmp_path)
    group = (tmp_path / "pid").read_text().strip()
    for _ in range(100):  # a process that was killed needs a moment to end
        after_name = [stat.rpartition(")")[2].split() for stat in _stats()]
        left = [state for state, _, its, *_ in after_name if its == group and state not in "ZX"]
        if not left:
            break
        time.sleep(0.05)
    assert left == []


def _stats() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            yield path.read_text("utf-8", "replace")


def test_what_cannot_start(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no-such-program"):
        run(["no-such-program"], what="job", scratch=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_enters_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    one = ENVIRONMENTS[name]
    if why := one.trouble(tmp_path):
        pytest.skip(why)
    mounts = Path("/proc/mounts").read_text()
    done = one.run(["sh", "-c", "pwd; exit 7"], folder=tmp_path, limit_s=120)
    assert (done.status, done.output.strip()) == (7, str(tmp_path))
    assert Path("/proc/mounts").read_text() == mounts


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, one in ENVIRONMENTS.items() if one.follows_exec])
def test_runs_the_same_programs(name: str, tmp_path: Path) -> None:
    one = ENVIRONMENTS[name]
    if why := one.trouble(tmp_path):
        pytest.skip(why)
    words = ["sort", "--version"]
    natively = Native("native", "", "").run(words, folder=tmp_path)
    assert one.run(words, folder=tmp_path, limit_s=120).output == natively.output  # no applets of busybox, say


def test_templates_are_environments() -> None:
    assert isinstance(environment_named("a=b {}"), Template)
