"""What is asked with the library: experiments, claims, validation, theory, the page, the commands."""

__all__: list[str] = []
