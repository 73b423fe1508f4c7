"""The tables of docs/trust.md."""

import pytest

from experiments.theory.checks import CHECKS
from experiments.theory.trust import MARKER, PAGE, main


@pytest.mark.slow
def test_quick_tables_have_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--jobs", "1"]) == 0
    text = capsys.readouterr().out
    assert text.count("## ") == 3
    assert all(check.name in text for check in CHECKS)


def test_the_page_has_tables_in_which_nothing_failed() -> None:
    _, _, generated = PAGE.read_text("utf-8").partition(MARKER)
    assert generated.count("## ") == 3
    assert "NO" not in generated
    assert all(check.name in generated for check in CHECKS)
