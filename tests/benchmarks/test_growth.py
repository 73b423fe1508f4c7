"""The benchmarks of growth run: each of them, on its smallest model."""

import pytest

from benchmarks.growth import _point


@pytest.mark.parametrize("what", ["guests", "cores", "tasks"])
@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_a_point_is_measured(what: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.growth.LEAST", {"compiled": 100, "simpy": 100})
    point = _point(what, engine, 1)
    assert point["events"] > 1000
    assert point["event_ns"] > 0.0
    assert point["peak_mb"] > 0.0
