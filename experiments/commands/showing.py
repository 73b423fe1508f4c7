"""`vmarch show`: a file as it stands, to copy from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from architectures.spec import FOLDER as ARCHITECTURES
from experiments.commands.options import OneOf
from experiments.validation.case import case_paths
from simcore.errors import unknown
from simcore.hosts import FOLDER as HOSTS
from workloads.spec import FOLDER as WORKLOADS

__all__ = ["command"]

STUDY = """title = "Where exits hurt: a study to start from"

[run]
replications = 3
operations = 200

[factors]
workload = ["web-server", "oltp"]
architecture = ["kvm-vhost", "xen-pv"]
guests = { start = 1, stop = 8, points = 4, scale = "log" }
costs.vm_exit = ["500 cycles", "2000 cycles"]
"""


def _in(folder: Path) -> Callable[[], dict[str, str]]:
    return lambda: {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.toml"))}


KINDS: dict[str, Callable[[], dict[str, str]]] = {
    "workload": _in(WORKLOADS),
    "host": _in(HOSTS),
    "architecture": _in(ARCHITECTURES / "catalogue"),
    "case": lambda: {path.stem: path.read_text("utf-8") for path in case_paths()},
    "study": lambda: {"example": STUDY},
}


@click.command("show")
@click.argument("kind", type=OneOf(list(KINDS)))
@click.argument("name")
def command(kind: str, name: str) -> None:
    """The TOML of a workload, host, architecture, case or study, as it stands.

    Every key is explained in docs/files.md. `vmarch show study example` is one to start from.
    """
    known = KINDS[kind]()
    if name not in known:
        raise unknown(kind, name, known)
    sys.stdout.write(known[name])
