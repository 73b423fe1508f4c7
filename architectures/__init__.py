"""Architectures: how each request of a guest is carried out, as compositions of mechanisms with cited costs."""

from architectures.compose import charged, compose, switch_stages
from architectures.placement import plan
from architectures.spec import Architecture, Capabilities, architecture_names, cost_table, load_architecture

__all__ = [
    "Architecture",
    "Capabilities",
    "architecture_names",
    "charged",
    "compose",
    "cost_table",
    "load_architecture",
    "plan",
    "switch_stages",
]
