"""A few shapes of figures, one style: lines, bars, maps, tornadoes."""

__all__: list[str] = []
