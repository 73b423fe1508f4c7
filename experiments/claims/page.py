"""The claims' table and page: what is printed, and what lies in results/claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiments.claims.bench import Setting
from experiments.claims.judge import Judged
from experiments.claims.registry import load_claim
from experiments.claims.spec import Evidence, Holds, Standing, number_of
from vmarch.output import Row
from vmarch.tables import Table

__all__ = ["caption", "claims_table", "evidence_rows", "interval_of", "page", "rows"]

MOST_LINES = 12  # of evidence on the page; all are in the table beside it
HEADER = """# The textbook's claims

Each claim is judged twice: on a host of the textbook's time (then) and on a present-day one (now). It is *reproduced*
where all its comparisons hold with their 95 % intervals, *reproduced within* its boundary where at least half of those
that the intervals decide do, and else *not reproduced*. Intervals are of the simulation; one without width means that
nothing in the run is random. What is uncertain about a cost is in the boundary, where it matters. A claim about what an
architecture can carry rests on its description and has no interval.
"""


def interval_of(judged: Judged) -> str:
    """The interval in a few digits; empty where nothing was simulated."""
    verdict = judged.verdict
    return "" if verdict.low is None or verdict.high is None else f"{verdict.low:.5g} .. {verdict.high:.5g}"


def rows(found: Sequence[Judged]) -> list[Row]:
    """One row for each claim and host."""
    return [
        {
            "id": one.claim,
            "host": one.era,
            "verdict": str(one.verdict.standing),
            "figure": one.verdict.figure,
            "low": _number(one.verdict.low),
            "high": _number(one.verdict.high),
            "boundary": one.verdict.boundary,
            "value": _number(one.verdict.value),
            "why": one.verdict.why,
            "machine": one.host,
            "unsettled": len(one.unsettled),
        }
        for one in found
    ]


def _number(value: float | None) -> float | str:
    return "" if value is None else value


def evidence_rows(found: Sequence[Judged]) -> list[Row]:
    """One row for each line of evidence."""
    return [
        {
            "id": one.claim,
            "host": one.era,
            "what": line.what,
            "value": line.value,
            "low": _number(line.low),
            "high": _number(line.high),
            "holds": str(line.holds),
        }
        for one in found
        for line in one.verdict.lines
    ]


def caption(one: Judged, setting: Setting) -> str:
    """The configuration, to stand below a figure."""
    return (
        f"Host: {one.host}. Seed {setting.seed}, {setting.replications} replications on common random numbers, "
        f"{100 * setting.level:g} % intervals{', quick setting' if setting.quick else ''}."
    )


def page(found: Sequence[Judged], setting: Setting) -> str:
    """The page, in Markdown, for the folder that the figures are drawn into."""
    by_claim: dict[str, list[Judged]] = {}
    for one in found:
        by_claim.setdefault(one.claim, []).append(one)
    counts = ", ".join(f"{n} {standing}" for standing, n in _counts(found).items())
    parts = [HEADER, f"{len(by_claim)} claims: {counts}.\n", *_summary(by_claim)]
    for name, several in by_claim.items():
        claim = load_claim(name)
        parts.append(f"\n## {name}\n\n{claim.statement}.\n\nThen: {claim.then} ({claim.why_then}).\n")
        for one in several:
            parts += _section(one, setting)
    return "\n".join(parts)


def _counts(found: Sequence[Judged]) -> Mapping[str, int]:
    return {
        f"{standing} {era}": n
        for era in dict.fromkeys(one.era for one in found)
        for standing in Standing
        if (n := sum(one.verdict.standing is standing and one.era == era for one in found))
    }


def _summary(by_claim: Mapping[str, Sequence[Judged]]) -> list[str]:
    eras = list(dict.fromkeys(one.era for several in by_claim.values() for one in several))
    lines = [f"| claim | {' | '.join(eras)} |", f"|---|{'---|' * len(eras)}"]
    for name, several in by_claim.items():
        cells = [f"**{one.verdict.standing}** {_cell(one.verdict.figure)}" for one in several]
        lines.append(f"| [{name}](#{name}) | {' | '.join(cells)} |")
    return lines


def _section(one: Judged, setting: Setting) -> list[str]:
    verdict = one.verdict
    parts = [f"### {one.era.capitalize()}: {verdict.standing}\n"]
    figures = {
        "Figure": verdict.figure,
        "Interval": interval_of(one),
        "Boundary": verdict.boundary,
        "Mechanism": verdict.why,
        "Evidence": _evidence(verdict.lines),
    }
    parts += [f"- {word}: {text}" for word, text in figures.items() if text]
    if verdict.plot is not None:
        parts.append(f"\n![{verdict.plot.title}]({one.claim}-{one.era}.png)")
    against_first = (Holds.NO, Holds.OPEN, Holds.YES)
    lines = [line for holds in against_first for line in verdict.lines if line.holds is holds][:MOST_LINES]
    if lines:
        parts += ["", "| evidence | value | interval | holds |", "|---|---|---|---|"]
        parts += [f"| {_cell(line.what)} | {_value(line)} | {_interval(line)} | {line.holds} |" for line in lines]
    parts.append(f"\n{caption(one, setting)}\n")
    return parts


def _evidence(lines: Sequence[Evidence]) -> str:
    counts = [(number_of(lines, holds), words) for holds, words in _WORDS.items()]
    return ", ".join(f"{count} {words}" for count, words in counts if count) + (" (evidence.csv)" if lines else "")


_WORDS = {
    Holds.YES: "comparisons hold",
    Holds.NO: "do not",
    Holds.OPEN: "undecided at this precision",
    Holds.APART: "lines of background",
}


def _value(line: Evidence) -> str:
    return _cell(line.value) if isinstance(line.value, str) else f"{line.value:.5g}"


def _interval(line: Evidence) -> str:
    return "" if line.low is None or line.high is None else f"{line.low:.5g} .. {line.high:.5g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def claims_table(found: Sequence[Judged]) -> Table:
    """The verdicts, as a table."""
    lines = [
        [one.claim, one.era, str(one.verdict.standing), one.verdict.figure, interval_of(one), one.verdict.boundary]
        for one in found
    ]
    columns = ("claim", "host", "verdict", "figure", "95 % interval", "where it ends")
    return Table("The textbook's claims, on a host of its time and on a present-day one", columns, lines, left=6)
