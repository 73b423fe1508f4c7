"""What a figure shows of many architectures: those that tell the story, by class, and equal ones as one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from architectures import architecture_names, load_architecture

__all__ = ["ALL", "EIGHT", "by_class", "class_of", "drawn", "joint_title", "merged"]

ALL = ("all",)
CLASSES = (  # from the least that lies between a guest and the hardware to the most
    "native",
    "OS-level",
    "para-virtualization",
    "hardware-assisted",
    "full virtualization",
    "host-based",
    "foreign ISA",
)
EIGHT = (  # one or two of each class: those that the textbook names
    "container",
    "xen-pv",
    "assist-nested",
    "kvm-vhost",
    "hyperv",
    "full-translation",
    "workstation-translation",
    "qemu-foreign",
)
SAME = 0.03  # of a ratio, within which two architectures are one row


def class_of(name: str) -> str:
    """The textbook's class of an architecture."""
    return load_architecture(name).family


def drawn(asked: Sequence[str], *, native: bool = False) -> list[str]:
    """Those that a figure shows: what was asked for, or eight of all."""
    names = [*EIGHT] if tuple(asked) == ALL or set(asked) == set(architecture_names()) else [*asked]
    others = [name for name in names if name != "native"]
    return ["native", *others] if native else others


def by_class(names: Sequence[str], key: Callable[[str], float]) -> list[str]:
    """Architectures by class, and in it by a number, the lowest first."""

    def place(name: str) -> tuple[int, str, float]:
        found = class_of(name)
        return CLASSES.index(found) if found in CLASSES else len(CLASSES), found, key(name)

    return sorted(names, key=place)


def merged(values: Mapping[str, Sequence[float | None]]) -> list[tuple[str, ...]]:
    """Neighbours of one class whose numbers are all within 3 % of the first's, as one; None is equal to None alone."""
    groups: list[list[str]] = []
    for name, mine in values.items():
        first = groups[-1][0] if groups else ""
        alike = bool(first) and class_of(first) == class_of(name) and all(map(_same, values[first], mine))
        if alike:
            groups[-1].append(name)
        else:
            groups.append([name])
    return [tuple(group) for group in groups]


def _same(one: float | None, other: float | None) -> bool:
    if not one or not other:
        return one == other
    return abs(math.log(other / one)) <= SAME


def joint_title(names: Sequence[str]) -> str:
    """The title of architectures that are shown as one: what they share, and what tells them apart."""
    parts = [load_architecture(name).title.split(", ") for name in names]
    common = 0
    while all(len(part) > common and part[common] == parts[0][common] for part in parts):
        common += 1
    shared = ", ".join(parts[0][:common])
    tails = [", ".join(part[common:]) for part in parts]
    if not shared:
        return " / ".join(tails)
    if "" in tails:
        rest = [tail for tail in tails if tail]
        return f"{shared} (or {' / '.join(rest)})" if rest else shared
    return f"{shared}, {' / '.join(tails)}"
