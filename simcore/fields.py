"""Keys of files, in words: the types of amounts with units, and what a key takes, for messages and for documents."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from simcore.errors import InputError
from simcore.units import quantity

__all__ = ["Bytes", "BytesPerS", "Hertz", "Kind", "PerS", "Seconds", "kind_of", "limits_of"]

PER = re.compile(r"^([^a-zA-Z/]*)/")  # "100 / s": a number of nothing in particular, for each second


@dataclass(frozen=True)
class Kind:
    """What a key takes, in words."""

    words: str


def _parsed(dimension: str) -> BeforeValidator:
    """Text with a unit, kept in the base unit; pydantic adds where it stands."""

    def convert(value: Any) -> float:
        text = PER.sub(r"\1 1/", value) if isinstance(value, str) else value
        try:
            return quantity("", text, dimension)
        except InputError as error:
            raise InputError("", value, error.allowed) from None

    return BeforeValidator(convert)


Seconds = Annotated[float, _parsed("time"), Kind("a time such as '10 us'")]
Hertz = Annotated[float, _parsed("frequency"), Kind("a frequency such as '2.7 GHz'")]
PerS = Annotated[float, _parsed("frequency"), Kind("a rate such as '100 / s'")]
Bytes = Annotated[float, _parsed("size"), Kind("a size such as '4 KiB'")]
BytesPerS = Annotated[float, _parsed("rate"), Kind("a bandwidth such as '10 Gbit/s'")]

WORDS: dict[Any, str] = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
NAME = r"^[a-z0-9][a-z0-9._-]*$"
PATTERNS = {
    NAME: "small letters, digits, '.', '_' and '-', a letter or digit first",
    r"^[a-z0-9][a-z0-9-]*$": "small letters, digits and '-', a letter or digit first",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and '_', a letter first",
}


def kind_of(field: FieldInfo) -> str:
    """What a key takes: "a size such as '4 KiB'", "one of 'random', 'sequential'", "a table"."""
    told = [item.words for item in field.metadata if isinstance(item, Kind)]
    if told:
        return told[0]
    pattern = next((p for item in field.metadata if (p := getattr(item, "pattern", None))), None)
    return PATTERNS.get(str(pattern), _kind(field.annotation)) if pattern else _kind(field.annotation)


def _kind(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        told = [item.words for item in arguments if isinstance(item, Kind)]
        return told[0] if told else _kind(arguments[0])
    if origin in (typing.Union, types.UnionType):
        kinds = dict.fromkeys(_kind(one) for one in arguments if one is not type(None))
        return " or ".join(kinds)
    if origin is Literal:
        return f"one of {', '.join(repr(one) for one in arguments)}"
    if origin in (tuple, list):
        inner = arguments[0]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return "a list of tables"
        return f"a list, each {_kind(inner)}"
    if origin is dict:
        return "a table"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a table"
    return WORDS.get(annotation, "a value")


BOUNDS: tuple[tuple[type, str, Callable[[Any], Any]], ...] = (
    (Gt, "above {}", lambda bound: bound.gt),
    (Ge, "{} or more", lambda bound: bound.ge),
    (Lt, "below {}", lambda bound: bound.lt),
    (Le, "at most {}", lambda bound: bound.le),
    (MinLen, "{} characters or more", lambda bound: bound.min_length),
    (MaxLen, "at most {} characters", lambda bound: bound.max_length),
)


def limits_of(field: FieldInfo) -> str:
    """The range of a key, in base units; empty where there is none."""
    if typing.get_origin(field.annotation) in (tuple, list, dict):
        return "not empty" if any(isinstance(item, MinLen) for item in field.metadata) else ""
    found = [
        words.format(f"{value:g}" if isinstance(value, (int, float)) else value)
        for kind, words, limit in BOUNDS
        for item in field.metadata
        if isinstance(item, kind) and (value := limit(item)) is not None
    ]
    return ", ".join(found)
