"""From a name to an id, with the reason; a name without support is not linked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from nlp.mentions import Named, Number, fold
from nlp.model import Entity, EntityType, Text
from nlp.registry import AMBIGUOUS_PLACE, Alias, Registry
from nlp.tables import words

WEAK = frozenset({"?", "^", "place"})
COMMON = words(
    "ltd limited inc llc plc company corporation corp group holding joint stock venture private public the and "
    "for telecom telecommunication telecommunications communication communications network networks internet "
    "services "
)
_CALLED_CABLE = re.compile(r"(?: (?:submarine|subsea|undersea))? cable(?: system)?$")
BESIDE = 20  # characters between a brand and the country that tells which of its companies is meant


@dataclass(frozen=True, slots=True)
class Context:
    """What the whole text says: its countries, the ids that it names in full or by number, the numbers declared.

    `declared` maps a folded name to the network that the text gives it; `where` holds the spans of the body's
    countries with their codes; `cables` says that a cable is named in full.
    """

    countries: frozenset[str]
    ids: frozenset[str]
    declared: dict[str, str]
    published: str = ""
    where: tuple[tuple[int, int, str], ...] = ()
    cables: bool = False


def context(
    text: Text,
    named: Sequence[Named],
    titled: Sequence[Named],
    numbers: Iterable[Number],
    declared: dict[str, str],
    registry: Registry,
) -> Context:
    """Gathers a `Context` from names that need no support themselves; a capital stands for its country too.

    `named` stand in the body, `titled` in the title.
    """
    countries = {text.country.upper()} if text.country else set()
    ids = {number.id for number in numbers} | set(declared.values())
    for name in (*named, *titled):
        for alias in name.aliases:
            entry = registry.get(alias.id)
            if alias.type in {EntityType.COUNTRY, EntityType.NORP}:
                countries.add(alias.id)
            elif entry and entry.kind in {"capital", "region"} and entry.country:
                countries.add(entry.country)
            elif alias.flag not in WEAK:
                ids.add(alias.id)
    published = text.published.date().isoformat() if text.published else ""
    where = tuple(
        (n.start, n.end, a.id) for n in named for a in n.aliases if a.type in {EntityType.COUNTRY, EntityType.NORP}
    )
    return Context(
        frozenset(countries), frozenset(ids), declared, published, where, any(i.startswith("cable:") for i in ids)
    )


def link(name: Named, text: str, around: Context, registry: Registry) -> Entity:
    """The entity that a registry name means here; `id` None with `candidates` where the text does not decide.

    The common word after a cable's name (`Jupiter cable`) tells what is meant and is no part of the name.
    """
    printed = text[name.start : name.end]
    if any(a.type is EntityType.CABLE for a in name.aliases) and (called := _CALLED_CABLE.search(printed)):
        name = replace(name, end=name.start + called.start())
        printed = printed[: called.start()]
    countries = [a for a in name.aliases if a.type in {EntityType.COUNTRY, EntityType.NORP}]
    if countries:
        return _entity(name, printed, countries[0], "country", 1.0, registry)
    strong = _in_use([a for a in name.aliases if a.flag not in WEAK], around.published)
    given = around.declared.get(fold(printed))
    if given and all(a.type is EntityType.ORG for a in name.aliases):
        return _declared(name, printed, given, strong, registry)
    branch = _branch(name, strong, around, registry)
    if branch:
        return _entity(name, printed, branch, "brand, agreement of country", 0.8, registry)
    if len({a.id for a in strong}) == 1:
        return _entity(name, printed, strong[0], "alias", 0.95, registry)
    if all(a.flag == "place" for a in name.aliases):
        return _place(name, printed, around, registry)
    return _supported(name, printed, strong, around, registry)


def _branch(name: Named, strong: Sequence[Alias], around: Context, registry: Registry) -> Alias | None:
    """The one national company of a brand whose country is named: beside the brand, else anywhere."""
    brands = {a.id: a for a in name.aliases if a.flag == "^"}
    own = {registry.country_of(a.id) for a in strong}
    for countries in (_countries_beside(name, around), around.countries):
        if not own & countries or countries is not around.countries:
            found = [a for a in brands.values() if registry.country_of(a.id) in countries]
            if found:
                return found[0] if len(found) == 1 else None
    return None


def _in_use(aliases: list[Alias], day: str) -> list[Alias]:
    """Those in use on the day of publication, where that leaves any."""
    current = [a for a in aliases if not day or (a.since[: len(day)] <= day and (not a.until or day <= a.until + "~"))]
    return current or aliases


def _declared(name: Named, printed: str, given: str, strong: list[Alias], registry: Registry) -> Entity:
    known = {a.id for a in strong}
    if len(known) == 1 and disagrees(given, next(iter(known)), printed, registry):
        return replace(
            _entity(name, printed, strong[0], "alias, against the printed number", 0.8, registry), candidates=(given,)
        )
    entity = Entity(
        text=printed, type=EntityType.ORG, start=name.start, end=name.end, id=given, reason="declared", score=0.95
    )
    return replace(entity, country=registry.country_of(given))


def disagrees(printed_asn: str, known_asn: str, name: str, registry: Registry) -> bool:
    """Whether a printed number must be a slip for the well-known one of the name beside it.

    True where the printed number is not the company's, its holder bears another name or none, and it is one digit
    (or two swapped ones) away. A number that is merely unknown is believed: companies have many.
    """
    if not re.fullmatch(r"AS\d+", known_asn) or printed_asn == known_asn:
        return False
    entry = registry[known_asn]
    if int(printed_asn[2:]) in entry.other_asns or (
        registry.get(printed_asn) and registry[printed_asn].parent == known_asn
    ):
        return False
    names = {word for alias in (name, *registry.aliases(known_asn)) for word in _telling(alias)}
    return not _telling(registry.holder(int(printed_asn[2:])) or "") & names and one_slip(printed_asn, known_asn)


def _telling(name: str) -> set[str]:
    """The words of a company's name that tell it from others."""
    return {word for word in re.findall(r"\w{3,}", fold(name)) if word not in COMMON}


