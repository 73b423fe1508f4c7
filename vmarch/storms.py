"""Operations of a guest's life on a host: one alone, and many at once.

Each guest's operation is a task of its own, its program the steps of the procedure; who does them is shared, as the
host is: the management domain, a daemon that does one thing at a time, the processors and the disk. At once means that
all begin together; in a loop, that each begins again when it has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from architectures import Architecture
from architectures.placement import PLACEMENTS
from architectures.procedures import Guest, Phase, Procedure, phases, procedure_book, procedure_of
from simcore.costs import CostBook
from simcore.demands import Demand, Operation
from simcore.engines import AUTO, engine
from simcore.errors import MISSING, InputError
from simcore.hosts import Host
from simcore.lowering import lower, stations, unit_ticks
from simcore.model import Domain, Model, Program, TaskClass
from simcore.path import Path, Role, StageKind
from simcore.statistics.histogram import quantile
from simcore.summing import added
from simcore.totals import Settings
from simcore.units import TICKS_PER_S, seconds, ticks
from vmarch.starting import Script, Started, settled

__all__ = ["MOST_AT_ONCE", "Storm", "Times"]

MOST_AT_ONCE = 10_000
LOOPS = 6  # operations of each guest in a loop, of which the first is left out
USUAL = Guest()
NOTHING = Operation(demands={Demand.USER_CYCLES: 1.0})  # a program of steps needs no demands


@dataclass(frozen=True)
class Times:
    """How long each guest's operation took, in seconds, in the order in which they began.

    Attributes:
        each: one for each guest; in a loop its mean.
        median: of all operations.
        busy: share of the host's processors that were busy until the last ended.
    """

    each: tuple[float, ...]
    median: float
    busy: float

    @property
    def last(self) -> float:
        """The longest."""
        return max(self.each)


@dataclass(frozen=True)
class Storm:
    """An operation for several guests at once.

    Attributes:
        operation: what is done, such as `create`.
        guest: for what guests; of `guests` there are that many before the first.
        at_once: for how many.
        loop: whether each begins again when it has ended, as tests do that keep a number under way.
        overrides: costs by name, in place of the tables'.
        script: of a loop, what one program starts for each guest, one after the other; None where nobody does.

    Raises:
        InputError: a number out of range, an unknown operation or cost.
        CapabilityError: the architecture has no such operation, or cannot run on this host.
    """

    architecture: Architecture
    host: Host
    operation: str
    guest: Guest = USUAL
    at_once: int = 1
    loop: bool = False
    overrides: Mapping[str, float | str] | None = None
    script: Script | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.at_once <= MOST_AT_ONCE:
            raise InputError("at once", self.at_once, f"1 to {MOST_AT_ONCE}")
        if self.script and not self.loop:
            raise InputError("script", "true", "false, unless guests are made in a loop")
        self.architecture.check(self.host, guest_os=self.host.os, guest_isa="", modifiable=True)
        self.procedure.of(self.operation)

    @cached_property
    def procedure(self) -> Procedure:
        """Whose steps these are."""
        return procedure_of(self.architecture)

    @cached_property
    def book(self) -> CostBook:
        """All costs on the host."""
        return procedure_book(self.architecture, self.host, self.overrides)

    def phases(self, number: int = 0) -> tuple[Phase, ...]:
        """The phases of one guest's operation; later guests meet those before them."""
        before = 0 if self.loop else number
        return phases(self.procedure, self.operation, replace(self.guest, guests=self.guest.guests + before))

    @property
    def alone(self) -> tuple[tuple[str, float], ...]:
        """Seconds of each phase of the first guest's operation when nothing else goes on."""
        return tuple((one.name, _seconds(self.book, one)) for one in self.phases())

    @property
    def works(self) -> bool:
        """Whether any of it is known to be work of a processor or a device, which many at once share."""
        return any(stage.kind is not StageKind.DELAY for one in self.phases() for stage in one.stages)

    @cached_property
    def model(self) -> Model:
        """What engines run: each guest's operation once, all beginning together, or again and again."""
        domains = [Domain("management", self._management), Domain("daemon", 1)]
        domains += [Domain(f"guest {number}", self.guest.vcpus) for number in range(self.at_once)]
        programs = [self._program(number) for number in range(self.at_once)]
        longest = added(round(added(amount for row in one.rows for _, amount in row.ticks)) for one in programs)
        return Model(
            cores=self.host.cores,
            quantum_ticks=ticks(self.host.quantum_s),
            domains=tuple(domains),
            stations=stations(self.host),
            classes=tuple(
                TaskClass(
                    workload=self.operation,
                    guest=number,
                    domain=2 + number,
                    count=1,
                    operation=NOTHING,
                    program=program,
                    think_ticks=0 if self.loop else 2 * longest + 1,
                )
                for number, program in enumerate(programs)
            ),
            frequency_hz=self.host.frequency_hz,
        )

    @property
    def _management(self) -> int:
        """Processors of the management domain: Domain 0's own, or all of the host."""
        apart = PLACEMENTS[self.architecture.placement].extra
        own = apart is not None and apart[0] is Role.BACK_END
        return min(self.architecture.back_end_vcpus, self.host.cores) if own else self.host.cores

    def _program(self, number: int) -> Program:
        path: Path = tuple(stage for one in self.phases(number) for stage in one.stages * one.units)
        return lower(path, self.book, self.host, {Role.MANAGEMENT: 0, Role.DAEMON: 1, Role.GUEST: 2 + number}, {})

    def run(self, engine_name: str = AUTO) -> Times:
        """Runs it.

        Raises:
            InputError: an unknown engine.
            StuckError: the run could not proceed.
        """
        many = self.at_once
        settings = Settings(
            operations=many * (LOOPS - 1) if self.loop else many,
            warmup=many if self.loop else 0,
            deterministic=True,
        )
        window = engine(engine_name)(self.model, settings)
        counted = window.measured if self.loop else window.whole
        each = tuple(seconds(one.response / max(one.completed, 1)) for one in counted.classes)
        median = seconds(quantile(counted.histograms[0], 0.5)) if self.loop else float(np.median(each))
        on_cores = sum(domain.busy for domain in window.whole.domains)
        lasted = window.whole.now if self.loop else round(max(each) * TICKS_PER_S)
        return Times(each, median, on_cores / (lasted * self.host.cores) if lasted else 0.0)

    def settle(self, engine_name: str = AUTO) -> Started:
        """How many are under way, and how long each takes, where a script starts them.

        Raises:
            InputError: an unknown engine, or no script.
            StuckError: the run could not proceed.
        """
        if self.script is None:
            raise InputError("script", MISSING, "what is started for each guest")
        start = seconds(self.book["fork"].value + self.book["exec"].value)

        def time_of(number: int) -> float:
            return replace(self, at_once=number, script=None).run(engine_name).median

        return settled(self.script, self.at_once, self.host.cores, start, time_of)


def _seconds(book: CostBook, phase: Phase) -> float:
    once = added(unit_ticks(book, charge) for stage in phase.stages for charge in stage.charges)
    return seconds(phase.units * once)
