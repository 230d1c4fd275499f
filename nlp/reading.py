"""A text made plain for the parser: each mention one name, each time one adverb, no brackets.

"At 09:07 UTC, Rogers (AS812) went down" is parsed as "yesterday, Google went down": a small model reads names, numbers
and clock times badly, and what they are is known already. Every token keeps its place in the text as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Doc, Token

from nlp.model import Entity, EntityType, TimeSpan
from nlp.syntax import english

STAND_IN = {
    EntityType.PERSON: "Smith",
    EntityType.COUNTRY: "France",
    EntityType.PLACE: "Paris",
    EntityType.NORP: "French",
}
"""Words that the model knows for what mentions are; any other type stands as a company."""
_PREPOSITION = {
    "at", "on", "in", "since", "from", "until", "till", "around", "about", "by", "just", "after", "before", "of",
    "during", "shortly", "soon", "as", "early", "late", "again", "the", "approximately", "roughly", "between",
}  # fmt: skip
_NEVER_LAST = {"again", "the", "early", "late"}
_PREFIXED = re.compile(r"\b(?:de|re|un)-(?=peer|rout|announc|connect|block)", re.IGNORECASE)
"""Hyphens that the tokenizer would make three words of."""
MAX_BRACKET = 90
"""Characters: a longer bracket is a sentence of its own and stays."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A parsed plain text. By token index: `starts` and `ends` in the text as it was, the mention, the time."""

    doc: Doc
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    entities: dict[int, Entity]
    times: dict[int, TimeSpan]

    def span(self, tokens: Sequence[Token]) -> tuple[int, int]:
        """From the first to the last of `tokens` in the text as it was."""
        return self.starts[tokens[0].i], self.ends[tokens[-1].i]


def read(doc: Doc, entities: Sequence[Entity], times: Sequence[TimeSpan]) -> Reading:
    """Parses `doc`'s text anew with its mentions and times made plain."""
    entities = _outermost(entities)
    brackets = list(_brackets(doc.text))
    named = {e.start: e for e in _told(entities, brackets) if not _inside(e.start, brackets)}
    timed = {t.start: t for t in times if t.start not in named and not _inside(t.start, brackets)}
    words: list[str] = []
    spaces: list[bool] = []
    starts: list[int] = []
    ends: list[int] = []
    who: dict[int, Entity] = {}
    at: dict[int, TimeSpan] = {}
    whole = [(e.start, e.end) for e in named.values()] + [(t.start, t.end) for t in timed.values()]
    joined = [m.span() for m in re.finditer(_PREFIXED.pattern + r"\w+", doc.text, re.IGNORECASE)]
    whole += [s for s in joined if not any(s[0] < end and start < s[1] for start, end in whole)]
    for start, end in _pieces(doc, whole, brackets):
        if start in named:
            word = STAND_IN.get(named[start].type, "Google")
            who[len(words)] = named[start]
        elif start in timed:
            while words and words[-1].lower() in _PREPOSITION and len(words) - 1 not in who:
                if words[-1].lower() in _NEVER_LAST and words[-1].lower() != "the":
                    break
                start = starts.pop()
                words.pop(), spaces.pop(), ends.pop()
            word = "yesterday"
            at[len(words)] = next(t for t in timed.values() if t.start <= end <= t.end)
        else:
            word = _PREFIXED.sub(lambda found: found[0][:-1], doc.text[start:end])
        words.append(word)
        spaces.append(doc.text[end : end + 1] == " " or _inside(end, brackets))
        starts.append(start)
        ends.append(end)
    plain = Doc(english().vocab, words=words, spaces=spaces)
    for i in range(1, len(words)):
        if "\n" in doc.text[ends[i - 1] : starts[i]] or "\n" in words[i - 1]:
            plain[i].is_sent_start = True
    for name, component in english().pipeline:
        if name not in {"ner", "routewire_lines"}:
            plain = component(plain)
    return Reading(plain, tuple(starts), tuple(ends), who, at)


def _outermost(entities: Sequence[Entity]) -> list[Entity]:
    out: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (e.start, -e.end)):
        if not out or entity.start >= out[-1].end:
            out.append(entity)
    return out


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    for found in re.finditer(r"\s?\([^()\n]*\)", text):
        if len(found[0]) <= MAX_BRACKET:
            yield found.span()


def _inside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)


def _told(entities: Sequence[Entity], brackets: Sequence[tuple[int, int]]) -> Iterator[Entity]:
    """Each mention with what its bracket says of it: "X (TTK, AS65001)" is one party, known by the printed number."""
    for entity in entities:
        bracket = next((b for b in brackets if 0 <= b[0] - entity.end <= 1), None)
        inner = [e for e in entities if bracket and bracket[0] <= e.start < bracket[1]]
        number = next((e for e in inner if e.type is EntityType.ASN), None)
        if entity.type is EntityType.ORG and number and (entity.id is None or number.likely):
            yield replace(entity, id=number.id, likely=number.likely, country=entity.country or number.country)
        elif entity.type is EntityType.ASN and entity.likely is None and entity.country is None and inner:
            yield replace(entity, country=inner[0].country)
        else:
            yield entity


def _pieces(
    doc: Doc, spans: Sequence[tuple[int, int]], brackets: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The text's tokens, cut at the edges of `spans`, each span whole, without brackets."""
    cuts = sorted(spans)
    done = 0
    for token in doc:
        place, stop = token.idx, token.idx + len(token)
        while place < stop:
            if place < done:
                place = min(done, stop)
                continue
            span = next((c for c in cuts if c[0] < stop and c[1] > place), None)
            hole = next((b for b in brackets if b[0] <= place < b[1]), None)
            if hole:
                done = hole[1]
            elif span and span[0] <= place:
                yield span
                done = span[1]
            else:
                done = min(
                    [
                        stop,
                        *(c[0] for c in cuts if place < c[0] < stop),
                        *(b[0] for b in brackets if place < b[0] < stop),
                    ]
                )
                yield place, done
