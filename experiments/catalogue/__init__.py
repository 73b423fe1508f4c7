"""The catalogue of experiments: one file for each question, a script of its own and found by its place."""

__all__: list[str] = []
