"""From a name to an id, with the reason; a name without support is not linked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from nlp.mentions import Named, Number, fold
from nlp.model import Entity, EntityType, Text
from nlp.registry import AMBIGUOUS_PLACE, Alias, Registry

WEAK = frozenset({"?", "^", "place"})
LARGE = 1_000_000  # people; a town of that size needs no other support where no tagger speaks against it


@dataclass(frozen=True, slots=True)
class Context:
    """What the whole text says: its countries, the ids that it names in full or by number, the numbers declared.

    `declared` maps a folded name to the network that the text gives it.
    """

    countries: frozenset[str]
    ids: frozenset[str]
    declared: dict[str, str]
    published: str = ""


def context(text: Text, named: Iterable[Named], numbers: Iterable[Number], declared: dict[str, str], registry: Registry) -> Context:
    """Gathers a `Context` from names that need no support themselves; a capital stands for its country too."""
    countries = {text.country.upper()} if text.country else set()
    ids = {number.id for number in numbers} | set(declared.values())
    for name in named:
        for alias in name.aliases:
            entry = registry.get(alias.id)
            if alias.type in {EntityType.COUNTRY, EntityType.NORP}:
                countries.add(alias.id)
            elif entry and entry.kind in {"capital", "region"} and entry.country:
                countries.add(entry.country)
            elif alias.flag not in WEAK:
                ids.add(alias.id)
    published = text.published.date().isoformat() if text.published else ""
    return Context(frozenset(countries), frozenset(ids), declared, published)


def link(name: Named, text: str, around: Context, registry: Registry) -> Entity:
    """The entity that a registry name means here; `id` None with `candidates` where the text does not decide."""
    printed = text[name.start : name.end]
    countries = [a for a in name.aliases if a.type in {EntityType.COUNTRY, EntityType.NORP}]
    if countries:
        return _entity(name, printed, countries[0], "country", 1.0, registry)
    strong = _in_use([a for a in name.aliases if a.flag not in WEAK], around.published)
    given = around.declared.get(fold(printed))
    if given and all(a.type is EntityType.ORG for a in name.aliases):
        return _declared(name, printed, given, strong, registry)
    if len({a.id for a in strong}) == 1:
        return _entity(name, printed, strong[0], "alias", 0.95, registry)
    if all(a.flag == "place" for a in name.aliases):
        return _place(name, printed, around, registry)
    return _supported(name, printed, strong, around, registry)


def _in_use(aliases: list[Alias], day: str) -> list[Alias]:
    """Those in use on the day of publication, where that leaves any."""
    current = [a for a in aliases if not day or (a.since[: len(day)] <= day and (not a.until or day <= a.until + "~"))]
    return current or aliases


def _declared(name: Named, printed: str, given: str, strong: list[Alias], registry: Registry) -> Entity:
    known = {a.id for a in strong}
    if len(known) == 1 and disagrees(given, next(iter(known)), printed, registry):
        return replace(_entity(name, printed, strong[0], "alias, against the printed number", 0.8, registry), candidates=(given,))
    entity = Entity(text=printed, type=EntityType.ORG, start=name.start, end=name.end, id=given, reason="declared", score=0.95)
    return replace(entity, country=registry.country_of(given))


def disagrees(printed_asn: str, known_asn: str, name: str, registry: Registry) -> bool:
    """Whether a printed number must be a slip for the well-known one of the name beside it.

    True where the printed number is not the company's, its holder bears another name or none, and it is one digit
    (or two swapped ones) away. A number that is merely unknown is believed: companies have many.
    """
    if not re.fullmatch(r"AS\d+", known_asn) or printed_asn == known_asn:
        return False
    entry = registry[known_asn]
    if int(printed_asn[2:]) in entry.other_asns or (registry.get(printed_asn) and registry[printed_asn].parent == known_asn):
        return False
    holder = set(re.findall(r"\w{3,}", fold(registry.holder(int(printed_asn[2:])) or "")))
    names = {word for alias in (name, *registry.aliases(known_asn)) for word in re.findall(r"\w{3,}", fold(alias))}
    return not holder & names and one_slip(printed_asn, known_asn)


def one_slip(first: str, second: str) -> bool:
    """One digit changed, left out or added, or two neighbours swapped."""
    if len(first) == len(second):
        apart = [i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
        swapped = len(apart) == 2 and apart[1] == apart[0] + 1
        return len(apart) == 1 or (swapped and first[apart[0]] == second[apart[1]] and first[apart[1]] == second[apart[0]])
    short, long = sorted((first, second), key=len)
    return len(long) - len(short) == 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _supported(name: Named, printed: str, strong: list[Alias], around: Context, registry: Registry) -> Entity:
    """A short or shared name: who is named in full or by number, else whose country is."""
    aliases = _in_use(strong or [a for a in name.aliases if a.flag != "place"], around.published)
    by_name = {a.id: a for a in aliases if a.id in around.ids}
    by_country = {a.id: a for a in aliases if registry.country_of(a.id) in around.countries}
    for supported, reason, score in ((by_name, "alias, named in full or by number", 0.9), (by_country, "alias, agreement of country", 0.8)):
        if len(supported) == 1:
            return _entity(name, printed, next(iter(supported.values())), reason, score, registry)
    candidates = tuple(dict.fromkeys(a.id for a in aliases))
    kind = aliases[0].type
    return Entity(
        text=printed, type=kind, start=name.start, end=name.end, reason="ambiguous", score=0.5, candidates=candidates
    )


def _place(name: Named, printed: str, around: Context, registry: Registry) -> Entity:
    aliases = sorted({a.id: a for a in name.aliases}.values(), key=lambda a: -registry[a.id].people)
    near = [a for a in aliases if registry[a.id].country in around.countries]
    if near:
        return _entity(name, printed, near[0], "place, agreement of country", 0.9, registry)
    first, *others = aliases
    if registry[first.id].kind == "capital" or not others:
        return _entity(name, printed, first, "place", 0.8, registry)
    if registry[first.id].people >= AMBIGUOUS_PLACE * registry[others[0].id].people:
        return _entity(name, printed, first, "largest place of the name", 0.7, registry)
    candidates = tuple(a.id for a in aliases)
    return Entity(
        text=printed, type=EntityType.PLACE, start=name.start, end=name.end, reason="ambiguous", score=0.5, candidates=candidates
    )


def _entity(name: Named, printed: str, alias: Alias, reason: str, score: float, registry: Registry) -> Entity:
    country = registry.country_of(alias.id)
    return Entity(
        text=printed,
        type=alias.type,
        start=name.start,
        end=name.end,
        id=alias.id,
        reason=reason,
        score=score,
        country=country,
    )
