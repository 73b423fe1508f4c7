"""What happens to guests in a run: hosts on a network, activities of a file, and the model that they become."""

from __future__ import annotations

__all__: list[str] = []
