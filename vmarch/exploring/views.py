"""The views there are: what each shows of a state, as data for its page and as rows for a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from vmarch.exploring.breakdown import breakdown, breakdown_rows
from vmarch.exploring.state import State
from vmarch.exploring.underload import MORE as OF_LOAD
from vmarch.exploring.underload import loaded, loaded_rows
from vmarch.exploring.way import MORE as OF_WAY
from vmarch.exploring.way import way, way_rows
from vmarch.output import Row

__all__ = ["VIEWS", "View"]


@dataclass(frozen=True)
class View:
    """A view.

    Attributes:
        title: in the navigation.
        data: what its page shows of a state.
        rows: the same as rows of a file.
        more: what only this view's addresses say, with the values that hold where nothing is said.
    """

    title: str
    data: Callable[[State], Mapping[str, object]]
    rows: Callable[[State], Sequence[Row]]
    more: Mapping[str, str] = field(default_factory=dict)


VIEWS: dict[str, View] = {
    "time": View("Where the time goes", breakdown, breakdown_rows),
    "load": View("Under load", loaded, loaded_rows, OF_LOAD),
    "path": View("The path", way, way_rows, OF_WAY),
}
