"""Calibration: micro-benchmarks of a machine and its environments become a host and architectures."""

from vmarch.calibration.make import Calibrated, calibrate
from vmarch.calibration.micro import Figure, Micro, read_micro
from vmarch.calibration.operations import NOT_USED, OPERATIONS, Operation

__all__ = ["NOT_USED", "OPERATIONS", "Calibrated", "Figure", "Micro", "Operation", "calibrate", "read_micro"]
