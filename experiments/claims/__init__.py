"""Claims: what a textbook says of virtual machines, each a small program that judges it and finds where it ends."""

from experiments.claims.bench import Bench, Setting
from experiments.claims.registry import claim_names, load_claim
from experiments.claims.spec import Claim, Evidence, Holds, Plot, Standing, Verdict

__all__ = [
    "Bench",
    "Claim",
    "Evidence",
    "Holds",
    "Plot",
    "Setting",
    "Standing",
    "Verdict",
    "claim_names",
    "load_claim",
]
