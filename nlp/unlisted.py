"""Names that no table knows: what reads like one, people by their surnames, and what is no name after all."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from spacy.tokens import Doc, Span

from nlp.gloss import LANGUAGES
from nlp.inflect import slug
from nlp.model import Entity, EntityType
from nlp.ner import Guess, guesses
from nlp.placed import Placed, everywhere, merged

_ARTICLE = re.compile(r"(?:\b[Ll]e |\b[Ll]a |\b[Ll]['’]|\b[Ee]l )$")
_COMPANY_NAME = re.compile(r" ([A-ZÀ-Þ][\w&.-]*\w(?: [A-ZÀ-Þ][\w&-]*\w){0,2})")
SHORT = 4  # letters of an acronym


def with_guesses(body: str, known: list[Entity], doc: Doc | None) -> list[Entity]:
    """Adds names that no table knows. A longer such name swallows the country or town inside it, never a company."""
    found = (*_epithets(body, known, doc), *guesses(body, doc))
    kept = Placed(known if doc is None else _sure(known, found, doc))
    for guess in found:
        inside = kept.touching(guess.start, guess.end)
        entity = Entity(
            text=body[guess.start : guess.end],
            type=guess.type,
            start=guess.start,
            end=guess.end,
            reason=guess.why,
            score=0.6,
        )
        if _swallows(entity, inside):
            for swallowed in inside:
                kept.remove(swallowed)
        kept.add(entity)
    return list(kept)


def _sure(known: Iterable[Entity], found: Sequence[Guess], doc: Doc) -> Iterator[Entity]:
    """`known` without what is no name after all."""
    by_start = sorted(found, key=lambda guess: guess.start)
    starts = [guess.start for guess in by_start]
    longest = max((guess.end - guess.start for guess in found), default=0)
    words = {token.text for token in doc}
    for entity in known:
        near = by_start[bisect(starts, entity.start - longest) : bisect(starts, entity.end)]
        touching = [guess for guess in near if guess.start < entity.end and entity.start < guess.end]
        if not _doubtful(entity, touching, doc, words):
            yield entity


def _epithets(body: str, known: Iterable[Entity], doc: Doc | None) -> Iterator[Guess]:
    """ "la británica Zegona", "le français Scaleway": how the French and Spanish press introduces a company."""
    for entity in known if doc is not None and doc.lang_ in LANGUAGES else ():
        told = entity.type is EntityType.NORP and _ARTICLE.search(body, max(0, entity.start - 4), entity.start)
        name = _COMPANY_NAME.match(body, entity.end) if told else None
        if name:
            yield Guess(name.start(1), name.end(1), EntityType.ORG, "named after its country")


def _swallows(entity: Entity, inside: Sequence[Entity]) -> bool:
    if entity.type not in {EntityType.ORG, EntityType.PERSON, EntityType.EVENT, EntityType.WORK}:
        return False
    whole = all(entity.start <= e.start and e.end <= entity.end for e in inside)
    soft = all(e.type in {EntityType.COUNTRY, EntityType.NORP, EntityType.PLACE} or e.score <= 0.6 for e in inside)
    rest = entity.text
    for e in inside:
        rest = rest.replace(e.text, "")
    return whole and soft and any(w[0].isupper() for w in re.findall(r"\w+", rest))


def _is_proper(span: Span) -> bool:
    """A name for the tagger, with or without its article: "La Paz", "El Alto"."""
    words = [token for token in span if token.is_alpha]
    article = len(words) > 1 and words[0].pos_ == "DET" and words[0].is_title
    return all(token.pos_ == "PROPN" for token in words[article:])


def _doubtful(entity: Entity, guessed: Sequence[Guess], doc: Doc, words: set[str]) -> bool:
    """A town's name without any sign of a place, or a short name that nothing supports and the tagger does not see.

    `INA` is no town, nor is the first word of "Mobile data" where the text has the word in small letters, too.
    """
    if entity.type is EntityType.PLACE and (entity.id or "place:").startswith("place:"):
        span = doc.char_span(entity.start, entity.end, alignment_mode="expand")
        proper = span is not None and _is_proper(span)
        tagged = any(guess.why.startswith("ner") for guess in guessed)
        longer = entity.end - entity.start
        person = any(g.type is EntityType.PERSON and g.end - g.start > longer for g in guessed)
        short = entity.text.isupper() and len(entity.text) <= SHORT
        common = entity.score < 0.9 and entity.text.lower() in words
        return person or short or common or not (proper and (tagged or entity.score >= 0.8))
    word = entity.type is EntityType.CABLE and not entity.text.isupper()  # Jupiter, Apollo: a planet, a moon flight
    return entity.reason == "ambiguous" and (word or not guessed)


def with_persons(body: str, entities: list[Entity]) -> list[Entity]:
    """A surname alone is the person introduced by the full name; one word that nobody introduced is no person."""
    full = [e for e in entities if e.type is EntityType.PERSON and " " in e.text]
    ids = {e.text.split()[-1]: f"person:{slug(e.text)}" for e in full}
    kept: list[Entity] = []
    for entity in entities:
        if entity.type is EntityType.PERSON and " " in entity.text:
            kept.append(replace(entity, id=f"person:{slug(entity.text)}"))
        elif entity.text in ids and entity.id is None:
            kept.append(replace(entity, type=EntityType.PERSON, id=ids[entity.text], reason="surname"))
        elif entity.type is EntityType.PERSON:
            kept.append(replace(entity, type=EntityType.ORG, score=0.4))
        else:
            kept.append(entity)
    surnames = [
        Entity(text=name, type=EntityType.PERSON, start=start, end=end, id=person, reason="surname", score=0.8)
        for name, person in ids.items()
        for start, end in everywhere(body, name)
    ]
    return merged(kept, surnames)
