"""Where the time goes: one operation under several architectures, by layer, and the charges behind each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from architectures import load_architecture
from simcore.errors import CapabilityError
from simcore.path import Layer
from simcore.summing import added
from vmarch.answers.explain import Explanation
from vmarch.asking import scenarios
from vmarch.explanation import layers
from vmarch.exploring.choices import choices, cost_row, cost_sliders, demand_sliders
from vmarch.exploring.state import State
from vmarch.output import Row
from vmarch.provenance import Line
from vmarch.scenario import Scenario
from workloads import load_workload

__all__ = ["breakdown", "breakdown_rows"]


def breakdown(state: State) -> Mapping[str, object]:
    """Bars by layer, the charges behind them, and what can be moved.

    Raises:
        InputError: a cost that none of the architectures charges, an unknown demand, or an amount out of range.
    """
    found = _explained(state)
    bare = next((added(layers(one.answer.bare).values()) for one in found if one.answer), 0.0)
    weights: dict[str, float] = {}
    for one in found:
        for name, seconds in one.by_cost.items():
            weights[name] = max(weights.get(name, 0.0), seconds)
    workload = load_workload(state.workload)
    return {
        "view": "time",
        "title": f"Where the time of one {workload.unit} goes: {workload.title}",
        "note": "One operation that has the machine to itself, every draw at its mean; what goes on in the background "
        "is not in the bars.",
        "bars": [one.bar(bare) for one in found],
        "costs": cost_sliders(weights, state, [one.name for one in found if one.answer]),
        "demands": demand_sliders(state),
        "layers": [str(layer) for layer in Layer],
        "choices": choices(),
        "state": state.seen,
        "address": state.address,
        "command": "\n".join(
            f"vmarch explain {state.workload} {name} {state.words}".rstrip() for name in state.architectures
        ),
        "python": _program(state),
    }


def breakdown_rows(state: State) -> Sequence[Row]:
    """One row for each charge under each architecture, as `vmarch explain` has them.

    Raises:
        InputError: as for `breakdown`.
    """
    return [
        {"architecture": one.name, **row}
        for one in _explained(state)
        if one.answer is not None
        for row in one.answer.rows
    ]


class _Explained:
    """One architecture's answer, or why there is none."""

    def __init__(self, name: str, answer: Explanation | None, refused: str) -> None:
        self.name, self.answer, self.refused = name, answer, refused

    @property
    def by_cost(self) -> Mapping[str, float]:
        """Seconds that each cost takes, background included."""
        found: dict[str, float] = {}
        for line in self.answer.lines if self.answer else ():
            found[line.cost] = found.get(line.cost, 0.0) + line.seconds
        return found

    def bar(self, bare: float) -> Mapping[str, object]:
        """What is drawn of it."""
        title = load_architecture(self.name).title
        if self.answer is None:
            return {"name": self.name, "title": title, "refused": self.refused}
        spent = dict.fromkeys(map(str, Layer), 0.0)
        for line in self.answer.lines:
            if not line.background:
                spent[line.layer] += line.seconds
        total = self.answer.seconds
        return {
            "name": self.name,
            "title": title,
            "seconds": total,
            "ratio": total / bare if bare else None,
            "layers": {name: seconds for name, seconds in spent.items() if seconds},
            "charges": [_charge(line) for line in self.answer.lines],
            "costs": _costs(self.answer.scenario, self.answer.lines),
        }


def _explained(state: State) -> list[_Explained]:
    found = scenarios([state.workload], state.architectures, **state.options)
    return [
        _Explained(name, None, str(one)) if isinstance(one, CapabilityError) else _Explained(name, Explanation(one), "")
        for _, name, one in found
    ]


def _charge(line: Line) -> Row:
    return {
        "step": line.label,
        "layer": line.layer,
        "where": line.domain or line.kind,
        "cost": line.cost,
        "factors": line.factors,
        "count": line.count,
        "seconds": line.seconds,
        "status": str(line.status),
        "idle": line.when_idle,
        "background": line.background,
    }


def _costs(scenario: Scenario, lines: Sequence[Line]) -> Mapping[str, Row]:
    names = dict.fromkeys(name for line in lines for name in (line.cost, *line.factors))
    return {name: cost_row(scenario.book[name], scenario.book.clock_hz) for name in names}


def _program(state: State) -> str:
    given = f", {state.arguments}" if state.arguments else ""
    return (
        "import vmarch\n\n"
        f"for name in {list(state.architectures)!r}:\n"
        f"    found = vmarch.explain({state.workload!r}, name{given})\n"
        "    print(name, found.seconds, found.layers.to_dict())\n"
    )
