"""The explorer: pages in the browser on this machine, with the library's own answers behind them.

`state` is what an address says, a module for each view makes what is shown of it, `app` serves it, `files` writes it
for those who have no Python. What draws is in `assets/`, plain scripts and a style sheet; nothing is worked out there.
"""

from __future__ import annotations

__all__: list[str] = []
