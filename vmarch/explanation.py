"""Where the time of one operation goes, when nothing else runs."""

from __future__ import annotations

from vmarch.provenance import lines
from vmarch.scenario import Scenario

__all__ = ["layers"]


def layers(scenario: Scenario) -> dict[str, float]:
    """Seconds of one operation by layer, without what goes on in the background."""
    result: dict[str, float] = {}
    for line in lines(scenario):
        if not line.background:
            result[line.layer] = result.get(line.layer, 0.0) + line.seconds
    return result
