"""The library that is asked: scenarios become runs, comparisons, explanations, studies and figures.

It stands on simcore, architectures and workloads, knows nothing of the command line, and prints nothing.
"""

from vmarch.comparison import Cell, compare
from vmarch.runs import Replications, simulate
from vmarch.scenario import Scenario

__all__ = ["Cell", "Replications", "Scenario", "compare", "simulate"]
