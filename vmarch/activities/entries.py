"""What a scenario file, or the option `--at`, says of further hosts and of what happens when."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from architectures.procedures import MEANINGS
from simcore.errors import InputError, unknown
from simcore.fields import Bytes, BytesPerS, Seconds
from simcore.memory import PAGE_BYTES
from simcore.schema import validated

__all__ = ["FIRST", "ActivityEntry", "MachineEntry", "activity_of"]

DOES = ("migrate", "drop-link", "stop-host", "stop-management")
SAID = {"migrate": "to", "grow": "memory", "shrink": "memory", "plug": "processors", "unplug": "processors"}
FIRST = "host-a"  # what the host of a file is called


class MachineEntry(BaseModel):
    """A further host on the network.

    Attributes:
        name: what activities and guests call it.
        host: a name of the catalogue, or the path of a file from this one; the first host's kind unless stated.
        cores: of it, in place of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    host: str = ""
    cores: int | None = Field(default=None, ge=1, le=4096)


class ActivityEntry(BaseModel):
    """Something that happens in the run.

    Attributes:
        at: when.
        do: migrate a guest, an operation of its life, or what breaks: the network, a host, or a host's management.
        guest: which one: the kind's name and its number from 0, such as 'web.1'; the number may be left out where there
            is one.
        to: the host it goes to, or the host that breaks.
        method: of a migration.
        rules: when its last round comes, and how fast it sends; those of the architecture's own software unless stated.
        limit: the most it sends in a second; what the network carries unless stated.
        ratio: bytes sent for each byte of memory, for compression.
        channels: connections that it sends over.
        disk: what is copied first of a disk that the hosts do not share, or that a full clone copies.
        memory: how much `shrink` takes, or `grow` gives back.
        processors: how many `plug` gives, or `unplug` takes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    at_s: Seconds = Field(ge=0.0, le=86400.0, alias="at")
    do: Literal[
        "migrate",
        "drop-link",
        "stop-host",
        "stop-management",
        "create",
        "destroy",
        "pause",
        "resume",
        "save",
        "restore",
        "lazy-restore",
        "snapshot",
        "roll-back",
        "clone",
        "full-clone",
        "instant-clone",
        "grow",
        "shrink",
        "plug",
        "unplug",
    ]
    guest: str = ""
    to: str = ""
    method: Literal["stop-and-copy", "pre-copy", "post-copy"] = "pre-copy"
    rules: str = ""
    limit_bytes_per_s: BytesPerS | None = Field(default=None, ge=1e3, le=1e12, alias="limit")
    ratio: float = Field(default=1.0, gt=0.0, le=1.0)
    channels: int = Field(default=1, ge=1, le=64)
    disk_bytes: Bytes = Field(default=0.0, ge=0.0, le=2.0**50, alias="disk")
    memory_bytes: Bytes | None = Field(default=None, ge=PAGE_BYTES, le=2.0**50, alias="memory")
    processors: int = Field(default=1, ge=1, le=4096)

    @property
    def is_operation(self) -> bool:
        """Whether it is an operation of a guest's life on the host where it is."""
        return self.do in MEANINGS


def activity_of(at: str, what: str, **more: Any) -> ActivityEntry:
    """What `--at 10s migrate:web.1:host-b` says: when, and what is done to whom and where, with colons between.

    After the guest comes where it is migrated to, how much `shrink` or `grow` moves, or how many processors `plug` or
    `unplug` does.

    Raises:
        InputError: not of that form, or a value out of range.
    """
    do, *rest = what.split(":")
    if do not in (*DOES, *MEANINGS):
        raise unknown("--at", do, (*DOES, *MEANINGS))
    names = ["guest", *([SAID[do]] if do in SAID else [])] if do in MEANINGS or do == "migrate" else ["to"]
    if len(rest) > len(names):
        raise InputError("--at", what, f"{do}:{':'.join(names)}")
    told: dict[str, Any] = dict(zip(names, rest, strict=False))
    if told.get("processors", "").isdecimal():
        told["processors"] = int(told["processors"])
    return validated(ActivityEntry, {"at": at, "do": do, **told, **more}, "--at")
