"""Who and where a text speaks of: printed numbers, the registry's names, what the text declares, names of others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from spacy.tokens import Doc, Token

from nlp import language, linking, models
from nlp.context import Context, context
from nlp.declared import Declared, declarations
from nlp.gloss import english_lemma
from nlp.mentions import Named, Names, Number, fold, numbers
from nlp.model import Entity, EntityType, Text
from nlp.ner import SAYING, not_names, unsure
from nlp.placed import everywhere, merged
from nlp.registry import Registry
from nlp.slips import COMMON, meant
from nlp.tables import words
from nlp.unlisted import with_guesses, with_persons

POLITICAL = SAYING | words(
    "press urge want seek refuse reject threaten accuse blame condemn demand order sanction agree negotiate "
    "pledge vow impose insist respond retaliate hope fear try plan decide intend consider welcome oppose "
    "support back push pressure "
)
GOVERNMENT = words("authority authorities government regime junta ruler leadership")
GENERIC = words(
    "national international global general first united central new great north south east west northern southern "
    "eastern western public state royal federal bank university ministry institute digital data mobile cable fibre "
    "fiber broadband wireless online world city american european african asian advanced best smart super"
)
"""First words of many companies' names, folded; countries and towns are known as such."""
SHORTEST = 4  # letters of a word that may stand for a longer name
_ZONE = re.compile(r" (?:Standard|Daylight|Summer) Time\b")
_LEGAL_FORM = re.compile(
    r" (?:(?P<same>Ltd|Limited|Inc|LLC|PLC|plc|SA|S\.A|AG|SE|GmbH|P?JSC|AB|AS|A/S|Co|Corp|Corporation|Company)"
    r"|Holdings?|Group)\b(?! of)\.?"
)

_AUTHORITY = re.compile(
    r"\b(?:Ministry|Department|Agency|Authority|Commission|Council|Court|Army|Forces|Government|Service|Police)\b"
)


def find_entities(text: Text, doc: Doc | None, registry: Registry) -> tuple[Entity, ...]:
    """The mentions in `text.text` in reading order, without overlap. `doc` has the same string's words and
    sentences; those whose names are not all known are read by its model.

    Without `doc` names come from the registry, from printed numbers and from what the text declares alone.
    """
    body = text.text
    lang = doc.lang_ if doc is not None else language.detect(text)
    text = text if text.country else replace(text, country=language.HOME.get(lang))
    printed = numbers(body)
    named = Names.of(registry).find(body, lang)
    stated = declarations(body, named, printed)
    declared = _networks(body, stated)
    titled = Names.of(registry).find(text.title, lang)
    around = context(text, named, titled, printed, declared, registry)
    linked = [linking.link(n, body, around, registry) for n in named]
    if doc is not None:
        models.look(doc, unsure(doc, linked, printed, frozenset(registry.capitals.values())))
    known = _joined(
        [_with_doc(entity, doc, registry) for entity in linked],
        named,
        body,
        around,
        registry,
    )
    known = [
        _in_latin(_with_form(entity, body), lang, registry) for entity in known if not _ZONE.match(body, entity.end)
    ]
    known = merged([_number(n, body) for n in printed], known)
    known = merged(known, _declared_names(body, stated, known, around, registry))
    known = _aliased(body, stated, known)
    entities = with_guesses(body, known, doc)
    entities = [_held(entity, around, registry) for entity in with_persons(body, entities)]
    return tuple(sorted(_likely(entities, stated, registry), key=lambda e: e.start))


def _networks(body: str, stated: Iterable[Declared]) -> dict[str, str]:
    """Each declared name, and each of its aliases, to its network; a name given several numbers keeps the first."""
    found: dict[str, str] = {}
    for declared in stated:
        if declared.numbers:
            for span in (declared.span, *declared.aliases):
                found.setdefault(fold(body[slice(*span)]), declared.numbers[0].id)
    return found


def _number(number: Number, body: str) -> Entity:
    printed = body[number.start : number.end]
    return Entity(text=printed, type=number.type, start=number.start, end=number.end, id=number.id, reason="printed")


def _with_doc(entity: Entity, doc: Doc | None, registry: Registry) -> Entity:
    """A capital that acts or speaks like a government, or has its authorities in it, is its country."""
    if doc is None or entity.country is None or entity.id != registry.capitals.get(entity.country):
        return entity
    span = doc.char_span(entity.start, entity.end)
    if span is None or not (_acts(span.root) or _seats(span.root)):
        return entity
    return replace(entity, id=entity.country, reason="capital for its government")


def _acts(town: Token) -> bool:
    return town.dep_ in {"nsubj", "nsubjpass", "nsubj:pass"} and english_lemma(town.head) in POLITICAL


def _seats(town: Token) -> bool:
    """True for the Bamako of "the authorities in Bamako"."""
    return town.dep_ == "pobj" and town.head.lower_ in {"in", "of"} and town.head.head.lemma_.lower() in GOVERNMENT


def _in_latin(entity: Entity, lang: str, registry: Registry) -> Entity:
    """A service whose name is a common word (`Signal`) is meant where Latin letters stand in another script."""
    only = entity.candidates[0] if entity.reason == "ambiguous" and len(entity.candidates) == 1 else None
    entry = registry.get(only)
    if entry is None or entry.kind != "service" or not entity.text.isascii() or language.is_latin(lang):
        return entity
    return replace(entity, id=only, candidates=(), reason="alias, in letters of another script", score=0.8)


