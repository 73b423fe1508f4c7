"""A virtual machine is handled like a file: waits for the simulation of its life cycle."""

from __future__ import annotations

from experiments.claims.bench import Bench
from experiments.claims.spec import Claim, Standing, Verdict

__all__ = ["CLAIMS"]


def pending(bench: Bench) -> Verdict:
    """Nothing is simulated yet."""
    del bench
    return Verdict(Standing.PENDING, "", boundary="write-heavy guests against pre-copy migration: not simulated yet")


CLAIMS = (
    Claim(
        "vm-as-file",
        "Through Domain 0, virtual machines are created, copied, saved, restored, migrated and rolled back like files",
        "xeon-2003",
        "Xen's own host",
        45,
        pending,
    ),
)
