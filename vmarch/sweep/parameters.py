"""The names that a study may vary: options of a scenario, costs, and every number of a workload, architecture or host.

workload, architecture, host, guests, vcpus, guest_os, guest_isa, modifiable
costs.NAME                                          in place of the tables'
workload.FIELD, architecture.FIELD, host.FIELD      as in the TOML file, such as workload.tasks.count or host.disk.read
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Sequence
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from architectures import Architecture
from simcore.demands import Demand
from simcore.errors import InputError, unknown
from simcore.hosts import Host
from simcore.schema import validated
from workloads import Workload

__all__ = ["BASES", "COSTS", "OPTIONS", "Level", "is_number", "is_whole", "with_fields"]

Level = str | int | float | bool
BASES: dict[str, type[BaseModel]] = {"workload": Workload, "architecture": Architecture, "host": Host}
OPTIONS: dict[str, Any] = {"guests": int, "vcpus": int, "guest_os": str, "guest_isa": str, "modifiable": bool}
COSTS = "costs"
FIXED = frozenset(
    {"name", "title", "source", "basis", "family", "unit", "cost", "costs"}
)  # say what it is, or are lists


def is_whole(name: str) -> bool:
    """Whether a parameter takes whole numbers only.

    Raises:
        InputError: there is no such parameter.
    """
    return _kind(name) is int


def is_number(name: str) -> bool:
    """Whether a parameter takes numbers.

    Raises:
        InputError: there is no such parameter.
    """
    kind = _kind(name)
    return kind in (int, float) or bool({int, float} & set(get_args(kind)))


def _kind(name: str) -> Any:
    """The type of a parameter; of a cost, a float.

    Raises:
        InputError: as above, with the nearest name that there is.
    """
    first, *path = name.split(".")
    if first not in (*BASES, *OPTIONS, COSTS):
        raise unknown("factors", first, (*BASES, *OPTIONS, COSTS))
    if first in OPTIONS and not path:
        return OPTIONS[first]
    if first in BASES and not path:
        return str
    if first == COSTS and len(path) == 1:
        return float
    if first not in BASES:
        example = "costs.vm_exit" if first == COSTS else first
        raise InputError("factors", name, f"a name such as {example}")
    return _walk(name, BASES[first], path)


def _walk(name: str, kind: Any, path: Sequence[str]) -> Any:
    top = kind
    for part in path:
        kind = _below(name, kind, part, top=kind is top)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        raise InputError("factors", name, f"one of its fields: {', '.join(_fields(kind, top=kind is top))}")
    if get_origin(kind) in (dict, tuple):
        raise InputError(
            "factors", name, "one number of it, such as workload.demands.page_faults or workload.io.0.size"
        )
    return kind


def _below(name: str, kind: Any, part: str, *, top: bool) -> Any:
    """The type of a part of something of a type."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = _fields(kind, top=top)
        if part not in fields:
            raise unknown(f"factors: {name}", part, fields)
        return fields[part]
    if get_origin(kind) is dict:
        key, value = get_args(kind)
        if key is Demand and part not in list(Demand):
            raise unknown(f"factors: {name}", part, map(str, Demand))
        return value
    if get_origin(kind) is tuple:
        if not part.isdecimal() or len(part) > 4:
            raise InputError("factors", name, f"a place in the list instead of {part!r}: 0 for the first")
        return get_args(kind)[0]
    raise InputError("factors", name, f"nothing below a single value: {part!r} is one name too many")


def _fields(kind: type[BaseModel], *, top: bool) -> dict[str, Any]:
    """Types by name as in TOML files, of the fields that can be varied."""
    found = {info.alias or name: _plain(info.annotation) for name, info in kind.model_fields.items()}
    return {name: one for name, one in found.items() if not (top and name in FIXED) and name != "source"}


def _plain(annotation: Any) -> Any:
    """A type without None, and without what validates it."""
    if hasattr(annotation, "__metadata__"):
        return _plain(annotation.__origin__)
    if get_origin(annotation) in (Union, types.UnionType):
        others = [one for one in get_args(annotation) if one is not type(None)]
        return _plain(others[0]) if len(others) == 1 else annotation
    return annotation


def with_fields(base: BaseModel, fields: Sequence[tuple[str, Level]], where: str) -> BaseModel:
    """A copy with other fields, validated as its file would be.

    Args:
        fields: dotted paths below the base, and what is to stand there.

    Raises:
        InputError: a value that is not allowed there, or a place that a list has not.
    """
    data = base.model_dump(by_alias=True, exclude_unset=True)
    for path, level in fields:
        *parents, last = path.split(".")
        place: Any = data
        for part, following in itertools.pairwise([*parents, last]):
            if isinstance(place, tuple | list):
                place = _item(place, part, f"{where}.{path}")
            else:
                place = place.setdefault(part, () if following.isdecimal() else {})
        place[last] = level
    return validated(type(base), data, where)


def _item(items: Sequence[Any], part: str, field: str) -> Any:
    if int(part) >= len(items):
        raise InputError(field, part, f"a place below {len(items)}" if items else "no place: the list is empty")
    return items[int(part)]
