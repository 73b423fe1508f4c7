"""What the engine is held against: closed forms, and models of its own primitives that they describe."""

__all__: list[str] = []
