"""What was asked for by name becomes plans, precisions and scenarios."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from architectures import architecture_names, load_architecture
from simcore.engines import ANALYTIC, ENGINES
from simcore.errors import CapabilityError, InputError, unknown
from simcore.hosts import load_host
from simcore.units import quantity
from vmarch.comparison import Precision
from vmarch.runs import Plan
from vmarch.scenario import Scenario
from workloads import load_workload, workload_names

__all__ = ["jobs_of", "plan_of", "precision_of", "scenarios"]


def plan_of(options: dict[str, Any]) -> Plan:
    """The plan that the options describe.

    Raises:
        InputError: an option out of range.
    """
    if options["engine"] not in (*ENGINES, ANALYTIC):
        raise unknown("--engine", options["engine"], (*ENGINES, ANALYTIC))
    if not 0.0 < options["level"] < 1.0:
        raise InputError("--level", options["level"], "above 0 and below 1")
    jobs_of(options["jobs"])
    return Plan(
        seed=options["seed"],
        replications=1 if options["deterministic"] else options["replications"],
        operations=options["operations"],
        warmup=options["warmup"],
        engine=options["engine"],
        deterministic=options["deterministic"],
    )


def precision_of(text: str | None, level: float) -> Precision | None:
    """'1%' or '0.01' as a precision of intervals of a confidence level.

    Raises:
        InputError: not a number, or out of range.
    """
    if text is None:
        return None
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


def scenarios(
    workloads: Sequence[str], architectures: Sequence[str], options: dict[str, Any]
) -> list[tuple[str, str, Scenario | CapabilityError]]:
    """Every workload under every architecture; all of them where none is named. Refused pairs carry their reason.

    Raises:
        InputError: an unknown name, a bad file, an option out of range.
    """
    host = load_host(options["host"])
    overrides = dict(_pair(text) for text in options["costs"])
    chosen = [load_architecture(name) for name in dict.fromkeys(architectures or architecture_names())]
    known = {name for architecture in chosen for name in architecture.book(host).names}
    for name in overrides:
        if name not in known:
            raise unknown("--set", name, known)
    result: list[tuple[str, str, Scenario | CapabilityError]] = []
    for workload in [load_workload(name) for name in dict.fromkeys(workloads or workload_names())]:
        for architecture in chosen:
            scenario: Scenario | CapabilityError
            mine = {name: value for name, value in overrides.items() if name in architecture.book(host)}
            try:
                scenario = Scenario(
                    workload,
                    architecture,
                    host,
                    guests=options["guests"],
                    vcpus=options["vcpus"],
                    overrides=mine,
                    guest_os=options["guest_os"],
                    guest_isa=options["guest_isa"],
                    modifiable=False if options["unmodifiable_guest"] else None,
                )
                _ = scenario.model
            except CapabilityError as refusal:
                scenario = refusal
            result.append((workload.name, architecture.name, scenario))
    return result


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise InputError("--set", text, "COST=VALUE, such as vm_exit='1000 cycles'")
    return name.strip(), value.strip()
