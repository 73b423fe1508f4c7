"""The environments of a machine, each entered by its ordinary tool; files and programs are the machine's own.

    bwrap, unshare    namespaces
    runc              a container: namespaces, fewer capabilities, no filter of system calls
    runsc             gVisor, by ptrace
    uml               User-Mode Linux, its root the host's files
    qemu-user         a program translated by QEMU's user mode; what it executes runs natively
    NAME=COMMAND      any other: `{}` in COMMAND becomes the job, quoted for a shell

KVM and containers of images are entered by a command of one's own, such as `kvm=ssh guest {}`: a guest's kernel and
disk are not ours to choose.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from simcore.errors import InputError, unknown
from vmarch.calibration.micro import NAME, NATIVE
from vmarch.measuring.running import Ran, run

__all__ = ["ENVIRONMENTS", "Environment", "Native", "Template", "environment_named", "found"]

CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "NET_BIND_SERVICE")
NAMED = re.compile(r"[A-Za-z_]\w*", re.ASCII)  # variables that a shell can export
START_S = 60.0  # an environment that has not run `true` by then does not work


@dataclass(frozen=True)
class Environment(ABC):
    """Where a command can be run.

    Attributes:
        name: as an architecture's.
        tool: the program that enters it.
        package: what to install for the tool, on Debian.
        follows_exec: whether what the command executes is in the environment too.
        timed_inside: whether the time of a run is that of the command alone, without entering the environment.
    """

    name: str
    tool: str
    package: str
    follows_exec: bool = True
    timed_inside: bool = False

    @property
    def missing(self) -> str:
        """Why it cannot be used here; empty if the tool is there."""
        return "" if shutil.which(self.tool) else f"no {self.tool} (Debian package {self.package})"

    @contextmanager
    def entering(
        self, words: Sequence[str], folder: Path, scratch: Path, *, rehearsed: bool = False
    ) -> Iterator[list[str]]:
        """The command that runs `words` in the environment, in `folder`; what it needs is removed afterwards.

        Args:
            rehearsed: an environment that begins with empty caches first runs them once untimed.
        """
        del scratch, rehearsed
        yield self.command(words, folder)

    @abstractmethod
    def command(self, words: Sequence[str], folder: Path) -> list[str]:
        """The command that runs `words` in the environment, in `folder`."""

    def run(
        self,
        words: Sequence[str],
        *,
        folder: Path,
        cpu: int | None = None,
        limit_s: float = 600.0,
        what: str = "",
        rehearsed: bool = False,
    ) -> Ran:
        """Runs a command there, and removes what that needed.

        Args:
            folder: where it runs.
            cpu: the only processor that it may use.
            what: the name by which errors call it; the environment's by default.
            rehearsed: an environment that begins with empty caches first runs it once untimed.

        Raises:
            InputError: it cannot be started, or does not end in time.
        """
        with tempfile.TemporaryDirectory(prefix="vmarch-", ignore_cleanup_errors=True) as scratch:
            where, at = Path(scratch), folder.resolve()
            with self.entering(words, at, where, rehearsed=rehearsed) as entered:
                done = run(entered, what=what or self.name, folder=at, cpu=cpu, limit_s=limit_s, scratch=where)
            return self.read(done, where)

    def read(self, done: Ran, scratch: Path) -> Ran:
        """The outcome of the command, where the environment hands it over by other means than its own status."""
        del scratch
        return done

    def trouble(self, folder: Path) -> str:
        """Why it does not work here, found by running `true` in it; empty if it does."""
        if self.missing:
            return self.missing
        try:
            done = self.run(["true"], folder=folder, limit_s=START_S)
        except InputError as error:
            return str(error)
        return "" if done.status == 0 else f"`true` ends with status {done.status}: {_last(done.error)}"


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1][:200]


class Native(Environment):
    """The machine itself."""

    def command(self, words: Sequence[str], folder: Path) -> list[str]:
        """The command as it is."""
        del folder
        return list(words)


class _Bwrap(Environment):
    def command(self, words: Sequence[str], folder: Path) -> list[str]:
        kinds = [f"--unshare-{kind}" for kind in ("pid", "ipc", "uts", "net", "cgroup-try")]
        mounts = ["--bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
        return [self.tool, *kinds, *mounts, "--die-with-parent", "--chdir", str(folder), *words]


class _Unshare(Environment):
    def command(self, words: Sequence[str], folder: Path) -> list[str]:
        del folder
        kinds = ["--mount", "--pid", "--ipc", "--uts"]
        return [self.tool, *kinds, "--fork", "--mount-proc", "--kill-child", *words]


class _QemuUser(Environment):
    def command(self, words: Sequence[str], folder: Path) -> list[str]:
        del folder
        return [self.tool, shutil.which(words[0]) or words[0], *words[1:]]


@dataclass(frozen=True)
class _Oci(Environment):
    """A bundle whose root has the host's top folders bound into it; runs as `TOOL [options] run`."""

    options: tuple[str, ...] = ()

    def command(self, words: Sequence[str], folder: Path) -> list[str]:
        raise NotImplementedError

    def read(self, done: Ran, scratch: Path) -> Ran:
        return _told(done, scratch) or done

    @contextmanager
    def entering(
        self, words: Sequence[str], folder: Path, scratch: Path, *, rehearsed: bool = False
    ) -> Iterator[list[str]]:
        if rehearsed and self.timed_inside:
            words = ["sh", str(_script(words, folder, scratch, rehearsed=True))]
        name = f"vmarch-{uuid.uuid4().hex[:12]}"
        bundle, state = scratch / "bundle", scratch / "state"
        (bundle / "config.json").parent.mkdir()
        (bundle / "config.json").write_text(json.dumps(_bundle(words, folder, bundle / "rootfs")), "utf-8")
        head = [self.tool, "--root", str(state), *self.options]
        try:
            yield [*head, "run", "--bundle", str(bundle), name]
        finally:
            with suppress(subprocess.TimeoutExpired, OSError):
                subprocess.run([*head, "delete", "--force", name], check=False, capture_output=True, timeout=START_S)


