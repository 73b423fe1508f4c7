"""Random numbers by name.

A draw of a task is a function of (seed, replication, workload, guest, task, decision, operation, try): of a key, which
is the hash of its name, and a counter (`simcore.counting`). Nothing is kept between draws, any operation is reached by
its number, and adding a guest, a device or a mechanism never shifts the draws of another: every architecture sees the
same operations.

    key       seed, replication, workload, guest | decision
    counter   operation                          | task, try

What is drawn once for a whole answer, such as costs over their ranges, comes from a stream of NumPy's, named likewise.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["TRIES", "Words", "key", "stream", "tries_of", "word"]

Words = NDArray[np.uint64]
TRIES = 1 << 16  # room for the tries of one draw, in the counter's second word


def key(seed: int, replication: int, *name: str | int) -> np.uint64:
    """The first word of the key of all draws of this name."""
    return np.uint64(_hashed(f"{seed}\x1e{replication}", *name))


@cache
def word(decision: str) -> np.uint64:
    """The second word of the key: what is decided, such as a demand or a seek."""
    return np.uint64(_hashed(decision))


def _hashed(*name: str | int) -> int:
    text = "\x1f".join(str(part) for part in name)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def tries_of(task: int) -> Words:
    """The second word of the counter of a task's first try, shape (1,): NumPy minds when numbers wrap, not arrays."""
    return np.array([task * TRIES], dtype=np.uint64)


def stream(seed: int, replication: int, *name: str | int) -> np.random.Generator:
    """NumPy's generator of this name: the same for the same arguments, independent of every other."""
    text = "\x1f".join(str(part) for part in name)
    words = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype="<u4")
    sequence = np.random.SeedSequence([seed, replication, *(int(word) for word in words)])
    return np.random.Generator(np.random.PCG64DXSM(sequence))
