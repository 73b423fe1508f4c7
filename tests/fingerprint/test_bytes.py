"""Whole commands write the same bytes as ever: under every Python, and whatever the processor can do.

What the fingerprints are for single runs, these digests are for what a user gets: rows, intervals, tables. They are of
the compiled engine, which the tests of both engines hold to the other. NumPy is run again without its wider vectors and
fused operations, and the compiled loop is compiled again for a processor without them.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STORED = Path(__file__).with_name("bytes.json")
TWO = ("-w", "tcp-rr", "-w", "oltp", "-a", "kvm-vhost", "-a", "xen-pv")
COMMANDS = {
    "run": ("run", *TWO, "--engine", "compiled", "--jobs", "1", "--format", "json"),
    "compare": ("compare", *TWO, "--engine", "compiled", "--replications", "3", "--jobs", "2", "--format", "csv"),
    "experiment": (
        *("experiment", "consolidation", "--quick", "--set", "workloads=web-server,disk-read-random"),
        *("--set", "architectures=native,kvm-vhost,xen-pv", "--set", "guests=1,4", "--jobs", "1", "--out", "out"),
    ),
}
FILES = {"experiment": ("out/consolidation/consolidation.csv", "out/consolidation/reading.txt")}
FEWER = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR AVX2 FMA3 F16C"
LIMITED = {"NPY_DISABLE_CPU_FEATURES": FEWER, "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
ACCEPT = "if this was meant, accept it: python -m pytest tests/fingerprint --update-fingerprints"


def written(command: str, folder: Path, **environment: str) -> bytes:
    """What a command prints, and the files that count."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "experiments.commands.main", *COMMANDS[command]],
        env={**os.environ, "COLUMNS": "100", **environment},
        cwd=folder,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + b"".join((folder / name).read_bytes() for name in FILES.get(command, ()))


def digest(found: bytes) -> str:
    return hashlib.sha256(found).hexdigest()[:16]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_writes_the_stored_bytes(command: str, tmp_path: Path, update_fingerprints: bool) -> None:
    found = digest(written(command, tmp_path))
    known = json.loads(STORED.read_text("utf-8")) if STORED.exists() else {}
    if update_fingerprints:
        STORED.write_text(json.dumps({**known, command: found}, indent=1, sort_keys=True) + "\n", "utf-8")
        return
    assert found == known.get(command), ACCEPT


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_bytes_do_not_depend_on_features_of_the_processor(command: str, tmp_path: Path) -> None:
    assert digest(written(command, tmp_path, **LIMITED)) == json.loads(STORED.read_text("utf-8")).get(command), ACCEPT
