"""`vmarch validate`: every case, its hits and its misses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from experiments.commands.options import formats, out
from experiments.commands.printing import show, table
from experiments.validation.case import Case, Target, case_paths, load_case
from experiments.validation.evidence import Evidence, evidence
from experiments.validation.order import orders
from experiments.validation.predict import Prediction, predict, scenario_of
from experiments.validation.report import draw, errors
from experiments.validation.reports import COLUMNS, Report, in_order, reports
from simcore.errors import InputError
from vmarch.answers.sensitivities import Sensitivity
from vmarch.output import Row, csv_text, manifest, prepare, write
from vmarch.sensitivity.methods import Question
from vmarch.sensitivity.methods import tornado as tornado_of

__all__ = ["command", "prediction_rows"]

MOST_TORNADOES = 20
SIDES = ("for", "against")


@click.command("validate")
@click.option(
    "--cases", type=click.Path(path_type=Path), default=None, help="A case, or a folder of cases. [default: all]"
)
@click.option("--tornado", default=None, metavar="TEXT", help="Draw what moves the rows with this text, into --out.")
@click.option("--against", metavar="ARCHITECTURE", help="Only the rows that speak for or against its costs.")
@click.option("--reports", "reported", is_flag=True, help="What people reported, by direction and rough size.")
@formats
@out
def command(
    cases: Path | None, tornado: str | None, against: str | None, reported: bool, form: str, out: Path | None
) -> None:
    """Predictions against published measurements: every hit and every miss."""
    if reported:
        _print_reports(reports(), form)
        return
    paths = case_paths() if cases is None else tuple(sorted(cases.glob("*.toml"))) if cases.is_dir() else (cases,)
    if not paths:
        raise InputError("--cases", str(cases), "a case, or a folder that holds some")
    loaded = [load_case(path) for path in paths]
    chosen = _chosen(loaded, tornado, out)
    found = [row for case in loaded for row in predict(case)]
    if against is not None:
        _print_evidence(evidence(loaded, found, against), against, form)
        return
    rows = prediction_rows(found)
    if out:
        prepare(out)
        write(out / "validation.csv", csv_text(rows))
        asked = {"command": "validate", "cases": [path.name for path in paths], "tornado": tornado}
        write(out / "manifest.json", manifest(asked))
        draw(out / "validation", found)
        for case, target in chosen:
            _draw_tornado(out, case, target)
    if form != "table":
        show(rows, form)
        return
    _print(found)


def _chosen(cases: Sequence[Case], text: str | None, out: Path | None) -> list[tuple[Case, Target]]:
    """The predicted rows whose benchmark or system holds a text."""
    if text is None:
        return []
    if out is None:
        raise InputError("--tornado", text, "a folder for it: --out")
    chosen = [(case, target) for case in cases for target in case.target if text.lower() in _name(target).lower()]
    if not 1 <= len(chosen) <= MOST_TORNADOES:
        allowed = f"a text in 1 to {MOST_TORNADOES} predicted rows, such as 'build, VMware'; it is in {len(chosen)}"
        raise InputError("--tornado", text, allowed)
    return chosen


def _name(target: Target) -> str:
    return f"{target.benchmark}, {target.system}"


def _draw_tornado(out: Path, case: Case, target: Target) -> None:
    """Which cost moves the time of an operation that a row is predicted from."""
    question = Question(scenario_of(case, target), "response")
    answer = Sensitivity(question, "tornado", question.nominal, question.interval(), tornado_of(question), 0)
    name = "-".join(re.findall(r"[a-z0-9]+", f"tornado {case.name} {_name(target)}".lower()))
    write(out / f"{name}.csv", csv_text(answer.rows))
    if answer.found:
        answer.draw(out / name)


def prediction_rows(found: Sequence[Prediction]) -> list[Row]:
    """One row for each row of each case."""
    return [{**asdict(item), "ratio": item.ratio} for item in found]


def _print(found: Sequence[Prediction]) -> None:
    lines = [
        [
            item.case,
            f"{item.benchmark}, {item.system}",
            f"{item.measured:.4g}",
            f"{item.predicted:.4g}",
            f"{item.low:.3g} .. {item.high:.3g}",
            item.unit,
            f"{item.ratio:.2f}",
            item.kind if item.counted else f"{item.kind}, not counted",
            item.cause or item.decisive,
        ]
        for item in found
        if item.kind != "input"
    ]
    columns = ("case", "row", "measured", "predicted", "90 % range", "unit", "ratio", "kind", "cause, or decisive cost")
    table("Predicted against measured", lines, columns, left=2)
    groups = {"all": list(found)}
    for item in found:
        if item.kind == "predicted":
            groups.setdefault(f"case {item.case}", []).append(item)
    for item in found:
        if item.kind == "predicted":
            groups.setdefault(f"mechanism {item.mechanism}", []).append(item)
    summary = [[name, *_words(part)] for name, part in groups.items()]
    table("|ln(predicted / measured)| over predicted rows", summary, ("", "rows", "median", "90th percentile"))
    ranks = [
        [f"{one.case} {one.benchmark}", str(one.systems), f"{one.spearman:.2f}", ", ".join(one.inverted)]
        for one in orders(found)
    ]
    if ranks:
        table("Order of systems", ranks, ("benchmark", "systems", "Spearman", "the other way round, over 10 % apart"))


def _print_evidence(about: Sequence[Evidence], architecture: str, form: str) -> None:
    if form != "table":
        rows = prediction_rows([one.row for one in about])
        show(
            [
                {**row, "speaks": one.speaks, "own_costs": " ".join(one.own)}
                for row, one in zip(rows, about, strict=True)
            ],
            form,
        )
        return
    lines = [
        [
            one.row.case,
            f"{one.row.benchmark}, {one.row.system}",
            f"{one.row.measured:.4g}",
            f"{one.row.predicted:.4g}",
            f"{one.row.low:.3g} .. {one.row.high:.3g}",
            one.row.unit,
            one.speaks,
            one.row.decisive,
            one.row.cause or ", ".join(one.own),
        ]
        for one in about
    ]
    columns = (
        "case",
        "row",
        "measured",
        "predicted",
        "90 % range",
        "unit",
        "speaks",
        "decisive cost",
        "cause, or own costs",
    )
    spoken = [one.speaks for one in about]
    head = f"{spoken.count('for')} rows speak for the costs of {architecture}, {spoken.count('against')} against them"
    table(head, lines, columns, left=2)
    costs = sorted({one.row.decisive.split(" ")[0] for one in about if one.row.decisive})
    counts = [
        [
            cost,
            *(
                str(sum(one.speaks == side and one.row.decisive.startswith(f"{cost} ") for one in about))
                for side in SIDES
            ),
        ]
        for cost in costs
    ]
    table("By the cost whose range decides the row", counts, ("cost", *SIDES))


def _print_reports(found: Sequence[Report], form: str) -> None:
    if form != "table":
        rows = prediction_rows([one.row for one in found])
        more = [{"upto": one.upto, "off": one.off, "agrees": one.agrees} for one in found]
        show([{**row, **extra} for row, extra in zip(rows, more, strict=True)], form)
        return
    right, pairs = in_order(found)
    head = f"{sum(one.agrees for one in found)} of {len(found)} reports agree, {right} of {pairs} pairs are in order"
    table(head, [(one.row.case, *one.cells) for one in found], ("report", *COLUMNS), left=2)


def _words(part: Sequence[Prediction]) -> tuple[str, str, str]:
    median, tail, rows = errors(part)
    return str(rows), f"{median:.3f}", f"{tail:.3f}"
