"""The rows of the tables in `data/` as entries and names; its README has their sources and licences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nlp import inflect, tables
from nlp.model import EntityType

TYPES = {"operators": EntityType.ORG, "orgs": EntityType.ORG, "cables": EntityType.CABLE, "ixps": EntityType.IXP}
COLUMNS = {
    "operators": ("asn", "name", "country", "aliases", "other_asns", "parent", "source", "note"),
    "orgs": ("id", "name", "kind", "country", "aliases", "source"),
    "cables": ("id", "name", "aliases", "landings", "owners", "since", "until", "source"),
    "ixps": ("id", "name", "country", "city", "aliases", "source"),
    "countries": ("code", "name", "capital", "continent", "zone", "neighbours", "source"),
    "country_names": ("code", "lang", "name", "source"),
    "peoples": ("id", "lang", "kind", "forms", "source"),
    "other_scripts": ("id", "names", "source"),
    "regions": ("id", "country", "zone", "lang", "names", "source"),
    "exonyms": ("name", "country", "names", "source"),
    "places": ("name", "country", "zone", "population", "flag", "others", "geonameid"),
}
COUNTRY = r"[A-Z]{2}|"
SLUG = r"[a-z]+:[a-z0-9-]+"
_CABLE = re.compile(r"(?P<name>.+?) (?P<kind>submarine |subsea |undersea )?cable", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row: what an id means. `zone` is IANA, None where there is none or several; `people` a town's population.

    `landings` are the ISO codes of the countries where a cable lands, `owners` who owns it or has owned it, not always
    all, `since` and `until` its years in service; empty and None where not known.
    """

    id: str
    type: EntityType
    name: str
    country: str | None = None
    kind: str = ""
    zone: str | None = None
    people: int = 0
    parent: str | None = None
    other_asns: tuple[int, ...] = ()
    landings: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name for an id. `lang` is None where it holds in every language.

    `flag` is `?` where the name alone is too short or too common to link, `^` for a brand that means another company
    in each country, `place` for a town (linked only with support). `since` and `until` are ISO days, months or years.
    """

    text: str
    id: str
    type: EntityType
    lang: str | None = None
    flag: str = ""
    since: str = ""
    until: str = ""


def read(folder: Path) -> Iterator[tuple[Entry, list[Alias]]]:
    """Each row of the tables with its names. Raises Permanent naming file and line for a bad one."""
    for name in ("operators", "orgs"):
        for row in tables.rows(f"{name}.tsv", COLUMNS[name], folder):
            entry = _operator(row) if name == "operators" else _named(row, TYPES[name])
            yield entry, _aliases(row, entry)
    yield from _cables_and_ixps(folder)
    yield from _countries(folder)
    yield from _regions(folder)
    yield from _places(folder)


def _operator(row: tables.Row) -> Entry:
    others = tuple(int(asn) for asn in row.matching("other_asns", r"[\d,]*").split(",") if asn)
    parent = row.matching("parent", rf"\d+|{SLUG}|")
    return Entry(
        id="AS" + row.matching("asn", r"[1-9]\d*"),
        type=EntityType.ORG,
        name=row.matching("name", r".+"),
        country=row.matching("country", COUNTRY) or None,
        kind="operator",
        parent=(f"AS{parent}" if parent.isdigit() else parent) or None,
        other_asns=others,
    )


def _named(row: tables.Row, kind: EntityType) -> Entry:
    return Entry(
        id=row.matching("id", SLUG),
        type=kind,
        name=row.matching("name", r".+"),
        country=(row.matching("country", COUNTRY) or None) if "country" in row.cells else None,
        kind=row.cells.get("kind", kind.value.lower()),
    )


def _cables_and_ixps(folder: Path) -> Iterator[tuple[Entry, list[Alias]]]:
    """Raises Permanent for a country or year that is none, and for an id or unmarked name that two rows bear."""
    codes = {row["code"] for row in tables.rows("countries.tsv", COLUMNS["countries"], folder)}
    for name in ("cables", "ixps"):
        taken: dict[str, tuple[str, bool]] = {}
        for row in tables.rows(f"{name}.tsv", COLUMNS[name], folder):
            entry = _cable(row) if name == "cables" else _named(row, TYPES[name])
            for code in (*entry.landings, *([entry.country] if entry.country else [])):
                if code not in codes:
                    raise row.error(f"no country has the code {code!r}", "write ISO 3166-1 codes of two letters")
            aliases = _aliases(row, entry)
            written = {entry.id: False} | {alias.text.casefold(): bool(alias.flag) for alias in aliases}
            for text, marked in written.items():
                where, others = taken.setdefault(text, (row.where, marked))
                if where != row.where and not (marked and others):
                    raise row.error(f"{text!r} is taken by {where}", "mark a name that several rows bear, in each")
            yield entry, aliases


def _cable(row: tables.Row) -> Entry:
    since, until = (int(row.matching(column, r"(?:18|19|20)\d\d|") or 0) or None for column in ("since", "until"))
    if since and until and until < since:
        raise row.error(f"retired in {until}, before its first year {since}", "write the years in their order")
    landings, owners = row.parts("landings"), row.parts("owners")
    return replace(_named(row, EntityType.CABLE), landings=landings, owners=owners, since=since, until=until)


def _aliases(row: tables.Row, entry: Entry) -> list[Alias]:
    written = tables.aliases(row)
    if all(alias.name != entry.name for alias in written):
        written = (tables.WrittenAlias(entry.name, "", "", ""), *written)
    names = [
        Alias(text=text, id=entry.id, type=entry.type, flag=alias.flag, since=alias.since, until=alias.until)
        for alias in written
        for text in _spellings(alias.name, entry.type)
    ]
    return list(dict.fromkeys(names))


def _spellings(name: str, kind: EntityType) -> tuple[str, ...]:
    """A cable's or exchange's name with its number set off in each way, and what `X cable` is called otherwise."""
    if kind not in {EntityType.CABLE, EntityType.IXP}:
        return (name,)
    match = _CABLE.fullmatch(name) if kind is EntityType.CABLE else None
    if match is None:
        return inflect.spaced(name)
    kinds = ("submarine ", "subsea ", "undersea ") if match["kind"] else ("", "submarine ", "subsea ", "undersea ")
    forms = (
        f"{x} {k}{cable}" for x in inflect.spaced(match["name"]) for k in kinds for cable in ("cable", "cable system")
    )
    return tuple(dict.fromkeys((name, *forms)))


def _countries(folder: Path) -> Iterator[tuple[Entry, list[Alias]]]:
    for row in tables.rows("countries.tsv", COLUMNS["countries"], folder):
        code = row.matching("code", r"[A-Z]{2}")
        zone = row["zone"] or None
        yield Entry(id=code, type=EntityType.COUNTRY, name=row["name"], country=code, kind="country", zone=zone), []


def country_aliases(folder: Path) -> Iterator[Alias]:
    """What countries and their peoples are called, each form in its language."""
    for row in tables.rows("country_names.tsv", COLUMNS["country_names"], folder):
        for text in inflect.name_forms(row["name"], row["lang"]):
            yield Alias(text=text, id=row["code"], type=EntityType.COUNTRY, lang=row["lang"])
    for row in tables.rows("peoples.tsv", COLUMNS["peoples"], folder):
        people = row.matching("kind", "name|people") == "people"
        kind = EntityType.NORP if people else EntityType.COUNTRY
        for form in row.parts("forms"):
            for text in (inflect.forms if people else inflect.name_forms)(form, row["lang"]):
                yield Alias(text=text, id=row.matching("id", rf"[A-Z]{{2}}|{SLUG}"), type=kind, lang=row["lang"])


def other_scripts(folder: Path) -> Iterator[Alias]:
    """What companies and services are called in further scripts and languages."""
    for row in tables.rows("other_scripts.tsv", COLUMNS["other_scripts"], folder):
        for text in row.parts("names"):
            yield Alias(text=text, id=row.matching("id", rf"AS\d+|{SLUG}"), type=EntityType.ORG)


def _regions(folder: Path) -> Iterator[tuple[Entry, list[Alias]]]:
    for row in tables.rows("regions.tsv", COLUMNS["regions"], folder):
        names = row.parts("names")
        entry = Entry(
            id=row.matching("id", SLUG),
            type=EntityType.PLACE,
            name=names[0] if row["lang"] == "en" else _title(row["id"]),
            country=row.matching("country", COUNTRY) or None,
            kind="region",
            zone=row["zone"] or None,
        )
        if row["lang"] == "en":
            yield entry, []
        yield entry, [Alias(text=n, id=entry.id, type=EntityType.PLACE, lang=row["lang"]) for n in names]


def _title(entity_id: str) -> str:
    return entity_id.partition(":")[2].replace("-", " ").title()


def _places(folder: Path) -> Iterator[tuple[Entry, list[Alias]]]:
    taken: set[str] = set()
    rows = list(tables.rows("places.tsv", COLUMNS["places"], folder))
    abroad = {
        (r["name"], r["country"]): r.parts("names") for r in tables.rows("exonyms.tsv", COLUMNS["exonyms"], folder)
    }
    for row in sorted(rows, key=lambda row: -int(row["population"])):
        slug = inflect.slug(row["name"])
        entity_id = f"place:{slug}" if f"place:{slug}" not in taken else f"place:{slug}-{row['country'].lower()}"
        if not slug or entity_id in taken:
            continue
        taken.add(entity_id)
        entry = Entry(
            id=entity_id,
            type=EntityType.PLACE,
            name=row["name"],
            country=row["country"],
            kind=row["flag"] or "town",
            zone=row["zone"],
            people=int(row["population"]),
        )
        texts = dict.fromkeys((row["name"], *row.parts("others"), *abroad.get((row["name"], row["country"]), ())))
        yield entry, [Alias(text=text, id=entity_id, type=EntityType.PLACE, flag="place") for text in texts]
