"""Random bits by counting, and their transformations: plain arithmetic that gives the same bits on every machine.

Threefry is a function of a key and a counter (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC 2011), here with two words of 64 bits and 13 rounds, the fewest that pass all their tests (table 2). So a
draw needs nothing but its name: nothing is made at the start, and nothing kept.

Every function here takes numbers or arrays: NumPy runs it on arrays, and the compiled engine compiles it for numbers.
Only +, -, *, /, sqrt, rounding, comparisons and operations on bits are used, which IEEE 754 defines to the last bit; no
library of mathematics, whose last bit differs between processors and versions. `log` and `exp` are those of FreeBSD's
libm (fdlibm, Sun Microsystems 1993), the normal quantile is Wichura's algorithm AS 241 (Applied Statistics 37, 1988),
and the tables of the exponential distribution are those of Marsaglia and Tsang's ziggurat (Journal of Statistical
Software 5(8), 2000).
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["ENDS", "HEIGHTS", "WIDTHS", "central", "exp", "log", "tail", "threefry", "uniform"]

PARITY = np.uint64(0x1BD11BDAA9FC1A22)
WORD = 64
R0, R1, R2, R3, R4, R5, R6, R7 = (np.uint64(turn) for turn in (16, 42, 12, 31, 16, 32, 24, 21))  # table 3
L0, L1, L2, L3, L4, L5, L6, L7 = (np.uint64(WORD - turn) for turn in (16, 42, 12, 31, 16, 32, 24, 21))
ONE, TWO, THREE = np.uint64(1), np.uint64(2), np.uint64(3)


def threefry(key0: Any, key1: Any, counter0: Any, counter1: Any) -> tuple[Any, Any]:
    """128 random bits: Threefry-2x64-13 of a key and a counter, all in words of 64 bits."""
    key2 = PARITY ^ key0 ^ key1
    x, y = counter0 + key0, counter1 + key1
    x = x + y
    y = x ^ ((y << R0) | (y >> L0))
    x = x + y
    y = x ^ ((y << R1) | (y >> L1))
    x = x + y
    y = x ^ ((y << R2) | (y >> L2))
    x = x + y
    y = x ^ ((y << R3) | (y >> L3))
    x, y = x + key1, y + key2 + ONE
    x = x + y
    y = x ^ ((y << R4) | (y >> L4))
    x = x + y
    y = x ^ ((y << R5) | (y >> L5))
    x = x + y
    y = x ^ ((y << R6) | (y >> L6))
    x = x + y
    y = x ^ ((y << R7) | (y >> L7))
    x, y = x + key2, y + key0 + TWO
    x = x + y
    y = x ^ ((y << R0) | (y >> L0))
    x = x + y
    y = x ^ ((y << R1) | (y >> L1))
    x = x + y
    y = x ^ ((y << R2) | (y >> L2))
    x = x + y
    y = x ^ ((y << R3) | (y >> L3))
    x, y = x + key0, y + key1 + THREE
    x = x + y
    y = x ^ ((y << R4) | (y >> L4))
    return x, y


DROPPED = np.uint64(12)
SPACING = 2.0**-52


def uniform(bits: Any) -> Any:
    """The middle of one of 2^52 equal parts of 0 to 1: never 0 or 1."""
    return (np.float64(np.int64(bits >> DROPPED)) + 0.5) * SPACING


LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
BELOW_ONE = np.int64(0x3FE6A09E << 32)  # the bits of sqrt(1/2), but for its last 32
TO_ONE = np.int64((0x3FF00000 - 0x3FE6A09E) << 32)
MANTISSA = np.int64((1 << 52) - 1)
EXPONENT, BIAS = np.int64(52), np.int64(1023)


def log(x: Any) -> Any:
    """The natural logarithm of a normal number above 0; its error is below one unit in the last place."""
    bits = np.float64(x).view(np.int64) + TO_ONE
    power = np.float64((bits >> EXPONENT) - BIAS)
    f = np.int64((bits & MANTISSA) + BELOW_ONE).view(np.float64) - 1.0
    half = 0.5 * f * f
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    return s * (half + (odd + even)) + power * LN2_LOW - half + f + power * LN2_HIGH


INVERSE_LN2 = 1.44269504088896338700e00


def exp(x: Any) -> Any:
    """The exponential function of a number from -700 to 700; its error is below one unit in the last place."""
    power = np.rint(x * INVERSE_LN2)
    high, low = x - power * LN2_HIGH, power * LN2_LOW
    r = high - low
    z = r * r
    c = r - z * (
        1.66666666666666019037e-01
        + z
        * (
            -2.77777777770155933842e-03
            + z * (6.61375632143793436117e-05 + z * (-1.65339022054652515390e-06 + z * 4.13813679705723846039e-08))
        )
    )
    y = 1.0 + (r * c / (2.0 - c) - low + high)
    return y * np.int64((np.int64(power) + BIAS) << EXPONENT).view(np.float64)


CENTRAL = 0.425  # how far from the middle the first of AS 241's approximations reaches


def central(q: Any) -> Any:
    """The normal quantile of 0.5 + q, for q from -0.425 to 0.425."""
    r = 0.180625 - q * q
    over = (
        ((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
        + 4.5921953931549871457e4
    ) * r + 1.3731693765509461125e4
    over = ((over * r + 1.9715909503065514427e3) * r + 1.3314166789178437745e2) * r + 3.3871328727963666080e0
    under = (
        ((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
        + 2.1213794301586595867e4
    ) * r + 5.3941960214247511077e3
    under = ((under * r + 6.8718700749205790830e2) * r + 4.2313330701600911252e1) * r + 1.0
    return q * over / under


def tail(r: Any) -> Any:
    """The normal quantile of 1 - exp(-r * r), for r from 1.6 to 5: a probability from 0.075 down to 1e-11."""
    r = r - 1.6
    over = (
        ((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r
        + 1.27045825245236838258e0
    ) * r + 3.64784832476320460504e0
    over = ((over * r + 5.76949722146069140550e0) * r + 4.63033784615654529590e0) * r + 1.42343711074968357734e0
    under = (
        ((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r
        + 1.48103976427480074590e-1
    ) * r + 6.89767334985100004550e-1
    under = ((under * r + 1.67638483018380384940e0) * r + 2.05319162663775882187e0) * r + 1.0
    return over / under


LAYERS = 256  # of the ziggurat under exp(-x)
LAST = 7.69711747013104972  # where the lowest layer's rectangle ends and its tail begins
AREA = 0.0039496598225815571993  # of each layer
PARTS = 2.0**53  # of a layer's width, of which one is chosen
LAYER, DROPPED_OF_LAYER = np.uint64(LAYERS - 1), np.uint64(11)


def _ziggurat() -> tuple[Any, Any, Any]:
    """Width of each layer in parts, the part from which a point may lie outside, and exp(-x) at each layer's end."""

    def one(function: Any, x: float) -> float:
        return float(function(np.float64(x)))

    widths, ends, heights = np.zeros(LAYERS), np.zeros(LAYERS, np.int64), np.zeros(LAYERS)
    x, foot = LAST, AREA / one(exp, -LAST)
    widths[0], widths[-1] = foot / PARTS, x / PARTS
    ends[0] = int(x / foot * PARTS)
    heights[0], heights[-1] = 1.0, one(exp, -x)
    for layer in range(LAYERS - 2, 0, -1):
        before, x = x, -one(log, AREA / x + one(exp, -x))
        ends[layer + 1] = int(x / before * PARTS)
        heights[layer], widths[layer] = one(exp, -x), x / PARTS
    return widths, ends, heights


WIDTHS, ENDS, HEIGHTS = _ziggurat()
