"""Results as pages: what is there is shown, what is not is said."""

from pathlib import Path

from experiments.experiment import load_experiment, perform
from experiments.site.figures import claims, copied, page, verdicts
from vmarch.workers import Workers


def test_an_experiment_is_shown_with_its_figures_and_data(tmp_path: Path) -> None:
    with Workers(1) as workers:
        perform(load_experiment("path_breakdown"), tmp_path / "results", workers, quick=True)
    text = "\n".join(page(tmp_path / "results"))
    assert "## Where the time of one disk read and of one packet goes" in text
    assert "](results/path_breakdown/tcp-rr.svg)" in text
    copied(tmp_path / "results", tmp_path / "pages")
    assert (tmp_path / "pages" / "results" / "path_breakdown" / "tcp-rr.svg").is_file()
    assert (tmp_path / "pages" / "_static" / "results" / "path_breakdown" / "path_breakdown.csv").is_file()


def test_without_results_the_pages_say_so(tmp_path: Path) -> None:
    assert "None were made" in "\n".join(page(tmp_path))
    assert "None were judged" in "\n".join(claims(tmp_path))
    assert verdicts(tmp_path) == {}


def test_verdicts_and_the_page_of_claims(tmp_path: Path) -> None:
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "claims.csv").write_text("id,host,verdict\na,then,reproduced\n", "utf-8")
    (tmp_path / "claims" / "claims.md").write_text("# The textbook's claims\n", "utf-8")
    assert verdicts(tmp_path) == {("a", "then"): "reproduced"}
    assert next(iter(claims(tmp_path))).startswith("# The textbook's claims")
