"""`vmarch list`: what there is."""

from __future__ import annotations

import click

from architectures import architecture_names, load_architecture
from architectures.protection import load_policy, policy_names
from experiments.claims import claim_names, load_claim
from experiments.claims.judge import ERAS, host_of
from experiments.commands.options import OneOf, formats
from experiments.commands.printing import show, table
from experiments.experiment import experiment_names, load_experiment
from simcore.hosts import host_names, load_host
from vmarch.output import Row
from workloads import load_workload, workload_names

__all__ = ["command"]


def hosts() -> list[Row]:
    """One row for each host preset."""
    rows: list[Row] = []
    for name in host_names():
        host = load_host(name)
        assist = "nested paging" if host.nested_paging else "yes" if host.hardware_assist else "no"
        rows.append(
            {
                "name": name,
                "title": host.title,
                "year": host.year,
                "isa": host.isa,
                "cores": host.cores,
                "frequency_hz": host.frequency_hz,
                "hardware_assist": assist,
                "disk": host.disk.kind,
                "source": host.source,
            }
        )
    return rows


def architectures() -> list[Row]:
    """One row for each architecture."""
    rows: list[Row] = []
    for name in architecture_names():
        one = load_architecture(name)
        rows.append(
            {
                "name": name,
                "title": one.title,
                "family": one.family,
                "cpu": one.cpu,
                "mmu": one.mmu,
                "io": one.io,
                "placement": one.placement,
            }
        )
    return rows


def workloads() -> list[Row]:
    """One row for each workload."""
    rows: list[Row] = []
    for name in workload_names():
        one = load_workload(name)
        rows.append(
            {
                "name": name,
                "title": one.title,
                "kind": one.kind,
                "unit": one.unit,
                "tasks": one.tasks.count,
                "source": one.source,
            }
        )
    return rows


def experiments() -> list[Row]:
    """One row for each parameter of each experiment."""
    rows: list[Row] = []
    for name in experiment_names():
        experiment = load_experiment(name)
        for one in experiment.settings:
            default, quick = (",".join(map(str, v)) if isinstance(v, tuple) else v for v in (one.default, one.quick))
            rows.append(
                {
                    "name": name,
                    "title": experiment.title,
                    "parameter": one.name,
                    "default": default,
                    "quick": default if quick is None else quick,
                    "meaning": one.meaning,
                }
            )
    return rows


def claims() -> list[Row]:
    """One row for each claim."""
    rows: list[Row] = []
    for name in claim_names():
        claim = load_claim(name)
        hosts = {era: host_of(name, era) for era in ERAS}
        rows.append({"name": name, **hosts, "claim": claim.statement, "source": claim.why_then})
    return rows


def policies() -> list[Row]:
    """One row for each policy."""
    found = map(load_policy, policy_names())
    return [
        {
            "name": one.name,
            "title": one.title,
            "fits": " ".join(one.fits),
            "trusts anew": one.trusts,
            "source": one.source,
        }
        for one in found
    ]


KINDS = {
    "hosts": hosts,
    "architectures": architectures,
    "workloads": workloads,
    "experiments": experiments,
    "claims": claims,
    "policies": policies,
}


@click.command("list")
@click.argument("kind", type=OneOf(list(KINDS)))
@formats
def command(kind: str, form: str) -> None:
    """What there is: hosts, architectures, workloads, experiments with their parameters, claims, policies."""
    rows = KINDS[kind]()
    if form != "table":
        show(rows, form)
        return
    columns = [column for column in rows[0] if column != "source"]
    table(kind, [[_shown(column, row[column]) for column in columns] for row in rows], columns, left=len(columns))


def _shown(column: str, value: object) -> str:
    return f"{float(str(value)) / 1e9:g} GHz" if column == "frequency_hz" else str(value)
