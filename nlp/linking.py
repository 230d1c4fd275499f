"""From a name to an id, with the reason; a name without support is not linked."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nlp.context import AMBIGUOUS_PLACE, CITY, WEAK, Context
from nlp.entries import Alias
from nlp.mentions import Named, fold
from nlp.model import Entity, EntityType
from nlp.registry import Registry
from nlp.slips import meant

_IN_CABLES = re.compile(
    r"\b(?:cables?|câbles?)(?: (?:submarinos?|sous-marins?))? (?:[\w-]+(?:, | et | y | and ))*$", re.IGNORECASE
)
_CALLED_CABLE = re.compile(r"(?: (?:submarine|subsea|undersea))? cable(?: system)?$")
_SENTENCE_END = re.compile(r"[.!?;]\s|\n")
_ENUMERATION = re.compile(r"(?:[\s,/&]|\b(?:and|or|the|cables?|systems?)\b|\b[A-Z\d][\w-]*)*")
LONGEST = 60  # characters of a country's or a cable's name
LIST = 60  # characters within which an enumeration is looked for
BESIDE = 20  # characters between a brand and the country that tells which of its companies is meant


def link(name: Named, text: str, around: Context, registry: Registry) -> Entity:
    """The entity that a registry name means here; `id` None with `candidates` where the text does not decide.

    The common word after a cable's name (`Jupiter cable`) tells what is meant and is no part of the name.
    """
    printed = text[name.start : name.end]
    if any(a.type is EntityType.CABLE for a in name.aliases) and (called := _CALLED_CABLE.search(printed)):
        name = replace(name, end=name.start + called.start())
        printed = printed[: called.start()]
    cables = tuple(a for a in name.aliases if a.type is EntityType.CABLE)
    if cables and cables != name.aliases and _IN_CABLES.search(text, max(0, name.start - 120), name.start):
        name = replace(name, aliases=cables)  # "les câbles WACS, MainOne et ACE"
    countries = [a for a in name.aliases if a.type in {EntityType.COUNTRY, EntityType.NORP}]
    if countries:
        return _entity(name, printed, countries[0], "country", 1.0, registry)
    strong = _in_use([a for a in name.aliases if a.flag not in WEAK], around.published)
    given = around.declared.get(fold(printed))
    if given and all(_may_be_company(a, registry) for a in name.aliases):
        return _declared(name, printed, given, strong, registry)
    listed = tuple(a for a in name.aliases if a.type is EntityType.CABLE)
    if listed and len(listed) < len(name.aliases) and _among_cables(name, text, around):
        return _supported(replace(name, aliases=listed), text, printed, [], around, registry)
    brands = _in_use([a for a in name.aliases if a.flag == "^"], around.published, strict=True)
    branch = _branch(name, text, brands, strong, around, registry)
    if branch:
        return _entity(name, printed, branch[0], f"brand, {branch[1]}", 0.8, registry)
    if len({a.id for a in strong}) == 1:
        return _alone(_entity(name, printed, strong[0], "alias", 0.95, registry), strong[0], brands, around)
    if all(a.flag == "place" for a in name.aliases):
        return _place(name, printed, around, registry)
    return _supported(name, text, printed, strong, around, registry)


def _may_be_company(alias: Alias, registry: Registry) -> bool:
    """Whether a number beside the name makes it a company: also that of a small town, or of a cable by its owner."""
    if alias.flag == "place":
        return registry[alias.id].kind == "town" and registry[alias.id].people < CITY
    return alias.type is EntityType.ORG or (alias.type is EntityType.CABLE and alias.flag in WEAK)


def _among_cables(name: Named, text: str, around: Context) -> bool:
    """Whether the name stands in a list of cables, one of which is named in full: "SAT-3 and MainOne"."""
    gaps = (text[slice(*gap)] for _, gap in _near(name, around.cables_at, LIST))
    return any(_ENUMERATION.fullmatch(gap) for gap in gaps)


def _near(name: Named, spans: Sequence[tuple[int, int]], most: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Those of the sorted `spans` up to `most` characters away: their place in it, and the span between."""
    first = bisect(spans, (name.start - most - LONGEST, 0))
    for place in range(first, len(spans)):
        start, end = spans[place]
        if start > name.end + most:
            break
        gap = (name.end, start) if start >= name.end else (end, name.start)
        if 0 <= gap[1] - gap[0] <= most:
            yield place, gap


def _branch(
    name: Named, text: str, brands: Sequence[Alias], strong: Sequence[Alias], around: Context, registry: Registry
) -> tuple[Alias, str] | None:
    """The one national company of a brand, with the reason: its country stands beside the brand, else anywhere.

    Where the text names none, two others that serve one country tell it, then the source.
    """
    own = {registry.country_of(a.id) for a in strong}
    shared = {country for country, parties in around.homes.items() if parties > 1}
    for countries, reason, anyway in (
        (_countries_beside(name, text, around), "agreement of country", True),
        (around.countries, "agreement of country", False),
        (shared if not around.countries else set(), "the other parties' country", False),
        ({around.source} if not around.countries else set(), "the source's country", False),
    ):
        if anyway or not own & countries:
            found = [a for a in brands if registry.country_of(a.id) in countries]
            if found:
                return (found[0], reason) if len({a.id for a in found}) == 1 else None
    return None


