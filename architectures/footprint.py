"""What an architecture takes of a host's memory beside the guests: its monitors, page tables, and who manages them.

A file of `architectures/footprints/` holds several, of versions; that of the year nearest the host's answers.
"""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simcore.errors import MISSING, InputError, unknown
from simcore.fields import Bytes
from simcore.hosts import Host
from simcore.schema import read_toml, validated

__all__ = ["NO_FOOTPRINT", "Footprint", "FootprintFile", "footprint_names", "footprint_of", "footprints"]

FOLDER = Path(__file__).parent / "footprints"


class Footprint(BaseModel):
    """What one version of an architecture takes.

    Attributes:
        year: when it was current.
        host: taken before the first guest: a management domain, a service console.
        guest: for each guest, whatever its size: the monitor's code and data.
        vcpu: for each virtual processor of a guest.
        share: of a guest's size: page tables, and what is known of each frame.
        low, high: factors between which all of it may lie; required where it is assumed.
        source: where the figures come from.
        assumed: nobody published this one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    year: int = Field(ge=1960, le=2100)
    host_bytes: Bytes = Field(default=0.0, ge=0.0, le=2.0**50, alias="host")
    guest_bytes: Bytes = Field(default=0.0, ge=0.0, le=2.0**50, alias="guest")
    vcpu_bytes: Bytes = Field(default=0.0, ge=0.0, le=2.0**50, alias="vcpu")
    share: float = Field(default=0.0, ge=0.0, le=1.0)
    low: float = Field(default=1.0, ge=0.0, le=1.0)
    high: float = Field(default=1.0, ge=1.0, le=100.0)
    source: str = Field(min_length=8)
    assumed: bool = False

    @model_validator(mode="after")
    def _assumed_within_a_range(self) -> Footprint:
        if self.assumed and self.low == self.high:
            raise InputError("low", MISSING, "a value: an assumed footprint needs a range, low and high")
        return self

    def beside(self, size_bytes: float, vcpus: int) -> float:
        """Bytes beside a guest of so many bytes and virtual processors."""
        return self.guest_bytes + self.vcpu_bytes * vcpus + self.share * size_bytes


class FootprintFile(BaseModel):
    """A file of footprints.

    Attributes:
        title: in a few words.
        footprint: versions; that of the year nearest the host's answers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    title: str = ""
    footprint: tuple[Footprint, ...] = Field(min_length=1, strict=False)


NO_FOOTPRINT = Footprint(year=2024, source="nothing is counted beside the guests")


@functools.cache
def footprint_names() -> tuple[str, ...]:
    """The names of the files, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@functools.cache
def footprints(name: str) -> tuple[Footprint, ...]:
    """All of a file.

    Raises:
        InputError: no such file, or one that does not describe footprints.
    """
    if name not in footprint_names():
        raise unknown("footprint", name, footprint_names())
    path = FOLDER / f"{name}.toml"
    return validated(FootprintFile, read_toml(path), path.name).footprint


def footprint_of(name: str, host: Host) -> Footprint:
    """That of the year nearest the host's, the later of two; nothing where the name is empty.

    Raises:
        InputError: no such file.
    """
    if not name:
        return NO_FOOTPRINT
    return min(footprints(name), key=lambda one: (abs(one.year - host.year), -one.year))
