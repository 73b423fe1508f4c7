"""Rankings of architectures that say which of them the runs cannot tell apart.

For each workload every pair is compared by a paired t-test on common random numbers, and Holm's method corrects for the
number of pairs: with probability `level`, no two that are equal are reported as different. Workloads are ranked one by
one: this probability is for each of them, not for all together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simcore.statistics import Estimate, bonferroni_level, rank_paired, rank_with_ties
from vmarch.comparison import Cell
from vmarch.output import Row

__all__ = ["ranking_rows"]

METRIC = "response_s"


def ranking_rows(cells: Sequence[Cell], level: float) -> list[Row]:
    """One row for each workload, group and member, fastest first; an architecture may be in several groups.

    Where cells have different numbers of replications, those that all have are compared.
    """
    rows: list[Row] = []
    for workload in dict.fromkeys(cell.workload for cell in cells):
        ranked = {cell.architecture: cell for cell in cells if cell.workload == workload and cell.state == "ok"}
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
