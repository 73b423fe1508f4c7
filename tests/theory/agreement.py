"""Replications of a model against a closed form, at a level that fixed seeds make a constant, not a lottery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simcore.model import Model
from simcore.statistics import Estimate, mean_interval
from simcore.totals import Window
from tests.models import response, run

LEVEL = 0.999


def estimates(
    model: Model,
    *of: Callable[[Window], float],
    operations: int | tuple[int, ...] = 4000,
    replications: int = 12,
    warmup: int | tuple[int, ...] = 400,
    seed: int = 1,
) -> list[Estimate]:
    """One estimate for each of `of`, all from the same runs."""
    windows = [run(model, operations, seed=seed, replication=k, warmup=warmup) for k in range(replications)]
    return [mean_interval([each(window) for window in windows], LEVEL) for each in of]


def estimate(model: Model, of: Callable[[Window], float] = response, **how: Any) -> Estimate:
    """One estimate, as `estimates`."""
    return estimates(model, of, **how)[0]


def agrees(found: Estimate, truth: float, within: float) -> None:
    """The interval covers the truth, and is narrow enough for that to mean something.

    Args:
        within: the largest half width, relative to the truth.
    """
    text = f"closed form {truth:.6g}, simulated {found.value:.6g} in [{found.low:.6g}, {found.high:.6g}]"
    print(text)
    assert found.covers(truth), text
    assert found.half_width <= within * abs(truth), f"too wide to tell: {text}"
