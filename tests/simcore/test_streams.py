"""Streams by name: the same name the same draws, another name others."""

import ast
from pathlib import Path

import numpy as np
import pytest

from simcore import streams
from simcore.distributions import UNIFORM
from simcore.streams import Bits, key, stream, word

OTHERS = [
    (2, 0, "web", 0, 0, "think"),
    (1, 1, "web", 0, 0, "think"),
    (1, 0, "db", 0, 0, "think"),
    (1, 0, "web", 1, 0, "think"),
    (1, 0, "web", 0, 1, "think"),
    (1, 0, "web", 0, 0, "seek"),
    (1, 0, "web", 0, 0),
    (1, 0, "web", "00", "think"),
    (1, 0, "web0", 0, "think"),
]


def draws(seed: int, replication: int, *name: str | int) -> np.ndarray:
    return stream(seed, replication, *name).standard_normal(4000)


def test_the_same_name_draws_the_same() -> None:
    assert (draws(1, 0, "web", 0, 0, "think") == draws(1, 0, "web", 0, 0, "think")).all()


@pytest.mark.parametrize("other", OTHERS)
def test_other_names_are_independent(other: tuple[int, int, str]) -> None:
    mine, theirs = draws(1, 0, "web", 0, 0, "think"), draws(*other)
    assert not np.intersect1d(mine, theirs).size
    assert abs(np.corrcoef(mine, theirs)[0, 1]) < 4 / np.sqrt(mine.size)


def test_a_known_draw() -> None:
    """Results are stored with their seed; a change of the seed path is a change of every result."""
    assert stream(1, 0, "web", 0, "think").integers(2**32, size=3).tolist() == KNOWN


KEYS = (10102479370917795878, 15715757396331083620)
KNOWN = [2411282727, 1644501751, 218019225]


@pytest.mark.parametrize("other", OTHERS)
def test_other_names_have_other_keys(other: tuple[int, int, str]) -> None:
    assert key(*other) != key(1, 0, "web", 0, 0, "think") == key(1, 0, "web", 0, 0, "think")


def test_draws_under_neighbouring_names_are_independent() -> None:
    """Neighbouring seeds, guests, tasks, operations and decisions: no correlation."""
    numbers = np.arange(4000, dtype=np.uint64)

    def uniform(seed: int = 1, guest: int = 0, decision: str = "seek", task: int = 0, first: int = 0) -> np.ndarray:
        drawn: np.ndarray = UNIFORM.draw(
            Bits(key(seed, 0, "web", guest), (decision,), numbers + np.uint64(first), task)
        )[0]
        return drawn

    mine = uniform()
    for other in (uniform(seed=2), uniform(guest=1), uniform(decision="think"), uniform(task=1), uniform(first=4000)):
        assert abs(np.corrcoef(mine, other)[0, 1]) < 4 / np.sqrt(mine.size)


def test_known_keys() -> None:
    """As for a known draw."""
    assert (int(key(1, 0, "web", 0)), int(word("think"))) == KEYS


def test_it_needs_numpy_and_arithmetic_only() -> None:
    tree = ast.parse(Path(streams.__file__).read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported -= {"__future__", "collections.abc", "functools", "hashlib"}
    assert imported == {"numpy", "numpy.typing", "simcore.counting"}


def test_global_state_is_left_alone() -> None:
    before = np.random.get_state()[1].copy()  # type: ignore[index]
    draws(1, 0, "web")
    assert (np.random.get_state()[1] == before).all()  # type: ignore[index]
