"""Quantities: every dimension, as text and as numbers, and whatever is neither."""

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore import units
from simcore.errors import InputError
from simcore.units import DIMENSIONS, TICKS_PER_S, format_seconds, quantity, seconds, split, ticks

GOOD = [
    ("10 us", "time", 1e-5),
    ("10us", "time", 1e-5),
    ("10 µs", "time", 1e-5),
    ("  0.5   ms ", "time", 5e-4),
    ("250 ns", "time", 2.5e-7),
    ("3 ps", "time", 3e-12),
    ("2 min", "time", 120.0),
    ("1.5 h", "time", 5400.0),
    (".5 s", "time", 0.5),
    ("1e-3 s", "time", 1e-3),
    ("1_000 s", "time", 1000.0),
    ("-3 us", "time", -3e-6),  # the caller knows whether it may be negative
    ("2.4 GHz", "frequency", 2.4e9),
    ("100 / s", "frequency", 100.0),
    ("100/s", "frequency", 100.0),
    ("100 1/s", "frequency", 100.0),
    ("6000 / min", "frequency", 100.0),
    ("4 KiB", "size", 4096.0),
    ("4 kB", "size", 4000.0),
    ("1500 bytes", "size", 1500.0),
    ("8 bit", "size", 1.0),
    ("1 GiB", "size", 2.0**30),
    ("10 Gbit/s", "rate", 1.25e9),
    ("500 MB/s", "rate", 5e8),
    ("1 KiB / ms", "rate", 1.024e6),
    ("1200 cycles", "cycles", 1200.0),
    ("1.2 Mcycles", "cycles", 1.2e6),
    ("1 cycle", "cycles", 1.0),
    ("1 ns/byte", "time/byte", 1e-9),
    ("1 us / KiB", "time/byte", 1e-6 / 1024),
    ("0.5 cycles/byte", "cycles/byte", 0.5),
    ("512 cycles/KiB", "cycles/byte", 0.5),
    ("1.45", "ratio", 1.45),
    ("50 percent", "ratio", 0.5),
    ("3 count", "ratio", 3.0),
]


@pytest.mark.parametrize(("text", "dimension", "expected"), GOOD)
def test_text(text: str, dimension: str, expected: float) -> None:
    assert quantity("f", text, dimension) == pytest.approx(expected, rel=1e-14)


def test_every_dimension_is_tried() -> None:
    assert {dimension for _, dimension, _ in GOOD} == set(DIMENSIONS)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_bare_number_is_in_the_base_unit(dimension: str) -> None:
    assert quantity("f", 3, dimension) == quantity("f", "3", dimension) == 3.0


def test_a_bare_number_is_in_the_unit_stated() -> None:
    assert quantity("f", 3, "time", "us") == quantity("f", "3", "time", "us") == pytest.approx(3e-6)
    assert quantity("f", "3 ms", "time", "us") == pytest.approx(3e-3)


BAD: list[object] = [
    *(math.nan, math.inf, -math.inf, True, False, None, [1], b"1 s", 10**400),
    *("", " ", "s", "many", "nan", "nan s", "inf s", "-Infinity", "1e999", "1e", "_1", "1_", "1-2", "1;2", "1 $"),
    *("1 furlong", "1 s s", "1 s / s / s", "1 s * s / s", "1 s ** 9", "1 (s)", "1 9**9**9**9"),
    *("x" * 10**6, "1 " + "s" * 10**6),
]


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("value", BAD, ids=lambda value: repr(value)[:20])
def test_refused_in_every_dimension(dimension: str, value: object) -> None:
    with pytest.raises(InputError) as caught:
        quantity("--think", value, dimension)  # type: ignore[arg-type]
    assert str(caught.value).startswith("--think: ")
    assert DIMENSIONS[dimension][1] in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_unit_of_another_dimension_is_refused(dimension: str) -> None:
    for unit in ("s", "GHz", "KiB", "MB/s", "cycles", "ns/byte", "cycles/byte", "percent"):
        own = {other for text, other, _ in GOOD if text.endswith(unit)}
        if dimension not in own:
            with pytest.raises(InputError, match=f"^f: '7 {unit}' is not allowed"):
                quantity("f", f"7 {unit}", dimension)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive_as_text(number: float) -> None:
    assert split("f", f"{number!r} us", "any") == (number, "us")


def test_ticks_round_to_the_nearest() -> None:
    assert TICKS_PER_S == 10**12
    assert ticks(0.1) == 10**11
    assert [ticks(n * 1e-12) for n in (0.0, 0.4, 0.6, 1.4, 1.6)] == [0, 0, 1, 1, 2]
    assert ticks(106 * 86400) < 2**63
    assert isinstance(ticks(1e-6), int)


@given(st.integers(0, 10**15))
def test_ticks_and_seconds_agree(number: int) -> None:
    assert ticks(seconds(number)) == number


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [(0.0, "0"), (2.0, "2 s"), (0.0123, "12.3 ms"), (4.45e-6, "4.45 us"), (6.2e-8, "62 ns"), (-1e-3, "-1 ms")],
)
def test_durations_for_people(duration_s: float, text: str) -> None:
    assert format_seconds(duration_s) == text


@pytest.mark.parametrize(("base", "unit"), [(base, unit) for base, known in units.COMMON.items() for unit in known])
def test_common_units_are_what_pint_says(base: str, unit: str) -> None:
    assert units.COMMON[base][unit] == units._by_pint(unit, base)


def test_the_catalogue_needs_no_pint() -> None:
    program = (
        "import sys, vmarch; [vmarch.load_workload(w) for w in vmarch.workloads()];"
        "[vmarch.explain('web-server', a) for a in ('kvm-vhost', 'xen-pv')]; assert 'pint' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
