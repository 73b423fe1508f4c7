"""The reference of files: every key of every kind of file, from the models that check them.

What a key means stands in the `Attributes` of its model's docstring, what it takes in its type.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Iterator

from pydantic import BaseModel

from architectures import Architecture
from architectures.footprint import FootprintFile
from experiments.validation.case import Case
from simcore.fields import kind_of, limits_of
from simcore.hosts import Host
from vmarch.sweep.spec import File, Latin, Range, Span
from vmarch.tenancy import ScenarioFile
from workloads import Workload

__all__ = ["KINDS", "meaning_of", "models_of", "rows_of"]

KINDS: dict[str, tuple[type[BaseModel], ...]] = {  # what is a file, and what else stands in one
    "workload": (Workload,),
    "host": (Host,),
    "architecture": (Architecture,),
    "footprint": (FootprintFile,),
    "scenario": (ScenarioFile,),
    "study": (File, Range, Span, Latin),
    "case": (Case,),
}
ENTRY = re.compile(r"(?:^|; )((?:\w+, )*\w+): ")


def models_of(*roots: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    """A file's models and those within them, each with the place where it stands first: "", "tasks", "io[]"."""
    found: dict[type[BaseModel], str] = {}

    def visit(model: type[BaseModel], place: str) -> None:
        if model in found:
            return
        found[model] = place
        for name, field in model.model_fields.items():
            key = field.alias or name
            for kind in _within(field.annotation):
                several = typing.get_origin(field.annotation) in (tuple, list)
                any_name = typing.get_origin(field.annotation) is dict
                visit(kind, f"{place}.{key}".lstrip(".") + ("[]" if several else ".NAME" if any_name else ""))

    for root in roots:
        visit(root, "" if root is roots[0] else root.__name__.lower())
    return [(place, model) for model, place in found.items()]


def _within(annotation: object) -> list[type[BaseModel]]:
    arguments = typing.get_args(annotation)
    if not arguments:
        return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []
    return [kind for argument in arguments for kind in _within(argument)]


def rows_of(model: type[BaseModel]) -> Iterator[tuple[str, str, str, str, str]]:
    """Each key of a model: what it takes, its range in base units, its default and its meaning."""
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else _shown(field.get_default(call_default_factory=True))
        key = field.alias or name
        yield key, kind_of(field), limits_of(field), default, meaning_of(model, name) or meaning_of(model, key)


def _shown(default: object) -> str:
    if default is None or default in ("", (), {}, []):
        return ""
    return "" if isinstance(default, BaseModel) else str(default).lower() if isinstance(default, bool) else str(default)


def meaning_of(model: type[BaseModel], name: str) -> str:
    """What the docstring of a model, or of one that it extends, says of a field; empty if it says nothing."""
    for one in model.__mro__:
        told = _attributes(inspect.getdoc(one) or "") if one not in (BaseModel, object) else {}
        if name in told:
            return told[name]
    return ""


def _attributes(docstring: str) -> dict[str, str]:
    _, _, rest = docstring.partition("Attributes:\n")
    lines: list[str] = []
    for line in rest.splitlines():
        if not line.startswith("    "):
            break
        if line.startswith("     ") and lines:
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
    found: dict[str, str] = {}
    for line in lines:
        starts = [*ENTRY.finditer(line)]
        for number, start in enumerate(starts):
            end = starts[number + 1].start() if number + 1 < len(starts) else len(line)
            text = line[start.end() : end].strip().rstrip(".;")
            found |= dict.fromkeys(start[1].split(", "), text)
    return found
