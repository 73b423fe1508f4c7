"""Cost books, by hand: carrying, marks, the nearest machine, tables over tables, overrides, and bad entries."""

import math
from pathlib import Path
from typing import Any

import pytest

from simcore.costs import CostBook, CostEntry, CostTable, Kind, Machine, Status, native_costs
from simcore.errors import InputError
from simcore.schema import validated

MACHINES = {
    "old": Machine(1e9, 2000),
    "new": Machine(4e9, 2020),
    "arm": Machine(2e9, 2010, "aarch64"),
}  # 1 ns and 0.25 ns a cycle
SOURCE = "a paper, table 1"


def entry(**fields: Any) -> CostEntry:
    return CostEntry(**{"name": "a_cost", "value": 100, "unit": "cycles", "source": SOURCE, **fields})


def book(*tables: list[CostEntry], overrides: dict[str, float | str] | None = None, year: int = 2010) -> CostBook:
    """On a host of 2 GHz, half a nanosecond a cycle."""
    return CostBook(tables, "here", Machine(2e9, year), MACHINES, overrides)


# what is measured on "old" (1 GHz), the rule; on "here" (2 GHz): ticks and cycles
@pytest.mark.parametrize(
    ("unit", "carry", "ticks", "cycles", "rule"),
    [
        ("cycles", None, 50_000.0, 100.0, "cycles"),  # 100 cycles stay 100
        ("cycles", "time", 100_000.0, None, "time"),  # 100 ns stay 100 ns
        ("ns", None, 100_000.0, None, "time"),
        ("ns", "cycles", 50_000.0, 100.0, "cycles"),  # 100 ns were 100 cycles
        ("us", "cycles", 5e7, 1e5, "cycles"),
        ("cycles/byte", None, 50_000.0, 100.0, "cycles"),
        ("cycles/byte", "time", 100_000.0, None, "time"),
        ("ns/byte", None, 100_000.0, None, "time"),
        ("ns / byte", "cycles", 50_000.0, 100.0, "cycles"),
        ("ratio", None, 100.0, None, "as it is"),
    ],
)
def test_carrying(unit: str, carry: str | None, ticks: float, cycles: float | None, rule: str) -> None:
    found = book([entry(unit=unit, carry=carry, measured_on="old")])["a_cost"]
    assert found.value == found.low == found.high == pytest.approx(ticks)
    assert found.cycles == (None if cycles is None else pytest.approx(cycles))
    assert (found.status, found.carried_from, found.rule) == (Status.CARRIED, "old", rule)


@pytest.mark.parametrize(
    ("unit", "ticks"), [("cycles", 50_000.0), ("ns", 100_000.0), ("cycles/byte", 50_000.0), ("", 100.0)]
)
def test_measured_here(unit: str, ticks: float) -> None:
    for measured_on in ("here", None):
        found = book([entry(unit=unit, measured_on=measured_on)])["a_cost"]
        assert found.value == pytest.approx(ticks)
        assert (found.status, found.carried_from, found.rule) == (Status.MEASURED, None, None)


def test_another_instruction_set_is_the_last_resort() -> None:
    """Same year and clock as here, but an ARM: asked only if no x86 has the cost; and the other way round."""
    arm, old = entry(value=7, measured_on="arm"), entry(value=5, measured_on="old")
    assert book([arm, old])["a_cost"].carried_from == "old"
    assert book([arm])["a_cost"].carried_from == "arm"
    there = CostBook([[arm, old]], "there", Machine(1e9, 2000, "aarch64"), MACHINES)
    assert there["a_cost"].carried_from == "arm"
    bits = CostBook([[arm, old]], "there", Machine(1e9, 2000, "x86"), MACHINES)
    assert bits["a_cost"].carried_from == "old"


def test_carried_as_a_native_cost_is() -> None:
    """It took 3 of the native's 10 us on "old"; the native takes 4 us here."""
    native = [
        entry(name="fork", value=10, unit="us", measured_on="old"),
        entry(name="fork", value=4, unit="us", measured_on="here"),
    ]
    found = book(native, [entry(value=3, unit="us", carry="native:fork", measured_on="old")])["a_cost"]
    assert found.value == pytest.approx(1.2e6)
    assert (found.status, found.rule) == (Status.CARRIED, "native:fork")


def test_carried_in_cycles_as_a_native_cost_is() -> None:
    native = [entry(name="fork", value=1000, measured_on="old"), entry(name="fork", value=500, measured_on="here")]
    found = book(native, [entry(value=300, carry="native:fork", measured_on="old")])["a_cost"]
    assert found.value == pytest.approx(300 * 1000.0 * (250.0 / 1000.0))  # 300 ns there, a quarter of it here
    assert found.cycles == pytest.approx(150.0)