def _bundle(words: Sequence[str], folder: Path, root: Path) -> dict[str, object]:
    mounts: list[dict[str, object]] = [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
    ]
    for path in sorted(Path("/").iterdir()):
        place = root / path.name
        if path.is_symlink():
            root.mkdir(exist_ok=True)
            place.symlink_to(path.readlink())
        elif path.is_dir():
            place.mkdir(parents=True)
            if path.name not in ("proc", "dev", "sys"):
                bind: dict[str, object] = {
                    "destination": str(path),
                    "type": "bind",
                    "source": str(path),
                    "options": ["rbind", "rw"],
                }
                mounts.append(bind)
    held = [f"CAP_{name}" for name in CAPABILITIES]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False,
            "user": {"uid": os.getuid(), "gid": os.getgid()},
            "args": list(words),
            "env": [f"{key}={value}" for key, value in os.environ.items()],
            "cwd": str(folder),
            "capabilities": dict.fromkeys(("bounding", "effective", "permitted"), held),
            "noNewPrivileges": True,
        },
        "root": {"path": str(root), "readonly": False},
        "hostname": "vmarch",
        "mounts": mounts,
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount", "network")]},
    }


class _Uml(Environment):
    """Boots a kernel as a process for each command; its time is taken inside, without the boot."""

    def command(self, words: Sequence[str], folder: Path) -> list[str]:
        raise NotImplementedError

    @property
    def missing(self) -> str:
        """Why it cannot be used here: the kernel, or busybox for its first process."""
        return super().missing or ("" if shutil.which("busybox") else "no busybox (Debian package busybox-static)")

    @contextmanager
    def entering(
        self, words: Sequence[str], folder: Path, scratch: Path, *, rehearsed: bool = False
    ) -> Iterator[list[str]]:
        ours = [f"export {key}={shlex.quote(value)}" for key, value in os.environ.items() if NAMED.fullmatch(key)]
        before = ["mount -t proc proc /proc", "busybox ifconfig lo 127.0.0.1 up", *ours]
        script = _script(words, folder, scratch, rehearsed=rehearsed, before=before, after=["busybox poweroff -f"])
        kernel = ["mem=1G", "rootfstype=hostfs", "rootflags=/", "rw", f"init={script}", "con=null", "con0=null,fd:1"]
        yield [self.tool, *kernel, f"uml_dir={scratch}/"]

    def read(self, done: Ran, scratch: Path) -> Ran:
        return _told(done, scratch) or replace(done, status=done.status or 1, error=done.output + done.error)


