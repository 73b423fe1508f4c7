"""Validation: what the model predicts of measurements that it was not fitted to, the misses too."""

from experiments.validation.case import Case, load_case
from experiments.validation.predict import Prediction, predict

__all__ = ["Case", "Prediction", "load_case", "predict"]
