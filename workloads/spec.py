"""Workloads: what one operation asks for, who runs how many of them, and where the numbers come from.

A workload is a TOML file: a demand vector, an ordered list of input and output, tasks that run the operation over and
over. A `micro` workload has one demand and stands for a benchmark of it; a `macro` workload stands for an application,
and its `basis` says of every number whether it was measured, by whom, or assumed and why. User and kernel cycles are
cycles on the host chosen: a faster core does them faster, but not in fewer cycles.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simcore.demands import MOST_IO, SMALLER, GuestLock, Io, IoKind, Operation
from simcore.distributions import CONSTANT, EXPONENTIAL, Distribution
from simcore.errors import MISSING, InputError, unknown
from simcore.fields import Bytes, PerS, Seconds
from simcore.memory import Memory
from simcore.schema import LONGEST_TITLE, Described, read_toml, validated
from workloads._fields import Amounts, ByDemand, RefusedError, Variation, refusing

__all__ = ["Guest", "IoItem", "LockItem", "Run", "Tasks", "Workload", "load_workload", "workload_names"]

FOLDER = Path(__file__).parent / "catalogue"
NETWORK = ("send", "receive")
SIZED = ("disk_read", "disk_write", *NETWORK)


class Spec(BaseModel):
    """A part of a workload's file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Guest(Spec):
    """What a workload needs of its guest.

    Attributes:
        os: family of the operating system.
        isa: instruction set; empty for the host's own.
        modifiable: whether the guest's kernel may be changed, as para-virtualization must.
    """

    os: str = Field(default="linux", pattern=r"^[a-z0-9][a-z0-9-]*$")
    isa: Literal["", "x86", "x86-64", "itanium", "powerpc", "aarch64"] = ""
    modifiable: bool = True


class IoItem(Spec):
    """One entry of the list of input and output.

    Attributes:
        kind: what is done; a `wait` is for something outside the host.
        count: how often in an operation, on average; a fractional part is a probability.
        size: bytes of each (disk and network).
        packets: of each message (network): for what does not travel in full packets. As many as its size needs at the
            host's MTU unless stated.
        pattern: `random` pays seek and rotation on a rotating disk, `sequential` does not; random unless stated (disk).
        sync: whether the operation waits until the device is done; it does unless stated.
        wait: how long, on average (wait).
        distribution: how that varies; not at all unless stated.
    """

    kind: Literal["disk_read", "disk_write", "disk_flush", "send", "receive", "wait"]
    count: float = Field(default=1.0, gt=0.0)
    size_bytes: Bytes | None = Field(default=None, gt=0.0, le=2.0**40, alias="size")
    packets: float | None = Field(default=None, gt=0.0, le=1e9)
    pattern: Literal["random", "sequential"] | None = None
    sync: bool | None = None
    wait_s: Seconds | None = Field(default=None, gt=0.0, le=86400.0, alias="wait")
    distribution: Variation | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> IoItem:
        waits = self.kind == "wait"
        if self.count > MOST_IO:
            raise RefusedError("count", self.count, f"at most {MOST_IO} {SMALLER}")
        for name, value, fits in (
            ("size", self.size_bytes, self.kind in SIZED),
            ("packets", self.packets, self.kind in NETWORK),
            ("pattern", self.pattern, self.kind in ("disk_read", "disk_write")),
            ("sync", self.sync, not waits),
            ("wait", self.wait_s, waits),
            ("distribution", self.distribution, waits),
        ):
            if value is not None and not fits:
                raise RefusedError(name, value, f"no {name}: a {self.kind} has none")
        if self.size_bytes is None and self.kind in SIZED:
            raise RefusedError("size", MISSING, f"a size such as '4 KiB': a {self.kind} needs one")
        if self.wait_s is None and waits:
            raise RefusedError("wait", MISSING, "a time such as '10 ms'")
        return self

    @property
    def io(self) -> Io:
        """The item in the vocabulary of demands."""
        size_bytes = self.size_bytes or 0.0
        return Io(
            kind=IoKind(self.kind),
            count=self.count,
            size_bytes=size_bytes,
            packets=self.packets or 0.0,
            pattern=self.pattern or "random",
            sync=self.sync is not False,
            wait_s=self.wait_s or 0.0,
            distribution=self.distribution.distribution if self.distribution else CONSTANT,
        )


