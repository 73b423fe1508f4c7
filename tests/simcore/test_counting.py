"""Bits and transformations: the authors' known answers, stored vectors, and what theory and other libraries say."""

import numpy as np
import pytest
from scipy import special, stats

from simcore import counting
from simcore.distributions import EXPONENTIAL, UNIFORM, Distribution
from simcore.streams import TRIES, Bits, key, word

KNOWN = [  # Random123's kat_vectors, threefry2x64, 13 rounds: counter, key, answer
    ("0000000000000000 0000000000000000 0000000000000000 0000000000000000", "f167b032c3b480bd e91f9fee4b7a6fb5"),
    ("ffffffffffffffff ffffffffffffffff ffffffffffffffff ffffffffffffffff", "ccdec5c917a874b1 4df53abca26ceb01"),
    ("243f6a8885a308d3 13198a2e03707344 a4093822299f31d0 082efa98ec4e6c89", "c3aac71561042993 3fe7ae8801aff316"),
]
MANY = 200_000


def words(text: str) -> list[np.ndarray]:
    return [np.array([int(one, 16)], np.uint64) for one in text.split()]


@pytest.mark.parametrize(("given", "answer"), KNOWN)
def test_threefry_gives_its_authors_answers(given: str, answer: str) -> None:
    counter0, counter1, key0, key1 = words(given)
    assert [list(one) for one in counting.threefry(key0, key1, counter0, counter1)] == [
        list(one) for one in words(answer)
    ]


def spaced(low: float, high: float) -> np.ndarray:
    return np.random.default_rng(1).uniform(low, high, MANY)


@pytest.mark.parametrize(
    ("ours", "theirs", "x"),
    [
        (counting.log, np.log, spaced(0.0, 1.0)),
        (counting.log, np.log, np.exp(spaced(-700.0, 700.0))),
        (counting.exp, np.exp, spaced(-700.0, 700.0)),
        (counting.exp, np.exp, spaced(-1.0, 1.0)),
    ],
)
def test_functions_are_right_to_the_last_digits(ours: object, theirs: object, x: np.ndarray) -> None:
    found, right = ours(x), theirs(x)  # type: ignore[operator]
    assert (np.abs(found - right) <= 2.0 * np.spacing(np.abs(right))).all()


def test_normal_quantiles_are_right() -> None:
    q = spaced(-counting.CENTRAL, counting.CENTRAL)
    np.testing.assert_allclose(counting.central(q), special.ndtri(0.5 + q), rtol=0, atol=1e-14)
    small = 10.0 ** spaced(-11.0, np.log10(0.075))
    np.testing.assert_allclose(counting.tail(np.sqrt(-np.log(small))), -special.ndtri(small), rtol=1e-14)


def test_uniform_numbers_are_never_0_or_1() -> None:
    ends = counting.uniform(np.array([0, 2**64 - 1], np.uint64))
    assert ends.tolist() == [2.0**-53, 1.0 - 2.0**-53]


def test_the_layers_of_the_ziggurat_have_one_area() -> None:
    x = counting.WIDTHS[1:] * counting.PARTS
    heights = counting.HEIGHTS
    areas = [x[0] * (1.0 - heights[1]), *(x[1:] * -np.diff(heights[1:]))]
    assert areas == pytest.approx([counting.AREA] * 255, rel=1e-12)
    assert counting.WIDTHS[0] * counting.PARTS * heights[-1] == pytest.approx(counting.AREA, rel=1e-14)


FAMILIES = {
    "exponential": (EXPONENTIAL, stats.expon()),
    "uniform": (UNIFORM, stats.uniform(0.0, 2.0)),
    "gamma 0.5": (Distribution("gamma", 0.5), stats.gamma(4.0, scale=0.25)),
    "gamma 3": (Distribution("gamma", 3.0), stats.gamma(1.0 / 9.0, scale=9.0)),
    "lognormal 1.5": (
        Distribution("lognormal", 1.5),
        stats.lognorm(np.sqrt(np.log(3.25)), scale=np.exp(-np.log(3.25) / 2.0)),
    ),
}


def drawn(distribution: Distribution, many: int, task: int = 0) -> np.ndarray:
    drawn: np.ndarray = distribution.draw(Bits(key(1, 0, "web", 0), ("draw",), np.arange(many, dtype=np.uint64), task))[
        0
    ]
    return drawn


@pytest.mark.parametrize("name", FAMILIES)
def test_draws_are_distributed_as_they_say(name: str) -> None:
    distribution, law = FAMILIES[name]
    found = drawn(distribution, MANY)
    assert stats.kstest(found, law.cdf).pvalue > 0.001
    assert found.mean() == pytest.approx(1.0, abs=5.0 * law.std() / np.sqrt(MANY))
    assert found.max() <= distribution.most


STORED = {  # of 7 operations: a change here is a change of every result
    "exponential": ["0x1.60d6c279424dcp-1", "0x1.1e75e48d97bd9p+0", "0x1.ee83496824989p-2", "0x1.7745bd6f84eb8p+1"],
    "uniform": ["0x1.ca79347cfc9dcp-2", "0x1.b2c2039288cebp+0", "0x1.16f898dbf67bep-1", "0x1.49348fb079e87p+0"],
    "gamma 0.5": ["0x1.156e559cba8b9p+0", "0x1.9011b3457f982p-1", "0x1.d174ed99edc0bp-1", "0x1.16d7a62a90c27p-1"],
    "gamma 3": ["0x1.d7be0f6f9772ep-17", "0x1.1f75af1fff7b1p+0", "0x1.dcbf0fcfcc69ap-15", "0x1.2d5fffef99962p-5"],
    "lognormal 1.5": ["0x1.f2396b8471108p-3", "0x1.b3bde2ea2c4c0p+0", "0x1.265c84bd905dep-2", "0x1.a6c41592b8d0fp-1"],
}


@pytest.mark.parametrize("name", FAMILIES)
def test_stored_draws(name: str) -> None:
    assert [one.hex() for one in drawn(FAMILIES[name][0], 4, 3).tolist()] == STORED[name]


@pytest.mark.parametrize("name", FAMILIES)
def test_the_compiled_engine_draws_the_same_bits(name: str) -> None:
    from numba import njit

    from simcore.engines.compiled.drawing import sample

    kind, a, b = FAMILIES[name][0].form
    first, second, (tries,) = key(1, 0, "web", 0), word("draw"), np.array([3 * TRIES], np.uint64)

    @njit
    def one(kind, a, b, first, second, number, tries):  # type: ignore[no-untyped-def]
        return sample(kind, a, b, first, second, number, tries)

    found = [one(kind, a, b, first, second, np.uint64(n), tries) for n in range(20_000)]
    assert found == drawn(FAMILIES[name][0], 20_000, 3).tolist()