def _alone(entity: Entity, alias: Alias, brands: Sequence[Alias], around: Context) -> Entity:
    """A name that needs no support. It is less sure where others bear it as a brand and nothing tells its country, and
    where it was given up before the text was written."""
    others = tuple(dict.fromkeys(a.id for a in brands if a.id != alias.id))
    if others and entity.country not in around.lands | around.homes.keys():
        return replace(entity, reason="alias, a brand of others too", score=0.6, candidates=others)
    if not _in_use([alias], around.published, strict=True):
        return replace(entity, reason="alias of another time", score=0.7, candidates=others)
    return entity


def _in_use(aliases: list[Alias], day: str, *, strict: bool = False) -> list[Alias]:
    """Those in use on the day of publication; unless `strict`, all where none was."""
    current = [a for a in aliases if not day or (a.since[: len(day)] <= day and (not a.until or day <= a.until + "~"))]
    return current if strict else current or aliases


def _declared(name: Named, printed: str, given: str, strong: list[Alias], registry: Registry) -> Entity:
    """The network whose number the text gives, unless it is a slip for one of a company of that name."""
    bearers = {a.id: a for a in strong or name.aliases}
    meanings = {i: a for i, a in bearers.items() if meant(given, i, printed, registry, sure=bool(strong))}
    if len(meanings) == 1 and not any(given in registry.numbers(i) for i in bearers):
        entity = _entity(
            name, printed, next(iter(meanings.values())), "alias, against the printed number", 0.8, registry
        )
        return replace(entity, candidates=(given,))
    entity = Entity(
        text=printed, type=EntityType.ORG, start=name.start, end=name.end, id=given, reason="declared", score=0.95
    )
    return replace(entity, country=registry.country_of(given))


def _supported(
    name: Named, text: str, printed: str, strong: list[Alias], around: Context, registry: Registry
) -> Entity:
    """A short or shared name: who is named in full or by number, else whose country, fellows or cable is."""
    aliases = _in_use(strong or [a for a in name.aliases if a.flag != "place"], around.published)
    home = {a.id: registry.country_of(a.id) for a in aliases}
    beside = _countries_beside(name, text, around)
    shared = around.carriers and any(a.flag == "^" for a in aliases)
    decided = any(country in around.countries for country in home.values())
    for ids, reason, score in (
        ({i for i in home if i in around.ids}, "named in full or by number", 0.9),
        ({i for i in home if home[i] in around.countries}, "agreement of country", 0.8),
        ({i for i in home if home[i] in beside}, "country beside it", 0.7),
        (set() if decided else {i for i in home if home[i] in around.homes}, "the other parties' country", 0.7),
        (set() if decided or not shared else {i for i in home if registry.is_carrier(i)}, "among carriers", 0.7),
        (set() if decided else {i for i in home if registry.name(i) in around.owners}, "owner of a cable named", 0.7),
        (set() if decided else {i for i in home if home[i] and home[i] == around.source}, "the source's country", 0.7),
    ):
        if len(ids) == 1:
            found = next(a for a in aliases if a.id in ids)
            return _entity(name, printed, found, f"alias, {reason}", score, registry)
    if around.cables and len(home) == 1 and aliases[0].type is EntityType.CABLE:
        return _entity(name, printed, aliases[0], "alias, among cables", 0.8, registry)
    return _undecided(name, printed, aliases)


def _undecided(name: Named, printed: str, aliases: Sequence[Alias]) -> Entity:
    candidates = tuple(dict.fromkeys(a.id for a in aliases))
    return Entity(
        text=printed,
        type=aliases[0].type,
        start=name.start,
        end=name.end,
        reason="ambiguous",
        score=0.5,
        candidates=candidates,
    )


def _countries_beside(name: Named, text: str, around: Context) -> set[str]:
    """The country named nearest in the sentence, within a few words: it tells the branches of a brand apart."""
    near = [
        (gap[1] - gap[0], around.codes[place])
        for place, gap in _near(name, around.where, BESIDE)
        if not _SENTENCE_END.search(text, *gap)
    ]
    nearest = min((gap for gap, _ in near), default=0)
    return {code for gap, code in near if gap == nearest}


def _place(name: Named, printed: str, around: Context, registry: Registry) -> Entity:
    aliases = sorted({a.id: a for a in name.aliases}.values(), key=lambda a: -registry[a.id].people)
    near = [a for a in aliases if registry[a.id].country in around.lands]
    if near:
        return _entity(name, printed, near[0], "place, agreement of country", 0.9, registry)
    first, *others = aliases
    if registry[first.id].kind == "capital" or not others:
        return _entity(name, printed, first, "place", 0.8, registry)
    if registry[first.id].people >= AMBIGUOUS_PLACE * registry[others[0].id].people:
        return _entity(name, printed, first, "largest place of the name", 0.7, registry)
    return _undecided(name, printed, aliases)


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
