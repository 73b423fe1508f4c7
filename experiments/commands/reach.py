"""`vmarch reach`: what an attacker reaches who holds one part of an architecture, and what policies leave of it."""

from __future__ import annotations

from pathlib import Path

import click

from architectures.protection import policy_names
from experiments.commands.options import architecture_option, completed, formats, out
from experiments.commands.printing import print_answer
from vmarch.answers.reach import reach

__all__ = ["command"]


@click.command("reach")
@architecture_option(several=True, otherwise="[default: all]")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    shell_complete=completed(policy_names),
    help="A policy; several hold together. `vmarch list policies` names them.",
)
@click.option("--each", is_flag=True, help="Also under each policy that fits, by itself.")
@click.option(
    "--iommu/--no-iommu", default=True, show_default=True, help="Devices reach only the memory given to them."
)
@formats
@out
def command(
    architectures: tuple[str, ...],
    policies: tuple[str, ...],
    each: bool,
    iommu: bool,
    form: str,
    out: Path | None,
) -> None:
    """What an attacker reaches who holds one part: other guests' memory, devices and life cycle, the machine.

    It follows from the rights that the architecture's description gives, without a further weakness. With --out, also a
    picture.
    """
    found = reach(architectures, policies=policies, each=each, iommu=iommu)
    if out:
        found.save(out)
    print_answer(found, form)
