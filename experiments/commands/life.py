"""`vmarch life`: what each operation of a guest's life takes, by architecture, alone or for many guests at once."""

from __future__ import annotations

from pathlib import Path

import click

import vmarch
from architectures.procedures import MEANINGS
from experiments.commands.options import architecture_option, completed, formats, out, pairs
from experiments.commands.printing import print_answer
from vmarch.answers.life import life

__all__ = ["command"]


@click.command("life")
@architecture_option(several=True, otherwise="[default: one of each way to handle guests]")
@click.option(
    "-o",
    "--operation",
    "operations",
    multiple=True,
    shell_complete=completed(lambda: tuple(MEANINGS)),
    help=f"What is done; any number of {', '.join(MEANINGS)}. [default: all]",
)
@click.option("--at-once", type=int, multiple=True, help="For how many guests, all beginning together. [default: 1]")
@click.option("--memory", default="256 MiB", show_default=True, help="Of each guest.")
@click.option("--touched", default=None, help="Of the memory, what was written at all. [default: a quarter]")
@click.option("--changed", default=None, help="Of that, since it was last saved or cloned. [default: a quarter]")
@click.option("--given", default=None, help="What a balloon takes or gives back. [default: a sixteenth of the memory]")
@click.option("--image", default="1 GiB", show_default=True, help="Of its disk, in use.")
@click.option("--vcpus", type=int, default=1, show_default=True, help="Virtual processors of each guest.")
@click.option("--networks", type=int, default=1, show_default=True, help="Network interfaces of each guest.")
@click.option("--guests", type=int, default=0, show_default=True, help="Guests that are there already.")
@click.option("--distribution", is_flag=True, help="A distribution's kernel and services in the guest.")
@click.option("--host", default="server", show_default=True, shell_complete=completed(vmarch.hosts), help="The host.")
@click.option("--cores", type=int, default=None, help="Of the host. [default: its own]")
@click.option(
    "--set",
    "costs",
    multiple=True,
    metavar="COST=VALUE",
    callback=pairs("COST=VALUE, such as monitor_start='5 ms'"),
    help="A cost in place of the tables'.",
)
@formats
@out
def command(
    architectures: tuple[str, ...],
    operations: tuple[str, ...],
    at_once: tuple[int, ...],
    form: str,
    out: Path | None,
    **options: object,
) -> None:
    """What creating, saving, copying, rolling back or stopping guests takes, by architecture.

    The host does nothing else; many at once share its processors, its disk and the management domain. With --out, also
    a picture over the numbers at once.
    """
    found = life(architectures, operations, at_once=at_once or 1, **options)  # type: ignore[arg-type]
    if out:
        found.save(out)
    print_answer(found, form)
