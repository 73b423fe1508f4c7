"""Cases: what they refuse, so that no figure is both put in and predicted."""

from pathlib import Path

import pytest

from experiments.validation import load_case
from experiments.validation.case import case_paths
from simcore.errors import InputError

GOOD = """
name = "good"
title = "A fork"
paper = "Barham et al. SOSP 2003"
host = "xeon-2003"

[[system]]
name = "native"
architecture = "native"

[[system]]
name = "VMware"
architecture = "workstation-translation"

[workload.fork]
demands = { forks = 1 }

[[input]]
table = "Table 5"
benchmark = "page fault"
system = "VMware"
metric = "latency"
value = 12.4
unit = "us"
used_for = "shadow_fault"

[[inferred]]
table = "Table 3"
benchmark = "fork"
system = "native"
metric = "latency"
value = 110
unit = "us"
workload = "fork"
runs_on = "native"
scale = 1e6
demands = { user_cycles = 1 }
why = "the rest of a fork"

[[target]]
table = "Table 3"
benchmark = "fork"
system = "VMware"
metric = "latency"
value = 874
unit = "us"
workload = "fork"
runs_on = "VMware"
scale = 1e6
mechanism = "page tables"
"""

SYSTEM = 'architecture = "workstation-translation"'
TARGET = GOOD[GOOD.index("[[target]]") :]

