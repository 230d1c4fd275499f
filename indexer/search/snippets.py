"""The part of a text that shows best why it was found, with what to highlight in it."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.search.analyzer import Token, stems, tokens

WIDTH = 240
"""Code points; about two lines of a result."""

SCANNED = 20_000
"""Code points of a text that are looked through: a snippet from further down helps nobody."""


def snippet(text: str, terms: frozenset[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A window of `text` with the most distinct terms in it (the first such), and their offsets inside the window."""
    found = list(tokens(text[:SCANNED]))
    marked = (
        [token for token in found if token.term in terms or not terms.isdisjoint(stems(token.term))] if terms else []
    )
    start = _best_start(marked)
    window = [token for token in found if start <= token.start and token.end <= start + WIDTH]
    if not window:
        return text[:WIDTH].strip(), ()
    first, last = window[0].start, window[-1].end
    end = last + len(text[last : last + 1].rstrip())
    cut = text[first:end].replace("\n", " ")
    before, after = "… " if first > 0 else "", " …" if end < len(text.rstrip()) else ""
    marks = tuple(
        (m.start - first + len(before), m.end - first + len(before)) for m in marked if first <= m.start < m.end <= end
    )
    return f"{before}{cut}{after}", marks


def _best_start(marked: Sequence[Token]) -> int:
    """Where the best window begins: a little before its first match, so that the match has its context."""
    best, best_count = 0, 0
    for i, token in enumerate(marked):
        inside = {m.term for m in marked[i : i + 50] if m.end <= token.start + WIDTH - WIDTH // 4}
        if len(inside) > best_count:
            best, best_count = max(0, token.start - WIDTH // 4), len(inside)
    return best
