"""Streams and installations as they are met: closed, full, without UTF-8, few files, a folder of somebody else's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
RUN = "compare -w tcp-rr -a xen-pv --operations 20 --replications 2"
VMARCH = f"{sys.executable} -c \"from experiments.commands.main import main; main(prog_name='vmarch')\""
PLAIN = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}

STREAMS = {  # the shell's line, status, and what standard error says
    "full": (f"{VMARCH} {RUN} > /dev/full", 1, "vmarch: standard output cannot be written (No space left on device)\n"),
    "output closed": (f"{VMARCH} {RUN} >&-", 0, ""),
    "errors closed": (f"{VMARCH} {RUN} 2>&-", 0, ""),
    "all closed": (f"{VMARCH} list hosts >&- 2>&-", 0, ""),
    "nobody reads": (f"{VMARCH} list workloads --format csv | head -1", 0, ""),
    "few files": (
        f"ulimit -n 16; {VMARCH} {RUN} --engine simpy --jobs 8",
        1,
        "vmarch: Too many open files: fewer --jobs need fewer",
    ),
    "errors closed and bad input": (f"{VMARCH} run 2>&-", 2, ""),
}


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
@pytest.mark.parametrize("kind", STREAMS)
def test_a_stream(kind: str) -> None:
    line, status, says = STREAMS[kind]
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == status, done.stderr
    assert done.stderr == says if says.endswith("\n") or not says else done.stderr.startswith(says)
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", ["compare -w tcp-rr -a xen-pv --operations 20", "explain tcp-rr xen-pv", "list hosts"]
)
def test_an_output_of_plain_ascii(words: str) -> None:
    command = [
        sys.executable,
        "-c",
        "from experiments.commands.main import main; main(prog_name='vmarch')",
        *words.split(),
    ]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env={**os.environ, **PLAIN}, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no owners")
def test_a_cache_that_others_may_write_to_is_not_read(tmp_path: Path) -> None:
    from simcore.engines.compiled.kept import _is_own

    assert _is_own(tmp_path / "mine")
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700
    for mode in (0o777, 0o770, 0o702):
        place = tmp_path / f"open-{mode:o}"
        place.mkdir()
        place.chmod(mode)
        assert not _is_own(place)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "mine")
    assert not _is_own(link)
    if os.getuid() == 0:
        theirs = tmp_path / "theirs"
        theirs.mkdir(mode=0o700)
        os.chown(theirs, 12345, 12345)
        assert not _is_own(theirs)


def test_without_a_folder_of_ones_own_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from simcore.engines.compiled import kept

    monkeypatch.setattr(kept, "_is_own", lambda _: False)
    kept.folder.cache_clear()
    try:
        assert kept.folder() is None
        assert not kept.is_compiled()
    finally:
        kept.folder.cache_clear()
