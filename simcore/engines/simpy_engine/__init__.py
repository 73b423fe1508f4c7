"""The reference engine: SimPy processes for tasks, resources for cores, locks, devices and rings."""

from simcore.engines.simpy_engine.run import run

__all__ = ["run"]
