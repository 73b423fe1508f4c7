"""The vocabulary, the engines and the statistics; it knows no architecture and no workload."""

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