def one_slip(first: str, second: str) -> bool:
    """One digit changed, left out or added, or two neighbours swapped."""
    if len(first) == len(second):
        apart = [i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
        swapped = len(apart) == 2 and apart[1] == apart[0] + 1
        return len(apart) == 1 or (
            swapped and first[apart[0]] == second[apart[1]] and first[apart[1]] == second[apart[0]]
        )
    short, long = sorted((first, second), key=len)
    return len(long) - len(short) == 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _supported(name: Named, printed: str, strong: list[Alias], around: Context, registry: Registry) -> Entity:
    """A short or shared name: who is named in full or by number, else whose country is."""
    aliases = _in_use(strong or [a for a in name.aliases if a.flag != "place"], around.published)
    by_name = {a.id: a for a in aliases if a.id in around.ids}
    by_country = {a.id: a for a in aliases if registry.country_of(a.id) in around.countries}
    for supported, reason, score in (
        (by_name, "alias, named in full or by number", 0.9),
        (by_country, "alias, agreement of country", 0.8),
    ):
        if len(supported) == 1:
            return _entity(name, printed, next(iter(supported.values())), reason, score, registry)
    beside = {a.id: a for a in by_country.values() if registry.country_of(a.id) in _countries_beside(name, around)}
    if len(beside) == 1:
        return _entity(name, printed, next(iter(beside.values())), "alias, country beside it", 0.7, registry)
    if around.cables and len({a.id for a in aliases}) == 1 and aliases[0].type is EntityType.CABLE:
        return _entity(name, printed, aliases[0], "alias, among cables", 0.8, registry)
    candidates = tuple(dict.fromkeys(a.id for a in aliases))
    kind = aliases[0].type
    return Entity(
        text=printed, type=kind, start=name.start, end=name.end, reason="ambiguous", score=0.5, candidates=candidates
    )


def _countries_beside(name: Named, around: Context) -> set[str]:
    """The countries named within a few words, which tell the branches of a brand apart."""
    return {code for start, end, code in around.where if start - name.end <= BESIDE and name.start - end <= BESIDE}


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
        text=printed,
        type=EntityType.PLACE,
        start=name.start,
        end=name.end,
        reason="ambiguous",
        score=0.5,
        candidates=candidates,
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
