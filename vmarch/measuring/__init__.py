"""A real machine and a real job: micro-benchmarks of a box, counts of a job, its time elsewhere, and whether it is so.

The box is a folder that `measure` writes, the job one that `profile` writes; `predict` and `check` read both.
"""

__all__: list[str] = []
