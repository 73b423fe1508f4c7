"""A model: what engines run, and all they know.

Everything is an integer count of ticks or an index. Paths have become programs: visits to a domain's processors, to a
station or to nothing, each lasting the sum of its rows. A row is one layer's share of a visit, linear in the variables
of the operation; rows marked idle are paid only where the visit finds its domain idle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from simcore.demands import Operation
from simcore.distributions import CONSTANT, UNIFORM, Distribution
from simcore.errors import InputError
from simcore.life.rules import Life
from simcore.path import ALWAYS, Layer
from simcore.polling import FOREVER, Polling
from simcore.program import Call, Kind, Lock, Program, Row, Serial, Step, Tail, Threads, Visit, visits_of
from simcore.spinning import KernelLock, Locks, Spinning

__all__ = [
    "Call",
    "Domain",
    "Fault",
    "KernelLock",
    "Kind",
    "Lock",
    "Locks",
    "Model",
    "Program",
    "Ring",
    "Row",
    "Serial",
    "Station",
    "Step",
    "Tail",
    "TaskClass",
    "Threads",
    "Varied",
    "Visit",
    "means_of",
    "visits_of",
]


@dataclass(frozen=True)
class Domain:
    """What the host schedules.

    Attributes:
        vcpus: tasks it can run at once.
        weight: its share, relative to others: a turn lasts the quantum times the weight over the mean weight.
        switch: ticks by layer of changing the task on a virtual processor.
        entry: ticks by layer that a core pays to go on with it after another domain.
        quota_ticks: time on cores of all its virtual processors in a period; 0 for no limit.
        period_ticks: of the quota; periods begin at multiples of it.
        cores: those that it may run on; empty for all.
        polling: how its idle virtual processors poll; None if they sleep at once.
        spinning: how they wait for locks; None for on and on.
    """

    name: str
    vcpus: int
    weight: float = 1.0
    switch: tuple[tuple[Layer, int], ...] = ()
    entry: tuple[tuple[Layer, int], ...] = ()
    quota_ticks: int = 0
    period_ticks: int = 0
    cores: tuple[int, ...] = ()
    polling: Polling | None = None
    spinning: Spinning | None = None

    def __post_init__(self) -> None:
        if self.vcpus < 1:
            raise InputError(f"{self.name}.vcpus", self.vcpus, "1 or more")
        if self.quota_ticks < 0 or (self.quota_ticks and self.period_ticks < 1):
            raise InputError(f"{self.name}.quota", self.quota_ticks, "0 or more ticks, in periods of at least one")
        if self.quota_ticks and self.polling and self.polling.most_ticks == FOREVER:
            raise InputError(f"{self.name}.quota", self.quota_ticks, "none for a domain that polls for ever")
        if not 0.0 < self.weight < float("inf"):
            raise InputError(f"{self.name}.weight", self.weight, "above 0")

    @property
    def switch_ticks(self) -> int:
        """Ticks of changing the task."""
        return sum(duration for _, duration in self.switch)

    @property
    def entry_ticks(self) -> int:
        """Ticks of changing the domain."""
        return sum(duration for _, duration in self.entry)


@dataclass(frozen=True)
class Station:
    """A device: `servers` at once, first come first served."""

    name: str
    servers: int

    def __post_init__(self) -> None:
        if self.servers < 1:
            raise InputError(f"{self.name}.servers", self.servers, "1 or more")


@dataclass(frozen=True)
class Ring:
    """A bounded number of background tails at once."""

    name: str
    slots: int

    def __post_init__(self) -> None:
        if self.slots < 1:
            raise InputError(f"{self.name}.slots", self.slots, "1 or more")


@dataclass(frozen=True)
class Varied:
    """How a variable is drawn; with a gate, only in operations in which that item happens."""

    distribution: Distribution
    gate: str | None = None


def means_of(operation: Operation) -> dict[str, float]:
    """The mean of each variable of an operation."""
    result = {ALWAYS: 1.0, **{demand.value: 1.0 for demand in operation.varied}}
    for slot, io in operation.slots:
        result[slot] = io.count
        for draw in ("access", "seek", "rotation", "wait"):
            result[f"{slot}.{draw}"] = io.count
    return result


@dataclass(frozen=True)
class TaskClass:
    """Tasks that are alike.

    Attributes:
        workload: names the random streams, with `guest` and the task's number.
        domain: the tasks' home, where their address spaces are.
        count: tasks (closed), or 1 (open).
        think_ticks: mean pause between operations (closed).
        interarrival_ticks: mean time between arrivals (open); 0 for closed.
        access: how the disk's own time varies.
        group: what is counted together: from 0 on, without a gap.
        start_ticks: when the tasks begin.
        threads: those that visits name; shared: the lock that visits of a back end hold besides, or -1.
        calls: the classes that it calls, by their places in the model.
        called: its operations begin when others call them, each at once; it has no pauses.
        locks: those that visits take by spinning.
    """

    workload: str
    guest: int
    domain: int
    count: int
    operation: Operation
    program: Program
    think_ticks: int = 0
    think: Distribution = CONSTANT
    interarrival_ticks: int = 0
    interarrival: Distribution = CONSTANT
    access: Distribution = CONSTANT
    group: int = 0
    start_ticks: int = 0
    threads: tuple[Threads, ...] = ()
    shared: int = -1
    calls: tuple[int, ...] = ()
    called: bool = False
    locks: tuple[Locks, ...] = ()

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InputError("tasks.count", self.count, "1 or more")
        if least := min(self.think_ticks, self.interarrival_ticks, self.start_ticks, 0):
            raise InputError("tasks", least, "times of 0 or more")

    @property
    def is_open(self) -> bool:
        """Whether operations arrive by themselves."""
        return self.interarrival_ticks > 0

    @property
    def overlap(self) -> bool:
        """Whether any number of operations may be under way: those that arrive, or that are called."""
        return self.is_open or self.called

    def share(self, thread: int) -> tuple[int, int, int, int]:
        """Threads that a visit names, as the first, how many, and what an operation and a task add to the choice."""
        one = self.threads[thread]
        return one.first, one.count, int(self.overlap or one.in_turn), int(not self.overlap)

    @cached_property
    def means(self) -> dict[str, float]:
        """The mean of each variable of an operation."""
        return means_of(self.operation)

    @cached_property
    def varied(self) -> dict[str, Varied]:
        """Every variable that is not the same in all operations."""
        result = {demand.value: Varied(distribution) for demand, distribution in self.operation.varied.items()}
        for slot, io in self.operation.slots:
            gate = slot if io.count < 1.0 else None
            if gate:
                result[slot] = Varied(CONSTANT, gate)
            draws = {"wait": io.distribution, "access": self.access, "seek": UNIFORM, "rotation": UNIFORM}
            for draw, distribution in draws.items():
                if gate or not distribution.is_constant:
                    result[f"{slot}.{draw}"] = Varied(distribution, gate)
        return {variable: item for variable, item in result.items() if item.gate or not item.distribution.is_constant}

    @cached_property
    def drawn(self) -> dict[str, Varied]:
        """Those of them that a row uses."""
        used = {variable for row in self.program.rows for variable, _ in row.ticks}
        return {variable: item for variable, item in self.varied.items() if variable in used}


@dataclass(frozen=True)
class Fault:
    """A domain that stops for good."""

    at_ticks: int
    domain: int


@dataclass(frozen=True)
class Model:
    """A host with its domains and their tasks.

    Attributes:
        cores: processors.
        quantum_ticks: a virtual processor's turn on a core while others wait, and a task's on a virtual processor.
        preempt: whether a woken virtual processor takes a core from one that was not woken.
        threads: what each is called, and each lock that such threads share.
        life: what happens to guests in the run, if anything does.
        locks: those that are waited for by spinning.
    """

    cores: int
    quantum_ticks: int
    domains: tuple[Domain, ...]
    stations: tuple[Station, ...]
    classes: tuple[TaskClass, ...]
    rings: tuple[Ring, ...] = ()
    preempt: bool = True
    faults: tuple[Fault, ...] = ()
    frequency_hz: float = 1e9
    threads: tuple[str, ...] = ()
    life: Life | None = None
    locks: tuple[KernelLock, ...] = ()

    def __post_init__(self) -> None:
        if self.cores < 1:
            raise InputError("cores", self.cores, "1 or more")
        if self.quantum_ticks < 1:
            raise InputError("quantum", self.quantum_ticks, "at least one tick (1 ps)")
        if not self.domains or not self.classes:
            raise InputError("model", "no domains or no tasks", "at least one of each")
        for domain in self.domains:
            if absent := [core for core in domain.cores if not 0 <= core < self.cores]:
                raise InputError(f"{domain.name}.cores", absent[0], f"0 to {self.cores - 1}")
            switches = domain.vcpus * self._switches(domain)
            if 0 < domain.quota_ticks <= switches:
                raise InputError(f"{domain.name}.quota", domain.quota_ticks, f"more than {switches} ticks of switching")

        for tasks in self.classes:
            last = max([tasks.shared, *(one.first + one.count - 1 for one in tasks.threads)], default=-1)
            most = max((visit.thread for visit in tasks.program.visits), default=-1)
            if last >= len(self.threads) or most >= len(tasks.threads):
                raise InputError("threads", max(last, most), "one of the model's and of the class's")

        for tasks in self.classes:
            last = max((one.first + one.count - 1 for one in tasks.locks), default=-1)
            taken = [visit for visit in tasks.program.visits if visit.spin >= 0]
            most = max((visit.spin for visit in taken), default=-1)
            if last >= len(self.locks) or most >= len(tasks.locks):
                raise InputError("locks", max(last, most), "one of the model's and of the class's")
            if any(visit.kind is not Kind.CPU or visit.lock is not Lock.NONE or visit.thread >= 0 for visit in taken):
                raise InputError("locks", tasks.workload, "spinning visits to processors only, which hold nothing else")

        for n, tasks in enumerate(self.classes):
            most = max((step.to for step in tasks.program.steps if isinstance(step, Call)), default=-1)
            wrong = [to for to in tasks.calls if not 0 <= to < len(self.classes) or not self.classes[to].called]
            if wrong or most >= len(tasks.calls):
                raise InputError("calls", wrong[0] if wrong else most, "a class that is called")
            tails = (step for step in tasks.program.steps if isinstance(step, Tail))
            if any(visit.client for tail in tails for visit in tail.visits):
                raise InputError("calls", tasks.workload, "the caller's own work in the foreground")
            if n in self._reached(n):
                raise InputError("calls", tasks.workload, "no cycle of clients")

    def _reached(self, start: int) -> set[int]:
        """The classes that one calls, and those that these call."""
        found: set[int] = set()
        new = set(self.classes[start].calls)
        while new:
            found |= new
            new = {to for one in new for to in self.classes[one].calls} - found
        return found

    @cached_property
    def groups(self) -> int:
        """How many groups of classes are counted apart."""
        return 1 + max(tasks.group for tasks in self.classes)

    @cached_property
    def longest(self) -> int:
        """Visits of the longest program."""
        return max(len(tasks.program.visits) for tasks in self.classes)

    @cached_property
    def pools(self) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
        """The sets of cores that domains may run on, each once, and for each domain the place of its own."""
        wanted = [tuple(sorted(set(domain.cores))) or tuple(range(self.cores)) for domain in self.domains]
        sets = tuple(dict.fromkeys(wanted))
        return sets, tuple(sets.index(one) for one in wanted)

    @cached_property
    def turn_ticks(self) -> tuple[int, ...]:
        """A turn of each domain's virtual processors on a core: the quantum times its share of the mean weight."""
        mean = sum(domain.weight for domain in self.domains) / len(self.domains)
        return tuple(max(round(self.quantum_ticks * domain.weight / mean), 1) for domain in self.domains)

    def _switches(self, domain: Domain) -> int:
        """The most that a turn of a domain may begin with."""
        return domain.entry_ticks + 2 * domain.switch_ticks + self._moves

    @cached_property
    def _moves(self) -> int:
        """The most that moving a preemptible lock may take."""
        vcpus = sum(one.vcpus for one in self.domains)
        return max((one.move_ticks + one.queue_ticks * vcpus for one in self.locks if one.preemptible), default=0)

    @cached_property
    def futile(self) -> InputError | None:
        """Why no work would be done for ever once turns must end: some begin with more switching than they last.

        A turn may begin with a change of domain and of task, and meet one more of task, and a preemptible lock may have
        to be moved: some work must fit too.
        """
        for domain, turn in zip(self.domains, self.turn_ticks, strict=True):
            switches = self._switches(domain)
            if switches and min(turn, self.quantum_ticks) <= switches:
                return InputError("quantum", f"a turn of {turn} ticks", f"more than {switches} ticks of switching")
        return None
