"""The vocabulary, the engines and the statistics; it knows no architecture and no workload.

A module is read when its name is first asked for: the errors alone load in a fraction of the time of the whole.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simcore.demands import Demand, Io, IoKind, Operation
    from simcore.distributions import Distribution
    from simcore.errors import CapabilityError, CheckError, InputError, StuckError, UnsettledError, VmarchError
    from simcore.hosts import Host, host_names, load_host
    from simcore.model import Model
    from simcore.path import Charge, Layer, Path, Role, Stage, StageKind
    from simcore.totals import Settings, Window

__all__ = [
    "CapabilityError",
    "Charge",
    "CheckError",
    "Demand",
    "Distribution",
    "Host",
    "InputError",
    "Io",
    "IoKind",
    "Layer",
    "Model",
    "Operation",
    "Path",
    "Role",
    "Settings",
    "Stage",
    "StageKind",
    "StuckError",
    "UnsettledError",
    "VmarchError",
    "Window",
    "host_names",
    "load_host",
]

HOMES = {  # of the names that are read when they are asked for
    name: f"simcore.{module}"
    for module, names in {
        "demands": ("Demand", "Io", "IoKind", "Operation"),
        "distributions": ("Distribution",),
        "errors": ("CapabilityError", "CheckError", "InputError", "StuckError", "UnsettledError", "VmarchError"),
        "hosts": ("Host", "host_names", "load_host"),
        "model": ("Model",),
        "path": ("Charge", "Layer", "Path", "Role", "Stage", "StageKind"),
        "totals": ("Settings", "Window"),
    }.items()
    for name in names
}


def __getattr__(name: str) -> Any:
    """What is exported, read when it is first asked for."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(importlib.import_module(HOMES[name]), name)
    return found
