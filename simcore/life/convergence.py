"""Whether a pre-copy converges: the formula, without a host.

Round n + 1 sends what was written while round n was sent: V(n + 1) = D(V(n) / B), where D is what a time dirties and B
the bytes of memory sent in a second. D is concave and D(0) = 0, so rounds shrink towards the one fixed point of
V = D(V / B): nothing if fewer bytes are written in a second than are sent, else a part of what is written. A rule that
ends the rounds when a rest r is left is met if and only if D(r / B) < r.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from simcore.errors import InputError
from simcore.life.migration import Rules
from simcore.memory import PAGE_BYTES, Memory

__all__ = ["Foreseen", "foreseen", "most_converging", "most_dirtied", "rest_of", "settled"]

HALVINGS = 100
WILDEST = 1e15  # bytes a second: beyond any memory


def rest_of(rules: Rules, bytes_per_s: float) -> float:
    """What may be left, in bytes of memory, when rules call for the last round.

    Args:
        bytes_per_s: of memory that are sent, compression counted.
    """
    return max(rules.least_bytes, rules.downtime_s * bytes_per_s)


def settled(memory: Memory, bytes_per_s: float) -> float:
    """The bytes that rounds settle at: the greatest fixed point of V = D(V / B).

    Where all that is resident is written equally often, r bytes a second, V / resident = 1 + W(-q exp(-q)) / q for
    q = r / B above 1, with W Lambert's function, and 0 otherwise.

    Raises:
        InputError: a rate that is not above 0.
    """
    _above("bytes_per_s", bytes_per_s)
    return _root(lambda left: memory.dirtied(left / bytes_per_s) > left, memory.resident_bytes)


def most_dirtied(memory: Memory, bytes_per_s: float, rest: float) -> float:
    """The bytes that may be written in a second, with repeats, before rounds settle at more than a rest.

    Where all that is resident (n bytes) is written equally often it is -(n B / r) ln(1 - r / n): B, and more the
    greater the rest r. It is infinite where the rest holds all that is written.

    Args:
        memory: whose sets of pages are written; how fast it says itself does not matter.

    Raises:
        InputError: a rate that is not above 0, or a rest below 0.
    """
    _above("bytes_per_s", bytes_per_s)
    if not rest >= 0.0:
        raise InputError("rest", rest, "0 or more")
    rest = max(rest, PAGE_BYTES * 1e-6)  # of a rest of nothing: the limit
    lasts = rest / bytes_per_s

    def written(writes: float) -> float:
        return memory.model_copy(update={"writes_per_s": writes}).dirtied(lasts)

    if written(1e30) <= rest:
        return math.inf
    most = 1.0
    while written(most) < rest:
        most *= 2.0
    return PAGE_BYTES * _root(lambda writes: written(writes) < rest, most)


@dataclass(frozen=True)
class Foreseen:
    """The rounds of a pre-copy by the formula.

    Attributes:
        rounds: how many are sent while the guest runs.
        sent_bytes: in these, of memory.
        left_bytes: what is left for the last one, while it is paused.
        converged: whether that is as little as the rules ask for; else a bound ended the rounds.
    """

    rounds: int
    sent_bytes: float
    left_bytes: float
    converged: bool


def foreseen(memory: Memory, rules: Rules, bytes_per_s: float) -> Foreseen:
    """The rounds at a constant rate, until the rest is small or a bound of the rules ends them.

    Raises:
        InputError: a rate that is not above 0.
    """
    _above("bytes_per_s", bytes_per_s)
    rest, left, sent, number = rest_of(rules, bytes_per_s), memory.resident_bytes, 0.0, 0
    most = rules.most_sent * memory.size_bytes if rules.most_sent else math.inf
    while True:
        number += 1
        sent += left
        left = min(memory.dirtied(left / bytes_per_s), left)
        if left <= rest or number == rules.most_rounds or sent >= most:
            return Foreseen(number, sent, left, left <= rest)


def most_converging(memory: Memory, rules: Rules, bytes_per_s: float) -> float:
    """The bytes that may be written in a second, with repeats, before the rules' bounds come first.

    At most `most_dirtied`: close to that, more rounds are needed than rules allow.

    Raises:
        InputError: a rate that is not above 0.
    """
    most = min(most_dirtied(memory, bytes_per_s, rest_of(rules, bytes_per_s)), WILDEST)

    def converges(dirtied: float) -> bool:
        wild = memory.model_copy(update={"writes_per_s": dirtied / PAGE_BYTES})
        return foreseen(wild, rules, bytes_per_s).converged

    return _root(converges, most)


def _root(below: Callable[[float], bool], high: float) -> float:
    """Where a condition that holds up to some number ceases to, between 0 and `high`; 0 if it never holds."""
    low = 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        if below(middle):
            low = middle
        else:
            high = middle
    return low


def _above(field: str, given: float) -> None:
    if not given > 0.0:
        raise InputError(field, given, "above 0")
