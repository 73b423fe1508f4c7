"""Activities in a run: what engines are told (`rules`), who tells it (`conductor`), and what (`activity`)."""

from __future__ import annotations

from simcore.life.rules import Command, Do, Life, Paging

__all__ = ["Command", "Do", "Life", "Paging"]
