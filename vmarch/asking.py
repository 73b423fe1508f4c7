"""What was asked for by name becomes plans, precisions and scenarios."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import TypeAlias, TypedDict, TypeVar, Unpack

from architectures import Architecture, architecture_names, charged, load_architecture
from simcore.demands import Demand
from simcore.engines import ANALYTIC, AUTO, ENGINES
from simcore.errors import CapabilityError, InputError, unknown
from simcore.hosts import Host, load_host
from simcore.schema import Described
from simcore.units import quantity
from vmarch.comparison import Precision
from vmarch.runs import Plan
from vmarch.scenario import Scenario
from workloads import Workload, load_workload, workload_names

__all__ = [
    "Architectures",
    "Options",
    "Workloads",
    "architecture_of",
    "demanding",
    "drawing",
    "host_of",
    "jobs_of",
    "level_of",
    "not_charged",
    "plan_of",
    "precision_of",
    "scenario_of",
    "scenarios",
    "several",
    "workload_of",
]

Workloads: TypeAlias = str | Path | Workload | Iterable[str | Path | Workload]
Architectures: TypeAlias = str | Path | Architecture | Iterable[str | Path | Architecture]
Named = TypeVar("Named", Workload, Architecture)


class Options(TypedDict, total=False):
    """What may be said of a scenario.

    Attributes:
        host: a name, the path of a file, or a host.
        guests: identical guests on the host.
        vcpus: virtual processors of each guest; None for as many as the host has cores.
        costs: values by name in place of the tables', such as {"vm_exit": "1000 cycles"}.
        demands: of an operation, by name, in place of the workload's, such as {"page_faults": 100}.
        guest_os, guest_isa, modifiable: of the guest, in place of what the workload needs.
        polling: who polls before a virtual processor sleeps: "none", "host" or "guest", where an architecture's costs
            say how; None for the architecture's own.
        against: the bare machine: "equal" (as many processors as the guests), or "own" (a machine for each guest).
    """

    host: str | Path | Host
    guests: int
    vcpus: int | None
    costs: Mapping[str, float | str]
    demands: Mapping[str, float | str]
    guest_os: str | None
    guest_isa: str | None
    modifiable: bool | None
    polling: str | None
    against: str


def plan_of(
    *,
    seed: int = 1,
    replications: int = 5,
    operations: int | None = None,
    warmup: int | None = None,
    engine: str = AUTO,
    deterministic: bool = False,
) -> Plan:
    """A plan; where every draw is its mean, one replication says all.

    Raises:
        InputError: an unknown engine, or a number out of range.
    """
    if engine not in (*ENGINES, ANALYTIC):
        raise unknown("--engine", engine, (*ENGINES, ANALYTIC))
    return Plan(seed, 1 if deterministic else replications, operations, warmup, engine, deterministic)


def level_of(level: float) -> float:
    """A confidence level.

    Raises:
        InputError: out of range.
    """
    if not 0.0 < level < 1.0:
        raise InputError("--level", level, "above 0 and below 1")
    return level


def drawing(engine: str) -> str:
    """An engine that draws, for an answer with percentiles.

    Raises:
        InputError: it does not.
    """
    if engine == ANALYTIC:
        raise InputError("--engine", engine, "an engine that draws: percentiles have no closed form")
    return engine


def precision_of(text: str | float | None, level: float) -> Precision | None:
    """'1%', '0.01' or 0.01 as a precision of intervals of a confidence level.

    Raises:
        InputError: not a number, or out of range.
    """
    if text is None:
        return None
    text = str(text)
    number = text.strip().removesuffix("%")
    try:
        width = quantity("--precision", number, "ratio") * (0.01 if number != text.strip() else 1.0)
        return Precision(width, level)
    except InputError:
        raise InputError("--precision", text, "above 0 and below 100 %, such as '1%' or 0.01") from None


def jobs_of(jobs: int | None) -> int:
    """Processes to use.

    Raises:
        InputError: out of range.
    """
    if jobs is not None and not 1 <= jobs <= 1024:
        raise InputError("--jobs", jobs, "1 to 1024")
    return jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else jobs or os.cpu_count() or 1


def workload_of(what: str | Path | Workload) -> Workload:
    """A workload by name, by the path of a file, or itself.

    Raises:
        InputError: an unknown name, or a file that is not right.
    """
    return what if isinstance(what, Workload) else load_workload(what)


def architecture_of(what: str | Path | Architecture) -> Architecture:
    """An architecture by name, by the path of a file, or itself.

    Raises:
        InputError: an unknown name, or a file that is not right.
    """
    return what if isinstance(what, Architecture) else load_architecture(str(what))


def host_of(what: str | Path | Host) -> Host:
    """A host by name, by the path of a file, or itself.

    Raises:
        InputError: an unknown name, or a file that is not right.
    """
    return what if isinstance(what, Host) else load_host(str(what))


def scenario_of(
    workload: str | Path | Workload, architecture: str | Path | Architecture, **options: Unpack[Options]
) -> Scenario:
    """One workload under one architecture.

    Raises:
        InputError: as for `scenarios`.
        CapabilityError: the combination cannot exist.
    """
    found = scenarios([workload], [architecture], **options)[0][2]
    if isinstance(found, CapabilityError):
        raise found
    return found


def scenarios(
    workloads: Workloads = (), architectures: Architectures = (), **options: Unpack[Options]
) -> list[tuple[str, str, Scenario | CapabilityError]]:
    """Every workload under every architecture; all of them where none is named. Refused pairs carry their reason.

    Args:
        workloads, architectures: names, paths of files or objects: one, or several.
        options: see Options.

    Raises:
        InputError: an unknown name, a bad file, an option out of range.
    """
    host = host_of(options.get("host", "server"))
    overrides = dict(options.get("costs") or {})
    named = several(architectures) or architecture_names()
    under = [architecture_of(one).polling_as(options.get("polling")) for one in named]
    books = [architecture.book(host) for architecture in under]
    known = {
        name for architecture, book in zip(under, books, strict=True) for name in charged(architecture) if name in book
    }
    for name in overrides:
        if name not in known:
            raise not_charged("--set", name, known, under)
    result: list[tuple[str, str, Scenario | CapabilityError]] = []
    for workload in [
        demanding(workload_of(one), options.get("demands")) for one in several(workloads) or workload_names()
    ]:
        for architecture, book in zip(under, books, strict=True):
            scenario: Scenario | CapabilityError
            try:
                scenario = Scenario(
                    workload,
                    architecture,
                    host,
                    guests=options.get("guests", 1),
                    vcpus=options.get("vcpus"),
                    overrides={name: value for name, value in overrides.items() if name in book},
                    guest_os=options.get("guest_os"),
                    guest_isa=options.get("guest_isa"),
                    modifiable=options.get("modifiable"),
                    against=options.get("against", "equal"),
                )
                _ = scenario.model
            except CapabilityError as refusal:
                scenario = refusal
            result.append((workload.name, architecture.name, scenario))
    return result


def demanding(workload: Workload, demands: Mapping[str, float | str] | None) -> Workload:
    """The workload with some of its demands changed, or others added.

    Raises:
        InputError: an unknown demand, or an amount that is none.
    """
    if not demands:
        return workload
    changed = dict(workload.demands)
    for name, amount in demands.items():
        if name not in list(Demand):
            raise unknown("--demand", name, map(str, Demand))
        number = quantity(f"--demand {name}", amount, "cycles" if name.endswith("_cycles") else "ratio")
        if number < 0.0:
            raise InputError(f"--demand {name}", amount, "0 or more")
        changed[Demand(name)] = number
    return workload.model_copy(update={"demands": changed})


def not_charged(field: str, name: str, known: Set[str], under: Sequence[Architecture]) -> InputError:
    """A cost that none of the architectures has: those there are, the nearest first."""
    near = sorted(known, key=lambda one: (-difflib.SequenceMatcher(None, name, one).ratio(), one))
    whose = under[0].name if len(under) == 1 else "these architectures"
    suggestion = near[0] if difflib.get_close_matches(name, near[:1], cutoff=0.6) else None
    return InputError(field, name, f"a cost that {whose} may charge: {', '.join(near)}", suggestion)


def several(what: str | Path | Named | Iterable[str | Path | Named]) -> list[str | Path | Named]:
    """One or several as a list, each once."""
    given: list[str | Path | Named] = [what] if isinstance(what, str | Path | Described) else list(what)
    return [one for number, one in enumerate(given) if one not in given[:number]]