def test_carried_as_a_native_cost_that_was_not_measured_there() -> None:
    table = [entry(name="fork", measured_on="here"), entry(carry="native:fork", measured_on="old")]
    with pytest.raises(InputError, match=r"^a_cost\.carry: 'native:fork' .* a native cost measured on old"):
        book(table)["a_cost"]


@pytest.mark.parametrize("guessed", ["here", "old"])
def test_what_is_scaled_by_an_assumed_cost_is_assumed(guessed: str) -> None:
    """Measured on "old", but nobody measured by how much the native cost differs here."""
    assumed = {"assumed": True, "low": 1, "high": 1000}
    native = [
        entry(name="fork", measured_on=machine, **(assumed if machine == guessed else {}))
        for machine in ("old", "here")
    ]
    found = book(native, [entry(carry="native:fork", measured_on="old")])["a_cost"]
    assert (found.status, found.rule, found.year) == (Status.ASSUMED, "native:fork", None)


def test_what_is_never_carried_is_asked_on_its_machine_alone() -> None:
    table = [entry(value=1, measured_on="new", carry="never"), entry(value=2, measured_on="old")]
    assert book(table, year=2020)["a_cost"].carried_from == "old"
    assert CostBook([table], "new", MACHINES["new"], MACHINES)["a_cost"].cycles == pytest.approx(1.0)
    with pytest.raises(InputError, match=r"^cost: 'a_cost' .* carried over from no machine"):
        book(table[:1])["a_cost"]
    assert book(table[:1] + table[1:], overrides={"a_cost": 7})["a_cost"].cycles == pytest.approx(7.0)


def test_any_machine_with_its_clock_and_year() -> None:
    found = book([entry(measured_on="a laptop", clock="500 MHz", year=2009, unit="us", carry="cycles")])["a_cost"]
    assert found.value == pytest.approx(25e6)
    assert found.carried_from == "a laptop"


def test_assumed_beats_carried_and_measured() -> None:
    assumed = {"assumed": True, "low": 50, "high": 200}
    for measured_on in ("old", "here", None):
        found = book([entry(measured_on=measured_on, **assumed)])["a_cost"]
        assert found.status is Status.ASSUMED
        assert [found.low, found.high] == pytest.approx([25_000.0, 100_000.0])


@pytest.mark.parametrize(("year", "value"), [(2000, 1.0), (2009, 1.0), (2010, 1.0), (2011, 2.0), (2024, 2.0)])
def test_the_nearest_year_is_asked_and_the_first_listed_where_years_tie(year: int, value: float) -> None:
    table = [entry(value=1, unit="ratio", measured_on="old"), entry(value=2, unit="ratio", measured_on="new")]
    assert book(table, year=year)["a_cost"].value == value


def test_the_very_host_comes_first_then_what_depends_on_no_machine() -> None:
    here, none, old = (entry(value=v, unit="ratio", measured_on=m) for v, m in ((1, "here"), (2, None), (3, "old")))
    for table in ([here, none, old], [old, none, here], [none, here, old]):
        assert book(table)["a_cost"].value == 1.0
    assert book([old, none])["a_cost"].value == book([none, old])["a_cost"].value == 2.0


def test_a_later_table_is_asked_alone() -> None:
    first = [entry(value=1, measured_on="here"), entry(name="other", value=7)]
    found = book(first, [entry(value=2, measured_on="new")])
    assert found["a_cost"].cycles == pytest.approx(2.0)
    assert found["a_cost"].status is Status.CARRIED
    assert found["other"].cycles == pytest.approx(7.0)
    assert found.names == ("a_cost", "other")
    assert "a_cost" in found
    assert "none" not in found


@pytest.mark.parametrize(
    ("value", "ticks"),
    [(200, 100_000.0), (0, 0.0), ("200", 100_000.0), ("200 cycles", 100_000.0), ("0.2 us", 200_000.0), ("1e3 ns", 1e6)],
)
def test_overrides_by_number_and_by_text(value: float | str, ticks: float) -> None:
    found = book([entry(measured_on="old", low=50, high=500)], overrides={"a_cost": value})["a_cost"]
    assert found.value == found.low == found.high == pytest.approx(ticks)
    assert (found.status, found.carried_from) == (Status.ASSUMED, None)
    assert found.source == f"given by the user, instead of: {SOURCE}"


def test_an_override_is_not_carried_again() -> None:
    table = [entry(unit="us", value=1, carry="cycles", measured_on="old")]
    assert book(table, overrides={"a_cost": 3})["a_cost"].value == pytest.approx(3e6)


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("cycles", -1),
        ("cycles", math.nan),
        ("cycles", math.inf),
        ("cycles", True),
        ("cycles", "many"),
        ("cycles", ""),
        ("cycles", "1-2 us"),
        ("cycles", "..."),
        ("cycles", "-5 us"),
        ("cycles", "nan us"),
        ("cycles", "5 KiB"),
        ("cycles", "5 GHz"),
        ("cycles", "5 ratio"),
        ("cycles", "5 ns/byte"),
        ("ns/byte", "5 ns"),
        ("ratio", "5 us"),
        ("ratio", "5 cycles"),
    ],
)
def test_bad_overrides(unit: str, value: float | str) -> None:
    with pytest.raises(InputError, match=r"^costs\.a_cost"):
        book([entry(unit=unit)], overrides={"a_cost": value})