BAD = {
    "no title": ('title = "A fork"\n', "", "title"),
    "unknown key": ("[workload.fork]", "extra = 1\n[workload.fork]", "extra"),
    "misspelled key": ('host = "xeon-2003"', 'hots = "xeon-2003"', "ho"),
    "name with spaces": ('name = "good"', 'name = "not good"', "name"),
    "a weight of 0": (SYSTEM, f"{SYSTEM}\nweight = 0", "weight: 0"),
    "a cap above the processors": (SYSTEM, f"{SYSTEM}\ncores = 1\ncap = 101", "cap: 101"),
    "pinned to a processor that is absent": (SYSTEM, f'{SYSTEM}\npinned = "1-2"', "cores: 2"),
    "beside what is no workload": (SYSTEM, f'{SYSTEM}\nbeside = [{{ workload = "forks" }}]', "fork"),
    "no systems": (GOOD[GOOD.index("[[system]]") : GOOD.index("[workload.fork]")], "", "system"),
    "no targets": (TARGET, "", "target"),
    "no workload": ("[workload.fork]\ndemands = { forks = 1 }\n", "", "workload"),
    "native is no system": ('host = "xeon-2003"', 'host = "xeon-2003"\nnative = "linux"', "native"),
    "target of an unknown system": ('runs_on = "VMware"', 'runs_on = "VMwear"', "VMware"),
    "target of an unknown workload": (
        'workload = "fork"\nruns_on = "VMware"',
        'workload = "forks"\nruns_on = "VMware"',
        "fork",
    ),
    "against an unknown system": ("scale = 1e6\nmechanism", 'scale = 1e6\nagainst = "naitve"\nmechanism', "native"),
    "unknown quantity": ("scale = 1e6\nmechanism", 'scale = 1e6\nquantity = "speed"\nmechanism', "quantity"),
    "inferred from two systems": (
        "scale = 1e6\ndemands",
        'scale = 1e6\nquantity = "time beyond native"\ndemands',
        "quantity",
    ),
    "negative scale": ("scale = 1e6\nmechanism", "scale = -1.0\nmechanism", "scale"),
    "negative value": ("value = 874", "value = -874", "value"),
    "zero value": ("value = 874", "value = 0.0", "value"),
    "NaN value": ("value = 874", "value = nan", "value"),
    "no unit": ('unit = "us"\nworkload = "fork"\nruns_on = "VMware"', 'workload = "fork"\nruns_on = "VMware"', "unit"),
    "no mechanism": ('mechanism = "page tables"', "", "mechanism"),
    "unknown demand": ("{ user_cycles = 1 }", "{ user_cycle = 1 }", "user_cycles"),
    "no reason": ('why = "the rest of a fork"', "", "why"),
    "no use": ('used_for = "shadow_fault"', "", "used_for"),
    "input is also a target": (
        'benchmark = "page fault"\nsystem = "VMware"',
        'benchmark = "fork"\nsystem = "VMware"',
        "once",
    ),
    "target twice": (TARGET, TARGET + TARGET, "once"),
    "inferred is also a target": ('system = "native"\nmetric', 'system = "VMware"\nmetric', "once"),
    "bad workload": ("{ forks = 1 }", "{ forks = -1 }", "forks"),
    "workload with use and more": ("demands = { forks = 1 }", 'use = "fork"\nunit = "x"', "use"),
    "workload of an unknown name": ("demands = { forks = 1 }", 'use = "frok"', "fork"),
    "more cores than the host has": (
        'architecture = "workstation-translation"',
        'architecture = "workstation-translation"\ncores = 64',
        "cores",
    ),
    "no cores": ('architecture = "native"', 'architecture = "native"\ncores = 0', "cores"),
    "unexplained cost": (
        'architecture = "workstation-translation"',
        'architecture = "workstation-translation"\ncosts = { world_switch = 0 }',
        "used_for",
    ),
    "calibration of no table": ("[workload.fork]", '[calibration]\nname = "host"\n[workload.fork]', "table"),
    "calibration of a table that is not there": (
        "[workload.fork]",
        '[calibration]\ntable = "nothing.csv"\n[workload.fork]',
        "nothing.csv",
    ),
    "calibration with an unknown key": (
        "[workload.fork]",
        '[calibration]\ntable = "nothing.csv"\nclok = "1 GHz"\n[workload.fork]',
        "clock",
    ),
    "unknown architecture": (SYSTEM, 'architecture = "workstation"', "workstation-"),
    "change of what is no mechanism": (SYSTEM, SYSTEM + '\nchanges = { costs = "xen" }', "changes"),
    "change to an unknown mechanism": (SYSTEM, SYSTEM + '\nchanges = { io = "spilt-driver" }', "split-driver"),
    "change to an unknown placement": (SYSTEM, SYSTEM + '\nchanges = { placement = "cloud" }', "placement"),
    "change of the wrong type": (SYSTEM, SYSTEM + '\nchanges = { offload = "no" }', "offload"),
    "no guests": (SYSTEM, SYSTEM + "\nguests = 0", "guests"),
    "half a guest": (SYSTEM, SYSTEM + "\nguests = 1.5", "guests"),
    "too many guests": (SYSTEM, SYSTEM + "\nguests = 10001", "guests"),
    "no processors": (SYSTEM, SYSTEM + "\ncores = 0", "cores"),
    "too many processors": (SYSTEM, SYSTEM + "\ncores = 5000", "cores"),
    "truncated": ('mechanism = "page tables"\n', 'mechanism = "page tab', "TOML"),
}


def written(folder: Path, text: str) -> Path:
    # the rows differ in their table so that a good case uses each once
    path = folder / "case.toml"
    path.write_text(text.replace('table = "Table 5"\nbenchmark = "fork"', 'table = "Table 3"\nbenchmark = "fork"'))
    return path


def test_a_good_case_loads(tmp_path: Path) -> None:
    assert load_case(written(tmp_path, GOOD)).name == "good"


@pytest.mark.parametrize("kind", BAD)
def test_what_a_case_refuses(tmp_path: Path, kind: str) -> None:
    old, new, word = BAD[kind]
    assert GOOD.count(old) >= 1
    with pytest.raises(InputError, match=word) as caught:
        load_case(written(tmp_path, GOOD.replace(old, new, 1)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", case_paths(), ids=lambda path: path.stem)
def test_every_case_loads_and_is_named_after_its_file(path: Path) -> None:
    case = load_case(path)
    assert case.name == path.stem
    rests = case.inputs or case.inferred or "Nothing goes in" in case.note
    assert rests, "a case says which published rows its costs and workloads rest on, or that none does"