def _script(
    words: Sequence[str],
    folder: Path,
    scratch: Path,
    *,
    rehearsed: bool,
    before: Sequence[str] = (),
    after: Sequence[str] = (),
) -> Path:
    """A shell script that runs a job inside an environment, and leaves its status, output and time in files."""
    script, job = scratch / "init", shlex.join(words)
    lines = [
        "#!/bin/sh",
        *before,
        f"cd {shlex.quote(str(folder))}",
        *([f"{job} > /dev/null 2>&1 < /dev/null"] if rehearsed else []),
        f"read begun rest < /proc/uptime; {job} > {scratch}/inner-out 2> {scratch}/inner-err < /dev/null; status=$?",
        f'read ended rest < /proc/uptime; echo "$status $begun $ended" > {scratch}/inner-ended',
        *after,
    ]
    script.write_text("\n".join(lines) + "\n", "utf-8")
    script.chmod(0o755)
    return script


def _told(done: Ran, scratch: Path) -> Ran | None:
    """The run as the script inside told it, its time by the clock there; None if it has not ended."""
    try:
        status, begun, ended = (scratch / "inner-ended").read_text("utf-8").split()
    except (OSError, ValueError):
        return None
    output, error = ((scratch / name).read_text("utf-8", "replace") for name in ("inner-out", "inner-err"))
    return replace(done, status=int(status), wall_s=float(ended) - float(begun), output=output, error=error)


@dataclass(frozen=True)
class Template(Environment):
    """An environment that the user's own command enters."""

    template: str = "{}"

    def command(self, words: Sequence[str], folder: Path) -> list[str]:
        """The template's words, `{}` replaced by the job."""
        del folder
        job = shlex.join(words)
        parts = shlex.split(self.template)
        return [word for part in parts for word in (words if part == "{}" else (part.replace("{}", job),))]


ENVIRONMENTS: dict[str, Environment] = {
    one.name: one
    for one in (
        _Bwrap("bwrap", "bwrap", "bubblewrap"),
        _Unshare("unshare", "unshare", "util-linux"),
        _Oci("runc", "runc", "runc"),
        _Oci(
            "runsc",
            "runsc",
            "runsc",
            timed_inside=True,
            options=("--platform=ptrace", "--network=none", "--ignore-cgroups"),
        ),
        _Uml("uml", "linux.uml", "user-mode-linux", timed_inside=True),
        _QemuUser("qemu-user", "qemu-x86_64-static", "qemu-user-static", follows_exec=False),
    )
}


def environment_named(text: str) -> Environment:
    """An environment by its name, or by `NAME=COMMAND` with `{}` in it.

    Raises:
        InputError: no such environment, or a command without a place for the job.
    """
    name, equals, template = text.partition("=")
    if not equals:
        if text not in ENVIRONMENTS:
            raise unknown("--environment", text, ENVIRONMENTS)
        return ENVIRONMENTS[text]
    if not NAME.fullmatch(name) or name == NATIVE or name in ENVIRONMENTS:
        raise InputError("--environment", name, "a new name of small letters, digits, dots and hyphens, then =COMMAND")
    try:
        words = shlex.split(template)
    except ValueError as error:
        raise InputError("--environment", template, f"a command ({error})") from None
    if not words or "{}" not in template:
        raise InputError("--environment", template, "a command with {} where the job stands, such as 'ssh guest {}'")
    return Template(name, words[0], words[0], template=template)


def found(names: Sequence[str], folder: Path) -> tuple[list[Environment], dict[str, str]]:
    """The environments that work here, and why the others do not, by name.

    Args:
        names: those wanted; all known ones if there are none.

    Raises:
        InputError: an unknown name, one given twice, or none that works.
    """
    wanted = [environment_named(name) for name in names or ENVIRONMENTS]
    if len({one.name for one in wanted}) < len(wanted):
        raise InputError("--environment", ", ".join(one.name for one in wanted), "each environment once")
    troubles = {one.name: one.trouble(folder) for one in wanted}
    works = [one for one in wanted if not troubles[one.name]]
    if not works:
        reasons = "; ".join(f"{name}: {why}" for name, why in troubles.items())
        raise InputError("--environment", "none", f"one that works ({reasons})")
    return works, {name: why for name, why in troubles.items() if why}