def test_an_override_of_nothing_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match=r"^cost: 'a_csot' .*\(did you mean 'a_cost'\?\)"):
        book([entry()], overrides={"a_csot": 1})


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match=r"did you mean 'a_cost'"):
        book([entry()])["a_costs"]


@pytest.mark.parametrize("fields", [{}, {"clock": "2 GHz"}, {"year": 2003}])
def test_an_unknown_machine_without_clock_and_year(fields: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"^a_cost\.measured_on: 'abacus' .*\(arm, here, new, old\)"):
        book([entry(measured_on="abacus", **fields)])["a_cost"]


BAD = [
    ({"carry": "never"}, "carry"),
    # the change (None: left out), the field at fault
    ({"value": -1}, "value"),
    ({"value": math.nan}, "value"),
    ({"value": math.inf}, "value"),
    ({"value": 1e16}, "value"),
    ({"value": 10**400}, "value"),
    ({"value": "100"}, "value"),
    ({"value": True}, "value"),
    ({"value": None}, "value"),
    ({"name": "A cost"}, "name"),
    ({"name": ""}, "name"),
    ({"name": None}, "name"),
    ({"source": None}, "source"),
    ({"source": "trust me"[:7]}, "source"),
    ({"unit": None}, "unit"),
    ({"unit": "KiB"}, "unit"),
    ({"unit": "furlong"}, "unit"),
    ({"unit": "10 us"}, "unit"),
    ({"unit": "us/s"}, "unit"),
    ({"unit": "cycles/s"}, "unit"),
    ({"low": 1}, "high"),
    ({"high": 200}, "low"),
    ({"low": 101, "high": 200}, "low"),
    ({"low": 1, "high": 99}, "low"),
    ({"low": -1, "high": 200}, "low"),
    ({"low": math.nan, "high": 200}, "low"),
    ({"low": 1, "high": math.inf}, "high"),
    ({"assumed": True}, "low"),
    ({"assumed": "yes"}, "assumed"),
    ({"carry": "clock"}, "carry"),
    ({"carry": "native:"}, "carry"),
    ({"carry": "native:Fork"}, "carry"),
    ({"unit": "ratio", "carry": "cycles"}, "carry"),
    ({"clock": "fast"}, "clock"),
    ({"clock": "5 us"}, "clock"),
    ({"clock": "0 GHz"}, "clock"),
    ({"clock": "-1 GHz"}, "clock"),
    ({"year": 1800}, "year"),
    ({"year": 2003.5}, "year"),
    ({"valeu": 3}, "valeu"),
    ({"measured": "old"}, "measured"),
]


@pytest.mark.parametrize(("change", "field"), BAD)
def test_bad_entries(change: dict[str, Any], field: str) -> None:
    raw = {"name": "a_cost", "value": 100, "unit": "cycles", "source": SOURCE, **change}
    with pytest.raises(InputError) as caught:
        validated(CostTable, {"cost": [{key: value for key, value in raw.items() if value is not None}]}, "t.toml")
    assert caught.value.field == f"t.toml.cost.0.{field}"
    assert "dict of" not in str(caught.value)


def test_an_unknown_key_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match=r"did you mean 'measured_on'"):
        validated(CostTable, {"cost": [{**entry().model_dump(exclude_none=True), "measured_no": "x"}]}, "t.toml")


def test_a_table_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text(f'title = "t"\n[[cost]]\nname = "a_cost"\nvalue = 100\nunit = "cycles"\nsource = "{SOURCE}"\n')
    assert CostTable.load(path).cost == (entry(),)
    path.write_text("cost = 3\n")
    with pytest.raises(InputError, match=r"^t\.toml\.cost: 3 is not allowed"):
        CostTable.load(path)


def test_kinds() -> None:
    units = {
        "cycles": Kind.CYCLES,
        "us": Kind.TIME,
        "cycles / byte": Kind.CYCLES_PER_BYTE,
        "ns/byte": Kind.TIME_PER_BYTE,
    }
    for unit, kind in {**units, "ratio": Kind.RATIO, "count": Kind.RATIO}.items():
        assert entry(unit=unit).kind is kind
        assert kind.in_cycles == (unit.startswith("cycle"))


def test_native_costs_say_where_they_come_from() -> None:
    assert all(len(cost.source) >= 8 and "TODO" not in cost.source for cost in native_costs())
    assert native_costs() is native_costs()
