"""Placements: which domains there are, and which of them plays which role for each guest.

bare            one kernel on the machine; guests are just more tasks
shared-kernel   the same, each guest a container
hypervisor      a domain for each guest
driver-domain   a domain for each guest, and one that holds the drivers for all
host-os         a domain for each guest, and one for each guest's I/O threads in the host operating system
host-process    a domain for each guest: a process of the host operating system, all its layers inside
"""

from __future__ import annotations

from dataclasses import dataclass

from simcore.errors import unknown
from simcore.path import Role

__all__ = ["PLACEMENTS", "DomainPlan", "Placement", "plan"]


@dataclass(frozen=True)
class Placement:
    """What a placement is made of.

    Attributes:
        own_domain: each guest has a domain of its own; otherwise all share one.
        extra: the role of the further domain, if there is one, and its name.
        extra_each: whether each guest has one of its own.
    """

    own_domain: bool
    extra: tuple[Role, str] | None = None
    extra_each: bool = False


PLACEMENTS = {
    "bare": Placement(own_domain=False),
    "shared-kernel": Placement(own_domain=False),
    "hypervisor": Placement(own_domain=True),
    "driver-domain": Placement(own_domain=True, extra=(Role.BACK_END, "driver domain")),
    "host-os": Placement(own_domain=True, extra=(Role.HOST, "I/O threads"), extra_each=True),
    "host-process": Placement(own_domain=True),
}


@dataclass(frozen=True)
class DomainPlan:
    """A domain to be: its name and how many virtual processors it has."""

    name: str
    vcpus: int


def plan(
    placement: str,
    cores: int,
    guests: int,
    guest_vcpus: int,
    extra_vcpus: int,
    whose: str = "",
    *,
    apart: bool = False,
) -> tuple[tuple[DomainPlan, ...], tuple[dict[Role, int], ...]]:
    """The domains of a host, and for each guest the index of the domain that plays each role.

    Args:
        guest_vcpus: of each guest; a kernel that they share has as many for each, at most the cores.
        whose: what the names of the guests' own domains begin with; domains that all share are called the same.
        apart: whether guests that share a kernel are limited each for itself, and so are domains of their own.

    Raises:
        InputError: an unknown placement.
    """
    if placement not in PLACEMENTS:
        raise unknown("placement", placement, PLACEMENTS)
    kind = PLACEMENTS[placement]
    if not kind.own_domain and not apart:
        return (DomainPlan("kernel", min(cores, guests * guest_vcpus)),), tuple({Role.GUEST: 0} for _ in range(guests))
    domains = [DomainPlan(f"{whose}guest {number}", guest_vcpus) for number in range(guests)]
    if kind.extra is None:
        return tuple(domains), tuple({Role.GUEST: number} for number in range(guests))
    role, name = kind.extra
    if kind.extra_each:
        domains += [DomainPlan(f"{whose}{name} {number}", extra_vcpus) for number in range(guests)]
        return tuple(domains), tuple({Role.GUEST: number, role: guests + number} for number in range(guests))
    domains.append(DomainPlan(name, extra_vcpus))
    return tuple(domains), tuple({Role.GUEST: number, role: guests} for number in range(guests))
