"""The library that is asked: `vmarch.compare`, `vmarch.explain` and their neighbours, each with an answer.

It stands on simcore, architectures and workloads, knows nothing of the command line, and prints nothing. Every question
takes names, paths of files or objects; what cannot be used raises an error of the tree in `simcore.errors`, whose text
is one line. A module is read when its name is first asked for.

    found = vmarch.compare(["web-server", "oltp"], ["container", "kvm-vhost", "xen-pv"], guests=4)
    found.frame
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from simcore.errors import CapabilityError, CheckError, InputError, StuckError, UnsettledError, VmarchError

if TYPE_CHECKING:
    from architectures import Architecture
    from architectures import architecture_names as architectures
    from architectures import load_architecture as load_architecture
    from simcore.hosts import Host
    from simcore.hosts import host_names as hosts
    from simcore.hosts import load_host as load_host
    from vmarch.activities.cluster import Cluster, load_cluster
    from vmarch.answers.answer import Answer
    from vmarch.answers.calibrate import Calibration, calibrate
    from vmarch.answers.capacity import Capacities, capacity
    from vmarch.answers.check import Checked, check
    from vmarch.answers.compare import Comparison, compare
    from vmarch.answers.costs import Costs, costs
    from vmarch.answers.explain import Explanation, explain
    from vmarch.answers.infer import Inference, infer
    from vmarch.answers.life import Lived, life
    from vmarch.answers.live import Live, live
    from vmarch.answers.load import Loaded, under_load
    from vmarch.answers.measure import Box, measure
    from vmarch.answers.predict import Predicted, predict
    from vmarch.answers.profile import Profiled, profile
    from vmarch.answers.rank import Ranking
    from vmarch.answers.reach import Reached, reach
    from vmarch.answers.run import Runs, run
    from vmarch.answers.sensitivities import Sensitivity, sensitivities
    from vmarch.answers.sweep import Swept, sweep_study
    from vmarch.answers.tenants import Tenants, tenants
    from vmarch.answers.trace import Trace, trace, trace_tenants
    from vmarch.comparison import Cell
    from vmarch.scenario import Scenario
    from vmarch.tenancy import Tenancy, load_scenario
    from workloads import Workload
    from workloads import load_workload as load_workload
    from workloads import workload_names as workloads

__all__ = [
    "Answer",
    "Architecture",
    "Box",
    "Calibration",
    "CapabilityError",
    "Capacities",
    "Cell",
    "CheckError",
    "Checked",
    "Cluster",
    "Comparison",
    "Costs",
    "Explanation",
    "Host",
    "Inference",
    "InputError",
    "Live",
    "Lived",
    "Loaded",
    "Predicted",
    "Profiled",
    "Ranking",
    "Reached",
    "Runs",
    "Scenario",
    "Sensitivity",
    "StuckError",
    "Swept",
    "Tenancy",
    "Tenants",
    "Trace",
    "UnsettledError",
    "VmarchError",
    "Workload",
    "architectures",
    "calibrate",
    "capacity",
    "check",
    "compare",
    "costs",
    "explain",
    "hosts",
    "infer",
    "life",
    "live",
    "load_architecture",
    "load_cluster",
    "load_host",
    "load_scenario",
    "load_workload",
    "measure",
    "predict",
    "profile",
    "reach",
    "run",
    "sensitivities",
    "sweep_study",
    "tenants",
    "trace",
    "trace_tenants",
    "under_load",
    "workloads",
]

HOMES = {  # of the names that are read when they are asked for: module, and the name there
    **{name: ("architectures", name) for name in ("Architecture", "load_architecture")},
    **{name: ("simcore.hosts", name) for name in ("Host", "load_host")},
    **{name: ("workloads", name) for name in ("Workload", "load_workload")},
    "architectures": ("architectures", "architecture_names"),
    "hosts": ("simcore.hosts", "host_names"),
    "workloads": ("workloads", "workload_names"),
    "Answer": ("vmarch.answers.answer", "Answer"),
    "Cell": ("vmarch.comparison", "Cell"),
    "Ranking": ("vmarch.answers.rank", "Ranking"),
    "Scenario": ("vmarch.scenario", "Scenario"),
    "Tenancy": ("vmarch.tenancy", "Tenancy"),
    "load_scenario": ("vmarch.tenancy", "load_scenario"),
    **{name: ("vmarch.activities.cluster", name) for name in ("Cluster", "load_cluster")},
    **{
        name: (f"vmarch.answers.{module}", name)
        for module, names in {
            "calibrate": ("Calibration", "calibrate"),
            "capacity": ("Capacities", "capacity"),
            "check": ("Checked", "check"),
            "compare": ("Comparison", "compare"),
            "costs": ("Costs", "costs"),
            "explain": ("Explanation", "explain"),
            "infer": ("Inference", "infer"),
            "life": ("Lived", "life"),
            "live": ("Live", "live"),
            "load": ("Loaded", "under_load"),
            "measure": ("Box", "measure"),
            "predict": ("Predicted", "predict"),
            "profile": ("Profiled", "profile"),
            "reach": ("Reached", "reach"),
            "run": ("Runs", "run"),
            "sensitivities": ("Sensitivity", "sensitivities"),
            "sweep": ("Swept", "sweep_study"),
            "trace": ("Trace", "trace", "trace_tenants"),
            "tenants": ("Tenants", "tenants"),
        }.items()
        for name in names
    },
}


def __getattr__(name: str) -> Any:
    """What is exported, read when it is first asked for."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, there = HOMES[name]
    globals()[name] = found = getattr(importlib.import_module(module), there)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
