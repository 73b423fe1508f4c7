"""The path: one request's way through layers and domains, step by step, alone or among others."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from architectures import load_architecture
from simcore.errors import unknown
from simcore.hosts import load_host
from simcore.path import Layer
from vmarch.exploring.choices import choices
from vmarch.exploring.state import State, whole
from vmarch.output import Row
from vmarch.walking import Step, Walk, walked
from workloads import load_workload

__all__ = ["MORE", "way", "way_rows"]

MORE = {"guests": "1", "clients": "1", "think": "", "cores": "", "dom0": "", "follow": "slowest", "under": ""}


def way(state: State) -> Mapping[str, object]:
    """The boxes there are, and the steps of a request.

    Raises:
        InputError: a value that cannot be used.
        CapabilityError: the architecture cannot carry the workload.
        StuckError: the run could not proceed.
    """
    under, found = _under(state), _walked(state)
    followed = min(step.tail for step in found.steps)  # a sender who waits for nothing is followed in the background
    own = [step for step in found.steps if step.tail == followed]
    workload, architecture = load_workload(state.workload), load_architecture(under)
    domains = list(dict.fromkeys(name for name in _domains(found) if _is_domain(found, name)))
    devices = [name for name in dict.fromkeys(step.where for step in found.steps) if name not in (*domains, "outside")]
    return {
        "view": "path",
        "title": f"The path of one {workload.unit}: {workload.title}, under {architecture.title}",
        "architecture": {"name": under, "title": architecture.title},
        "domains": [{"name": name, "layers": _layers(found, name)} for name in domains],
        "devices": devices,
        "outside": any(step.where == "outside" for step in found.steps),
        "layers": [str(layer) for layer in Layer],
        "steps": [_step(step) for step in own],
        "behind": [_step(step) for step in found.steps if step.tail != followed],
        "waited_for": not followed,
        "response": own[-1].began_s + own[-1].seconds if followed else found.response_s,
        "mean": found.mean_s,
        "tasks": sum(tasks.count for tasks in found.scenario.model.classes),
        "own": {"cores": load_host(state.host).cores},
        "choices": choices(),
        "state": {**state.seen, "more": {**state.more, "under": under}},
        "address": state.address,
        "command": _command(state, under),
        "python": _program(state, under),
    }


def way_rows(state: State) -> Sequence[Row]:
    """One row for each step.

    Raises:
        InputError, CapabilityError, StuckError: as for `way`.
    """
    return [
        {
            "workload": state.workload,
            "architecture": _under(state),
            "step": step.label,
            "waits": step.is_wait,
            "layer": step.layer,
            "where": step.where,
            "began_s": step.began_s,
            "seconds": step.seconds,
            "only_if_idle": step.when_idle,
            "background": step.tail,
        }
        for step in _walked(state).steps
    ]


def _under(state: State) -> str:
    """The architecture that is looked at: what is asked for, or the first chosen that is not the bare machine."""
    names = [one["name"] for one in choices()["architectures"]]  # type: ignore[attr-defined]
    said = state.more["under"]
    if said and said not in names:
        raise unknown("under", said, names)
    return said or next((name for name in ("xen-pv", *state.architectures) if name in state.architectures), "native")


def _given(state: State) -> dict[str, Any]:
    said = state.more
    given: dict[str, Any] = {"guests": whole("guests", said["guests"]), "clients": whole("clients", said["clients"])}
    given |= {"think": said["think"]} if said["think"] else {}
    given |= {"cores": whole("cores", said["cores"])} if said["cores"] else {}
    given |= {"back_end_vcpus": whole("dom0", said["dom0"])} if said["dom0"] else {}
    return {**given, "follow": said["follow"]}


def _walked(state: State) -> Walk:
    return walked(state.workload, _under(state), **_given(state), **_known(state))


def _known(state: State) -> dict[str, Any]:
    """Host, demands, and those costs that this architecture has: others may be moved too."""
    book = load_architecture(_under(state)).book(load_host(state.host))
    costs = {name: value for name, value in state.costs.items() if name in book}
    return {**state.options, "costs": costs}


def _domains(found: Walk) -> Sequence[str]:
    """The domains that this request comes to, the guest's first."""
    model = found.scenario.model
    home = model.domains[model.classes[0].domain].name
    return [home, *(step.where for step in found.steps)]


def _is_domain(found: Walk, name: str) -> bool:
    return any(domain.name == name for domain in found.scenario.model.domains)


def _layers(found: Walk, domain: str) -> Sequence[str]:
    used = {step.layer for step in found.steps if step.where == domain and not step.is_wait}
    return [str(layer) for layer in Layer if layer in used]


def _step(step: Step) -> Mapping[str, object]:
    return asdict(step)


def _command(state: State, under: str) -> str:
    words = shlex.join(["vmarch", "explain", state.workload, under])
    return f"{words} {state.words}".rstrip()


def _program(state: State, under: str) -> str:
    said = ", ".join(f"{name}={value!r}" for name, value in _given(state).items())
    given = f", {state.arguments}" if state.arguments else ""
    return (
        "from vmarch.walking import walked\n\n"
        f"found = walked({state.workload!r}, {under!r}, {said}{given})\n"
        "for step in found.steps:\n"
        "    print(step.began_s, step.seconds, step.layer, step.where, step.label, step.is_wait)\n"
    )
