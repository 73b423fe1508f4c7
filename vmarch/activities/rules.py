"""The rules of migration that architectures' software has: `rules.toml`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from architectures import Architecture
from simcore.errors import unknown
from simcore.fields import Bytes, BytesPerS, Seconds
from simcore.life.migration import Rules
from simcore.schema import read_toml, validated
from vmarch.activities.entries import ActivityEntry

__all__ = ["Common", "RulesEntry", "common", "rule_sets", "rules_for"]

EVERY = "every"  # the table of what all rules have


class Common(BaseModel):
    """What is the same whatever the rules are.

    Attributes:
        title, source: in words.
        activation, state: see simcore.life.migration.Rules.
        assumed: whether a number of them is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    title: str
    source: str = Field(min_length=1)
    activation_s: Seconds = Field(ge=0.0, alias="activation")
    state_bytes: Bytes = Field(ge=0.0, alias="state")
    assumed: bool = False


class RulesEntry(BaseModel):
    """A set of rules.

    Attributes:
        title, source: in words.
        software: the host software whose own they are.
        first, step, most, least, downtime, most_rounds, most_sent: see simcore.life.migration.Rules.
        gives_up, converge, slowed, slowed_more, slowed_most: the same.
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
    slowed: float = 0.0
    slowed_more: float = 0.0
    slowed_most: float = 0.0
    assumed: bool = False


@functools.cache
def rule_sets() -> dict[str, RulesEntry]:
    """All sets, by name."""
    return {name: validated(RulesEntry, one, f"rules.{name}") for name, one in _told().items() if name != EVERY}


@functools.cache
def common() -> Common:
    """What all sets have."""
    return validated(Common, _told()[EVERY], f"rules.{EVERY}")


@functools.cache
def _told() -> dict[str, Any]:
    return read_toml(Path(__file__).with_name("rules.toml"))


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
        slowed=one.slowed,
        slowed_more=one.slowed_more,
        slowed_most=one.slowed_most,
        ratio=entry.ratio,
        activation_s=common().activation_s,
        state_bytes=common().state_bytes,
    )
