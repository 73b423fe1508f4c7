"""`vmarch experiment`: one experiment, or all of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from experiments.commands.printing import print_table
from experiments.experiment import Experiment, experiment_names, load_experiment, perform
from experiments.page.results import write_page
from simcore.errors import InputError
from simcore.schema import read_toml
from vmarch.asking import jobs_of
from vmarch.workers import Workers

__all__ = ["check_all", "command", "main", "perform_all", "print_page"]

COMMON = ("host", "seed", "replications", "operations")


def _settings(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--host", default=None, help="A host preset, or a TOML file. [default: the experiment's]"),
            click.option("--seed", type=int, default=None, help="Master seed of all random streams. [default: 1]"),
            click.option("--replications", type=int, default=None, help="Independent runs of each scenario."),
            click.option("--operations", type=int, default=None, help="Measured in each run."),
            click.option("--quick", is_flag=True, help="Fewer points, shorter runs, wider intervals."),
            click.option("--set", "given", multiple=True, metavar="PARAM=VALUE", help="A parameter of the experiment."),
            click.option(
                "--parameters",
                type=click.Path(path_type=Path),
                default=None,
                metavar="FILE.toml",
                help="Settings from a file: of all experiments, and [NAME] of one.",
            ),
            click.option(
                "--out",
                type=click.Path(path_type=Path),
                default=Path("results"),
                show_default=True,
                help="Folder for results.",
            ),
            click.option("--jobs", type=int, default=None, help="Processes. [default: the processors at hand]"),
        )
    ):
        function = option(function)
    return function


@click.command("experiment")
@click.argument("name")
@_settings
def command(name: str, **options: Any) -> None:
    """Run the experiment NAME, or all of them.

    `vmarch list experiments` names them with their parameters. Writes the table, the figures and what made them into
    OUT/NAME, reuses what had finished there, and renews the page OUT/index.html.
    """
    _run(experiment_names() if name == "all" else (load_experiment(name).name,), options)


def main(experiment: Experiment) -> None:
    """The command line of an experiment's own module, `python -m experiments.catalogue.NAME`."""
    from experiments.commands.main import main as command_line

    command_line(["experiment", experiment.name, *sys.argv[1:]], prog_name="vmarch")


def _run(names: tuple[str, ...], options: dict[str, Any]) -> None:
    jobs = options["jobs"]
    if jobs is not None and not 1 <= jobs <= 1024:
        raise InputError("--jobs", jobs, "1 to 1024")
    common = {key: options[key] for key in COMMON if options[key] is not None}
    own = dict(_pair(text) for text in options["given"])
    if own and len(names) > 1:
        raise InputError("--set", options["given"][0], "one experiment: for all of them, use --parameters")
    file = _file(options["parameters"])
    given = {name: {**file.get("", {}), **file.get(name, {}), **common, **own} for name in names}
    out = options["out"]
    check_all(names, quick=options["quick"], given=given)
    with Workers(jobs_of(jobs)) as workers:
        perform_all(names, out, workers, quick=options["quick"], given=given)
    print_page(out)


Given = dict[str, dict[str, object]]


def check_all(names: tuple[str, ...], *, quick: bool, given: Given) -> None:
    """Refuses what an experiment cannot be given, before anything runs.

    Raises:
        InputError: a setting that is not allowed.
    """
    for name in names:
        load_experiment(name).values(quick, given[name])


def perform_all(names: tuple[str, ...], out: Path, workers: Workers, *, quick: bool, given: Given) -> None:
    """Runs experiments, and prints the reading of each; the figures follow, by the workers."""
    for name in names:
        found = perform(load_experiment(name), out, workers, quick=quick, **given[name])
        for one in found.tables:
            print_table(one)
        click.echo(f"{name}: {found.reading}\n")


def print_page(out: Path) -> None:
    """Renews the page of all results, and says where it is."""
    click.echo(f"Tables, plots and what made them: {out}; the page of all of them: {write_page(out)}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise InputError("--set", text, "PARAM=VALUE, such as guests=8")
    return name.strip(), value.strip()


def _file(path: Path | None) -> dict[str, dict[str, object]]:
    """Settings of a file: common ones under the empty name, an experiment's own under its name."""
    if path is None:
        return {}
    read = read_toml(path)
    for name, value in read.items():
        if isinstance(value, dict):
            load_experiment(name)
    tables = {name.replace("-", "_"): value for name, value in read.items() if isinstance(value, dict)}
    return {"": {name: value for name, value in read.items() if not isinstance(value, dict)}, **tables}
