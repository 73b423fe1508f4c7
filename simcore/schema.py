"""Files become frozen, validated objects, or one line that says what is wrong with them.

Pydantic checks; its first complaint is reworded to the field, the value and what was expected, with the nearest known
name for an unknown key.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from simcore.errors import MISSING, InputError
from simcore.fields import kind_of, limits_of
from simcore.reading import read_file

__all__ = ["LONGEST_TITLE", "Described", "read_toml", "validated"]

Model = TypeVar("Model", bound=BaseModel)
LARGEST_FILE = 4 * 2**20
LONGEST_TITLE = 200  # characters: it heads tables and figures


class Described(BaseModel):
    """What a file describes, frozen; a copy may differ."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def with_(self, **changes: Any) -> Self:
        """A copy that differs in some keys of its file, such as `with_(tasks={"count": 8}, title="Mine")`.

        Args:
            changes: by key; a mapping changes the keys within that it names, and leaves the others.

        Raises:
            InputError: an unknown key, or a value that is not allowed.
        """
        data = self.model_dump(by_alias=True, exclude_unset=True)
        return validated(type(self), _merged(data, changes), type(self).__name__.lower())

    def __repr__(self) -> str:
        """One line: what kind of file, and its name."""
        return f"<{type(self).__name__} {getattr(self, 'name', '')!r}>"

    __str__ = __repr__


def _merged(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    both = {key: (old[key], value) for key, value in changes.items() if isinstance(old.get(key), Mapping)}
    nested = {key: _merged(was, value) for key, (was, value) in both.items() if isinstance(value, Mapping)}
    return {**old, **changes, **nested}


def read_toml(path: Path) -> dict[str, Any]:
    """Reads a TOML file.

    Raises:
        InputError: no such file, not readable, larger than 4 MiB, not text, or not TOML (the text says where).
    """
    raw = read_file(path, "file", "TOML file", LARGEST_FILE)
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise InputError("file", str(path), "UTF-8 text") from None
    except RecursionError:
        raise InputError("file", str(path), "valid TOML (nested too deeply)") from None
    except ValueError as error:  # TOMLDecodeError, or an integer too long for Python
        raise InputError("file", str(path), f"valid TOML ({str(error).splitlines()[0]})") from None


def validated(model: type[Model], data: object, where: str) -> Model:
    """Makes a model from raw data.

    Args:
        where: what the data came from, to begin the error's field with.

    Raises:
        InputError: an unknown key, else the first of what the model refuses.
    """
    try:
        return model.model_validate(data)
    except ValidationError as failure:
        problems = failure.errors(include_url=False)
        unknown_keys = (one for one in problems if one["type"] == "extra_forbidden")
        problem = next(unknown_keys, problems[0])  # a key misspelt says more than the right one missing
        raise _reworded(model, problem, where) from None


def _reworded(model: type[BaseModel], problem: Any, where: str) -> InputError:
    location = [str(part) for part in problem["loc"]]
    field = ".".join([where, *location])
    value, message = problem["input"], str(problem["msg"])
    if problem["type"] == "extra_forbidden":
        known = sorted(_keys(model, location[:-1]))
        near = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.5)
        return InputError(field, location[-1], f"one of the keys {', '.join(known)}", near[0] if near else None)
    told = _told(model, location)
    if problem["type"] == "missing":
        return InputError(field, MISSING, told or "a value")
    if isinstance(problem.get("ctx", {}).get("error"), InputError):
        inner = problem["ctx"]["error"]
        name = field if not inner.field or field.endswith(f".{inner.field}") else f"{field}.{inner.field}"
        return InputError(name, inner.value, inner.allowed, inner.suggestion)
    shown = value if not isinstance(value, (dict, list)) else f"{type(value).__name__} of {len(value)}"
    if problem["type"] == "finite_number":
        told += ", finite"
    if not told or problem["type"] in ("value_error", "assertion_error"):
        told = message.removeprefix("Value error, ").removeprefix("Input should be ")
    choices = re.findall(r"'([^']*)'", told) if problem["type"] == "literal_error" else []
    near = difflib.get_close_matches(str(value), choices, n=1, cutoff=0.5)
    return InputError(field, shown, told, near[0] if near else None)


def _told(model: type[BaseModel], location: list[str]) -> str:
    """What the key at a location takes, and its range; empty where that is no key of a model."""
    field = None
    within = False  # a list or a table of any names
    for part in location:
        if field is not None:
            inner = [kind for kind in _flat(field.annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)]
            if not inner:
                return ""
            several = typing.get_origin(field.annotation) in (tuple, list, dict)
            if several and not within:
                within = True
                continue
            model, within = inner[0], False
        known = {info.alias or name: info for name, info in model.model_fields.items()}
        if part not in known:
            return ""
        field = known[part]
    if field is None or within:
        return ""
    limits = limits_of(field)
    return f"{kind_of(field)}, {limits}" if limits else kind_of(field)


def _keys(model: type[BaseModel], location: list[str]) -> set[str]:
    """The keys allowed at a location, following nested models as far as they go."""
    for part in location:
        if part not in model.model_fields:  # an index, or a key of a dictionary
            continue
        annotation = model.model_fields[part].annotation
        nested = [kind for kind in _flat(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not nested:
            return set()
        model = nested[0]
    return {info.alias or name for name, info in model.model_fields.items()}


def _flat(annotation: Any) -> list[Any]:
    arguments = getattr(annotation, "__args__", ())
    return [annotation] if not arguments else [leaf for argument in arguments for leaf in _flat(argument)]
