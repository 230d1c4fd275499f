"""A text and the spans found in it, cut into pieces that a page can nest without crossing tags. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from indexer.model import ClaimRecord, VerdictKind
from nlp.model import Annotation, Entity, TimeSpan


@dataclass(frozen=True, slots=True)
class ClaimMark:
    """A claim where it stands: `number` is its place in the list beside the text, from 1."""

    number: int
    record: ClaimRecord
    verdict: VerdictKind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Text under the same claims, entity and time throughout.

    `begins` and `ends` are those of `claims` whose quote starts or stops with this piece.
    """

    text: str
    claims: tuple[ClaimMark, ...] = ()
    begins: tuple[ClaimMark, ...] = ()
    ends: tuple[ClaimMark, ...] = ()
    entity: Entity | None = None
    time: TimeSpan | None = None


Paragraph = tuple[Piece, ...]
S = TypeVar("S", Entity, TimeSpan)


def paragraphs(text: str, annotation: Annotation | None, claims: Sequence[ClaimMark]) -> list[Paragraph]:
    """The text's lines that are not blank, each as pieces; offsets count code points. A span outside the text is cut
    to it, an empty one left out; where two entities overlap, the longer stands, then the earlier.
    """
    size = len(text)
    quoted = [(max(0, c.record.claim.quote_span[0]), min(size, c.record.claim.quote_span[1]), c) for c in claims]
    quoted = [item for item in quoted if item[0] < item[1]]
    entities = _apart(annotation.entities if annotation else (), size)
    times = _apart(annotation.times if annotation else (), size)
    edges = {0, size, *(edge for start, end, _ in quoted for edge in (start, end))}
    edges |= {edge for e in entities for edge in (e.start, e.end)} | {edge for t in times for edge in (t.start, t.end)}
    found = []
    for first, last in _lines(text):
        cuts = [first, *sorted(e for e in edges if first < e < last), last]
        pieces = (_piece(text, a, b, quoted, entities, times) for a, b in pairwise(cuts))
        found.append(tuple(pieces))
    return found


def highlighted(text: str, marks: Iterable[tuple[int, int]]) -> list[tuple[str, bool]]:
    """The text in runs, each with whether it is highlighted; marks may overlap or lie outside."""
    on = sorted((max(0, a), min(len(text), b)) for a, b in marks)
    runs, done = list[tuple[str, bool]](), 0
    for start, end in on:
        if end <= max(start, done):
            continue
        start = max(start, done)
        if start > done:
            runs.append((text[done:start], False))
        runs.append((text[start:end], True))
        done = end
    if done < len(text):
        runs.append((text[done:], False))
    return runs


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1


def _apart(spans: Iterable[S], size: int) -> list[S]:
    """Spans that do not overlap."""
    kept: list[S] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start)):
        inside = 0 <= span.start < span.end <= size
        if inside and all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return kept


def _piece(
    text: str,
    start: int,
    end: int,
    quoted: Sequence[tuple[int, int, ClaimMark]],
    entities: Sequence[Entity],
    times: Sequence[TimeSpan],
) -> Piece:
    over = [item for item in quoted if item[0] < end and start < item[1]]
    return Piece(
        text=text[start:end],
        claims=tuple(mark for _, _, mark in over),
        begins=tuple(mark for first, _, mark in over if start <= first),
        ends=tuple(mark for _, last, mark in over if last <= end or not text[end:last].strip()),
        entity=next((e for e in entities if e.start < end and start < e.end), None),
        time=next((t for t in times if t.start < end and start < t.end), None),
    )
