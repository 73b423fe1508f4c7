"""Sums that are the same in every version of Python.

From Python 3.12 on, the built-in `sum` of floats carries the digits that additions lose, and so ends in other bits than
it did before. Here each is added to those before it, as the engines do it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any, overload

__all__ = ["added"]


@overload
def added(values: Iterable[int], start: int = 0) -> int: ...
@overload
def added(values: Iterable[float], start: float = 0) -> float: ...
@overload
def added(values: Iterable[Any], start: Any = 0) -> Any: ...
def added(values: Iterable[Any], start: Any = 0) -> Any:
    """The values one after the other, added to the start."""
    return reduce(add, values, start)
