"""A run on a timeline: what each core, virtual processor, device and lock does from when to when, and each request."""

__all__: list[str] = []
