"""A guest's page that is not where the guest believes it to be: the host brings it back, unpacks or copies it.

    page in     guest ──exit, fault── host: submits ── disk ── host: wake-up*, interrupt, completes ── guest
    page out    the same, for the page that leaves, behind the guest's back
    unpack      guest ──exit, fault── host: unpacks the page, packs another ── guest
    copy        guest ──exit, fault── host: copies the shared page ── guest

The host's work is done by the guest's own processor, as a fault is.
"""

from __future__ import annotations

from dataclasses import replace

from architectures.mechanisms import devices
from architectures.mechanisms.base import CpuMechanism, Stages, charge, exits, guest, when_idle
from architectures.mechanisms.processor import HardwareAssist
from simcore.demands import Io, IoKind
from simcore.path import Layer, Stage

__all__ = ["PAGING", "paging"]

PAGING = (IoKind.PAGE_IN, IoKind.PAGE_OUT, IoKind.PAGE_UNPACK, IoKind.PAGE_COPY)


def paging(io: Io, cpu: CpuMechanism, layer: Layer) -> Stages:
    """One page brought back, put away, unpacked or copied.

    Args:
        layer: of whoever owns the machine's memory: the host's operating system, or the hypervisor.
    """
    trap = exits() if isinstance(cpu, HardwareAssist) else ()
    fault = guest(*trap, "page_fault", label="page fault of the host", layer=layer)
    match io.kind:
        case IoKind.PAGE_COPY:
            return (fault, guest(("file_byte", io.size_bytes), label="copy of a shared page", layer=layer))
        case IoKind.PAGE_UNPACK:
            return (fault, guest("page_unpack", "page_pack", label="unpacks a page, packs another", layer=layer))
        case IoKind.PAGE_OUT:
            return (*_disk(replace(io, kind=IoKind.DISK_WRITE), layer),)
        case _:
            return (fault, *_disk(replace(io, kind=IoKind.DISK_READ), layer))


def _disk(io: Io, layer: Layer) -> Stages:
    def host(*amounts: str, label: str) -> Stage:
        return guest(*amounts, label=label, layer=layer)

    half = charge("block_request", 0.5)
    return (
        guest(half, label="block layer: submit", layer=layer),
        *devices.disk(io),
        when_idle(host("wake_up", label="wake-up from idle")),
        host("interrupt", label="interrupt"),
        guest(half, label="block layer: complete", layer=layer),
    )
