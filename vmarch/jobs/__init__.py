"""Jobs: what a real program asks for, counted on the machine itself, and what it takes elsewhere.

A job is a folder: `workload.toml`, `counts.csv` with the range of each count, `native.csv` with the times of its runs.
"""

__all__: list[str] = []
