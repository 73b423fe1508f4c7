"""The rules of migration that architectures' software has: `rules.toml`."""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from architectures import Architecture
from simcore.errors import unknown
from simcore.fields import Bytes, BytesPerS, Seconds
from simcore.life.migration import Rules
from simcore.schema import read_toml, validated
from vmarch.activities.entries import ActivityEntry

__all__ = ["RulesEntry", "rule_sets", "rules_for"]

ACTIVATION_S = 0.009  # Clark et al. 2005, 6.2: the guest's start on the target, measured
STATE_BYTES = 1 << 20  # of a processor and its devices; assumed, 0.1 to 4 MiB


class RulesEntry(BaseModel):
    """A set of rules.

    Attributes:
        title, source: in words.
        software: the host software whose own they are.
        first, step, most, least, downtime, most_rounds, most_sent: see simcore.life.migration.Rules.
        gives_up, converge: the same.
        assumed: whether a number of them is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    title: str
    software: str
    source: str = Field(min_length=1)
    first: BytesPerS = 0.0
    step: BytesPerS = 0.0
    most: BytesPerS = 0.0
    least: Bytes = 0.0
    downtime: Seconds = 0.0
    most_rounds: int = Field(default=0, ge=0)
    most_sent: float = Field(default=0.0, ge=0.0)
    gives_up: bool = False
    converge: bool = False
    assumed: bool = False


@functools.cache
def rule_sets() -> dict[str, RulesEntry]:
    """All sets, by name."""
    told = read_toml(Path(__file__).with_name("rules.toml"))
    return {name: validated(RulesEntry, one, f"rules.{name}") for name, one in told.items()}


def rules_for(entry: ActivityEntry, architecture: Architecture) -> Rules:
    """How a guest of an architecture is migrated.

    Raises:
        InputError: no such set of rules.
    """
    known = rule_sets()
    if entry.rules and entry.rules not in known:
        raise unknown("rules", entry.rules, known)
    software = architecture.capabilities.host_software
    own = next((name for name, one in known.items() if one.software == software), "stop")
    one = known[entry.rules or own]
    limit = entry.limit_bytes_per_s or 0.0
    most = min(one.most, limit) if one.most and limit else one.most or limit
    return Rules(
        entry.method,
        first_bytes_per_s=min(one.first or most, most) if most else one.first,
        step_bytes_per_s=one.step,
        most_bytes_per_s=most,
        least_bytes=one.least,
        downtime_s=one.downtime,
        most_rounds=one.most_rounds,
        most_sent=one.most_sent,
        gives_up=one.gives_up,
        converge=one.converge,
        ratio=entry.ratio,
        activation_s=ACTIVATION_S,
        state_bytes=STATE_BYTES,
    )
