"""Rows of guests that share a host with limits, and with others beside them, against sums done by hand."""

from pathlib import Path

import pytest

from experiments.validation import load_case, predict

CASE = """
name = "shared"
title = "A millisecond of work, beside others"
paper = "sums done by hand"
host = "xeon-2003"

[[system]]
name = "native"
architecture = "native"
cores = 1

[[system]]
name = "capped"
architecture = "container"
vcpus = 2
cap = 100

[[system]]
name = "weighed"
architecture = "xen-2003"
vcpus = 1
cores = 1
weight = 300
beside = [{ workload = "noise", vcpus = 1, weight = 100 }]

[[system]]
name = "together"
architecture = "xen-2003"
vcpus = 1
cores = 1
beside = [{ vcpus = 1, guests = 2 }]

[[system]]
name = "apart"
architecture = "xen-2003"
vcpus = 1
pinned = "0"
beside = [{ workload = "noise", vcpus = 1, pinned = "1" }]

[workload.noise]
demands = { user_cycles = 2400000 }
[workload.work]
demands = { user_cycles = 2400000 }
[workload.pair]
demands = { user_cycles = 2400000 }
tasks = { count = 2 }
"""
ROWS = {
    ("capped", "pair", "percent used"): 100.0,  # two tasks want two processors
    ("capped", "pair", "rate to native"): 1.0,  # the bare machine's one processor
    ("capped", "pair", "p99"): 0.051,  # the quota is used up in the first half of each period
    ("weighed", "work", "rate"): 750.0,  # three quarters of a processor
    ("together", "work", "rate"): 1000.0,  # all of it, for three guests of one workload
    ("together", "work", "time"): 0.003,
    ("apart", "work", "rate"): 1000.0,  # nobody is in the way
    ("apart", "work", "p50"): 0.001,
}


@pytest.mark.parametrize(("system", "workload", "quantity"), ROWS)
def test_guests_that_share_a_host_get_their_part(tmp_path: Path, system: str, workload: str, quantity: str) -> None:
    value = ROWS[system, workload, quantity]
    path = tmp_path / "shared.toml"
    head = f'table = "1"\nbenchmark = "b"\nsystem = "{system}"\nmetric = "m"\nvalue = {value}\nunit = "u"\n'
    rest = f'workload = "{workload}"\nruns_on = "{system}"\nquantity = "{quantity}"\nmechanism = "several guests"\n'
    path.write_text(f"{CASE}\n[[target]]\n{head}{rest}")
    (found,) = predict(load_case(path))
    assert found.predicted == pytest.approx(value, rel=0.02)
    assert found.low <= found.predicted <= found.high
