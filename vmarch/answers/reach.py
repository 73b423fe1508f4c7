"""What an attacker reaches who holds one part of an architecture, and what is left of it under policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from architectures import Architecture, architecture_names, load_architecture
from architectures.protection import (
    JOBS,
    Part,
    Policy,
    Protection,
    guarded,
    load_policy,
    load_protection,
    policies_for,
    protection_names,
)
from architectures.reach import DEGREES, Reach, exposed
from architectures.reach import reach as reached_from
from simcore.errors import MISSING, InputError
from vmarch.answers.answer import Answer
from vmarch.asking import Architectures, architecture_of, several
from vmarch.figures.maps import class_map
from vmarch.output import Row
from vmarch.tables import Table

__all__ = ["Guarded", "Reached", "guarded_by", "matrix", "reach", "with_policy"]

NAMED = 2  # policies that a row names
LETTERS = (
    "Of other guests: M memory, D devices (d: some), L life cycle; H the machine; g its own guest; a dot: itself alone"
)


@dataclass(frozen=True)
class Guarded:
    """One protection, with the policies that it is under.

    Attributes:
        architectures: the names of those that have it.
        policies: the names of the policies; none for the architecture as it is described.
    """

    architectures: tuple[str, ...]
    title: str
    policies: tuple[str, ...]
    protection: Protection
    iommu: bool

    @cached_property
    def reaches(self) -> Mapping[str, Reach]:
        """What is reached from each part, by name."""
        return {name: reached_from(self.protection, name, iommu=self.iommu) for name in self.protection.parts}

    @cached_property
    def exposed(self) -> tuple[str, ...]:
        """The parts in which one weakness gives a guest the memory of others."""
        return exposed(self.protection, iommu=self.iommu)

    def worst(self, job: str) -> Reach | None:
        """The reach that goes farthest of the parts that have a job; None if none has it."""
        found = [self.reaches[part.name] for part in self.protection.doing(job)]
        return max(found, key=lambda one: (one.degree, len(one.letters)), default=None)

    @property
    def label(self) -> str:
        """A row's name: the policies where there are any."""
        if len(self.policies) > NAMED:
            return f"{len(self.policies)} policies together"
        return " + ".join(load_policy(name).title for name in self.policies) or "as described"


@dataclass(frozen=True, repr=False)
class Reached(Answer):
    """What is reached from each part, of each architecture and under each policy that was asked for."""

    found: Sequence[Guarded]
    settings: Mapping[str, object]

    @cached_property
    def rows(self) -> Sequence[Row]:
        """One row for each part of each protection."""
        return [
            {
                "architectures": ",".join(one.architectures),
                "policies": ",".join(one.policies),
                "part": part.name,
                "jobs": ",".join(part.does),
                "mode": part.mode,
                "one_each": part.each,
                "own_guest": reach.guest,
                "memory": reach.memory,
                "devices": ",".join(sorted(reach.devices)),
                "life_cycle": reach.life,
                "machine": reach.host,
                "degree": DEGREES[reach.degree],
                "exposed": part.name in one.exposed,
                "iommu": one.iommu,
            }
            for one in self.found
            for part, reach in _parts(one)
        ]

    @property
    def table(self) -> Table:
        """The same in words."""
        lines = [
            [one.title, one.label, part.name, reach.words, "yes" if part.name in one.exposed else ""]
            for one in self.found
            for part, reach in _parts(one)
        ]
        columns = ("architecture", "policy", "who is held", "reaches, of others", "open to guests")
        return Table("What an attacker reaches, without a further weakness", columns, lines, left=5, notes=self._notes)

    @property
    def _notes(self) -> tuple[str, ...]:
        whose = dict.fromkeys(f"{one.title}: {', '.join(one.architectures)}." for one in self.found)
        names = dict.fromkeys(name for one in self.found for name in one.policies)
        return (*whose, *(_note(load_policy(name)) for name in names))

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "reach", **self.settings}

    @property
    def name(self) -> str:
        """What its files are called."""
        return "reach"

    @property
    def finding(self) -> str:
        """From how many parts everything is reached, and how many a guest can attack that reach others' memory."""
        degrees = [reach.degree for one in self.found for reach in one.reaches.values()]
        open_ = sum(len(one.exposed) for one in self.found)
        whole = sum(degree == len(DEGREES) - 1 for degree in degrees)
        return f"{whole} of {len(degrees)} parts reach everything; {open_} that reach others' memory are open to guests"

    def draw(self, path: Path) -> None:
        """The matrix: protections by jobs, coloured by how far the reach goes.

        Raises:
            InputError: it cannot be written.
        """
        matrix(path, self.found, title=f"{self.finding[0].upper()}{self.finding[1:]}", caption="")


