"""The study of predictions against this machine: measured, profiled, predicted, and only then run.

`python -m experiments.closed_loop --out DIR` makes it anew; what it found is kept in `results/`, which `page` words.
"""

__all__: list[str] = []
