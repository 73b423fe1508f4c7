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
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simcore.counting import threefry

__all__ = ["TRIES", "Bits", "Words", "key", "stream", "word"]

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


class Bits:
    """The random bits of some decisions of a task, in some of its operations.

    Args:
        first: the key's first word; see `key`.
        decisions: what is decided, such as demands: a row each.
        operations: their numbers: a column each.

    Attributes:
        shape: (decisions, operations).
    """

    def __init__(self, first: np.uint64, decisions: Sequence[str], operations: Words, task: int) -> None:
        self._first, self._operations = first, operations
        self._second = np.array([word(decision) for decision in decisions], dtype=np.uint64)
        self._tries = task * TRIES
        self.shape = len(decisions), len(operations)

    def __call__(self, trial: int, at: tuple[NDArray[np.intp], ...] | None = None) -> tuple[Words, Words]:
        """Two words each of a try, at some places or at all; NumPy minds when numbers wrap, not arrays."""
        tries = np.array([self._tries + trial], dtype=np.uint64)
        if at is None:
            return threefry(self._first, self._second[:, None], self._operations, tries)
        return threefry(self._first, self._second[at[0]], self._operations[at[1]], tries)


def stream(seed: int, replication: int, *name: str | int) -> np.random.Generator:
    """NumPy's generator of this name: the same for the same arguments, independent of every other."""
    text = "\x1f".join(str(part) for part in name)
    words = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype="<u4")
    sequence = np.random.SeedSequence([seed, replication, *(int(word) for word in words)])
    return np.random.Generator(np.random.PCG64DXSM(sequence))
