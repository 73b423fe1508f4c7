"""Experiments: what is compared, how often it is run, and how it is shown. It owns the command line."""

from experiments.compare import Cell, compare
from experiments.runs import Replications, simulate
from experiments.scenario import Scenario

__all__ = ["Cell", "Replications", "Scenario", "compare", "simulate"]
