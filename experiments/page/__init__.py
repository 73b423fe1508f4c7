"""What is written from results and tables: the page of results, and the generated documents."""

__all__: list[str] = []
