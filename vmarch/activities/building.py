"""From hosts on a network to one model: the hosts' models side by side, and the classes that do activities' work.

Each host's model is what it would be alone, with the guests that come to it later already there: so a guest's visits on
another host are those that the same guest would make if it had begun there. What of such a visitor is its own (its
virtual processors, its I/O threads) is the guest's own, which moves; what the host shares (devices, the driver domain)
is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from simcore.demands import Demand, Operation
from simcore.errors import InputError
from simcore.life.activity import Guest, Script
from simcore.life.conductor import Failure, Plan
from simcore.life.migration import Migration
from simcore.life.rules import Life, Paging
from simcore.model import Domain, Model, Program, Ring, Station, TaskClass
from simcore.spinning import KernelLock
from simcore.units import ticks
from vmarch.activities.cluster import Cluster, Machine, check_coming
from vmarch.activities.doing import MAKES, Spot, later_pages, leaves_pages, scripted
from vmarch.activities.entries import ActivityEntry
from vmarch.activities.programs import Shifts, alike, elsewhere, placed
from vmarch.activities.resizing import sizes_of
from vmarch.activities.rules import rules_for
from vmarch.activities.work import (
    CHUNK_BYTES,
    TRACK_PAGES,
    Chunks,
    carried_bytes_per_s,
    one_page,
    sending,
    tracking,
    waiting,
)
from vmarch.scenario import Scenario, assemble

__all__ = ["Built", "Timing", "built"]

WINDOW = 8  # chunks under way at once on one connection: as many as fill a link of 25 Gbit/s, where processors allow
NOTHING = Operation(demands={Demand.USER_CYCLES: 1.0})
MANAGEMENT = "host OS"  # the domain of a host's own software, where no other has its place


@dataclass(frozen=True)
class Timing:
    """When totals are kept, and how long a run goes on when all is over."""

    slice_s: float
    after_s: float


@dataclass(frozen=True)
class Built:
    """A model of what happens, and what its numbers mean.

    Attributes:
        groups: names of what is counted together, in the model's order; activities are the last, without a name.
        guests: by name, those that something happens to, with the place of their group.
    """

    model: Model
    groups: tuple[str, ...]
    guests: dict[str, tuple[Guest, int]]


@dataclass
class _Place:
    """Where a host is in the joined model."""

    machine: Machine
    cores: int
    stations: int
    domains: dict[str, int]
    management: int
    daemon: int = -1

    @property
    def prefix(self) -> str:
        """What the names of its parts begin with; nothing for the first host."""
        return f"{self.machine.name}: " if self.cores else ""


class _Builder:
    def __init__(self, cluster: Cluster, timing: Timing) -> None:
        self.cluster, self.timing = cluster, timing
        self.domains: list[Domain] = []
        self.stations: list[Station] = []
        self.rings: list[Ring] = []
        self.threads: list[str] = []
        self.locks: list[KernelLock] = []
        self.classes: list[TaskClass] = []
        self.groups: list[str] = []
        self.directed: list[int] = []
        self.places: dict[str, _Place] = {}
        self.cores = 0
        self.programs: dict[int, tuple[Program, ...]] = {}
        self.guests: dict[str, Guest] = {}
        self.sizes: dict[str, dict[int, int]] = {}  # of a guest, the domain that stands for a number of processors
        self.group_of: dict[str, int] = {}

    def build(self) -> Built:
        cluster = self.cluster
        moves = [entry for entry in cluster.activities if entry.do == "migrate"]
        visitors = {machine.name: list[tuple[str, Scenario]]() for machine in cluster.machines}
        for entry in moves:
            _, kind, _ = cluster.guest(entry.guest)
            if all(entry.guest != name for name, _ in visitors[entry.to]):
                visitors[entry.to].append((entry.guest, kind))
        models = {machine.name: self._host(machine, visitors[machine.name]) for machine in cluster.machines}
        for entry in cluster.activities:
            if entry.do == "migrate" or entry.is_operation:
                self._guest(entry.guest, models)
        directed = len(self.groups)
        activities: list[Migration | Script] = []
        failures, paging = [], []
        for entry in cluster.activities:
            if entry.do == "migrate":
                migration, page = self._migration(entry, directed)
                activities.append(migration)
                paging += [page] if entry.method == "post-copy" else []
            elif entry.is_operation:
                activities.append(self._operation(entry, directed))
                paging += self._pages(entry)
            else:
                failures.append(self._failure(entry, directed))
        paging = list(dict.fromkeys(paging))
        for n, page in enumerate(paging):
            if twice := next((one for one in paging[:n] if one.tasks == page.tasks), None):
                whose = next(name for name, guest in self.guests.items() if guest.tasks == twice.tasks)
                raise InputError("activity", f"several of {whose}", "one way in which its pages come later in a run")
        sampler = self._class(waiting(), 0, directed)
        plan = Plan(tuple(activities), tuple(failures), sampler, ticks(self.timing.slice_s), ticks(self.timing.after_s))
        programs = tuple(one for one in self.programs.items() if len(one[1]) > 1)
        made = (self.guests[entry.guest].tasks for entry in cluster.activities if entry.do in MAKES)
        first = models[cluster.machines[0].name]
        model = Model(
            cores=self.cores,
            quantum_ticks=first.quantum_ticks,
            domains=tuple(self.domains),
            stations=tuple(self.stations),
            classes=tuple(self.classes),
            rings=tuple(self.rings),
            preempt=first.preempt,
            frequency_hz=first.frequency_hz,
            threads=tuple(self.threads),
            locks=tuple(self.locks),
            life=Life(plan, tuple(self.directed), tuple(dict.fromkeys(made)), programs, tuple(paging)),
        )
        named = {name: (guest, self.group_of[name]) for name, guest in self.guests.items()}
        return Built(model, (*self.groups, ""), named)

    def _host(self, machine: Machine, visitors: Sequence[tuple[str, Scenario]]) -> Model:
        """Adds a host's own domains, devices, rings and tasks; returns its model with those that will come."""
        coming = [
            replace(kind, host=machine.host, guests=1, name=f"visitor {n}", operations=None, start_s=0.0)
            for n, (_, kind) in enumerate(visitors)
        ]
        groups = [*machine.groups, *coming]
        for n, one in enumerate(groups):
            for other in groups[:n]:
                one.architecture.check_beside(other.architecture)
        if coming:
            check_coming(machine, coming)
        model = assemble(machine.host, groups) if groups else None
        own = range(self.cores, self.cores + machine.host.cores)
        place = _Place(machine, self.cores, len(self.stations), {}, -1)
        prefix = place.prefix
        ring_shift = len(self.rings)
        apart = len(self.cluster.machines) > 1
        for domain in model.domains if model else ():
            if domain.name.startswith("visitor "):
                continue
            place.domains[domain.name] = len(self.domains)
            cores = tuple(core + self.cores for core in domain.cores) or (tuple(own) if apart else ())
            self.domains.append(replace(domain, name=f"{prefix}{domain.name}", cores=cores))
        named = next((name for name in ("driver domain", "kernel") if name in place.domains), "")
        if named:
            place.management = place.domains[named]
        else:
            entry = next((d.entry for d in model.domains if d.entry), ()) if model else ()
            place.management = len(self.domains)
            cores = tuple(own) if apart else ()
            self.domains.append(Domain(f"{prefix}{MANAGEMENT}", machine.host.cores, entry=entry, cores=cores))
        self.places[machine.name] = place
        if model is None:
            raise InputError("machine", machine.name, "a host with guests, or that a guest goes to")
        self.stations += [replace(one, name=f"{prefix}{one.name}") for one in model.stations]
        self.rings += [replace(r, name=f"{prefix}{r.name}") for r in model.rings if not r.name.startswith("visitor ")]
        local = list(model.domains)
        where = {n: place.domains[d.name] for n, d in enumerate(local) if d.name in place.domains}
        own_classes = [n for n, tasks in enumerate(model.classes) if tasks.group < len(machine.groups)]
        numbers = {n: len(self.classes) + k for k, n in enumerate(own_classes)}
        shifts = Shifts(len(self.groups), len(self.threads), len(self.locks))
        for tasks in (model.classes[n] for n in own_classes):
            program = placed(tasks.program, where, place.stations, ring_shift)
            self.classes.append(shifts.of(tasks, where[tasks.domain], program, numbers))
        self.threads += [f"{prefix}{name}" for name in model.threads]
        self.locks += [replace(one, name=f"{prefix}{one.name}") for one in model.locks]
        self.groups += [group.called for group in machine.groups]
        self.cores += machine.host.cores
        return model

    def _guest(self, name: str, models: Mapping[str, Model]) -> None:
        """A guest that moves: its domains, and its program on each host that it comes to."""
        if name in self.guests:
            return
        cluster = self.cluster
        machine, kind, number = cluster.guest(name)
        if kind.architecture.placement == "bare":
            raise InputError("guest", name, f"a guest that can be moved: {kind.architecture.name} has none")
        targets = [entry.to for entry in cluster.activities if entry.guest == name and entry.do == "migrate"]
        for target in targets:
            kind.check_on(cluster.machine(target).host)
        place = self.places[machine.name]
        home = next(
            n
            for n, tasks in enumerate(self.classes)
            if (tasks.workload, tasks.guest) == (kind.called, number) and not tasks.workload.startswith("activity")
        )
        mine = self.classes[home]
        own = [d for d, domain in enumerate(self.domains) if domain.name in _own_names(kind, number, place)]
        own.sort(key=lambda domain: domain != mine.domain)
        programs = {machine.name: mine.program}
        for target in dict.fromkeys(targets):
            if target != machine.name:
                programs[target] = self._there(name, target, models[target], mine, own)
        hosts = tuple((host, self.places[host].management) for host in programs)
        domain = self.domains[mine.domain]
        quota = (domain.quota_ticks, domain.period_ticks) if domain.quota_ticks else (0, 1)
        sizes = self._sizes(name, kind, mine.domain)
        self.programs[home] = tuple(
            elsewhere(program, mine.domain, size) for program in programs.values() for size in sizes
        )
        also = tuple(size for size in sizes if size != mine.domain)
        self.guests[name] = Guest(name, home, (*own, *also), hosts, quota, sizes if also else ())
        if kind.guests > 1:
            self.group_of[name] = len(self.groups)
            self.classes[home] = replace(mine, group=len(self.groups))
            self.groups.append(name)
        else:
            self.group_of[name] = mine.group

    def _sizes(self, name: str, kind: Scenario, home: int) -> tuple[int, ...]:
        """A domain for each number of processors that a guest has at some time, that at first before the others."""
        like = self.domains[home]
        software = kind.architecture.capabilities.host_software
        courses = sizes_of(name, self.cluster.activities, like.vcpus, kind.workload.memory, software)
        domains = {like.vcpus: home}
        for number in (after.processors for _, _, after in courses):
            if number not in domains:
                domains[number] = len(self.domains)
                self.domains.append(replace(like, name=f"{like.name} with {number}", vcpus=number))
        late = next((one.do for one, _, _ in courses if leaves_pages(one, kind.architecture)), "")
        if late and len(domains) > 1:
            raise InputError(
                "do", late, f"no guest whose processors change, as {name}: pages that come later wait for them"
            )
        self.sizes[name] = domains
        return tuple(domains.values())

    def _sized(self, entry: ActivityEntry, kind: Scenario) -> tuple[Guest, Guest]:
        """The guest of an activity, with the processors that it has before and after it."""
        guest, domains = self.guests[entry.guest], self.sizes[entry.guest]
        first = self.domains[guest.domains[0]].vcpus
        software = kind.architecture.capabilities.host_software
        courses = sizes_of(entry.guest, self.cluster.activities, first, kind.workload.memory, software)
        before, after = next((before, after) for one, before, after in courses if one is entry)

        def having(processors: int) -> Guest:
            now = domains[processors]
            return replace(guest, domains=(now, *(one for one in guest.domains if one != now)))

        return having(before.processors), having(after.processors)

    def _there(self, name: str, target: str, model: Model, mine: TaskClass, own: Sequence[int]) -> Program:
        """A guest's program on another host."""
        place, visitors = self.places[target], []
        for entry in self.cluster.activities:
            if entry.do == "migrate" and entry.to == target and entry.guest not in visitors:
                visitors.append(entry.guest)
        group = len(place.machine.groups) + visitors.index(name)
        visitor = next(tasks for tasks in model.classes if tasks.group == group)
        if visitor.program.rows != mine.program.rows:
            raise InputError("to", target, "a host of the same kind: what a guest's work costs would change on the way")
        theirs = [n for n, d in enumerate(model.domains) if d.name.startswith(f"visitor {visitors.index(name)} ")]
        theirs.sort(key=lambda domain: domain != visitor.domain)
        where = {n: place.domains[d.name] for n, d in enumerate(model.domains) if d.name in place.domains}
        where |= dict(zip(theirs, own, strict=True))
        return alike(mine.program, visitor.program, where, place.stations)

    def _class(self, program: Program, domain: int, group: int, count: int = 1) -> int:
        """A directed class."""
        number = len(self.classes)
        self.classes.append(
            TaskClass(f"activity {len(self.directed)}", 0, domain, count, NOTHING, program, group=group)
        )
        self.directed.append(number)
        return number

    def _migration(self, entry: ActivityEntry, group: int) -> tuple[Migration, Paging]:
        machine, kind, _ = self.cluster.guest(entry.guest)
        memory, (guest, _) = kind.workload.memory, self._sized(entry, kind)
        if memory is None:
            raise InputError("guest.memory", "none", f"a memory of {entry.guest}, which is to be sent")
        source = self._source(entry, machine.name)
        here, there = self.places[source], self.places[entry.to]
        book, host = kind.book, machine.host
        chunks = Chunks(here.management, there.management, here.stations, there.stations)
        send = self._class(sending(chunks, host, book), here.management, group, WINDOW * entry.channels)
        track = self._class(tracking(guest.domains[0], book), guest.domains[0], group)
        most = carried_bytes_per_s(host)
        rate = min(most, entry.limit_bytes_per_s or most)
        vcpus = self.domains[guest.domains[0]].vcpus
        migration = Migration(
            ticks(entry.at_s),
            self._class(waiting(), 0, group),
            guest,
            source,
            entry.to,
            memory,
            rules_for(entry, kind.architecture),
            send,
            rate,
            memory.resident_bytes,
            CHUNK_BYTES,
            track if entry.method == "pre-copy" else -1,
            TRACK_PAGES,
            vcpus * 10**10,
            entry.disk_bytes,
        )
        delay, service = one_page(host, book)
        return migration, Paging(guest.tasks, delay, here.stations + 2, service)

    def _operation(self, entry: ActivityEntry, group: int) -> Script:
        machine, kind, _ = self.cluster.guest(entry.guest)
        (guest, after), place = self._sized(entry, kind), self.places[self._source(entry, machine.name)]
        spot = Spot(place.machine.name, place.management, self._daemon(place), guest.domains[0], place.stations)
        where = dict(enumerate((spot.management, spot.daemon, spot.guest)))

        def directed(program: Program) -> int:
            return self._class(placed(program, where, place.stations, 0), spot.management, group)

        before = sum(one.guests for one in machine.groups) - sum(
            one.do in MAKES and one.at_s >= entry.at_s for one in self.cluster.activities
        )
        clock = self._class(waiting(), 0, group)
        return scripted(entry, guest, kind, machine.host, spot, clock, max(before, 0), after, directed)

    def _pages(self, entry: ActivityEntry) -> list[Paging]:
        machine, kind, _ = self.cluster.guest(entry.guest)
        place = self.places[self._source(entry, machine.name)]
        found = later_pages(entry.do, self.guests[entry.guest].tasks, place.stations, kind, machine.host)
        return [found] if found else []

    def _daemon(self, place: _Place) -> int:
        """What does one thing at a time for all guests of a host: a domain of one processor, made when it is needed."""
        if place.daemon < 0:
            place.daemon = len(self.domains)
            like = self.domains[place.management]
            self.domains.append(replace(like, name=f"{like.name}: daemon", vcpus=1))
        return place.daemon

    def _source(self, entry: ActivityEntry, first: str) -> str:
        """Where a guest is when a migration begins: where the one before took it."""
        moves = (one for one in self.cluster.activities if one.do == "migrate" and one.guest == entry.guest)
        before = [one for one in moves if one.at_s < entry.at_s]
        return max(before, key=lambda one: one.at_s).to if before else first

    def _failure(self, entry: ActivityEntry, group: int) -> Failure:
        clock = self._class(waiting(), 0, group)
        if entry.do == "drop-link":
            return Failure(ticks(entry.at_s), "link", clock)
        place = self.places[entry.to]
        what = entry.do.removeprefix("stop-")
        guests = [g.domains for g in self.guests.values() if dict(g.places).get(entry.to) == place.management]
        here = set(place.domains.values()) | {place.management}
        if what == "management":
            return Failure(ticks(entry.at_s), what, clock, entry.to, (place.management,))
        movable = {domain for domains in guests for domain in domains}
        return Failure(ticks(entry.at_s), what, clock, entry.to, tuple(sorted(here - movable)))


def built(cluster: Cluster, timing: Timing) -> Built:
    """The model of what happens on hosts on a network.

    Raises:
        CapabilityError: a host that a guest cannot run on, with the reason.
        InputError: a guest without a memory, or hosts whose costs differ.
    """
    return _Builder(cluster, timing).build()


def _own_names(kind: Scenario, number: int, place: _Place) -> set[str]:
    """What the domains that are a guest's own are called in the joined model."""
    whose = f"{kind.name} " if kind.name else ""
    return {f"{place.prefix}{whose}{what} {number}" for what in ("guest", "I/O threads")}
