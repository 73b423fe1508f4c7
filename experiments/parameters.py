"""Parameters of experiments: a default, a quick setting, and what may be given instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simcore.errors import MISSING, InputError
from simcore.units import split

__all__ = ["Parameter", "Value"]

Value = Any  # an int, float or str, or a tuple of such, like the parameter's default


@dataclass(frozen=True)
class Parameter:
    """What may be varied.

    Attributes:
        default: its kind is the kind of values allowed; a tuple takes several, separated by commas.
        quick: instead, in the quick setting.
        low, high: the range of numbers, ends included.
    """

    name: str
    default: Value
    meaning: str
    quick: Value = None
    low: float = 0.0
    high: float = 1e12

    def parsed(self, given: object) -> Value:
        """A value given as text or by a TOML file.

        Raises:
            InputError: of another kind, or out of range.
        """
        if not isinstance(self.default, tuple):
            return self._one(given, self.default)
        parts = given.split(",") if isinstance(given, str) else given if isinstance(given, Sequence) else [given]
        if not parts:
            raise InputError(self.name, MISSING, "at least one value")
        return tuple(self._one(part, self.default[0]) for part in parts)

    def _one(self, given: object, like: object) -> object:
        if isinstance(like, str):
            if not isinstance(given, str) or not given.strip():
                raise InputError(self.name, given, "a name")
            return given.strip()
        kind = "a whole number" if isinstance(like, int) else "a number"
        allowed = f"{kind} from {self.low:g} to {self.high:g}"
        number, unit = split(self.name, given if isinstance(given, (int, float)) else str(given), allowed)
        if unit or not self.low <= number <= self.high or (isinstance(like, int) and not number.is_integer()):
            raise InputError(self.name, given, allowed)
        return int(number) if isinstance(like, int) else number
