"""`python -m experiments.validation`: writes docs/validation.md and its picture; `--check` only compares."""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from experiments.validation.case import case_paths, load_case
from experiments.validation.predict import Prediction, predict
from experiments.validation.report import draw, page
from vmarch.output import write

DOCS = Path(__file__).parents[2] / "docs"


def _predicted(path: Path) -> list[Prediction]:
    return predict(load_case(path))


def main(check: bool) -> int:
    """Makes the page; returns 1 if it is asked to check and the page on disk is another."""
    cases = [load_case(path) for path in case_paths()]
    with ProcessPoolExecutor() as pool:
        found = [row for rows in pool.map(_predicted, case_paths()) for row in rows]
    text = page(cases, found)
    path = DOCS / "validation.md"
    if check:
        return int(not path.exists() or path.read_text(encoding="utf-8") != text)
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder) / "validation", found)
        write(DOCS / "images" / "validation.png", (Path(folder) / "validation.png").read_bytes())
    write(path, text)
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
