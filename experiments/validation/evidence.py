"""Which published rows speak for an architecture's costs, and which against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from architectures import architecture_names
from experiments.validation.case import Case
from experiments.validation.coverage import outside
from experiments.validation.predict import Prediction
from simcore.errors import InputError, unknown

__all__ = ["Evidence", "evidence"]


@dataclass(frozen=True)
class Evidence:
    """A predicted row of a system that is, with costs of its paper, the architecture.

    Attributes:
        own: costs that the paper gave, in place of the architecture's.
    """

    row: Prediction
    own: tuple[str, ...]

    @property
    def speaks(self) -> str:
        """`for`: the measured value lies in the range of the costs; `against`: it does not."""
        return "for" if outside(self.row) <= 0.0 else "against"


def evidence(cases: Sequence[Case], found: Sequence[Prediction], architecture: str) -> list[Evidence]:
    """The rows about an architecture, the worst first.

    Raises:
        InputError: an unknown architecture, or one that no case is about.
    """
    if architecture not in architecture_names():
        raise unknown("--against", architecture, architecture_names())
    rows = {
        (one.case, one.table, one.benchmark, one.system, one.metric): one for one in found if one.kind == "predicted"
    }
    about = []
    for case in cases:
        systems = {one.name: one for one in case.system}
        for target in case.target:
            system = systems[target.runs_on]
            if system.architecture == architecture and target.counted:
                about.append(Evidence(rows[case.name, *target.key], tuple(sorted(system.costs))))
    if not about:
        known = sorted({one.architecture for case in cases for one in case.system} & set(architecture_names()))
        raise InputError("--against", architecture, f"an architecture that a case measured: {', '.join(known)}")
    return sorted(about, key=lambda one: -one.row.error)
