"""`vmarch experiment`: one experiment, or all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from experiments.commands.options import slides
from experiments.commands.performing import check_all, perform_all, print_page
from experiments.experiment import experiment_names, load_experiment
from simcore.errors import InputError
from simcore.schema import read_toml
from vmarch.asking import jobs_of
from vmarch.figures.frame import PAGE, SLIDE
from vmarch.workers import Workers

__all__ = ["command"]

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
            slides,
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
        perform_all(names, out, workers, quick=options["quick"], given=given, size=SLIDE if options["slides"] else PAGE)
    print_page(out)


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
