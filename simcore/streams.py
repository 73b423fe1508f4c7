"""Random streams by name.

One stream per (workload, decision, task), spawned from the master seed and the replication by hashing the name. Adding
a guest, a device or a mechanism never shifts the draws of another, and every architecture sees the same operations.
"""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["stream"]


def stream(seed: int, replication: int, *name: str | int) -> np.random.Generator:
    """The stream of this name: the same for the same arguments, independent of every other."""
    text = "\x1f".join(str(part) for part in name)
    words = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype="<u4")
    sequence = np.random.SeedSequence([seed, replication, *(int(word) for word in words)])
    return np.random.Generator(np.random.PCG64DXSM(sequence))
