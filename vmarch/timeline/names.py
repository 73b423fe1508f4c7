"""What the parts of a host are called on a timeline, by their numbers in a run's records."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from simcore.model import Kind, Model, Step, Tail

__all__ = ["Names"]


class Names:
    """Of a model's tasks, virtual processors, visits and slots."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @cached_property
    def vcpus(self) -> list[tuple[int, str]]:
        """The domain and the name of each virtual processor."""
        return [
            (n, f"{domain.name} vcpu {one}")
            for n, domain in enumerate(self._model.domains)
            for one in range(domain.vcpus)
        ]

    @cached_property
    def slots(self) -> list[str]:
        """Of the domains' turns, the rings, threads, the tasks' page-table locks, the domains', and kernels' locks."""
        model = self._model
        return [
            *(f"turn of {domain.name}" for domain in model.domains),
            *(ring.name for ring in model.rings),
            *model.threads,
            *(
                f"page-table lock of {self.task(n, task)}"
                for n, tasks in enumerate(model.classes)
                for task in range(tasks.count)
            ),
            *(f"page-table lock of {domain.name}" for domain in model.domains),
            *(lock.name for lock in model.locks),
        ]

    def is_ring(self, slot: int) -> bool:
        """Whether a slot is of a ring."""
        return 0 <= slot - len(self._model.domains) < len(self._model.rings)

    def is_turn(self, slot: int) -> bool:
        """Whether a slot is a turn."""
        return slot < len(self._model.domains)

    @cached_property
    def tails(self) -> list[list[int]]:
        """For each visit of each class, the number of the tail that it is in, from 1; 0 for the operation's own."""
        return [_tails(tasks.program.steps, len(tasks.program.visits)) for tasks in self._model.classes]

    def task(self, tasks: int, task: int) -> str:
        """A task."""
        return f"{self.guest(tasks)} " + ("arrivals" if self.is_open(tasks) else f"task {task}")

    def guest(self, tasks: int) -> str:
        """The guest that a class of tasks is of; with the name of its kind where there are several."""
        one = self._model.classes[tasks]
        return f"{one.workload} guest {one.guest}" if self._kinds > 1 else f"guest {one.guest}"

    @cached_property
    def _kinds(self) -> int:
        return len({one.workload for one in self._model.classes})

    def is_open(self, tasks: int) -> bool:
        """Whether its operations arrive by themselves."""
        return self._model.classes[tasks].overlap

    def visit(self, tasks: int, visit: int) -> str:
        """Where a visit goes."""
        one = self._model.classes[tasks].program.visits[visit]
        if one.kind is Kind.CPU:
            return self._model.domains[one.where].name
        return self._model.stations[one.where].name if one.kind is Kind.STATION else "outside"


def _tails(steps: Sequence[Step], visits: int) -> list[int]:
    numbers = [0] * visits
    tails = [step for step in steps if isinstance(step, Tail)]
    for number, tail in enumerate(tails, start=1):
        for visit in tail.visits:
            numbers[visit.index] = number
    return numbers
