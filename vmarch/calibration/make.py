"""From a table of micro-benchmarks to a host and one architecture for each environment, as TOML would describe them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from architectures import Architecture, cost_table
from architectures.mechanisms.calibrated import MEASURED
from architectures.mechanisms.memory import NATIVE as MEMORY
from architectures.mechanisms.processor import NATIVE as EVENTS
from simcore.costs import CostBook
from simcore.demands import Demand
from simcore.errors import InputError
from simcore.hosts import Host
from simcore.schema import validated
from simcore.summing import added
from simcore.units import TICKS_PER_S, quantity
from vmarch.asking import host_of
from vmarch.calibration.derive import Told, code, extras, natives
from vmarch.calibration.micro import Figure, Micro, Row, read_micro
from vmarch.toml import toml_text

__all__ = ["Calibrated", "calibrate"]

NATIVE = {**EVENTS, **MEMORY}
NEAREST = {  # what stands for a demand without a micro-benchmark, in order
    Demand.EXCEPTIONS: (Demand.PAGE_FAULTS, Demand.SYSTEM_CALLS),
    Demand.PAGE_FAULTS: (Demand.EXCEPTIONS, Demand.SYSTEM_CALLS),
    Demand.FILE_FAULTS: (Demand.PAGE_FAULTS,),
    Demand.COPIED_FAULTS: (Demand.PAGE_FAULTS,),
    Demand.ADDRESS_SPACE_SWITCHES: (Demand.SYSTEM_CALLS,),
    Demand.WRITTEN_BYTES: (Demand.FILE_BYTES,),
    Demand.FILE_OPENS: (Demand.PATH_LOOKUPS,),
    Demand.FILE_CHANGES: (Demand.FILE_OPENS, Demand.PATH_LOOKUPS),
}
TRANSLATOR = "qemu"  # the table of one that translates whole systems
KINDS = (Demand.FILE_FAULTS, Demand.COPIED_FAULTS)
PLAIN = {  # costs of input, output and waiting: what tells them, and the unit
    "calibrated_wake_up": ("wake_up", "ns"),
    "calibrated_disk_read": ("disk_read", "ns"),
    "calibrated_disk_write": ("disk_write", "ns"),
    "calibrated_disk_flush": ("disk_flush", "ns"),
    "calibrated_message": ("messages", "ns"),
    "calibrated_send_byte": ("send_bytes", "ns/byte"),
    "calibrated_receive_byte": ("receive_bytes", "ns/byte"),
}
Entry = dict[str, Any]


@dataclass(frozen=True)
class Calibrated:
    """A host and its environments, as data for TOML files and as what these files describe.

    Attributes:
        rows: the rows of the table that they rest on.
    """

    rows: tuple[Row, ...]
    host_data: dict[str, Any]
    data: dict[str, dict[str, Any]]

    @cached_property
    def host(self) -> Host:
        """The host."""
        return validated(Host, self.host_data, str(self.host_data["name"]))

    @cached_property
    def architectures(self) -> dict[str, Architecture]:
        """The environments by name."""
        return {name: validated(Architecture, data, name) for name, data in self.data.items()}

    def files(self) -> dict[str, str]:
        """The text of each file, by name."""
        name = f"{self.host_data['name']}.toml"
        if name.removesuffix(".toml") in self.data:
            raise InputError("--name", self.host_data["name"], "another name than an environment's")
        return {name: toml_text(self.host_data)} | {f"{one}.toml": toml_text(data) for one, data in self.data.items()}


def calibrate(
    path: Path,
    *,
    environment: str | None = None,
    name: str = "calibrated-host",
    base: str | Path | Host = "server",
    clock: str | None = None,
    year: int | None = None,
    cores: int | None = None,
    noisy: bool = False,
) -> Calibrated:
    """Costs of a machine and its environments from a table of micro-benchmarks.

    Args:
        environment: the only one to make, of several.
        name: of the host to be.
        base: the host that says what micro-benchmarks do not: features, cores, network interface.
        clock, year, cores: of the host to be, in place of the base's.
        noisy: the table is of a short measurement, whose noise may make a native cost less than what stands beside it;
            such a cost is then the base's.

    Raises:
        InputError: what `read_micro` refuses, or a host that cannot be.
    """
    micro = read_micro(path, environment)
    given = {"name": name, "frequency": clock, "year": year, "cores": cores}
    data = _host(micro, host_of(base), path.name, given, noisy=noisy)
    host = validated(Host, data, "host")
    made = {one: _architecture(micro, one, host, path.name) for one in micro.environments}
    return Calibrated(tuple(micro.rows.values()), data, made)


def _host(micro: Micro, base: Host, table: str, given: Mapping[str, Any], *, noisy: bool) -> dict[str, Any]:
    told = natives(micro)
    data = base.model_dump(by_alias=True, exclude={"cost"}, exclude_none=True)
    data |= {key: value for key, value in given.items() if value is not None}
    if isinstance(data["frequency"], str):
        data["frequency"] = quantity("--clock", data["frequency"], "frequency")
    data["title"] = f"{data['name']}, calibrated"
    data["source"] = f"calibrated from {table}; memory, features and network interface as of {base.name}"
    data["disk"] = _disk(micro, base, told, table) or data["disk"]
    costs: list[Entry] = []
    for demand in MEASURED:
        if demand in told and demand not in KINDS:  # natively a kind of page fault costs what any does
            figure = told[demand].figure
            if figure.value <= 0.0 and noisy:
                continue
            if figure.value <= 0.0:
                allowed = "more than what stands beside it takes"
                raise InputError(f"{table}, native", f"{figure.value * 1e9:g} ns for one of {demand}", allowed)
            costs.append(
                _entry(NATIVE[demand], figure, _unit(demand), f"{table}: {told[demand].source}") | {"carry": "cycles"}
            )
    return {**data, "cost": costs}


def _disk(micro: Micro, base: Host, told: Mapping[str, Told], table: str) -> dict[str, Any] | None:
    """The disk's own part of what was measured: less the kernel's work on this host, as far as it is known."""
    rows = micro.natives()
    if "disk_read" not in told and "disk_write" not in told:
        return None
    book = base.book()
    software = added(book[name].value for name in ("block_request", "interrupt", "wake_up")) / TICKS_PER_S
    bandwidth = base.disk.bandwidth_bytes_per_s
    if "disk_seqread1m_direct" in rows:
        bandwidth = 2**20 / rows["disk_seqread1m_direct"].figure.value

    def own(name: str, otherwise: float, size_bytes: float) -> float:
        if name not in told:
            return otherwise
        return max(told[name].figure.value - size_bytes / bandwidth - software, 0.0)

    return {
        "kind": "flash",
        "read": own("disk_read", base.disk.read_s, 4096.0),
        "write": own("disk_write", base.disk.write_s, 4096.0),
        "flush": own("disk_flush", base.disk.flush_s, 0.0),
        "bandwidth": bandwidth,
        "channels": base.disk.channels,
        "queue": base.disk.queue,
        "source": f"{table}, native, less {software * 1e6:.3g} us of kernel; channels and queue as of {base.name}",
        "assumed": False,
    }


def _architecture(micro: Micro, environment: str, host: Host, table: str) -> dict[str, Any]:
    machine = {"measured_on": host.name, "clock": f"{host.frequency_hz / 1e9:.6g} GHz", "year": host.year}
    costs: list[Entry] = []
    for entry in _costs(micro, environment, host.book(), host.book(cost_table(TRANSLATOR))):
        entry["source"] = f"{table}, {environment}: {entry['source']}"
        in_time = entry["unit"].startswith("ns")
        costs.append({**entry, **machine, **({"carry": "cycles"} if in_time else {})})
    return {
        "name": environment,
        "title": f"{environment}, calibrated",
        "family": "calibrated",
        "cpu": "calibrated",
        "mmu": "calibrated",
        "io": "calibrated",
        "placement": "host-process",
        "cost": costs,
        "capabilities": {  # not measured: what is least restrictive
            "guest_isa": "any",
            "drivers_in": "host OS",
            "fails_with": "host OS",
            "rings": {"measured": "all layers, down to the host", "top": "applications"},
        },
    }


def _costs(micro: Micro, environment: str, book: CostBook, translator: CostBook) -> Iterator[Entry]:
    speed, more = code(micro, environment), extras(micro, environment)
    yield _entry("calibrated_user", _floor(speed.user.figure, 1.0), "ratio", speed.user.source)
    yield _entry("calibrated_kernel", _floor(speed.kernel.figure, 1.0), "ratio", speed.kernel.source)
    yield _tlb(micro, environment)
    if "further_faults" in more:
        told = more.pop("further_faults")
        yield _entry("calibrated_further_faults", _floor(told.figure), "ratio", told.source)
    else:
        yield _entry("calibrated_further_faults", Figure(0.0, 0.0, 0.0), "ratio", "not measured: as many as natively")
    yield _code_of_programs(speed.kernel.figure.value > 1.0, translator)
    slower = speed.kernel.figure.value - 1.0
    call = max(more[Demand.SYSTEM_CALLS].figure.value, 0.0) if Demand.SYSTEM_CALLS in more else 0.0
    for demand, name in MEASURED.items():
        if demand in more:
            yield _entry(name, _floor(more[demand].figure), _unit(demand), more[demand].source)
            continue
        near = next((other for other in NEAREST.get(demand, ()) if other in more), None)
        stands = max(more[near].figure.value, 0.0) if near else 0.0
        value = book[NATIVE[demand]].value / TICKS_PER_S * slower + stands
        reason = f"not measured: as kernel code{f', and what {near} cost more' if near else ''}; up to twice that"
        top = max(2.0 * value, call if _unit(demand) == "ns" else 0.0)
        yield _entry(name, Figure(0.0, value, top), _unit(demand), reason) | {"assumed": True}
    for name, (tells, unit) in PLAIN.items():
        if tells in more:
            yield _entry(name, _floor(more[tells].figure), unit, more[tells].source)
        else:
            top = call if unit == "ns" else 0.0
            reason = "not measured: no more than natively, at most a system call's more"
            yield _entry(name, Figure(0.0, 0.0, top), unit, reason) | {"assumed": True}


def _code_of_programs(translated: bool, translator: CostBook) -> Entry:
    """What a program's start takes for code that is new to who translates a whole system."""
    name = "calibrated_exec_code"
    if not translated:
        return _entry(name, Figure(0.0, 0.0, 0.0), "ns", "kernel code is not translated: fork_exec_wait has it all")
    found = translator["exec_code"]
    figure = Figure(*(end / TICKS_PER_S for end in (found.low, found.value, found.high)))
    reason = "not measured: as QEMU's exec_code, a dynamically linked program; fork_exec_wait starts a static one"
    return _entry(name, figure, "ns", reason) | {"assumed": True}


def _unit(demand: Demand) -> str:
    return "ns/byte" if demand in (Demand.FILE_BYTES, Demand.WRITTEN_BYTES) else "ns"


def _tlb(micro: Micro, environment: str) -> Entry:
    mine, native = micro.of(environment).get("chase_512m"), micro.beside(environment).get("chase_512m")
    if mine is None or native is None:
        return _entry("calibrated_tlb_miss", Figure(1.0, 1.0, 1.0), "ratio", "not measured: as natively")
    ratio = Figure(*(end / native.figure.value for end in (mine.figure.low, mine.figure.value, mine.figure.high)))
    return _entry("calibrated_tlb_miss", _floor(ratio, 1.0), "ratio", f"chase_512m x {ratio.value:.3g}")


def _floor(figure: Figure, least: float = 0.0) -> Figure:
    """No less than natively."""
    return Figure(max(figure.low, least), max(figure.value, least), max(figure.high, least))


def _entry(name: str, figure: Figure, unit: str, source: str) -> Entry:
    scale = 1.0 if unit == "ratio" else 1e9
    low, value, high = (round(end * scale, 6) for end in (max(figure.low, 0.0), figure.value, figure.high))
    return {"name": name, "value": value, "low": low, "high": high, "unit": unit, "source": source}