class LockItem(Spec):
    """Spin locks of the guest's kernel that an operation takes, one at a time.

    Attributes:
        name: locks of one name in one kernel are the same, whoever takes them.
        count: how often an operation takes one, evenly over its length.
        hold_cycles: how long it holds it, each time, as far as the processor knows the lock's data already.
        of: how many locks there are; each is taken as often.
        lines: cache lines that move when another processor had the lock last: its own, and those of what it guards.
        kind: `queued`, whose waiters each wait for a line of their own (Linux since 4.2), or `ticket`, whose waiters
            share one, so that it moves the slower the more there are (Linux 2.6.25 to 4.1).
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    count: int = Field(default=1, ge=1, le=MOST_IO)
    hold_cycles: float = Field(gt=0.0, le=1e12)
    of: int = Field(default=1, ge=1, le=10_000)
    lines: int = Field(default=1, ge=0, le=1000)
    kind: Literal["queued", "ticket"] = "queued"

    @property
    def lock(self) -> GuestLock:
        """The item in the vocabulary of demands."""
        return GuestLock(**dict(self))


class Tasks(Spec):
    """Who runs the operation.

    Attributes:
        count: tasks in each guest.
        arrivals: `closed`: each task thinks, then runs an operation, and so on; `open`: operations arrive by
            themselves and wait for a free task.
        think_s: mean think time (closed).
        rate_per_s: mean arrivals per second and guest (open).
        think: how think times vary; not at all unless stated.
        rate: how the times between arrivals vary; exponential unless stated.
    """

    count: int = Field(default=1, ge=1, le=10_000)
    arrivals: Literal["closed", "open"] = "closed"
    think_s: Seconds = Field(default=0.0, ge=0.0, le=86400.0, alias="think")
    think: Variation | None = Field(default=None, alias="think_distribution")
    rate_per_s: PerS = Field(default=0.0, ge=0.0, le=1e9, alias="rate")
    rate: Variation | None = Field(default=None, alias="rate_distribution")

    @model_validator(mode="after")
    def _one_way_to_arrive(self) -> Tasks:
        if self.arrivals == "open":
            if not self.rate_per_s:
                raise RefusedError("rate", self.rate_per_s, "a rate such as '100 / s': open arrivals need one")
            if self.think_s or self.think:
                raise RefusedError("think", self.think_s, "no think time: open arrivals have none")
        elif self.rate_per_s or self.rate:
            raise RefusedError("rate", self.rate_per_s, "no rate: closed arrivals have none")
        return self

    @property
    def think_distribution(self) -> Distribution:
        """How think times vary; constant unless stated."""
        return self.think.distribution if self.think else CONSTANT

    @property
    def rate_distribution(self) -> Distribution:
        """How the times between arrivals vary; exponential unless stated."""
        return self.rate.distribution if self.rate else EXPONENTIAL


class Run(Spec):
    """How long a replication is, unless the user says otherwise.

    Attributes:
        operations: measured in each.
    """

    operations: int = Field(default=2000, ge=1, le=10**9)


class Workload(Described):
    """What a guest asks for.

    Attributes:
        name: by which it is asked for.
        title: in a few words, for tables and figures.
        kind: `micro` has one demand and stands for a benchmark of it; `macro` stands for an application.
        unit: what one operation is.
        source: where the demand vector comes from.
        demands: mean number of each demand in an operation.
        varied: how some of them vary from operation to operation.
        basis: for a demand, an input or output, `tasks`, `memory`: its source, or "assumed: " and the reason.
        guest: what it needs of its guest.
        io: input and output, in the order in which an operation does it; at most 1000 items in all, since each is a
            step of its own. A job of more is described by a part of it, such as a hundredth.
        lock: locks of the guest's kernel that it takes, each a table `[[lock]]`.
        tasks: who runs the operation.
        memory: what each guest asks for; not counted unless stated.
        run: how long a replication is.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    kind: Literal["micro", "macro"]
    unit: str = Field(min_length=1, max_length=LONGEST_TITLE)
    source: str = Field(min_length=8)
    guest: Guest = Guest()
    demands: Amounts = Field(default_factory=dict)
    varied: ByDemand = Field(default_factory=dict)
    basis: dict[str, str] = Field(default_factory=dict)
    io: tuple[IoItem, ...] = Field(default=(), strict=False)
    lock: tuple[LockItem, ...] = Field(default=(), strict=False)
    tasks: Tasks = Tasks()
    memory: Memory | None = None
    run: Run = Run()

    @model_validator(mode="after")
    def _can_be_run(self) -> Workload:
        known = {
            *self.demands,
            *(item.kind for item in self.io),
            "tasks",
            "memory",
            *(f"lock.{item.name}" for item in self.lock),
        }
        for key, line in self.basis.items():
            if key not in known:
                raise refusing(unknown("", key, known), f"basis.{key}")
            if len(line) < 8 or "\n" in line:
                raise RefusedError(
                    f"basis.{key}", line, "one line of 8 characters or more: the source, or 'assumed: ' and the reason"
                )
        try:
            _ = self.operation
        except InputError as error:
            raise refusing(error, error.field) from None
        return self

    @functools.cached_property
    def operation(self) -> Operation:
        """What one operation asks for."""
        return Operation(
            demands=dict(self.demands),
            varied={demand: variation.distribution for demand, variation in self.varied.items()},
            io=tuple(item.io for item in self.io),
            locks=tuple(item.lock for item in self.lock),
        )

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other fields; its operation is made anew from them."""
        copy = super().model_copy(update=update, deep=deep)
        vars(copy).pop("operation", None)
        return copy

    @property
    def operations(self) -> int:
        """Operations measured in a replication, by default."""
        return self.run.operations


def workload_names() -> tuple[str, ...]:
    """The presets, sorted by name."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@functools.cache
def _preset(name: str) -> Workload:
    path = FOLDER / f"{name}.toml"
    return validated(Workload, read_toml(path), path.name)


def load_workload(name_or_path: str | Path) -> Workload:
    """A preset by name, or the workload that a TOML file describes.

    Raises:
        InputError: neither a preset nor a file, or a file that does not describe a workload.
    """
    name = str(name_or_path)
    if isinstance(name_or_path, Path) or name.endswith(".toml") or "/" in name:
        path = Path(name_or_path)
        return validated(Workload, read_toml(path), path.name)
    if name not in workload_names():
        raise unknown("--workload", name, workload_names())
    return _preset(name)
