"""Activities in a run: what engines are told (`rules`), and who tells it (`director`)."""
