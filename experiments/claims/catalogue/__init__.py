"""The claims, a few to a file where they share a program: each module defines CLAIMS, and is found by itself."""

__all__: list[str] = []
