"""The loop in C, compiled for its network by gcc where there is one: how fast it could be."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.networks import Measured, Network

if shutil.which("gcc") is None:
    raise ImportError("gcc")

FOLDER = tempfile.TemporaryDirectory()


@functools.cache
def _compiled(network: Network) -> Path:
    program = Path(FOLDER.name) / network.name.replace("/", "")
    constants = {
        "STATIONS": len(network.servers),
        "POPULATION": network.customers,
        "EVERY": network.every_us,
        "MEANS": ",".join(map(str, network.means_us)),
        "COUNTS": ",".join(map(str, network.servers)),
    }
    given = [f"-D{name}={value}" for name, value in constants.items()]
    source = Path(__file__).with_name("loop.c")
    subprocess.run(["gcc", "-O2", *given, "-o", str(program), str(source), "-lm"], check=True)
    return program


def run(network: Network, until: float) -> Measured:
    done = subprocess.run([_compiled(network), str(until)], check=True, capture_output=True, text=True)
    customers, response = done.stdout.split()
    return Measured(int(customers), float(response))
