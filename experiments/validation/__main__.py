"""`python -m experiments.validation`: writes docs/validation.md, its picture, and what comparisons are widened by.

`--check` only compares.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from math import exp
from pathlib import Path

from experiments.validation.case import case_paths, load_case
from experiments.validation.coverage import left_out
from experiments.validation.predict import Prediction, predict
from experiments.validation.report import draw, page
from experiments.validation.reports import reports
from vmarch.left_out import TABLE, LeftOut
from vmarch.output import write

DOCS = Path(__file__).parents[2] / "docs"


def _table(told: LeftOut) -> str:
    """The file of factors that comparisons are widened by."""
    rows = "".join(
        f'\n[[left_out]]\nfamily = "{family}"\npart = "{part}"\nfactor = {exp(value):.1f}\n'
        for (family, part), value in told.factors.items()
    )
    return "# What the model leaves out, written by `python -m experiments.validation`: do not edit.\n" + rows


def _predicted(path: Path) -> list[Prediction]:
    return predict(load_case(path))


def main(check: bool) -> int:
    """Makes the page; returns 1 if it is asked to check and the page on disk is another."""
    cases = [load_case(path) for path in case_paths()]
    with ProcessPoolExecutor() as pool:
        found = [row for rows in pool.map(_predicted, case_paths()) for row in rows]
    text, table = page(cases, found, reports()), _table(left_out(found))
    path = DOCS / "validation.md"
    if check:
        return int(any(not p.exists() or p.read_text(encoding="utf-8") != t for p, t in ((path, text), (TABLE, table))))
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder) / "validation", found)
        write(DOCS / "images" / "validation.png", (Path(folder) / "validation.png").read_bytes())
    write(path, text)
    write(TABLE, table)
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
