"""Experiments, one after the other, with what each found printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments.commands.printing import print_table
from experiments.experiment import load_experiment, perform
from experiments.page.results import write_page
from vmarch.figures.frame import PAGE, Size
from vmarch.workers import Workers

__all__ = ["check_all", "perform_all", "print_page"]

Given = dict[str, dict[str, Any]]


def check_all(names: tuple[str, ...], *, quick: bool, given: Given) -> None:
    """Refuses what an experiment cannot be given, before anything runs.

    Raises:
        InputError: a setting that is not allowed.
    """
    for name in names:
        load_experiment(name).values(quick, given[name])


def perform_all(
    names: tuple[str, ...], out: Path, workers: Workers, *, quick: bool, given: Given, size: Size = PAGE
) -> None:
    """Runs experiments, and prints the reading of each; the figures follow, by the workers."""
    for name in names:
        found = perform(load_experiment(name), out, workers, quick=quick, size=size, **given[name])
        for one in found.tables:
            print_table(one)
        click.echo(f"{name}: {found.reading}\n")


def print_page(out: Path) -> None:
    """Renews the page of all results, and says where it is."""
    click.echo(f"Tables, plots and what made them: {out}; the page of all of them: {write_page(out)}")
