"""Formula and simulation say the same of where pre-copy converges."""

import csv
from pathlib import Path

import pytest
from scipy.optimize import brentq

from experiments.catalogue.precopy import GBIT, MB
from experiments.experiment import load_experiment, perform
from simcore.memory import PAGE_BYTES, Memory
from vmarch.workers import Workers


def test_the_simulation_agrees_with_the_formula(tmp_path: Path) -> None:
    with Workers() as workers:
        workers.later = lambda *_, **__: None  # type: ignore[method-assign]
        outcome = perform(load_experiment("precopy"), tmp_path, workers, quick=True, dirtied_mb_s="50,140,300,1500")
    with (tmp_path / "precopy" / "precopy.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["converged"] for row in rows} == {"True", "False"}
    for row in rows:
        assert row["converged"] == row["formula_converged"]
    assert f"agree on that in {len(rows)} of {len(rows)}" in outcome.reading
    _held(rows)


def _held(rows: list[dict[str, str]]) -> None:
    """What is left where rounds do not converge, given how long the way of a round's first chunk is.

    A small guest's rounds last some ms. The guest that writes slowest tells the way, for each rate.
    """
    mine = [row for row in rows if row["rules"] == "xen"]
    for gbit in {row["gbit_s"] for row in mine}:
        slowest, *others = (row for row in mine if row["gbit_s"] == gbit)
        way_s = brentq(lambda way, row=slowest: _left(row, way) - float(row["last_bytes"]), -2e-4, 2e-4)
        for row in others:
            assert row["converged"] == "True" or float(row["last_bytes"]) == pytest.approx(_left(row, way_s), rel=0.01)


def _left(row: dict[str, str], way_s: float) -> float:
    """What so many rounds leave, each of which lasts so much more than its bytes."""
    writes, rate = float(row["dirtied_mb_s"]) * MB / PAGE_BYTES, float(row["gbit_s"]) * GBIT
    memory = Memory(size=32 * 2.0**20, written=16 * 2.0**20, writes=writes)
    left = memory.resident_bytes
    for _ in range(int(row["rounds"])):
        left = min(memory.dirtied(left / rate + way_s), left)
    return left
