"""Everything that can go wrong, in one tree.

    VmarchError
    ├── InputError        a value the user gave is not one we can use
    ├── CapabilityError   the combination cannot exist, and why
    ├── StuckError        the simulation cannot proceed: who waits where, since when
    ├── CheckError        a run broke a law it must obey: a defect of the simulator
    └── UnsettledError    there is no steady state to average

An InputError is the user's to mend: it names the field, the value and the allowed range. A CheckError is ours.
"""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable

__all__ = [
    "MISSING",
    "CapabilityError",
    "CheckError",
    "InputError",
    "StuckError",
    "UnsettledError",
    "VmarchError",
    "printable",
    "unknown",
]


class Missing(enum.Enum):
    """In place of a value that was not given."""

    MISSING = "nothing"


MISSING = Missing.MISSING


class VmarchError(Exception):
    """Base of all errors this project raises on purpose; its text is one line that a terminal can show."""

    def __init__(self, text: str = "") -> None:
        super().__init__(printable(text))


class InputError(VmarchError, ValueError):
    """A value that cannot be used.

    Args:
        field: the name the user knows it by, such as `--guests` or `costs.vm_exit.value`.
        value: what was given; MISSING for nothing.
        allowed: the range or the kind of values that would do.
        suggestion: the nearest known name, if one is near.
    """

    def __init__(self, field: str, value: object, allowed: str, suggestion: str | None = None) -> None:
        self.field, self.value, self.allowed, self.suggestion = field, value, allowed, suggestion
        given = "" if value is MISSING else _short(repr(value) if isinstance(value, str) else str(value))
        named = _short(field)
        what = f"{named}: {given} is not allowed" if given else f"{named} is missing"
        hint = f" (did you mean {suggestion!r}?)" if suggestion else ""
        super().__init__(f"{what}; expected {allowed}{hint}")

    def __reduce__(self) -> tuple[type[InputError], tuple[str, object, str, str | None]]:
        """Travels between processes by its parts."""
        return type(self), (self.field, self.value, self.allowed, self.suggestion)


def printable(text: str) -> str:
    """Text of one line without what would act on a terminal: control characters are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


LONGEST_SHOWN = 200  # characters of a value that a message repeats


class CapabilityError(VmarchError):
    """A refused combination of architecture, guest and host; the text gives the reason."""


class StuckError(VmarchError):
    """A simulation that cannot proceed; the text lists each task, where it waits and since when."""


class CheckError(VmarchError):
    """A finished run that breaks flow balance, the utilisation law, Little's law or time = service + waiting."""


class UnsettledError(VmarchError):
    """A run without a steady state: too short for its memory, or overloaded."""


def unknown(field: str, value: str, known: Iterable[str]) -> InputError:
    """An InputError for a name that is not one of the known, suggesting the nearest."""
    names = sorted(known)
    near = difflib.get_close_matches(value, names, n=1, cutoff=0.5)
    return InputError(field, value, f"one of {', '.join(names)}", near[0] if near else None)
