"""The line of the tutorial makes the shell complete commands and names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LINE = re.compile(r"`(eval [^`]*_VMARCH_COMPLETE=bash_source[^`]*)`")


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_the_line_of_the_tutorial() -> None:
    found = LINE.search((ROOT / "docs" / "tutorial.md").read_text("utf-8"))
    assert found
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = f"{found[1]}; complete -p vmarch"
    done = subprocess.run(["bash", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert "_vmarch_completion" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("vmarch expl", "explain"),
        ("vmarch compare -w tcp-r", "tcp-rr"),
        ("vmarch run -a xen-p", "xen-pv"),
        ("vmarch explain fo", "fork"),
        ("vmarch compare --host xeon-2", "xeon-2003"),
    ],
)
def test_what_is_completed(words: str, expected: str) -> None:
    count = len(words.split()) - 1
    environment = {**os.environ, "_VMARCH_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(count)}
    command = [sys.executable, "-c", "from experiments.commands.main import main; main(prog_name='vmarch')"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert f"plain,{expected}" in done.stdout.split()
