"""The claims there are: every `Claim` that a module of the catalogue defines in its CLAIMS."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from experiments.claims import catalogue
from experiments.claims.spec import Claim
from simcore.errors import InputError, unknown

__all__ = ["claim_names", "load_claim"]


@functools.cache
def _claims() -> dict[str, Claim]:
    found: list[Claim] = []
    for module in pkgutil.iter_modules(catalogue.__path__):
        found += importlib.import_module(f"{catalogue.__name__}.{module.name}").CLAIMS
    names = [claim.name for claim in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError("claim", name, "an id that no other claim has")
    return {claim.name: claim for claim in sorted(found, key=lambda claim: (claim.order, claim.name))}


def claim_names() -> tuple[str, ...]:
    """All ids, in the order of tables."""
    return tuple(_claims())


def load_claim(name: str) -> Claim:
    """A claim by its id.

    Raises:
        InputError: there is none.
    """
    if name not in _claims():
        raise unknown("claim", name, _claims())
    return _claims()[name]
