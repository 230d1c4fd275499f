"""From a text to its annotation: language, relevance, entities, times, claims."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from nlp import models
from nlp.claims import find_claims
from nlp.doubts import of_operators
from nlp.entities import find_entities
from nlp.language import depth, detect
from nlp.mentions import Names
from nlp.model import Annotation, Entity, EntityType, Text
from nlp.party import PLACES
from nlp.registry import Registry
from nlp.relevance import judge
from nlp.times import ZoneHint, find_times
from nlp.versions import PIPELINE
from nlp.wrapping import unwrapped

SITES = frozenset({EntityType.COUNTRY, EntityType.PLACE})
MAX_CHARACTERS = 60_000
"""Code points of a text that are read; what is over is told in the annotation's flags."""
_log = logging.getLogger(__name__)
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Pipeline:
    """Reads texts. Models and tables are loaded at first need; the same text gives the same annotation."""

    @cached_property
    def registry(self) -> Registry:
        for doubt in of_operators():
            _log.warning("registry: %s: %s is %r, the bundled AS names say %r; `routewire check` tells more", *doubt)
        return Registry.load()

    def annotate(self, text: Text) -> Annotation:
        """The annotation of `text`; of a text on another subject one without entities, times and claims."""
        flags = []
        if len(text.text) > MAX_CHARACTERS:
            flags.append(f"read up to character {MAX_CHARACTERS} of {len(text.text)}")
        clean = replace(text, text=_UNREADABLE.sub(" ", text.text[:MAX_CHARACTERS]))
        if clean.text != text.text[:MAX_CHARACTERS]:
            flags.append("control characters and broken code points were read as blanks")
        lang = detect(clean)
        how = depth(lang)
        verdict = judge(clean, lang, Names.of(self.registry))
        flags += [f"relevance: {reason}" for reason in verdict.reasons]
        empty = Annotation(
            id=text.id, lang=lang, version=PIPELINE, depth=how, relevant=verdict.relevant, flags=tuple(flags)
        )
        return self._read(clean, empty) if verdict.relevant else empty

    def _read(self, printed: Text, empty: Annotation) -> Annotation:
        text = replace(printed, text=unwrapped(printed.text))
        doc = models.tokens(text.text, empty.lang) if empty.depth == "full" else None
        entities = find_entities(text, doc, self.registry)
        times = find_times(text, self.zones(text, entities), empty.lang)
        claims = find_claims(text, doc, entities, times, empty.lang, self.registry)
        flags = (*empty.flags, *_companies(entities))
        return _as_printed(replace(empty, entities=entities, times=times, claims=claims, flags=flags), printed.text)

    def zones(self, text: Text, entities: Sequence[Entity]) -> tuple[ZoneHint, ...]:
        """The zones of the places that the text names, for "local time", and what hints at where its story is."""
        source = self.registry.zone_at(text.country)
        own = (ZoneHint(0, 0, source, sure=False),) if source else ()
        local = (e for e in entities if e.type in PLACES or self.registry.home(e.id or ""))
        return (*own, *(hint for e in local if (hint := self._zone(e))))

    def _zone(self, entity: Entity) -> ZoneHint | None:
        zone = self.registry.zone_of(entity) or self.registry.zone_at(entity.country)
        return ZoneHint(entity.start, entity.end, zone, entity.type in SITES) if zone else None


def _as_printed(read: Annotation, text: str) -> Annotation:
    """With the words of spans as they stand in the text, line breaks and all."""
    return replace(
        read,
        entities=tuple(replace(e, text=text[e.start : e.end]) for e in read.entities),
        times=tuple(replace(t, text=text[t.start : t.end]) for t in read.times),
        claims=tuple(replace(c, quote=text[slice(*c.quote_span)]) for c in read.claims),
    )


def _companies(entities: Sequence[Entity]) -> tuple[str, ...]:
    """How many mentions of companies are linked; empty for a text without any."""
    mentions = [entity for entity in entities if entity.type is EntityType.ORG]
    linked = sum(entity.id is not None for entity in mentions)
    unsure = sum(entity.id is None and bool(entity.candidates) for entity in mentions)
    told = f"companies: {linked} linked, {unsure} ambiguous, {len(mentions) - linked - unsure} not linked"
    return (told,) if mentions else ()
