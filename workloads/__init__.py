"""Workloads: what a guest asks for, as data with sources."""

from workloads.spec import Guest, Workload, load_workload, workload_names

__all__ = ["Guest", "Workload", "load_workload", "workload_names"]
