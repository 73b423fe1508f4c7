"""Field types of a workload's file: quantities with units, demands by name, distributions.

Pydantic collects only ValueErrors, and adds where in the file they occurred; so what is refused here is an InputError
that is a ValueError too.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from simcore.demands import Demand
from simcore.distributions import Distribution, Family
from simcore.errors import MISSING, InputError, unknown
from simcore.fields import Kind
from simcore.units import quantity

__all__ = ["Amounts", "ByDemand", "RefusedError", "Variation", "refusing"]


class RefusedError(InputError, ValueError):
    """An InputError that pydantic locates; its field is relative to where it occurred."""


def refusing(error: InputError, field: str = "") -> RefusedError:
    """The same error, for pydantic to locate; `field` is the key below that place, if any."""
    return RefusedError(field, error.value, error.allowed, error.suggestion)


def _demand(name: object) -> Demand:
    try:
        return Demand(str(name))
    except ValueError:
        raise refusing(unknown("", str(name), map(str, Demand)), str(name)) from None


def _by_demand(value: Any) -> Any:
    return {_demand(name): entry for name, entry in value.items()} if isinstance(value, dict) else value


def _amounts(value: Any) -> Any:
    named = _by_demand(value)
    return {name: _amount(name, entry) for name, entry in named.items()} if isinstance(named, dict) else named


def _amount(demand: Demand, value: Any) -> float:
    if demand.endswith("_cycles"):
        try:
            number = quantity("", value, "cycles")
        except InputError as error:
            raise refusing(error, demand) from None
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RefusedError(demand, value, "a number, 0 or more")
    else:
        number = float(value)
    if not (math.isfinite(number) and number >= 0.0):
        raise RefusedError(demand, value, "0 or more, finite")
    return number


class Variation(BaseModel):
    """How something varies about its mean.

    Attributes:
        family: of the distribution.
        cv: coefficient of variation, for gamma and lognormal; the others have none to choose.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    family: Family
    cv: float | None = Field(default=None, gt=0.0, le=100.0)

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Variation:
        takes_cv = self.family in ("gamma", "lognormal")
        if takes_cv and self.cv is None:
            raise RefusedError("cv", MISSING, f"a coefficient of variation: {self.family} needs one")
        if not takes_cv and self.cv is not None:
            raise RefusedError("cv", self.cv, f"no cv: {self.family} has none to choose")
        return self

    @property
    def distribution(self) -> Distribution:
        """The distribution of mean 1."""
        return Distribution(self.family) if self.cv is None else Distribution(self.family, self.cv)


Amounts = Annotated[dict[Demand, float], BeforeValidator(_amounts), Kind("a table of amounts by demand")]
ByDemand = Annotated[dict[Demand, Variation], BeforeValidator(_by_demand), Kind("a table of variations by demand")]
