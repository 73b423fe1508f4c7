"""Small models for tests, those that the theory table is made of, and a log of what happens in them."""

from __future__ import annotations

from experiments.theory.models import (
    FOREVER,
    US,
    A,
    B,
    Behind,
    C,
    D,
    To,
    arriving,
    at,
    behind,
    closed,
    cpu,
    delay,
    model,
    program,
    response,
    run,
)

__all__ = [
    "FOREVER",
    "US",
    "A",
    "B",
    "Behind",
    "C",
    "D",
    "Log",
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


class Log(list[tuple[int, int, int, int, int]]):
    """Notes each end of a visit: (ticks, class, task, operation, visit)."""

    def __call__(self, now: int, tasks: int, task: int, operation: int, visit: int) -> None:
        self.append((now, tasks, task, operation, visit))

    def ends(self) -> list[tuple[int, int, int]]:
        """When, class, task."""
        return [(now, tasks, task) for now, tasks, task, _, _ in self]
