"""What an address says: a view, and what is to be seen in it.

A state is read from the pairs of an address's query and written back to one, so that whatever is seen can be sent. The
same state is a command, and a program.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from architectures import architecture_names
from simcore.errors import InputError, unknown
from simcore.hosts import host_names
from vmarch.asking import Options
from workloads import workload_names

__all__ = ["DEFAULTS", "MOST", "State", "read", "whole"]

DEFAULTS = {"w": "web-server", "host": "server"}
ARCHITECTURES = ("native", "container", "kvm-vhost", "xen-pv", "hyperv", "full-translation")
MOST = 40  # architectures side by side
SINGLE = ("w", "host", "at")


@dataclass(frozen=True)
class State:
    """What is seen.

    Attributes:
        workload, architectures, host: names of presets.
        costs, demands: in place of the tables' and of the workload's, by name.
        at: what is looked at more closely; each view says what that is.
        more: what only one view knows, by name.
    """

    workload: str = DEFAULTS["w"]
    architectures: tuple[str, ...] = ARCHITECTURES
    host: str = DEFAULTS["host"]
    costs: Mapping[str, str] = field(default_factory=dict)
    demands: Mapping[str, str] = field(default_factory=dict)
    at: str = ""
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> Options:
        """What the library is asked with."""
        return {"host": self.host, "costs": dict(self.costs), "demands": dict(self.demands)}

    @property
    def address(self) -> str:
        """The query of an address of this state."""
        pairs = [("w", self.workload), *(("a", one) for one in self.architectures), ("host", self.host)]
        pairs += [(f"cost.{name}", value) for name, value in self.costs.items()]
        pairs += [(f"demand.{name}", value) for name, value in self.demands.items()]
        pairs += [(name, value) for name, value in self.more.items() if value]
        pairs += [*([("at", self.at)] if self.at else [])]
        return urlencode(pairs)

    @property
    def seen(self) -> Mapping[str, object]:
        """The same for the scripts of a page."""
        return {
            "w": self.workload,
            "a": self.architectures,
            "host": self.host,
            "at": self.at,
            "costs": dict(self.costs),
            "demands": dict(self.demands),
            "more": dict(self.more),
        }

    @property
    def words(self) -> str:
        """The options of a command of this state, but for workload and architecture."""
        words = [] if self.host == DEFAULTS["host"] else ["--host", self.host]
        for option, values in (("--set", self.costs), ("--demand", self.demands)):
            for name, value in values.items():
                words += [option, f"{name}={value}"]
        return shlex.join(words)

    @property
    def arguments(self) -> str:
        """The same as arguments of a function of the library."""
        found = [] if self.host == DEFAULTS["host"] else [f"host={self.host!r}"]
        found += [f"costs={dict(self.costs)!r}"] if self.costs else []
        found += [f"demands={dict(self.demands)!r}"] if self.demands else []
        return ", ".join(found)


def read(pairs: Iterable[tuple[str, str]], more: Mapping[str, str] | None = None) -> State:
    """The state of an address.

    Args:
        pairs: names and values of the query, in order.
        more: what only this view knows, with the values that hold where nothing is said.

    Raises:
        InputError: a name that means nothing, or names no preset; whether costs and demands are, the library says.
    """
    own = dict(more or {})
    single: dict[str, str] = {}
    several: list[str] = []
    costs: dict[str, str] = {}
    demands: dict[str, str] = {}
    for name, value in pairs:
        if name == "a":
            several.append(_known("architecture", value, architecture_names()))
        elif name.startswith("cost."):
            costs[name.removeprefix("cost.")] = value
        elif name.startswith("demand."):
            demands[name.removeprefix("demand.")] = value
        elif name in SINGLE:
            single[name] = value
        elif name in own:
            own[name] = value
        else:
            raise unknown("address", name, ("a", *SINGLE, *own, "cost.NAME", "demand.NAME"))
    if len(several) > MOST:
        raise InputError("a", len(several), f"at most {MOST} architectures")
    return State(
        _known("workload", single.get("w", DEFAULTS["w"]), workload_names()),
        tuple(dict.fromkeys(several)) or ARCHITECTURES,
        _known("host", single.get("host", DEFAULTS["host"]), host_names()),
        costs,
        demands,
        single.get("at", ""),
        own,
    )


def whole(name: str, text: str) -> int:
    """A whole number of an address.

    Raises:
        InputError: it is none.
    """
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise InputError(name, text, "a whole number")
    return int(text)


def _known(what: str, name: str, names: tuple[str, ...]) -> str:
    if name not in names:
        raise unknown(what, name, names)
    return name
