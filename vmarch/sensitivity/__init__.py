"""Which cost decides: ranges of costs, and three methods that move them."""

__all__: list[str] = []
