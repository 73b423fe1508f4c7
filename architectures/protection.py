"""Who may do what to whom under an architecture, and policies that take some of it away.

An architecture names a file of `privileges/`: its parts, and the rights among them, each with a source. A part is
shared, or there is one for each guest. A policy of `policies/` puts parts in the place of others, and takes rights
away.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from architectures.folders import FOLDER, names_in
from simcore.errors import InputError, unknown
from simcore.schema import LONGEST_TITLE, Described, read_toml, validated

__all__ = [
    "DEVICES",
    "JOBS",
    "Cost",
    "Grant",
    "Part",
    "Policy",
    "Privileges",
    "Protection",
    "Right",
    "Taken",
    "check_policy",
    "guarded",
    "load_policy",
    "load_privileges",
    "load_protection",
    "policies_for",
    "policy_names",
    "protection_names",
]

DEVICES = ("disk", "network")
Job = Literal["application", "guest kernel", "device model", "drivers", "management", "hypervisor", "keys"]
JOBS: tuple[Job, ...] = ("application", "guest kernel", "device model", "drivers", "management", "hypervisor", "keys")
Verb = Literal["map", "read", "save", "schedule", "work", "call"]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Part(_Row):
    """Software that an attacker may get hold of, as one.

    Attributes:
        does: its jobs.
        each: one of it for each guest; otherwise all share it.
        mode: its protection level.
        host: who holds it holds the machine.
        of: in a policy, the parts whose jobs it takes over, whichever there is; empty for one that is trusted anew.
    """

    name: str
    does: tuple[Job, ...] = Field(min_length=1, strict=False)
    mode: str
    each: bool = False
    host: bool = False
    of: tuple[str, ...] = Field(default=(), strict=False)


class Right(_Row):
    """What a part may do.

    Attributes:
        may: `map` its memory, to read and to write, and so hold it; `read` its memory; `save` it, create and destroy
            it; `schedule` it; `work` a device; `call` it: use its interface, which is where an attack would be.
        whom: names of parts or devices. What is one for each guest may be done to that of the same guest by a part
            that is one for each guest, and to every guest's by a part that all share.
        any_guest: to every guest's in either case.
        without: `iommu` for what is there only where the host has no such unit, which would take it away.
        source: where it is said; a definition where it follows from what the part is.
    """

    who: str
    may: tuple[Verb, ...] = Field(min_length=1, strict=False)
    whom: tuple[str, ...] = Field(min_length=1, strict=False)
    any_guest: bool = False
    without: Literal["", "iommu"] = ""
    source: str = Field(min_length=1)


class Taken(_Row):
    """Rights that a policy takes away: those that fit all three; what is empty fits any."""

    who: tuple[str, ...] = Field(default=(), strict=False)
    may: tuple[Verb, ...] = Field(default=(), strict=False)
    whom: tuple[str, ...] = Field(default=(), strict=False)
    but: tuple[str, ...] = Field(default=(), strict=False)
    source: str = Field(min_length=1)


@dataclass(frozen=True)
class Grant:
    """One right of one part over one other, or over a device."""

    who: str
    may: Verb
    whom: str
    any_guest: bool
    without: str


@dataclass(frozen=True)
class Protection:
    """Parts by name, and what each may do."""

    title: str
    parts: Mapping[str, Part]
    grants: frozenset[Grant]

    def doing(self, job: str) -> tuple[Part, ...]:
        """The parts that have a job."""
        return tuple(part for part in self.parts.values() if job in part.does)


class _File(Described):
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = Field(max_length=LONGEST_TITLE)
    part: tuple[Part, ...] = Field(default=(), strict=False)
    right: tuple[Right, ...] = Field(default=(), strict=False)

    @property
    def grants(self) -> frozenset[Grant]:
        """Its rights, one by one."""
        return frozenset(
            Grant(right.who, may, whom, right.any_guest, right.without)
            for right in self.right
            for may, whom in itertools.product(right.may, right.whom)
        )


class Privileges(_File):
    """A file of `privileges/`: parts and rights that several architectures may have in common.

    Raises:
        InputError: (when loaded) a right of, or over, a part that there is not.
    """

    @model_validator(mode="after")
    def _named(self) -> Self:
        known = {part.name for part in self.part}
        for right in self.right:
            _known(right, known)
        return self


class Cost(_Row):
    """What a policy costs, as far as it can be told.

    Attributes:
        before: an architecture of the catalogue without the policy; empty where the policy is not simulated.
        after: the one with it; the same one by default.
        changes: to `after`, to make the policy of existing parts.
        says: in words, with the source: what is compared, what was published, or that it is not known.
    """

    before: str = ""
    after: str = ""
    changes: dict[str, Any] = Field(default_factory=dict)
    says: str = Field(min_length=1)


class Policy(_File):
    """A file of `policies/`.

    Attributes:
        order: its place in tables.
        fits: names of the files of `privileges/` that it can be applied to.
        gone: parts that there are no longer.
        taken: rights that it takes away, from the parts that other policies put there too.
        enlarges: the jobs from which more is reached than without it, by the file of `privileges/`.
        trusts: what has to be trusted anew, in words; empty where nothing is.
        gives_up: what no longer works, in words.
        ends: where its protection ends, in words, with the source.
    """

    order: int
    fits: tuple[str, ...] = Field(min_length=1, strict=False)
    gone: tuple[str, ...] = Field(default=(), strict=False)
    taken: tuple[Taken, ...] = Field(default=(), strict=False)
    enlarges: dict[str, list[Job]] = Field(default_factory=dict)
    trusts: str = ""
    gives_up: str = ""
    ends: str = ""
    source: str = Field(min_length=1)
    cost: tuple[Cost, ...] = Field(min_length=1, strict=False)


def _known(right: Right, parts: Iterable[str]) -> None:
    parts = set(parts)
    if right.who not in parts:
        raise unknown("right.who", right.who, parts)
    for whom in right.whom:
        allowed = set(DEVICES) if "work" in right.may else parts
        if whom not in allowed:
            raise unknown("right.whom", whom, allowed)


def protection_names() -> tuple[str, ...]:
    """The files of `privileges/`."""
    return names_in("privileges")


@functools.cache
def policy_names() -> tuple[str, ...]:
    """All policies, in the order of tables."""
    return tuple(sorted(names_in("policies"), key=lambda name: load_policy(name).order))


def policies_for(privileges: str) -> tuple[str, ...]:
    """The policies that fit a file of `privileges/`."""
    return tuple(name for name in policy_names() if privileges in load_policy(name).fits)


@functools.cache
def load_privileges(name: str) -> Privileges:
    """A file of `privileges/` by name.

    Raises:
        InputError: no such file, or one that is not right.
    """
    if name not in protection_names():
        raise unknown("privileges", name, protection_names())
    path = FOLDER / "privileges" / f"{name}.toml"
    return validated(Privileges, read_toml(path), path.name)


@functools.cache
def load_protection(name: str) -> Protection:
    """The parts and rights of a file of `privileges/`.

    Raises:
        InputError: no such file, or one that is not right.
    """
    found = load_privileges(name)
    return Protection(found.title, {part.name: part for part in found.part}, found.grants)


@functools.cache
def load_policy(name: str) -> Policy:
    """A policy by name.

    Raises:
        InputError: there is none, or its file is not right.
    """
    known = names_in("policies")
    if name not in known:
        raise unknown("--policy", name, known)
    path = FOLDER / "policies" / f"{name}.toml"
    return validated(Policy, read_toml(path), path.name)


def guarded(protection: Protection, policies: Iterable[Policy]) -> Protection:
    """The same under policies, in whatever order: first what they put there, then what they take away."""
    policies = sorted(policies, key=lambda policy: policy.order)
    gone = {name for policy in policies for name in policy.gone}
    parts = dict(protection.parts)
    for part in (part for policy in policies for part in policy.part):
        for old in (parts[name] for name in part.of if name in parts):
            left = tuple(job for job in old.does if job not in part.does)
            parts[old.name] = old.model_copy(update={"does": left})
        parts[part.name] = part
    parts = {name: part for name, part in parts.items() if name not in gone}
    everything = protection.grants.union(*(policy.grants for policy in policies))
    there = {*parts, *DEVICES}
    grants = (grant for grant in everything if {grant.who, grant.whom} <= there)
    taken = [taken for policy in policies for taken in policy.taken]
    kept = frozenset(grant for grant in grants if not any(_fits(one, grant) for one in taken))
    return Protection(protection.title, parts, kept)


def _fits(taken: Taken, grant: Grant) -> bool:
    pairs = ((taken.who, grant.who), (taken.may, grant.may), (taken.whom, grant.whom))
    return grant.who not in taken.but and all(not some or one in some for some, one in pairs)


def check_policy(policy: Policy) -> None:
    """Holds a policy against every file of `privileges/` that it fits.

    Raises:
        InputError: a name that none of them knows.
    """
    for name in policy.fits:
        if name not in protection_names():
            raise unknown(f"{policy.name}.fits", name, protection_names())
    known = {part for name in policy.fits for part in load_protection(name).parts}
    beside = {other for name in policy.fits for other in policies_for(name)}
    known |= {part.name for other in beside for part in load_policy(other).part}
    for right in policy.right:
        _known(right, known)
    named = [name for taken in policy.taken for name in (*taken.who, *taken.whom, *taken.but) if name not in DEVICES]
    for name in (*policy.gone, *named, *(name for part in policy.part for name in part.of)):
        if name not in known:
            raise InputError(policy.name, name, "a part of what it fits")
