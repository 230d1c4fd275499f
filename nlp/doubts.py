"""Rows of the registry that the bundled AS names and countries, or the other tables, do not bear out.

A brand (`Orange` for `Ikatel SA`) or a later owner may be right all the same: then the row's note says so, and it is
in doubt no more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from crawler.routing.reference.known import Reference
from nlp import inflect, tables
from nlp.entries import COLUMNS, Entry
from nlp.mentions import fold
from nlp.model import EntityType
from nlp.registry import Registry
from nlp.slips import COMMON

SHORTEST = 4  # letters that two names written together must share


class Doubt(NamedTuple):
    """An id, what of it is in doubt, what its row says, and what the bundle or the other tables say ("": nothing)."""

    id: str
    column: str
    written: str
    known: str


def of_operators() -> tuple[Doubt, ...]:
    """Those of the operators' table that ships; quick enough to ask at each start."""
    return tuple(doubts(tables.rows("operators.tsv", COLUMNS["operators"]), Reference.load()))


def doubts(rows: Iterable[tables.Row], reference: Reference) -> Iterator[Doubt]:
    """Operators whose `name`, `country` or `other number` the bundled names and countries do not bear out."""
    lands = _lands()
    for row in rows:
        if row["note"]:
            continue
        common = COMMON | lands.get(row["country"], frozenset())
        names = [row["name"], *(alias.name for alias in tables.aliases(row))]
        holder, country = reference.name(int(row["asn"])), reference.country(int(row["asn"]))
        if not _borne_out(names, holder, common):
            yield Doubt(f"AS{row['asn']}", "name", row["name"], holder or "")
        if country and country != row["country"]:
            yield Doubt(f"AS{row['asn']}", "country", row["country"], country)
        for other in filter(None, row["other_asns"].split(",")):
            bearer = reference.name(int(other))
            if bearer and not _borne_out([*names, holder or ""], bearer, common):
                yield Doubt(f"AS{row['asn']}", "other number", f"AS{other}", bearer)


def _borne_out(names: Iterable[str], holder: str | None, common: frozenset[str]) -> bool:
    """Whether a holder of an AS number shares a word that is not `common` with one of the names, or holds it whole."""
    told, joined = _words(holder or "") - common, inflect.company(holder or "")
    whole = [inflect.company(name) for name in names]
    return any(told & _words(name) for name in names) or any(len(w) >= SHORTEST and w in joined for w in whole)


def _words(name: str) -> set[str]:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return set(re.findall(r"\w{2,}", plain.casefold()))


def _lands() -> dict[str, frozenset[str]]:
    """The words of each country's names and peoples, which say nothing about whose a company is."""
    found: dict[str, set[str]] = {}
    for row in tables.rows("country_names.tsv", COLUMNS["country_names"]):
        found.setdefault(row["code"], set()).update(_words(row["name"]))
    for row in tables.rows("peoples.tsv", COLUMNS["peoples"]):
        for form in row.parts("forms"):
            found.setdefault(row["id"], set()).update(_words(form))
    return {code: frozenset(names) for code, names in found.items()}


def misfits(registry: Registry) -> list[Doubt]:
    """Cables and exchanges that do not fit the other tables: without a country, with an owner that `operators.tsv` or
    another row writes otherwise, with an unmarked name that somebody else bears too, with a town of another country."""
    bare = [Doubt(cable.id, "landings", cable.name, "no country") for cable in _cables(registry) if not cable.landings]
    return [*bare, *_owners(registry), *_names(registry), *_towns(registry)]


def _owners(registry: Registry) -> Iterator[Doubt]:
    """Owners by an alias that only one operator bears, or by a name that differs only in marks and legal form."""
    named: dict[str, set[str]] = {}
    for alias in registry.names:
        entry = registry.get(alias.id)
        if entry and entry.kind == "operator" and not alias.flag:
            named.setdefault(fold(alias.text), set()).add(entry.name)
    written: dict[str, str] = {}
    for cable in _cables(registry):
        for owner in cable.owners:
            known = named.get(fold(owner), set())
            if len(known) == 1 and owner not in known:
                yield Doubt(cable.id, "owner", owner, next(iter(known)))
            first = written.setdefault(inflect.company(owner), owner)
            if first != owner:
                yield Doubt(cable.id, "owner", owner, first)


def _names(registry: Registry) -> Iterator[Doubt]:
    others = {fold(a.text): a.id for a in registry.names if a.type not in {EntityType.CABLE, EntityType.IXP}}
    for alias in registry.names:
        other = others.get(fold(alias.text))
        if alias.type in {EntityType.CABLE, EntityType.IXP} and not alias.flag and other:
            yield Doubt(alias.id, "name", alias.text, other)


def _towns(registry: Registry) -> Iterator[Doubt]:
    """A town that no table has is believed: small ones lack."""
    countries: dict[str, set[str]] = {}
    for alias in registry.names:
        if alias.type is EntityType.PLACE:
            countries.setdefault(fold(alias.text), set()).add(registry.country_of(alias.id) or "")
    for row in tables.rows("ixps.tsv", COLUMNS["ixps"]):
        known = countries.get(fold(row["city"]), set())
        if known and row["country"] not in known:
            yield Doubt(row["id"], "town", f"{row['city']}, {row['country']}", ", ".join(sorted(known)))


def _cables(registry: Registry) -> list[Entry]:
    return [entry for entry in registry.entries.values() if entry.type is EntityType.CABLE]
