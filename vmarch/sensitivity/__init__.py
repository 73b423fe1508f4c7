"""Which cost decides: ranges of costs, studies of them, and their report."""

__all__: list[str] = []
