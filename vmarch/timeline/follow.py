"""From the records of a run to the tracks of its timeline.

Records are followed as they come: what is kept is what is under way, so that a long run of which a short window is
wanted needs no memory. Where a stretch of running begins with switches, they come first; what is left of the visit
follows, layer after layer, in the order of the path.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from simcore.engines.records import PAID, Record, What
from simcore.model import Kind, Model, Serial
from vmarch.timeline.names import Names
from vmarch.timeline.requests import Requests
from vmarch.timeline.shares import Part, Shares
from vmarch.timeline.tracks import Timeline

__all__ = ["Follower"]

Key = tuple[int, int, int, int]  # class, task, operation, visit
FOUND = "busy: finds it without being told"  # what a busy domain is spared
SPINNING = "spins"  # what one does that waits for a lock, or wakes the next
POLLING = "polls"  # what a virtual processor without a task does on a core


@dataclass
class _Visit:
    """A visit under way: what of it is still to run, and how many switches it has paid for."""

    ticks: int
    parts: deque[Part] = field(default_factory=deque)
    asked: bool = False
    paid: int = 0


@dataclass
class _Core:
    """What runs on a core: since when, which virtual processor, whose visit, and whether it waits for a lock."""

    began: int = 0
    vcpu: int = -1
    key: Key | None = None
    spins: bool = False


class _Device:
    """A device: its queue, and which server serves whom since when."""

    def __init__(self, name: str, servers: int) -> None:
        self.name, self._servers = name, servers
        self.free = list(range(servers))
        self.queue: deque[Key] = deque()
        self.served: dict[Key, tuple[int, int]] = {}

    def line(self, server: int) -> str:
        """The name of a server's track."""
        return self.name if self._servers == 1 else f"{self.name}, channel {server}"


WAITS_AGAIN = {1: "preempted", 2: "held by its quota"}


