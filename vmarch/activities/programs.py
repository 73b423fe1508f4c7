"""Programs of guests in a joined model: where visits go on this host or that, and with how many processors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simcore.model import Kind, Program, Tail, TaskClass, Visit

__all__ = ["Shifts", "alike", "elsewhere", "placed"]


@dataclass(frozen=True)
class Shifts:
    """How many groups, threads and locks a joined model has before those of a host."""

    groups: int
    threads: int
    locks: int

    def of(self, tasks: TaskClass, domain: int, program: Program, numbers: Mapping[int, int]) -> TaskClass:
        """A host's class in the joined model.

        Args:
            numbers: of its host's classes, in the joined model.
        """
        return replace(
            tasks,
            domain=domain,
            program=program,
            group=tasks.group + self.groups,
            threads=tuple(replace(one, first=one.first + self.threads) for one in tasks.threads),
            shared=tasks.shared + self.threads if tasks.shared >= 0 else -1,
            locks=tuple(replace(one, first=one.first + self.locks) for one in tasks.locks),
            calls=tuple(numbers[one] for one in tasks.calls),
        )


def placed(program: Program, domains: Mapping[int, int], stations: int, rings: int) -> Program:
    """A program in the joined model."""

    def visit(one: Visit) -> Visit:
        if one.kind is Kind.CPU:
            return replace(one, where=domains[one.where])
        return replace(one, where=one.where + stations) if one.kind is Kind.STATION else one

    steps = (
        Tail(step.ring + rings, tuple(map(visit, step.visits)))
        if isinstance(step, Tail)
        else (visit(step) if isinstance(step, Visit) else step)
        for step in program.steps
    )
    return Program(tuple(steps), program.rows)


def elsewhere(program: Program, home: int, size: int) -> Program:
    """A guest's program with its visits to its processors where another number of them is."""
    if size == home:
        return program

    def visit(one: Visit) -> Visit:
        return replace(one, where=size) if one.kind is Kind.CPU and one.where == home else one

    steps = (
        Tail(step.ring, tuple(map(visit, step.visits)))
        if isinstance(step, Tail)
        else (visit(step) if isinstance(step, Visit) else step)
        for step in program.steps
    )
    return Program(tuple(steps), program.rows)


def alike(mine: Program, visitor: Program, domains: Mapping[int, int], stations: int) -> Program:
    """A visitor's program in the joined model, on the guest's own rings."""
    there = placed(visitor, domains, stations, 0)
    steps = (
        replace(other, ring=one.ring) if isinstance(one, Tail) and isinstance(other, Tail) else other
        for one, other in zip(mine.steps, there.steps, strict=True)
    )
    return Program(tuple(steps), mine.rows)
