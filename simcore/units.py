"""Quantities with units, parsed where they enter and nowhere else.

Inside, a duration is in seconds, a frequency in hertz, a size in bytes, work in cycles. Text such as "10 us", "2.4 GHz"
or "4 KiB" becomes one of these here, by Pint with a registry of just the units that this field uses. Simulated time is
counted in integer ticks of one picosecond: sums are exact, so that a hand calculation, a check and another engine agree
to the last digit, and 63 bits hold 106 days.
"""

from __future__ import annotations

import functools
import math
import re
from typing import Any

from simcore.errors import InputError

__all__ = ["DIMENSIONS", "TICKS_PER_S", "format_bytes", "format_seconds", "quantity", "seconds", "split", "ticks"]

TICKS_PER_S = 10**12

DIMENSIONS = {
    "time": ("second", "a time such as '10 us'"),
    "frequency": ("hertz", "a frequency such as '2.4 GHz' or a rate such as '100 / s'"),
    "size": ("byte", "a size such as '4 KiB'"),
    "rate": ("byte / second", "a bandwidth such as '10 Gbit/s' or '500 MB/s'"),
    "cycles": ("cycle", "a number of cycles such as '1200 cycles'"),
    "time/byte": ("second / byte", "a time for each byte such as '1 ns/byte'"),
    "cycles/byte": ("cycle / byte", "cycles for each byte such as '0.5 cycles/byte'"),
    "ratio": ("", "a number without unit"),
}

DEFINITIONS = """
    nano- = 1e-9 = n-
    micro- = 1e-6 = u- = µ-
    milli- = 1e-3 = m-
    kilo- = 1e3 = k- = K-
    mega- = 1e6 = M-
    giga- = 1e9 = G-
    tera- = 1e12 = T-
    pico- = 1e-12 = p-
    kibi- = 1024 = Ki-
    mebi- = 1048576 = Mi-
    gibi- = 1073741824 = Gi-
    second = [time] = s = sec
    minute = 60 second = min
    hour = 3600 second = h
    hertz = 1 / second = Hz
    byte = [information] = B
    bit = byte / 8 = b
    cycle = [work]
    count = []
    percent = 0.01
"""


NUMBER = re.compile(r"\s*([-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)\b)\s*", re.IGNORECASE)
NAME = r"[^\W\d_]{1,20}"
UNIT = re.compile(rf"(?:{NAME}|1(?=\s*/))?(?:\s*/\s*{NAME})?")  # Pint would work out "s * 9 ** 9 ** 9", for ever


@functools.cache
def _registry() -> Any:
    import pint  # a fifth of a second: only where text is parsed

    return pint.UnitRegistry(DEFINITIONS.strip().splitlines())


def quantity(field: str, value: str | float, dimension: str, unit: str | None = None) -> float:
    """Returns a quantity in the base unit of its dimension (a key of DIMENSIONS).

    A bare number is taken in `unit`, or in the base unit where none is given.

    Raises:
        InputError: not a number, NaN or infinite, no such unit, or a unit of another dimension.
    """
    base, allowed = DIMENSIONS[dimension]
    number, given = split(field, value, allowed)
    result = number * _factor(field, value, given or unit or "", base, allowed)
    if not math.isfinite(result):
        raise InputError(field, value, f"{allowed}, finite")
    return result


def split(field: str, value: str | float, allowed: str) -> tuple[float, str]:
    """A number and its unit, which is empty where none is given.

    Raises:
        InputError: not a number, or what follows is not the form of a unit.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise InputError(field, value, allowed)
    number: str | float = value
    unit = ""
    if isinstance(value, str):
        head = NUMBER.match(value)
        number, unit = (head[1], value[head.end() :].strip()) if head else ("", "")
    try:
        amount = float(number)
    except (ValueError, OverflowError):  # no number, or an integer of more than 308 digits
        raise InputError(field, value, allowed) from None
    if not UNIT.fullmatch(unit):
        raise InputError(field, value, allowed)
    return amount, unit


COMMON = {  # what nearly all files say, so that a command need not load Pint; a test holds each to Pint
    "second": {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9},
    "hertz": {"MHz": 1e6, "GHz": 1e9},
    "byte": {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30},
    "byte / second": {"MB/s": 1e6, "GB/s": 1e9, "Mbit/s": 1.25e5, "Gbit/s": 1.25e8},
    "cycle": {"Mcycle": 1e6},
    "second / byte": {"s/byte": 1.0, "ns/byte": 1e-9},
    "cycle / byte": {"cycle/byte": 1.0},
}


@functools.lru_cache(maxsize=1024)
def _conversion(unit: str, base: str) -> float | None:
    if not unit or unit == base:
        return 1.0
    common = COMMON.get(base, {}).get(unit)
    return _by_pint(unit, base) if common is None else common


def _by_pint(unit: str, base: str) -> float | None:
    registry = _registry()
    try:
        return float(registry.Quantity(unit).to(registry.Unit(base)).magnitude)
    except Exception:  # Pint's parser raises many kinds; each means the same to the user
        return None


def _factor(field: str, value: object, unit: str, base: str, allowed: str) -> float:
    plain = unit.replace("cycles", "cycle").replace("bytes", "byte")
    factor = _conversion(f"1 {plain}" if plain.startswith("/") else plain, base)
    if factor is None:
        raise InputError(field, value, allowed)
    return factor


def ticks(duration_s: float) -> int:
    """A duration in whole ticks, to the nearest."""
    return round(duration_s * TICKS_PER_S)


def seconds(duration_ticks: float) -> float:
    """Ticks as seconds."""
    return duration_ticks / TICKS_PER_S


def format_bytes(size_bytes: float) -> str:
    """A size for people: three significant digits and the unit that suits it."""
    for power, unit in ((40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")):
        if abs(size_bytes) >= 2.0**power:
            return f"{float(f'{size_bytes / 2.0**power:.3g}'):g} {unit}"  # 1e3 as 1000
    return f"{size_bytes:.3g} B"


def format_seconds(duration_s: float) -> str:
    """A duration for people: three significant digits and the unit that suits it."""
    if duration_s == 0.0:
        return "0"
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if abs(duration_s) >= scale:
            return f"{duration_s / scale:.3g} {unit}"
    return f"{duration_s * 1e9:.3g} ns"
