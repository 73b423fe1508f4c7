"""The mechanisms: every module here is searched for them by name."""

__all__: list[str] = []
