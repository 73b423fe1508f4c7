"""Running a command: what it waited for a processor, where the kernel tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmarch.measuring import running

SOME = "some avg10=0.00 avg60=0.00 avg300=0.00 total={}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"


def test_waiting_for_a_processor_is_read_before_and_after(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pressure = tmp_path / "cpu"
    pressure.write_text(SOME.format(1_000_000), "ascii")
    later = tmp_path / "later"
    later.write_text(SOME.format(1_250_000), "ascii")
    monkeypatch.setattr(running, "PRESSURE", pressure)
    ran = running.run(["cp", str(later), str(pressure)], what="copy", scratch=tmp_path)
    assert ran.pressed_s == pytest.approx(0.25)


def test_a_kernel_that_does_not_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(running, "PRESSURE", tmp_path / "none")
    assert running.run(["true"], what="true", scratch=tmp_path).pressed_s == 0.0
