"""Options that commands share, and what they mean."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from architectures import architecture_names, load_architecture
from experiments.compare import Precision
from experiments.runs import Plan
from experiments.scenario import Scenario
from simcore.engines import ANALYTIC, AUTO, ENGINES
from simcore.errors import CapabilityError, InputError, unknown
from simcore.hosts import load_host
from simcore.units import quantity
from workloads import load_workload, workload_names

__all__ = [
    "OneOf",
    "formats",
    "out",
    "plan_of",
    "precision_of",
    "progress_bar",
    "running",
    "scenario_options",
    "scenarios",
]

F = TypeVar("F", bound=Callable[..., Any])


class OneOf(click.Choice[str]):
    """A choice that suggests the nearest."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The value, if it is one of the choices."""
        del ctx
        if value not in self.choices:
            raise unknown(param.opts[-1] if param else "choice", str(value), self.choices)
        return str(value)


formats = click.option("--format", "form", type=OneOf(["table", "csv", "json"]), default="table", help="How to print.")
out = click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="Folder for results; finished work there is reused."
)


def _all(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


scenario_options = _all(
    click.option("--host", default="server", show_default=True, help="A host preset, or a TOML file."),
    click.option("--guests", type=int, default=1, show_default=True, help="Identical guests on the host."),
    click.option(
        "--vcpus", type=int, default=None, help="Virtual processors of each guest. [default: the host's cores]"
    ),
    click.option("--set", "costs", multiple=True, metavar="COST=VALUE", help="A cost in place of the table's."),
    click.option("--guest-os", default=None, help="The guest's operating system family."),
    click.option("--guest-isa", default=None, help="The guest's instruction set."),
    click.option("--unmodifiable-guest", is_flag=True, help="The guest's kernel cannot be changed."),
)

running = _all(
    click.option("--seed", type=int, default=1, show_default=True, help="Master seed of all random streams."),
    click.option("--replications", type=int, default=5, show_default=True, help="Independent runs of each scenario."),
    click.option("--precision", default=None, metavar="P", help="Add runs until slowdowns are within, say, 1%."),
    click.option("--level", type=float, default=0.95, show_default=True, help="Confidence level of all intervals."),
    click.option("--operations", type=int, default=None, help="Measured in each run. [default: the workload's]"),
    click.option("--warmup", type=int, default=None, help="Operations to leave out first. [default: detected]"),
    click.option("--engine", default=AUTO, show_default=True, help="What runs the model."),
    click.option("--deterministic", is_flag=True, help="Every draw is its mean."),
    click.option("--jobs", type=int, default=None, help="Processes. [default: the processors at hand]"),
)


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


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal, nothing elsewhere; the function it gives is called with done and total."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
