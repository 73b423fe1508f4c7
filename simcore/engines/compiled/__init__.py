"""The compiled engine: the rules of the SimPy engine over arrays, in one loop that numba compiles."""

from simcore.engines.compiled.run import run

__all__ = ["run"]
