"""The reference of the library: every public name, from its docstring."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import vmarch

__all__ = ["page"]

GROUPS = {
    "Questions": "Functions that answer, each by an object of its own.",
    "Answers and objects": "What they return, and what they take.",
    "Errors": "All have `VmarchError` as base; their text is one line.",
}


def page() -> Iterator[str]:
    """The page."""
    yield "# Reference of the library"
    yield ""
    yield "`import vmarch` has these names; [the library](library.md) shows their use."
    for group, text in GROUPS.items():
        yield ""
        yield f"## {group}"
        yield ""
        yield text
        yield ""
        for name in vmarch.__all__:
            value = getattr(vmarch, name)
            if _group(value) != group:
                continue
            kind = "class" if inspect.isclass(value) else "function"
            yield "```{eval-rst}"
            yield f".. auto{kind}:: vmarch.{name}"
            if kind == "class" and group != "Errors":
                yield "   :members:"
                yield "   :exclude-members: model_config"
            yield "```"


def _group(value: object) -> str:
    if not inspect.isclass(value):
        return "Questions"
    return "Errors" if issubclass(value, Exception) else "Answers and objects"
