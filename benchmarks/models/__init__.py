"""The benchmark's networks in every simulator: one file for each, each with a `run`."""
