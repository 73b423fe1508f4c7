"""A hash of everything that happens, for each architecture: an unintended change of behaviour is seen.

A fingerprint covers when each visit of each operation ended. It changes with any cost, workload, rule of scheduling or
draw; then look whether that was meant, and if so accept it.
"""

import hashlib
import json
from pathlib import Path

import pytest

from architectures import architecture_names, load_architecture
from simcore.errors import CapabilityError
from simcore.hosts import load_host
from tests.models import run
from vmarch.scenario import Scenario
from workloads import load_workload, workload_names

STORED = Path(__file__).with_name("fingerprints.json")
MICRO = ("system-call", "page-fault", "fork", "disk-write-random-depth32", "fsync", "tcp-rr", "tcp-stream-in")
WORKLOADS = [name for name in workload_names() if name in MICRO or load_workload(name).kind == "macro"]
OPERATIONS = 60
ACCEPT = "if this was meant, accept it: python -m pytest tests/fingerprint --update-fingerprints"


def fingerprint(architecture: str, workload: str) -> str:
    """16 hexadecimal digits of the stream of events, or why there is none."""
    try:
        scenario = Scenario(load_workload(workload), load_architecture(architecture), load_host("server"))
    except CapabilityError:
        return "refused"
    digest = hashlib.blake2b(digest_size=8)

    def observe(now: int, tasks: int, task: int, operation: int, visit: int) -> None:
        digest.update(b"%d %d %d %d %d\n" % (now, tasks, task, operation, visit))

    run(scenario.model, OPERATIONS, observer=observe)
    return digest.hexdigest()


def stored() -> dict[str, dict[str, str]]:
    return json.loads(STORED.read_text("utf-8")) if STORED.exists() else {}


@pytest.mark.parametrize("architecture", architecture_names())
def test_nothing_happens_otherwise(architecture: str, update_fingerprints: bool) -> None:
    found = {workload: fingerprint(architecture, workload) for workload in WORKLOADS}
    known = stored()
    if update_fingerprints:
        known[architecture] = found
        kept = {name: known[name] for name in architecture_names() if name in known}
        STORED.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
        return
    assert architecture in known, f"{architecture} has no stored fingerprints: {ACCEPT}"
    before = known[architecture]
    changed = [name for name in sorted({*found, *before}) if found.get(name) != before.get(name)]
    assert not changed, f"{architecture} does something else for {', '.join(changed)}: {ACCEPT}"


def test_no_fingerprint_is_left_over() -> None:
    assert set(stored()) <= set(architecture_names())