def matrix(path: Path, found: Sequence[Guarded], *, title: str, caption: str) -> None:
    """Draws what is reached from whoever has a job: a row for each protection, a column for each job."""
    jobs = [job for job in JOBS if any(one.worst(job) for one in found)]
    values = [[_field(one.worst(job)) for job in jobs] for one in found]
    class_map(
        path,
        values,
        [one.label if one.policies or _several(found) else one.title for one in found],
        [*jobs],
        DEGREES,
        title=title,
        caption=f"{LETTERS}. {caption}".strip(),
        blank="none",
        row_groups=[one.title for one in found] if _several(found) else (),
    )


def _several(found: Sequence[Guarded]) -> bool:
    return any(one.policies for one in found)


def _field(reach: Reach | None) -> tuple[int, str] | None:
    return None if reach is None else (reach.degree, reach.letters or "\N{MIDDLE DOT}")


def _parts(one: Guarded) -> Iterator[tuple[Part, Reach]]:
    return ((part, one.reaches[part.name]) for part in one.protection.parts.values())


def _note(policy: Policy) -> str:
    said = {"trusts anew": policy.trusts, "gives up": policy.gives_up, "ends": policy.ends}
    return f"{policy.title}: {'; '.join(f'{word}: {text}' for word, text in said.items() if text)}."


def guarded_by(
    architectures: Sequence[str], privileges: str, policies: Iterable[str] = (), *, iommu: bool = True
) -> Guarded:
    """A protection under policies.

    Raises:
        InputError: an unknown name, or a policy that does not fit.
    """
    names = tuple(dict.fromkeys(policies))
    fitting = policies_for(privileges)
    for name in names:
        if load_policy(name).name not in fitting:
            fits = ", ".join(fitting) or "none: no policy is described for it"
            raise InputError(f"--policy for {architectures[0]}", name, f"one that fits it ({fits})")
    protection = load_protection(privileges)
    under = guarded(protection, [load_policy(name) for name in names])
    return Guarded(tuple(architectures), protection.title, names, under, iommu)


def with_policy(policy: str) -> list[tuple[Architecture, Architecture]]:
    """Pairs of architectures without and with a policy, as far as existing parts make one.

    Raises:
        InputError: there is no such policy.
    """
    found = []
    for cost in load_policy(policy).cost:
        if cost.before:
            name = f"{cost.after or cost.before}-{policy}"
            after = load_architecture(cost.after or cost.before).with_(name=name, **cost.changes)
            found.append((load_architecture(cost.before), after))
    return found


def reach(
    architectures: Architectures = (), *, policies: Iterable[str] = (), each: bool = False, iommu: bool = True
) -> Reached:
    """What an attacker reaches who holds one part: other guests' memory, devices, their life cycle, the machine.

    Architectures that share a description of who may do what are one row. It is worked out from rights alone: no
    weakness is assumed beyond that by which the part was taken.

    Args:
        architectures: names, paths of files or objects; all by default.
        policies: names of policies that hold together.
        each: also under each fitting policy by itself.
        iommu: whether the host's devices reach only the memory that they are given.

    Raises:
        InputError: an unknown name, a policy that does not fit, or an architecture that does not say who may do what.
    """
    named = several(architectures)
    asked = [architecture_of(one) for one in named or architecture_names()]
    together = tuple(load_policy(name).name for name in dict.fromkeys(policies))
    groups: dict[str, list[str]] = {}
    for one in asked:
        if not one.privileges:
            raise InputError(f"{one.name}.privileges", MISSING, f"one of {', '.join(protection_names())}")
        groups.setdefault(one.privileges, []).append(one.name)
    found: list[Guarded] = []
    for privileges, names in groups.items():
        fitting = policies_for(privileges)
        if together and not named and not set(together) <= set(fitting):
            continue  # of all there are, those that it fits
        sets = [(), *((name,) for name in fitting)] if each else [()]
        found += [guarded_by(names, privileges, chosen, iommu=iommu) for chosen in dict.fromkeys([*sets, together])]
    if not found:
        raise InputError("--policy", " and ".join(together), "policies that fit one and the same architecture")
    settings = {
        "architectures": [one.name for one in asked] if named else "all",
        "policies": list(together),
        "each": each,
        "iommu": iommu,
    }
    return Reached(found, settings)
