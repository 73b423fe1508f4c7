"""Hosts: the bare machine that everything runs on, as data with sources.

A host says what hardware there is; what the operating system and the processor cost on it stands in the table of native
costs, under the host's name. A user's own host is a TOML file of the same form, with its own costs inline.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simcore.costs import CostBook, CostEntry, Machine, mitigation_costs, native_costs
from simcore.distributions import Distribution
from simcore.errors import InputError, unknown
from simcore.fields import Bytes, BytesPerS, Hertz, Seconds
from simcore.schema import LONGEST_TITLE, Described, read_toml, validated

__all__ = ["Disk", "Host", "Nic", "host_names", "load_host"]

FOLDER = Path(__file__).parent / "hosts"


class Disk(BaseModel):
    """A disk.

    Attributes:
        kind: `rotating` serves one request at a time and pays seek and rotation where access is random; `flash` serves
            as many as it has channels.
        read_s, write_s: controller and medium for one request, without transfer, seek and rotation.
        flush_s: making what was written durable.
        bandwidth_bytes_per_s: transfer; on a flash disk over a bus that all channels share.
        write_bandwidth_bytes_per_s: the same where writing differs.
        request_bandwidth_bytes_per_s: of one request alone, in its channel (flash); as fast as the bus unless stated.
        channels: requests served at once (flash).
        seek_s: mean seek (rotating); uniform between 0 and twice the mean.
        rotation_s: one revolution (rotating); the wait is uniform over it.
        cv: coefficient of variation of read_s and write_s (gamma); 0 for constant.
        queue: requests that a guest may leave to go on in the background (Linux's block layer takes 128).
        source: where the figures come from.
        assumed: nobody measured this one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["rotating", "flash"]
    read_s: Seconds = Field(ge=0.0, alias="read", le=10.0)
    write_s: Seconds = Field(ge=0.0, alias="write", le=10.0)
    flush_s: Seconds = Field(ge=0.0, alias="flush", le=10.0)
    bandwidth_bytes_per_s: BytesPerS = Field(ge=1.0, le=1e15, alias="bandwidth")
    write_bandwidth_bytes_per_s: BytesPerS | None = Field(default=None, ge=1.0, le=1e15, alias="write_bandwidth")
    request_bandwidth_bytes_per_s: BytesPerS | None = Field(default=None, ge=1.0, le=1e15, alias="request_bandwidth")
    channels: int = Field(default=1, ge=1, le=4096)
    seek_s: Seconds = Field(default=0.0, ge=0.0, alias="seek", le=10.0)
    rotation_s: Seconds = Field(default=0.0, ge=0.0, alias="rotation", le=10.0)
    cv: float = Field(default=0.0, ge=0.0, le=10.0)
    queue: int = Field(default=128, ge=1, le=65536)
    source: str = Field(min_length=8)
    assumed: bool = False

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Disk:
        for name, value in (("seek", self.seek_s), ("rotation", self.rotation_s)):
            if self.kind == "flash" and value:
                raise InputError(name, value, "0: a flash disk does not move")
        alone = self.request_bandwidth_bytes_per_s
        if alone is not None and (self.kind == "rotating" or alone > self.bandwidth_bytes_per_s):
            allowed = f"of a flash disk, at most the {self.bandwidth_bytes_per_s:g} bytes a second of all requests"
            raise InputError("request_bandwidth", alone, allowed)
        if self.kind == "rotating" and self.channels != 1:
            raise InputError("channels", self.channels, "1: a rotating disk has one arm")
        return self

    @property
    def request_byte_s(self) -> float:
        """Seconds that a byte adds to one request, beyond its transfer over the bus."""
        alone = self.request_bandwidth_bytes_per_s
        return 1.0 / alone - 1.0 / self.bandwidth_bytes_per_s if alone else 0.0

    @property
    def access(self) -> Distribution:
        """How controller and medium time varies."""
        return Distribution("gamma", self.cv) if self.cv else Distribution()


class Nic(BaseModel):
    """A full-duplex network interface and what lies behind it.

    Attributes:
        bandwidth_bytes_per_s: each way.
        mtu_bytes: largest packet, headers of IP and TCP included; at least 68 (RFC 791).
        header_bytes: of each packet on the wire beside its payload.
        segment_bytes: largest segment that it cuts into frames by itself (TSO, and GRO on receive); an MTU without.
        wire_s: one way, interface to interface: device latency, cable, switch.
        ring: packets the transmit ring holds.
        source: where the figures come from.
        assumed: nobody measured this one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    bandwidth_bytes_per_s: BytesPerS = Field(ge=1.0, le=1e15, alias="bandwidth")
    mtu_bytes: Bytes = Field(ge=68.0, alias="mtu")
    segment_bytes: Bytes = Field(default=1448.0, gt=0.0, alias="segment")
    header_bytes: Bytes = Field(default=52.0, ge=0.0, alias="header")
    wire_s: Seconds = Field(ge=0.0, alias="wire", le=10.0)
    ring: int = Field(default=256, ge=1, le=65536)
    source: str = Field(min_length=8)
    assumed: bool = False

    @property
    def payload_bytes(self) -> float:
        """What a packet carries: the MTU less 20 bytes of IP, 20 of TCP and 12 of its timestamps; 1448 of 1500."""
        return self.mtu_bytes - HEADERS


HEADERS = 52.0  # bytes of IP (RFC 791), TCP (RFC 9293) and its timestamp option, padded (RFC 7323)


class Host(Described):
    """The bare machine.

    Attributes:
        name: by which it is asked for.
        title: in a few words, for tables and figures.
        isa: instruction set.
        frequency_hz: clock of a core, under load on all of them.
        memory_bytes: main memory.
        source: where the figures come from.
        disk: the disk.
        nic: the network interface and the wire.
        year: when such a machine was current; decides which measurement is nearest.
        cores: processors that run at once.
        quantum_s: how long the host's scheduler lets one virtual processor run while others wait.
        hardware_assist: VT-x or AMD-V.
        nested_paging: EPT or NPT.
        os: family of the operating system on the bare machine.
        mitigations: of side channels, in the kernels of host and guests: `none`, `2018` (page-table isolation) or
            `hardware` (what processors immune to Meltdown still need). x86 only.
        cost: native costs measured on this host, for a host that is a user's own file.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    title: str = Field(max_length=LONGEST_TITLE)
    year: int = Field(ge=1960, le=2100)
    isa: Literal["x86", "x86-64", "itanium", "powerpc", "aarch64"]
    cores: int = Field(ge=1, le=4096)
    frequency_hz: Hertz = Field(ge=1e3, le=1e12, alias="frequency")
    memory_bytes: Bytes = Field(ge=1.0, le=2.0**60, alias="memory")
    quantum_s: Seconds = Field(gt=0.0, le=10.0, alias="quantum", default=0.01)
    hardware_assist: bool
    nested_paging: bool
    os: str = Field(default="linux", pattern=r"^[a-z0-9][a-z0-9-]*$")
    mitigations: Literal["none", "2018", "hardware"] = "none"
    source: str = Field(min_length=8)
    disk: Disk
    nic: Nic
    cost: tuple[CostEntry, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _mitigates_what_there_is(self) -> Host:
        if self.mitigations != "none" and self.isa not in ("x86", "x86-64"):
            raise InputError("mitigations", self.mitigations, f"none on {self.isa}: only those of x86 have costs here")
        return self

    @property
    def machine(self) -> Machine:
        """What carrying costs to it needs to know."""
        return Machine(self.frequency_hz, self.year, self.isa)

    def book(self, *tables: tuple[CostEntry, ...], overrides: dict[str, float | str] | None = None) -> CostBook:
        """All costs on this host: native ones, its devices, then the given tables.

        Raises:
            InputError: an override for a name that no table has, or with a value that is no cost.
        """
        names = {entry.name for entry in self.cost}  # other costs may be carried in proportion to them
        elsewhere = (entry for entry in native_costs() if entry.name in names)
        own = (*elsewhere, *(entry.model_copy(update={"measured_on": self.name}) for entry in self.cost))
        return CostBook(
            (native_costs(), mitigation_costs(self.mitigations), _devices(self), own, *tables),
            self.name,
            self.machine,
            _machines(),
            overrides,
        )


LINE_RATE = "the interface's line rate and the sizes of headers are the standard's"


def _devices(host: Host) -> tuple[CostEntry, ...]:
    """The devices' figures as cost entries, so that they are looked up, explained and overridden like any other."""
    disk, nic = host.disk, host.nic

    def entry(name: str, value: float, unit: str, device: Disk | Nic) -> CostEntry:
        span: dict[str, Any] = {"low": value / 2.0, "high": value * 2.0} if device.assumed else {}
        return CostEntry(name=name, value=value, unit=unit, source=device.source, assumed=device.assumed, **span)

    return (
        entry("disk_read", disk.read_s, "s", disk),
        entry("disk_write", disk.write_s, "s", disk),
        entry("disk_flush", disk.flush_s, "s", disk),
        entry("disk_seek", disk.seek_s, "s", disk),
        entry("disk_rotation", disk.rotation_s / 2.0, "s", disk),
        entry("disk_byte", 1.0 / disk.bandwidth_bytes_per_s, "s/byte", disk),
        entry(
            "disk_written_byte", 1.0 / (disk.write_bandwidth_bytes_per_s or disk.bandwidth_bytes_per_s), "s/byte", disk
        ),
        entry("disk_request_byte", disk.request_byte_s, "s/byte", disk),
        CostEntry(name="nic_byte", value=1.0 / nic.bandwidth_bytes_per_s, unit="s/byte", source=LINE_RATE),
        CostEntry(name="nic_header", value=nic.header_bytes, unit="count", source=LINE_RATE),
        entry("wire", nic.wire_s, "s", nic),
        CostEntry(name="outside", value=1.0, unit="s", source="one second of waiting on the world outside the host"),
    )


@functools.cache
def host_names() -> tuple[str, ...]:
    """The presets, sorted by year, then name."""
    names = [path.stem for path in FOLDER.glob("*.toml")]
    return tuple(sorted(names, key=lambda name: (_preset(name).year, name)))


@functools.cache
def _preset(name: str) -> Host:
    path = FOLDER / f"{name}.toml"
    return validated(Host, read_toml(path), path.name)


@functools.cache
def _machines() -> dict[str, Machine]:
    return {name: _preset(name).machine for name in host_names()}


def load_host(name: str) -> Host:
    """A preset by name, or the host that a TOML file describes.

    Raises:
        InputError: neither a preset nor a file, or a file that does not describe a host.
    """
    if name.endswith(".toml") or "/" in name:
        path = Path(name)
        return validated(Host, read_toml(path), path.name)
    if name not in host_names():
        raise unknown("--host", name, host_names())
    return _preset(name)
