"""From a job's times on some architectures to its demands and its times on the others."""

__all__: list[str] = []
