"""`python -m experiments.site OUT [RESULTS]`: builds the site into OUT/html; warnings and broken links are errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from experiments.site.links import broken
from experiments.site.stage import stage

__all__ = ["build", "main"]


def build(out: Path, results: Path, *, run_notebooks: bool = True) -> int:
    """Writes the pages to OUT/pages, builds them to OUT/html and checks every link of it; the exit status."""
    pages, html = out / "pages", out / "html"
    stage(pages, results, run_notebooks=run_notebooks)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-E"]
    command += ["-d", str(out / "doctrees"), str(pages), str(html)]
    status = subprocess.run(command, check=False).returncode
    wrong = broken(html) if html.is_dir() else ()
    for line in wrong:
        print(line, file=sys.stderr)
    if not status and not wrong:
        print(f"The site: {html / 'index.html'}")
    return 1 if status or wrong else 0


def main(arguments: list[str]) -> int:
    """Builds the site as the arguments say."""
    out, *results = map(Path, arguments)
    return build(out, results[0] if results else Path("results"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
