"""Rankings of architectures that say which of them the runs cannot tell apart.

For each workload every pair is compared by a paired t-test on common random numbers, and Holm's method corrects for the
number of pairs: with probability `level`, no two that are equal are reported as different. Workloads are ranked one by
one: this probability is for each of them, not for all together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from experiments.compare import Cell
from experiments.output import Row, table
from simcore.statistics import Estimate, bonferroni_level, rank_paired, rank_with_ties

__all__ = ["print_ranking", "ranking_rows"]

METRIC = "response_s"


def ranking_rows(cells: Sequence[Cell], level: float) -> list[Row]:
    """One row for each workload, group and member, fastest first; an architecture may be in several groups.

    Where cells have different numbers of replications, those that all have are compared.
    """
    rows: list[Row] = []
    for workload in dict.fromkeys(cell.workload for cell in cells):
        ranked = {cell.architecture: cell for cell in cells if cell.workload == workload and cell.scenario}
        for number, group in enumerate(_groups(ranked, level), 1) if ranked else ():
            for name in group:
                slowdown = ranked[name].slowdown(METRIC, level)
                rows.append(
                    {
                        "workload": workload,
                        "group": number,
                        "architecture": name,
                        "response_s": ranked[name].estimate(METRIC, level).value,
                        "slowdown": slowdown.ratio,
                        "replications": len(ranked[name].runs.results),
                        "level": level,
                        "pairs": len(ranked) * (len(ranked) - 1) // 2,
                    }
                )
    return rows


def _groups(ranked: Mapping[str, Cell], level: float) -> tuple[tuple[str, ...], ...]:
    samples = {name: cell.runs.metric(METRIC) for name, cell in ranked.items()}
    if all(cell.exact for cell in ranked.values()):
        each = bonferroni_level(level, len(samples))
        return rank_with_ties({n: Estimate(v, v, v, 1, each) for n, (v, *_) in samples.items()}, level)
    common = min(len(values) for values in samples.values())
    return rank_paired({name: values[:common] for name, values in samples.items()}, level)


def print_ranking(rows: Sequence[Row], level: float) -> None:
    """The groups as a table."""
    lines = []
    for workload, number in dict.fromkeys((str(row["workload"]), row["group"]) for row in rows):
        group = [row for row in rows if (row["workload"], row["group"]) == (workload, number)]
        slowdowns = [float(str(row["slowdown"])) for row in group]
        low, high = f"{min(slowdowns):.4g}", f"{max(slowdowns):.4g}"
        names = ", ".join(str(row["architecture"]) for row in group)
        lines.append([workload, str(number), names, low if low == high else f"{low} .. {high}"])
    table("Ranking, fastest first", lines, ("workload", "group", "architectures", "slowdown"), left=3)
    tests = f"paired t-tests at {100 * level:g} %, corrected for their number by Holm's method"
    click.echo(f"Those in one group cannot be told apart ({tests}).")
