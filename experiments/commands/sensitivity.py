"""`vmarch sensitivity`: which cost decides a workload's slowdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from experiments.commands.options import OneOf, formats, out, scenario_options
from experiments.commands.printing import show, table
from simcore.errors import InputError
from vmarch.asking import jobs_of, scenarios
from vmarch.output import csv_text, manifest, prepare, write
from vmarch.progress import progress_bar
from vmarch.runs import Plan, check_length
from vmarch.scenario import Scenario
from vmarch.sensitivity.report import Answer
from vmarch.sensitivity.study import METHODS, Effect, Index, Question, Screened, loaded, morris, sobol, tornado
from vmarch.workers import Workers

__all__ = ["command"]

SAMPLES = {"tornado": (0, 0), "morris": (50, 10), "sobol": (1024, 64)}  # by hand, simulated
MOST_SAMPLES = 2**20


@click.command("sensitivity")
@click.option("--workload", "-w", required=True, help="A workload, or a TOML file.")
@click.option("--architecture", "-a", required=True, help="An architecture, or a TOML file.")
@click.option(
    "--metric", type=OneOf(["slowdown", "response"]), default="slowdown", show_default=True, help="What is moved."
)
@click.option("--method", type=OneOf(list(METHODS)), default="tornado", show_default=True, help="How to look.")
@click.option(
    "--samples",
    type=int,
    default=None,
    help="Trajectories of Morris, or points of Sobol's sequence. [default: 50, 1024; simulated 10, 64]",
)
@click.option(
    "--simulate/--by-hand",
    default=None,
    help="Run each point, or add up its charges. [default: by hand where nothing waits]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Master seed of all random streams.")
@click.option("--replications", type=int, default=1, show_default=True, help="Simulated runs of each point.")
@click.option("--operations", type=int, default=200, show_default=True, help="Measured in each simulated run.")
@click.option("--jobs", type=int, default=None, help="Processes. [default: the processors at hand]")
@scenario_options
@formats
@out
def command(
    workload: str,
    architecture: str,
    metric: str,
    method: str,
    samples: int | None,
    simulate: bool | None,
    form: str,
    out: Path | None,
    **options: Any,
) -> None:
    """Which cost decides: every cost moved over its range, one by one or all at once."""
    scenario = scenarios([workload], [architecture], options)[0][2]
    if not isinstance(scenario, Scenario):
        raise scenario
    if metric == "slowdown" and scenario.architecture.name == "native":
        raise InputError("--metric", metric, "response: the bare machine has no slowdown")
    runs = loaded(scenario) if simulate is None else simulate
    plan = Plan(options["seed"], options["replications"], options["operations"])
    size = SAMPLES[method][runs] if samples is None else samples
    if samples is not None and not 2 <= samples <= MOST_SAMPLES:
        raise InputError("--samples", samples, f"2 to {MOST_SAMPLES}")
    if method == "sobol" and size & (size - 1):
        raise InputError("--samples", size, "a power of two, such as 1024: Sobol's sequence is balanced only then")
    jobs = jobs_of(options["jobs"])
    check_length(scenario, plan)
    if out:
        prepare(out)
    with progress_bar("points") as progress, Workers(jobs) as workers:
        question = Question(scenario, metric, plan if runs else None, workers, progress)
        nominal = question.nominal
        band = None if runs else question.interval()
        found: Sequence[Effect | Screened | Index]
        if method == "tornado":
            found = tornado(question)
        else:
            found = (morris if method == "morris" else sobol)(question, size, plan.seed)
    answer = Answer(question, method, nominal, band, found, size)
    if out:
        name = f"{method}-{scenario.workload.name}-{scenario.architecture.name}".replace(".", "-")
        write(out / f"{name}.csv", csv_text(answer.rows))
        asked = {"command": "sensitivity", "workload": workload, "architecture": architecture, "metric": metric}
        made = {"method": method, "samples": size, "by": "simulation" if runs else "hand", "nominal": nominal}
        settings = {key: value for key, value in options.items() if key != "jobs"}
        write(out / f"{name}.json", manifest({**asked, **made, **settings}))
        if found:
            answer.draw(out / name)
    if form == "table":
        _print(answer)
    else:
        show(answer.rows, form)


def _print(answer: Answer) -> None:
    """The table, and its reading."""
    if answer.found:
        table(answer.head, answer.lines, answer.columns, left=3)
    click.echo(f"{answer.finding}.")
    if answer.band and answer.found:
        low, high, nominal = map(answer.words, (*answer.band, answer.nominal))
        click.echo(
            f"With every cost drawn over its range at once, 90 % lie from {low} to {high}; nominal is {nominal}."
        )
    if not answer.question.plan and loaded(answer.question.scenario):
        click.echo("By hand nobody waits. Here tasks wait for each other, or work goes on behind them: try --simulate.")
