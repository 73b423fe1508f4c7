"""Small models: programs of a few visits, closed and open tasks, and runs that check themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simcore.checks import check
from simcore.demands import Demand, Operation
from simcore.distributions import CONSTANT, EXPONENTIAL, Distribution
from simcore.engines import AUTO, Observer, engine
from simcore.engines.records import Recorder
from simcore.model import (
    Domain,
    Fault,
    Kind,
    Lock,
    Model,
    Program,
    Ring,
    Row,
    Serial,
    Station,
    Tail,
    TaskClass,
    Visit,
)
from simcore.path import ALWAYS, Layer
from simcore.polling import Polling
from simcore.spinning import KernelLock, Locks, Spinning
from simcore.totals import Settings, Window

__all__ = [
    "FOREVER",
    "US",
    "A",
    "B",
    "Behind",
    "C",
    "D",
    "To",
    "arriving",
    "at",
    "behind",
    "closed",
    "cpu",
    "delay",
    "model",
    "program",
    "response",
    "run",
]

US = 10**6  # ticks of a microsecond
ENGINE = AUTO  # what runs a model if nothing is said
FOREVER = 10**15  # a quantum that never ends: first come, first served

# Names of variables: each has a random stream of its own.
A, B, C, D = Demand.USER_CYCLES, Demand.KERNEL_CYCLES, Demand.SYSTEM_CALLS, Demand.EXCEPTIONS


@dataclass(frozen=True)
class To:
    """A visit to be."""

    kind: Kind
    where: int
    rows: tuple[Row, ...]
    lock: Lock = Lock.NONE
    serial: Serial = Serial.NO
    spin: int = -1


@dataclass(frozen=True)
class Behind:
    """A tail to be."""

    ring: int
    visits: tuple[To, ...]


def cpu(
    ticks: float,
    domain: int = 0,
    *,
    by: str = ALWAYS,
    idle: float = 0,
    asleep: float = 0,
    lock: Lock = Lock.NONE,
    layer: Layer = Layer.USER,
    spin: int = -1,
) -> To:
    """Processors of a domain; `idle` ticks more where they are idle, and `asleep` more where they do not even poll."""
    rows = (Row(layer, ((by, ticks),)),) if ticks else ()
    wake = (Row(Layer.GUEST_KERNEL, ((ALWAYS, idle),), idle=True),) if idle else ()
    sleep = (Row(Layer.VMM, ((by, asleep),), idle=True, asleep=True),) if asleep else ()
    return To(Kind.CPU, domain, sleep + wake + rows, lock, spin=spin)


def at(station: int, ticks: float, *, by: str = ALWAYS) -> To:
    """A station."""
    return To(Kind.STATION, station, (Row(Layer.DEVICE, ((by, ticks),)),))


def delay(ticks: float, *, by: str = ALWAYS) -> To:
    """Nothing, for a while."""
    return To(Kind.DELAY, 0, (Row(Layer.WIRE, ((by, ticks),)),))


def behind(*visits: To, ring: int = 0) -> Behind:
    """Visits in the background."""
    return Behind(ring, visits)


def program(*steps: To | Behind) -> Program:
    """The program of some steps."""
    rows: list[Row] = []
    count = 0

    def visit(to: To) -> Visit:
        nonlocal count
        rows.extend(to.rows)
        count += 1
        return Visit(
            count - 1, to.kind, to.where, len(rows) - len(to.rows), len(rows), to.lock, to.serial, spin=to.spin
        )

    made = [
        Tail(step.ring, tuple(visit(to) for to in step.visits)) if isinstance(step, Behind) else visit(step)
        for step in steps
    ]
    return Program(tuple(made), tuple(rows))


def closed(
    *steps: To | Behind,
    count: int = 1,
    think: int = 0,
    thinking: Distribution = CONSTANT,
    varied: Mapping[Demand, Distribution] | None = None,
    domain: int = 0,
    name: str = "closed",
    locks: tuple[Locks, ...] = (),
) -> TaskClass:
    """Tasks that begin anew when they have thought."""
    return TaskClass(name, 0, domain, count, _operation(varied), program(*steps), think, thinking, locks=locks)


def arriving(
    *steps: To | Behind,
    every: int,
    arrival: Distribution = EXPONENTIAL,
    varied: Mapping[Demand, Distribution] | None = None,
    domain: int = 0,
    name: str = "open",
) -> TaskClass:
    """Operations that arrive by themselves, every so many ticks."""
    operation = _operation(varied)
    return TaskClass(name, 0, domain, 1, operation, program(*steps), interarrival_ticks=every, interarrival=arrival)


def _operation(varied: Mapping[Demand, Distribution] | None) -> Operation:
    varied = dict(varied or {})
    return Operation(demands=dict.fromkeys(varied, 1.0) or {A: 1.0}, varied=varied)


def model(
    *classes: TaskClass,
    cores: int = 1,
    vcpus: tuple[int, ...] = (1,),
    weights: tuple[float, ...] = (),
    servers: tuple[int, ...] = (),
    slots: tuple[int, ...] = (),
    quantum: int = FOREVER,
    task_switch: int = 0,
    domain_switch: int = 0,
    preempt: bool = True,
    faults: tuple[tuple[int, int], ...] = (),
    polling: tuple[Polling | None, ...] = (),
    spinning: tuple[Spinning | None, ...] = (),
    locks: tuple[KernelLock, ...] = (),
) -> Model:
    """A model with a domain for each number of virtual processors, a station for each number of servers, and so on."""
    switch = ((Layer.GUEST_KERNEL, task_switch),) if task_switch else ()
    entry = ((Layer.VMM, domain_switch),) if domain_switch else ()
    given, nothing = weights or (1.0,) * len(vcpus), (None,) * len(vcpus)
    return Model(
        cores=cores,
        quantum_ticks=quantum,
        domains=tuple(
            Domain(f"domain {n}", many, weight, switch, entry, polling=polls, spinning=spins)
            for n, (many, weight, polls, spins) in enumerate(
                zip(vcpus, given, polling or nothing, spinning or nothing, strict=True)
            )
        ),
        stations=tuple(Station(f"station {n}", many) for n, many in enumerate(servers)),
        classes=classes,
        rings=tuple(Ring(f"ring {n}", many) for n, many in enumerate(slots)),
        preempt=preempt,
        faults=tuple(Fault(*fault) for fault in faults),
        locks=locks,
    )


def run(
    model: Model,
    operations: int | tuple[int, ...] = 1000,
    *,
    seed: int = 1,
    replication: int = 0,
    warmup: int | tuple[int, ...] = 0,
    horizon: int | None = None,
    deterministic: bool = False,
    observer: Observer | None = None,
    recorder: Recorder | None = None,
    name: str = "",
) -> Window:
    """A run that obeys every law."""
    settings = Settings(
        seed=seed,
        replication=replication,
        operations=operations,
        warmup=warmup,
        horizon_ticks=horizon,
        deterministic=deterministic,
    )
    window = engine(name or ENGINE)(model, settings, observer, recorder)
    check(model, window)
    return window


def response(window: Window, of: int = 0) -> float:
    """Mean response time of a class in ticks."""
    totals = window.measured.classes[of]
    return totals.response / totals.completed
