"""`vmarch infer`: the demands of a job from its times on some architectures, and its times on the others."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from architectures import Architecture, architecture_names, load_architecture
from experiments.commands.options import formats, out
from experiments.commands.printing import table
from simcore.errors import CapabilityError, InputError, unknown
from simcore.hosts import Host, load_host
from simcore.units import format_seconds, quantity
from vmarch.inference.infer import Inferred, Measured, check_known, infer
from vmarch.inference.prior import COMPONENTS, Prior, applications, takes
from vmarch.inference.report import demand_rows, draw, time_rows, workload_text
from vmarch.inference.times import read_times
from vmarch.output import Row, csv_text, json_text, manifest, prepare, write

__all__ = ["command"]

KEPT = 4  # one draw in so many
FEW = 30  # mixes that count, below which nothing known resembles the job


@click.command("infer")
@click.argument("times", type=click.Path(path_type=Path))
@click.option("--host", default="server", show_default=True, help="A host preset, or a TOML file.")
@click.option("--predict", default=None, metavar="ARCH,...", help="Architectures to predict. [default: all others]")
@click.option(
    "--demand", "demands", multiple=True, metavar="NAME=AMOUNT", help="A demand that was counted, such as page_faults."
)
@click.option("--error", default="2%", show_default=True, help="Standard error of a time without low and high.")
@click.option("--draws", type=int, default=4000, show_default=True, help="Draws of costs and mixes.")
@click.option("--seed", type=int, default=1, show_default=True, help="Master seed of all random streams.")
@formats
@out
def command(times: Path, demands: tuple[str, ...], form: str, out: Path | None, **options: Any) -> None:
    """A job's demands from its times on some architectures, and its times on the others.

    TIMES is a CSV file: architecture,value,unit and perhaps low,high, the ends of 90 %.
    """
    _check(options)
    host = load_host(options["host"])
    measured = read_times(times, _share(options["error"]))
    known = _counted(demands)
    chosen = _chosen(measured, options["predict"], host)
    tables = takes(chosen, host, options["draws"], options["seed"])
    check_known(known, COMPONENTS, tables, measured)
    if out:
        prepare(out)
    prior = Prior.on(host, applications())
    found = infer(prior, tables, measured, known, keep=options["draws"] // KEPT, seed=options["seed"])
    rows = time_rows(found, measured)
    parts = demand_rows(found, tables["native"][0], known)
    if out:
        asked = {"command": "infer", "times": times.name, "demand": list(demands), **options}
        given = [{"architecture": m.architecture, "seconds": m.seconds, "error": m.error} for m in measured]
        write(out / "infer.csv", csv_text(rows))
        write(out / "demands.csv", csv_text(parts))
        write(out / "workload.toml", workload_text(times.stem, parts, measured, host.name))
        write(out / "infer.json", manifest({**asked, "measured": given, "prior": list(prior.workloads)}))
        draw(out / "infer", rows, host.title, _title(rows))
    if form == "table":
        _print(rows, parts, host)
    else:
        sys.stdout.write(csv_text(rows) if form == "csv" else json_text({"times": rows, "demands": parts}))
    _warn(found, measured)


def _check(options: dict[str, Any]) -> None:
    for field, value, low, high in (("draws", options["draws"], 400, 100_000), ("seed", options["seed"], 0, 2**63 - 1)):
        if not low <= value <= high:
            raise InputError(f"--{field}", value, f"{low} to {high}")


def _share(text: str) -> float:
    """'2%' or 0.02 as a number."""
    number = text.strip().removesuffix("%")
    try:
        share = quantity("--error", number, "ratio") * (0.01 if number != text.strip() else 1.0)
    except InputError:
        share = -1.0
    if not 0.0 <= share < 1.0:
        raise InputError("--error", text, "0 or more and below 100 %, such as '2%' or 0.02")
    return share


def _counted(texts: Sequence[str]) -> dict[str, float]:
    """Demands that were counted, by name."""
    known: dict[str, float] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise InputError("--demand", text, "NAME=AMOUNT, such as page_faults=75000")
        if name not in COMPONENTS:
            raise unknown("--demand", name, COMPONENTS)
        if name in known:
            raise InputError("--demand", name, "each demand once")
        dimension = "cycles" if name.endswith("_cycles") else "time" if name == "wait" else "ratio"
        known[name] = quantity(f"--demand {name}", value, dimension)
        if not 0.0 <= known[name] <= 1e18:
            raise InputError(f"--demand {name}", value, "0 to 1e18")
    return known


def _chosen(measured: Sequence[Measured], predict: str | None, host: Host) -> list[Architecture]:
    """Native, those measured and those to predict; where none was named, what cannot run on the host is left out."""
    given = [item.architecture for item in measured]
    asked = [name.strip() for name in predict.split(",")] if predict is not None else None
    if asked is not None and not all(asked):
        raise InputError("--predict", predict, "names of architectures, separated by commas")
    wanted: list[Architecture] = []
    for name in dict.fromkeys(("native", *given, *(architecture_names() if asked is None else asked))):
        architecture = load_architecture(name)
        try:
            architecture.check(host, guest_os=host.os, guest_isa="", modifiable=True)
        except CapabilityError:
            if name in given or asked is not None:
                raise
            continue
        wanted.append(architecture)
    return wanted


def _title(rows: Sequence[Row]) -> str:
    guessed = [row for row in rows if row["kind"] == "predicted"]
    if not guessed:
        return "The times that were measured"
    best = min(guessed, key=lambda row: float(str(row["predicted_s"])))
    span = f"{_time(best, 'predicted_low_s')} to {_time(best, 'predicted_high_s')}"
    return f"Of those not measured, {best['architecture']} is likely the fastest: {span}"


def _time(row: Row, key: str) -> str:
    return format_seconds(float(str(row[key]))) if row[key] != "" else ""


def _print(rows: Sequence[Row], parts: Sequence[Row], host: Host) -> None:
    lines = [
        [
            str(row["architecture"]),
            _time(row, "measured_s"),
            _time(row, "predicted_s"),
            f"{_time(row, 'predicted_low_s')} .. {_time(row, 'predicted_high_s')}",
            f"{row['slowdown']:.3g}",
            f"{row['slowdown_low']:.3g} .. {row['slowdown_high']:.3g}",
        ]
        for row in rows
    ]
    columns = ("architecture", "measured", "predicted", "90 % range", "slowdown", "90 % range")
    table(f"Times on {host.name}, the job alone", lines, columns)
    cells = [
        [
            str(row["demand"]),
            f"{row['amount']:.3g}",
            f"{row['low']:.3g} .. {row['high']:.3g}",
            f"{100 * float(str(row['native_share'])):.1f} %",
            str(row["told"]),
        ]
        for row in parts
    ]
    table("Demands", cells, ("demand", "amount", "90 % range", "of native time", "told by the times"))


def _warn(found: Inferred, measured: Sequence[Measured]) -> None:
    """Says on standard error what makes the answer doubtful."""
    for item in measured:
        met = float(np.median(found.times[item.architecture]))
        if abs(np.log(met / item.seconds)) > 3.0 * max(item.error, 0.005):
            click.echo(
                f"{item.architecture}: no demands of 0 or more explain {format_seconds(item.seconds)} "
                f"together with the other times; the nearest is {format_seconds(met)}",
                err=True,
            )
    if found.effective < FEW:
        click.echo(
            f"only {found.effective:.0f} mixes of known workloads explain these times: "
            "nothing known resembles the job, or more --draws are needed",
            err=True,
        )
