"""How a text is cut for the parser: mentions, times and idioms whole, brackets and the dateline left out."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from spacy.tokens import Doc

from nlp.frames import idioms
from nlp.gloss import LANGUAGES, glossary
from nlp.model import Entity, EntityType, TimeSpan
from nlp.plain import ENGLISH, PREFIXED

DATELINE = re.compile(
    r"\s*([A-Z][\w'’.]*(?: [\w'’.]+){0,3})(?:, [^\n–—-]{1,30}?)?(?: \([^()\n]{1,30}\))? ?(?:--|[-–—]) "
)
"""An agency's "DHAKA, July 29 (AFP) - "."""
LIST = 3
"""So many mentions in a row are an enumeration."""
_JOINT = re.compile(r",? (?:(?:and|et|y|e) |or |& )?|,")
MAX_BRACKET = 90
"""Characters: a longer bracket is a sentence of its own and stays."""


def phrases_of(text: str, lang: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], str]]:
    """Groups of words that one word stands for, with that word."""
    if lang not in LANGUAGES and lang != "en":
        return
    pattern, phrases = (glossary(lang).phrase, glossary(lang).phrases) if lang in LANGUAGES else idioms()
    for found in pattern.finditer(text):
        if not touches(spans, *found.span()):
            yield found.span(), phrases[found[0].lower().replace("’", "'")]


def parties_of(entities: Sequence[Entity], times: Sequence[TimeSpan]) -> list[Entity]:
    """The outermost mentions in the text's order, without the "Lima" of "17:38 Lima time", part of a time."""
    times = sorted(times, key=lambda t: t.start)
    begun = [t.start for t in times]
    last = ((e, bisect_right(begun, e.start)) for e in _outermost(entities))
    return [e for e, count in last if count == 0 or e.end > times[count - 1].end]


def listed(text: str, entities: Sequence[Entity], brackets: Sequence[tuple[int, int]]) -> dict[int, tuple[Entity, ...]]:
    """By their start the mentions, those of an enumeration together: `A, B (AS65001), C and D`."""
    runs: list[list[Entity]] = []
    for entity in entities:
        last = runs[-1][-1] if runs else None
        if last and _kind(last) == _kind(entity) and _JOINT.fullmatch(_between(text, last.end, entity.start, brackets)):
            runs[-1].append(entity)
        else:
            runs.append([entity])
    out: dict[int, tuple[Entity, ...]] = {}
    for run in runs:
        parts = [tuple(run)] if len(run) >= LIST else [(entity,) for entity in run]
        out |= {part[0].start: part for part in parts}
    return out


def _kind(entity: Entity) -> str:
    return ENGLISH.get(entity.type.value, ENGLISH["ORG"])


def _between(text: str, start: int, end: int, brackets: Sequence[tuple[int, int]]) -> str:
    """What stands between two mentions, without brackets."""
    inner = [b for b in brackets[bisect_left(brackets, (start,)) : bisect_left(brackets, (end,))] if b[1] <= end]
    edges = [start, *(edge for b in inner for edge in b), end]
    return "".join(text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))


def whole(text: str, named: Mapping[int, tuple[Entity, ...]], timed: Mapping[int, TimeSpan]) -> list[tuple[int, int]]:
    """The spans that become one word each: mentions, times, and words that the tokenizer would split at a hyphen."""
    spans = [(run[0].start, run[-1].end) for run in named.values()] + [(t.start, t.end) for t in timed.values()]
    spans.sort()
    words = [m.span() for m in re.finditer(PREFIXED.pattern + r"\w+", text, re.IGNORECASE)]
    return sorted(spans + [word for word in words if not touches(spans, *word)])


def _outermost(entities: Sequence[Entity]) -> list[Entity]:
    out: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (e.start, -e.end)):
        if not out or entity.start >= out[-1].end:
            out.append(entity)
    return out


def holes(text: str, entities: Sequence[Entity]) -> list[tuple[int, int]]:
    """The spans that the parser does not see, in order and apart: the dateline and short brackets."""
    dateline = list(_dateline(text, entities))
    return [*dateline, *(b for b in _brackets(text) if not touches(dateline, *b))]


def _dateline(text: str, entities: Sequence[Entity]) -> Iterator[tuple[int, int]]:
    """ "PARIS, 3 Oct (AFP) - ": where a report was written is no part of its first sentence."""
    found = DATELINE.match(text)
    first = min(entities, key=lambda e: e.start, default=None)
    opens = first and found and first.start <= found.start(1) and first.type in {EntityType.PLACE, EntityType.COUNTRY}
    if found and opens and not any(e.type is EntityType.ASN and e.start < found.end() for e in entities):
        yield found.span()


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    for found in re.finditer(r"\s?\([^()\n]*\)", text):
        if len(found[0]) <= MAX_BRACKET:
            yield found.span()


def touches(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of `spans`, which are in order and apart, has a character of `start` to `end`."""
    at = bisect_left(spans, (end,))
    return at > 0 and start < spans[at - 1][1]


def inside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    return touches(spans, place, place + 1)


def told(entities: Sequence[Entity], brackets: Sequence[tuple[int, int]]) -> Iterator[Entity]:
    """Each mention with what its bracket says of it: "X (TTK, AS65001)" is one party, known by the printed number, and
    so is "X, AS65001," where the number disagrees."""
    beside = {e.start: e for e in entities if e.type is EntityType.ASN and e.likely}
    starts = [e.start for e in entities]
    for entity in entities:
        behind = _begun(brackets, bisect_left(brackets, (entity.end,)), entity.end + 2)[:1]
        inner = [e for b in behind for e in entities[bisect_left(starts, b[0]) : bisect_left(starts, b[1])]]
        number = next((e for e in inner if e.type is EntityType.ASN), None) or beside.get(entity.end + len(", "))
        if entity.type is EntityType.ORG and number and (entity.id is None or number.likely):
            yield replace(entity, id=number.id, likely=number.likely, country=entity.country or number.country)
        elif entity.type is EntityType.ASN and entity.likely is None and entity.country is None and inner:
            yield replace(entity, country=inner[0].country)
        else:
            yield entity


def pieces(
    doc: Doc, spans: Sequence[tuple[int, int]], brackets: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The text's tokens, cut at the edges of `spans`, each span whole, without brackets."""
    cuts = sorted(spans)
    ends = [end for _, end in cuts]  # in order too: the spans do not overlap
    done = 0
    for token in doc:
        place, stop = token.idx, token.idx + len(token)
        while place < stop:
            if place < done:
                place = min(done, stop)
                continue
            near = _begun(cuts, bisect_right(ends, place), stop)
            span = near[0] if near else None
            at = bisect_left(brackets, (place + 1,))
            if inside(place, brackets):
                done = brackets[at - 1][1]
            elif span and span[0] <= place:
                yield span
                done = span[1]
            else:
                later = [c for c in near if place < c[0]] + _begun(brackets, at, stop)
                done = min([stop, *(start for start, _ in later)])
                yield place, done


def _begun(cuts: Sequence[tuple[int, int]], at: int, stop: int) -> list[tuple[int, int]]:
    """The spans from number `at` on that begin before `stop`."""
    out: list[tuple[int, int]] = []
    while at < len(cuts) and cuts[at][0] < stop:
        out.append(cuts[at])
        at += 1
    return out