class Follower:
    """Puts what the records say on a timeline."""

    def __init__(self, model: Model, shares: Shares, timeline: Timeline, wanted: int | None = None) -> None:
        self._model, self._shares, self._line = model, shares, timeline
        self._names = Names(model)
        self.requests = Requests(self._names, timeline, wanted)
        self._visits: dict[Key, _Visit] = {}
        self._cores = [_Core() for _ in range(model.cores)]
        self._devices = [_Device(one.name, one.servers) for one in model.stations]
        self._ready: dict[int, int] = {}  # since when virtual processors wait for a core
        self._holders: dict[int, tuple[int, Key]] = {}  # of locks and turns: since when, and who
        self._turns: set[tuple[int, int, int, int]] = set()  # walks that have their guest's turn
        self._held: list[int] = [0] * len(self._names.slots)  # slots of rings in use
        self._present = [0] * len(model.domains)
        self._left: dict[tuple[int, int, int], int] = {}  # walks of an operation under way
        self._asking: tuple[Key, bool] | None = None  # has just asked for a processor; whether a core fell free since
        self.now = 0
        self._does: dict[int, Callable[[Record], None]] = {
            What.BEGINS: self._begins,
            What.ENDS: self._ends,
            What.COMES: self._comes,
            What.LEAVES: self._leaves,
            What.ASKS: self._asks,
            What.READY: self._is_ready,
            What.RUNS: self._runs,
            What.STOPS: self._stops,
            What.WAITS: self._waits,
            What.TAKES: self._takes,
            What.GIVES: self._gives,
            What.FAILS: self._fails,
            What.POLLS: self._polls,
            What.SPINS: self._spins,
        }

    def follow(self, records: Iterable[Sequence[int]]) -> None:
        """Takes some more records, in order."""
        for numbers in records:
            one = Record(*numbers)
            self.now = one.at
            self._does[one.what](one)

    def close(self, now: int) -> None:
        """The run is over, or shall be followed no further: what is under way lasts until now."""
        for number, core in enumerate(self._cores):
            if core.vcpu >= 0:
                self._stretch(number, core, now)
        for device in self._devices:
            for key, (server, began) in device.served.items():
                self._served(device, server, began, now, key)
        for vcpu, since in self._ready.items():
            self._waited(vcpu, since, now)
        for slot, (since, key) in self._holders.items():
            self._kept(slot, since, now, key)
        self.requests.close(now)

    # operations and their visits

    def _begins(self, one: Record) -> None:
        self._shares.begins(*one[5:8])
        self._left[one[5:8]] = 1
        self.requests.begins(one)

    def _ends(self, one: Record) -> None:
        self.requests.ends(one)
        self._one_less(one[5:8])

    def _one_less(self, operation: tuple[int, int, int]) -> None:
        self._left[operation] -= 1
        if not self._left[operation]:
            del self._left[operation]
            self._shares.ends(*operation)
            self.requests.forget(operation)

    def _comes(self, one: Record) -> None:
        key = one[5:9]
        visit = self._model.classes[one.tasks].program.visits[one.visit]
        self._visits[key] = _Visit(one.more)
        self.requests.comes(one)
        if visit.kind is not Kind.CPU and (visit.serial is Serial.NO or self._walk(key) in self._turns):
            self._arrives(key, one.at)

    def _walk(self, key: Key) -> tuple[int, int, int, int]:
        return (*key[:3], self._names.tails[key[0]][key[3]])

    def _arrives(self, key: Key, now: int) -> None:
        """At a device, or outside."""
        visit = self._model.classes[key[0]].program.visits[key[3]]
        if visit.kind is not Kind.STATION:
            self.requests.served(key, now)
            return
        device = self._devices[visit.where]
        if device.free:
            self._serves(device, key, now)
        else:
            device.queue.append(key)
        self._line.counts(f"present at {device.name}", now, len(device.queue) + len(device.served))

    def _serves(self, device: _Device, key: Key, now: int) -> None:
        server = min(device.free)
        device.free.remove(server)
        device.served[key] = (server, now)
        self.requests.served(key, now)

    def _leaves(self, one: Record) -> None:
        key = one[5:9]
        visit = self._model.classes[one.tasks].program.visits[one.visit]
        state = self._visits.pop(key)
        if visit.kind is Kind.STATION:
            device = self._devices[visit.where]
            server, began = device.served.pop(key)
            self._served(device, server, began, one.at, key)
            device.free.append(server)
            if device.queue:
                self._serves(device, device.queue.popleft(), one.at)
            self._line.counts(f"present at {device.name}", one.at, len(device.queue) + len(device.served))
        elif state.asked:
            self._count_present(visit.where, one.at, -1)
        self.requests.leaves(one)

    def _served(self, device: _Device, server: int, began: int, ended: int, key: Key) -> None:
        what, request = self.requests.name(key[:3]), self.requests.number(key[:3])
        notes: dict[str, str | int] = {
            "request": request,
            "step": self._shares.words(key[0], key[3]),
            "ps": ended - began,
        }
        self._line.lasts("devices", device.line(server), "", began, ended, what, 0, self.requests.flow(key), **notes)

    # processors

    def _count_present(self, domain: int, now: int, more: int) -> None:
        self._present[domain] += more
        self._line.counts(f"present at {self._model.domains[domain].name}", now, self._present[domain])

    def _asks(self, one: Record) -> None:
        state = self._visits[one[5:9]]
        idle = one.more - state.ticks
        state.asked = True
        state.parts = deque(self._shares.of(*one[5:9], idle=idle))
        self._count_present(one.where, one.at, 1)
        if idle:
            domain = self._model.domains[one.where].name
            what = self._shares.words(one.tasks, one.visit, idle=True) or "notified"
            self._line.happens("domains", domain, "", one.at, what, request=self.requests.number(one[5:8]))
        elif one.paid and self._shares.pays_when_idle(*one[5:9]):
            domain = self._model.domains[one.where].name
            self._line.happens("domains", domain, "", one.at, FOUND, request=self.requests.number(one[5:8]))
        self._asking = (one[5:9], True) if one.paid else None

    def _wakes(self, one: Record, vcpu: int) -> None:
        """Tells of a wake-up if this visit has just asked and got a virtual processor that was idle."""
        asking, self._asking = self._asking, None
        if asking == (one[5:9], True):
            domain, name = self._names.vcpus[vcpu]
            request = self.requests.number(one[5:8])
            under = self._model.domains[domain].name
            self._line.happens("domains", name, under, one.at, "wake-up", request=request)

    def _is_ready(self, one: Record) -> None:
        self._ready.setdefault(one.where, one.at)  # one that was held wants a core again, and has waited since then
        if one.more:
            domain, name = self._names.vcpus[one.where]
            self._line.happens("domains", name, self._model.domains[domain].name, one.at, WAITS_AGAIN[one.more])
            if self._asking:
                self._asking = (self._asking[0], True)
        else:
            self._wakes(one, one.where)
        self._line.counts("waiting for a core", one.at, len(self._ready))

    def _waited(self, vcpu: int, since: int, now: int) -> None:
        domain, name = self._names.vcpus[vcpu]
        self._line.lasts("domains", name, self._model.domains[domain].name, since, now, "waits for a core")

    def _runs(self, one: Record) -> None:
        self._begins_stretch(one)
        self.requests.served(one[5:9], one.at)

    def _spins(self, one: Record) -> None:
        self._begins_stretch(one)
        self._cores[one.where].spins = True

    def _begins_stretch(self, one: Record) -> None:
        key, state = one[5:9], self._visits[one[5:9]]
        self._wakes(one, one.more)
        since = self._ready.pop(one.more, None)
        if since is not None:
            self._waited(one.more, since, one.at)
            self._line.counts("waiting for a core", one.at, len(self._ready))
        domain = self._model.domains[self._names.vcpus[one.more][0]]
        domains, tasks = (new - old for new, old in zip(divmod(one.paid, PAID), divmod(state.paid, PAID), strict=True))
        state.paid = one.paid
        switches = [(str(layer), "switch of domain", ticks) for layer, ticks in domain.entry] * domains
        switches += [(str(layer), "switch of task", ticks) for layer, ticks in domain.switch] * tasks
        state.parts.extendleft(reversed(switches))
        self._cores[one.where] = _Core(one.at, one.more, key)

    def _polls(self, one: Record) -> None:
        self._cores[one.where] = _Core(one.at, one.more)

    def _stops(self, one: Record) -> None:
        core = self._cores[one.where]
        self._stretch(one.where, core, one.at)
        self._cores[one.where] = _Core()
        if self._asking:
            self._asking = (self._asking[0], False)

    def _stretch(self, number: int, core: _Core, now: int) -> None:
        """A stretch of running is over: its layers, its domain, and the virtual processor's own track."""
        name = f"core {number}"
        domain, vcpu = self._names.vcpus[core.vcpu]
        if core.key is None:
            called = self._model.domains[domain].name
            self._line.lasts("cores", name, "", core.began, now, called, vcpu=vcpu, ps=now - core.began)
            self._line.lasts("cores", name, "", core.began, now, POLLING, 1)
            self._line.lasts("domains", vcpu, called, core.began, now, POLLING, core=number)
            return
        key = core.key
        called, flow, request = self._model.domains[domain].name, self.requests.flow(key), self.requests.number(key[:3])
        notes: dict[str, str | int] = {"request": request, "vcpu": vcpu, "ps": now - core.began}
        self._line.lasts("cores", name, "", core.began, now, called, 0, flow, **notes)
        what = self.requests.name(key[:3])
        self._line.lasts("domains", vcpu, called, core.began, now, what, request=request, core=number)
        if core.spins:
            self._line.lasts("cores", name, "", core.began, now, SPINNING, 1)
            return
        parts, at = self._visits[key].parts, core.began
        while at < now and parts:
            layer, words, ticks = parts.popleft()
            ran = min(ticks, now - at)
            if ran < ticks:
                parts.appendleft((layer, words, ticks - ran))
            self._line.lasts("cores", name, "", at, at + ran, layer, 1, 0, step=words)
            at += ran
        self.requests.stops(key, now)

    # locks, turns and rings

    def _waits(self, one: Record) -> None:
        self.requests.waits(one, self._names.slots[one.where])
        if self._names.is_ring(one.where):
            name = self._model.domains[self._model.classes[one.tasks].domain].name
            request = self.requests.number(one[5:8])
            self._line.happens("domains", name, "", one.at, f"{self._names.slots[one.where]} is full", request=request)

    def _takes(self, one: Record) -> None:
        key = one[5:9]
        self.requests.takes(one, self._names.slots[one.where])
        if self._names.is_ring(one.where):
            self._left[one[5:8]] += 1
            self._hold(one, 1)
            return
        self._holders[one.where] = (one.at, key)
        if self._names.is_turn(one.where):
            self._turns.add(self._walk(key))
            if self._model.classes[key[0]].program.visits[key[3]].kind is not Kind.CPU:
                self._arrives(key, one.at)

    def _gives(self, one: Record) -> None:
        if self._names.is_ring(one.where):
            self._hold(one, -1)
            self._one_less(one[5:8])
            return
        since, key = self._holders.pop(one.where)
        self._kept(one.where, since, one.at, key)
        if self._names.is_turn(one.where):
            self._turns.discard(self._walk(key))

    def _hold(self, one: Record, more: int) -> None:
        self._held[one.where] += more
        self._line.counts(f"slots of {self._names.slots[one.where]}", one.at, self._held[one.where])

    def _kept(self, slot: int, since: int, now: int, key: Key) -> None:
        what, request = self.requests.name(key[:3]), self.requests.number(key[:3])
        self._line.lasts("locks", self._names.slots[slot], "", since, now, what, request=request)

    def _fails(self, one: Record) -> None:
        self._line.happens("domains", self._model.domains[one.where].name, "", one.at, "fails")
