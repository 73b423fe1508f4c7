"""What architectures take of a host's memory: the files, the nearest year, and what is refused."""

from __future__ import annotations

import pytest

from architectures import architecture_names, load_architecture
from architectures.footprint import Footprint, footprint_names, footprint_of, footprints
from simcore.errors import InputError
from simcore.hosts import load_host
from simcore.schema import validated

MIB = 2.0**20


def test_every_file_is_used_and_every_name_is_a_file() -> None:
    used = {load_architecture(name).footprint for name in architecture_names()} - {""}
    assert used == set(footprint_names())


@pytest.mark.parametrize("name", footprint_names())
def test_a_file_has_one_for_each_year(name: str) -> None:
    years = [one.year for one in footprints(name)]
    assert len(set(years)) == len(years)


def test_the_nearest_year_answers() -> None:
    assert footprint_of("esx", load_host("xeon-2003")).year == 2003
    assert footprint_of("esx", load_host("nehalem")).year == 2009
    assert footprint_of("esx", load_host("server")).year == 2016


@pytest.mark.parametrize(
    ("year", "size_mib", "vcpus", "mib"),
    [(2003, 2048, 1, 102.0), (2009, 4096, 1, 165.98), (2016, 4096, 4, 60.67), (2016, 16384, 8, 168.6)],
)
def test_esx_takes_what_its_guides_say(year: int, size_mib: int, vcpus: int, mib: float) -> None:
    (one,) = (each for each in footprints("esx") if each.year == year)
    assert one.beside(size_mib * MIB, vcpus) / MIB == pytest.approx(mib, rel=0.03)


def test_a_container_takes_less_than_a_virtual_machine() -> None:
    host = load_host("server")

    def beside(name: str) -> float:
        return load_architecture(name).takes(host).beside(1024 * MIB, 2)

    assert beside("native") == 0.0
    assert beside("container") < beside("firecracker") < beside("xen-pv") < beside("kvm-qemu")


def test_bad_ones_are_one_line() -> None:
    good = {"year": 2020, "source": "a test's own"}
    for bad, words in (
        ({**good, "guest": "-1 MiB"}, "footprint.guest: .* 0 or more"),
        ({**good, "share": 2.0}, "footprint.share: 2.0 .* at most 1"),
        ({**good, "assumed": True}, "footprint.low is missing; expected a value: an assumed footprint needs a range"),
        ({"year": 2020}, "footprint.source is missing"),
    ):
        with pytest.raises(InputError, match=words):
            validated(Footprint, bad, "footprint")
    with pytest.raises(InputError, match=r"'esxi' is not allowed; expected one of .*did you mean 'esx'"):
        footprint_of("esxi", load_host("server"))
    with pytest.raises(InputError, match=r"footprint: 'esxi'"):
        load_architecture("container").with_(footprint="esxi")
