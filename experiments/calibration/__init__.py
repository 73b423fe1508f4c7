"""Calibration: micro-benchmarks of a machine and its environments become a host and architectures."""

from experiments.calibration.make import Calibrated, calibrate
from experiments.calibration.micro import Figure, Micro, read_micro
from experiments.calibration.operations import NOT_USED, OPERATIONS, Operation

__all__ = ["NOT_USED", "OPERATIONS", "Calibrated", "Figure", "Micro", "Operation", "calibrate", "read_micro"]