def _with_form(entity: Entity, body: str) -> Entity:
    """A company with its legal form (`Ltd`); with `Holding` or `Group` it is another one, which is not linked.

    What is called like a cable and has a legal form is the cable's company.
    """
    form = _LEGAL_FORM.match(body, entity.end) if entity.type in {EntityType.ORG, EntityType.CABLE} else None
    if form is None or (entity.type is EntityType.CABLE and not form["same"]):
        return entity
    end = (
        form.end() if body[form.end() - 1] != "." or body[form.end() : form.end() + 1] in {",", ")"} else form.end() - 1
    )
    longer = replace(entity, text=body[entity.start : end], end=end)
    if entity.type is EntityType.CABLE:
        return replace(longer, type=EntityType.ORG, id=None, reason="company named like a cable", score=0.5)
    if form["same"] or entity.id is None:
        return longer
    return replace(longer, id=None, reason="parent or group of a known company", candidates=(entity.id,), score=0.5)


def _joined(
    known: list[Entity], named: Sequence[Named], body: str, around: Context, registry: Registry
) -> list[Entity]:
    """A brand and the country after it are one company: `Vodafone Egypt`."""
    joined: list[Entity] = []
    brands = {n.start: [a.id for a in n.aliases if a.flag == "^"] for n in named}
    for entity, name in zip(known, named, strict=True):
        last = joined[-1] if joined else None
        if (
            last
            and entity.type is EntityType.COUNTRY
            and body[last.end : entity.start] == " "
            and last.type is EntityType.ORG
        ):
            brand = brands.get(last.start, [])
            own = [i for i in brand if registry.country_of(i) == entity.id]
            if brand:
                text = body[last.start : entity.end]
                joined[-1] = Entity(
                    text=text,
                    type=EntityType.ORG,
                    start=last.start,
                    end=entity.end,
                    id=around.declared.get(fold(text)) or (own[0] if len(own) == 1 else None),
                    reason="brand and country",
                    score=0.9,
                    country=entity.id,
                    candidates=tuple(own) if len(own) > 1 else (),
                )
                continue
        if name.aliases:
            joined.append(entity)
    return joined


def _declared_names(
    body: str, stated: Iterable[Declared], known: Sequence[Entity], around: Context, registry: Registry
) -> list[Entity]:
    """Names that no table knows, wherever they stand, linked by the number that the text gives them."""
    found: list[Entity] = []
    shorts: list[Entity] = []
    done: set[str] = set()
    spans_known = {(e.start, e.end) for e in known}
    for declared in stated:
        name = body[slice(*declared.span)]
        network = around.declared.get(fold(name))
        if declared.span in spans_known or name in done:
            continue
        done.add(name)
        own = Entity(
            text=name,
            type=EntityType.ORG,
            start=declared.span[0],
            end=declared.span[1],
            id=network,
            reason="declared" if network else "explained by the text",
            score=0.9 if network else 0.5,
            country=registry.country_of(network) if network else None,
        )
        spans = everywhere(body, name)
        found += [replace(own, start=start, end=end) for start, end in spans]
        short = name.split()[0] if network else ""
        if _tells(short, name) and short not in done:
            done.add(short)
            shortened = replace(own, text=short, reason=f"short for {name}", score=0.7)
            shorts += [replace(shortened, start=start, end=end) for start, end in everywhere(body, short)]
    return merged(found, shorts)


def _tells(word: str, name: str) -> bool:
    """Whether the first word of a longer name may stand for it."""
    plain = word.isalpha() and word[0].isupper() and len(word) >= SHORTEST and word not in not_names()
    return plain and word != name and fold(word) not in GENERIC | COMMON


def _aliased(body: str, stated: Iterable[Declared], known: list[Entity]) -> list[Entity]:
    """A declared alias means, wherever it stands, what the name means that it was declared for."""
    owners = {e.end: e for e in known if e.type not in _NEVER_ALIASED}
    meant_by: dict[str, Entity] = {}
    for declared in stated:
        for alias in declared.aliases:
            if owner := owners.get(declared.span[1]):
                meant_by.setdefault(body[slice(*alias)], owner)
    own = [
        replace(
            owner, text=name, start=start, end=end, reason=f"declared for {owner.text}", score=min(owner.score, 0.95)
        )
        for name, owner in meant_by.items()
        for start, end in everywhere(body, name)
    ]
    return merged(own, [e for e in known if e.id is None or e.text not in meant_by or e.reason != "ambiguous"])


_NEVER_ALIASED = frozenset({EntityType.ASN, EntityType.PREFIX, EntityType.COUNTRY, EntityType.NORP, EntityType.PLACE})


def _held(entity: Entity, around: Context, registry: Registry) -> Entity:
    """A company that no table knows by the one network whose holder bears its name in a country that the text names."""
    if entity.type is not EntityType.ORG or entity.id or entity.candidates or _AUTHORITY.search(entity.text):
        return entity
    found = [asn for country in sorted(around.lands) for asn in registry.networks_named(entity.text, country)]
    if len(found) != 1:
        return replace(entity, candidates=tuple(found))
    country = registry.country_of(found[0])
    return replace(entity, id=found[0], reason="holder of that name and country", score=0.7, country=country)


def _likely(entities: list[Entity], stated: Iterable[Declared], registry: Registry) -> list[Entity]:
    """Marks a printed number that disagrees with the well-known name beside it; it stays as printed."""
    slips: dict[str, str] = {}
    owners = {(e.start, e.end): e for e in entities}
    for declared in stated:
        owner = owners.get(declared.span)
        for number in declared.numbers:
            if owner and owner.id and (right := meant(number.id, owner.id, owner.text, registry)):
                slips[number.id] = right
    return [replace(e, likely=slips[e.id]) if e.type is EntityType.ASN and e.id in slips else e for e in entities]
