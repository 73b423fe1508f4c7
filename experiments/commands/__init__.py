"""The command line: the entry point, its options, what it prints, and one file for each command."""

__all__: list[str] = []
