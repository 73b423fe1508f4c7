"""The site: the documents, the data and the results as pages that can be searched.

    docs/*.md, notebooks ─┐
    costs, catalogue ─────┼─ stage: pages in Markdown ──Sphinx──> HTML ── links: every link leads somewhere
    results/ ─────────────┘

`make site` builds it without a network. What a page says is written once: here it is only arranged.
"""

__all__: list[str] = []
