"""Lists the rows of `cables.tsv` and `ixps.tsv` that do not fit the other tables, and exits 1 where there are any.

Run `python nlp/data/check_cables.py`. What cannot be read at all is told by the loader itself, by file and line.
Listed: an owner written otherwise than `operators.tsv` or another row names it, an unmarked name that an operator, a
company, a country or a town bears too, a cable without a country, and an exchange whose town is in another country.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from nlp import inflect
from nlp.mentions import fold
from nlp.model import EntityType
from nlp.registry import COLUMNS, Entry, Registry
from nlp.tables import rows


def owners(registry: Registry) -> Iterator[tuple[str, str, str, str]]:
    """Owners by an alias that only one operator bears, or by a name that differs only in marks and legal form."""
    named: dict[str, set[str]] = {}
    for alias in registry.names:
        entry = registry.get(alias.id)
        if entry and entry.kind == "operator" and not alias.flag:
            named.setdefault(fold(alias.text), set()).add(entry.name)
    written: dict[str, str] = {}
    for cable in cables(registry):
        for owner in cable.owners:
            known = named.get(fold(owner), set())
            if len(known) == 1 and owner not in known:
                yield cable.id, "owner", owner, next(iter(known))
            first = written.setdefault(inflect.company(owner), owner)
            if first != owner:
                yield cable.id, "owner", owner, first


def names(registry: Registry) -> Iterator[tuple[str, str, str, str]]:
    """Unmarked names that somebody or some place of another kind bears without a mark, too."""
    others = {fold(a.text): a.id for a in registry.names if a.type not in {EntityType.CABLE, EntityType.IXP}}
    for alias in registry.names:
        other = others.get(fold(alias.text))
        if alias.type in {EntityType.CABLE, EntityType.IXP} and not alias.flag and other:
            yield alias.id, "name", alias.text, other


def towns(registry: Registry) -> Iterator[tuple[str, str, str, str]]:
    """Exchanges whose town is in other countries only; a town that no table has is believed: small ones lack."""
    countries: dict[str, set[str]] = {}
    for alias in registry.names:
        if alias.type is EntityType.PLACE:
            countries.setdefault(fold(alias.text), set()).add(registry.country_of(alias.id) or "")
    for row in rows("ixps.tsv", COLUMNS["ixps"]):
        known = countries.get(fold(row["city"]), set())
        if known and row["country"] not in known:
            yield row["id"], "town", f"{row['city']}, {row['country']}", ", ".join(sorted(known))


def cables(registry: Registry) -> list[Entry]:
    return [entry for entry in registry.entries.values() if entry.type is EntityType.CABLE]


def misfits(registry: Registry) -> list[tuple[str, str, str, str]]:
    """Id, column, what the row says and what the other tables say, of all that does not fit."""
    bare = [(cable.id, "landings", cable.name, "no country") for cable in cables(registry) if not cable.landings]
    return [*bare, *owners(registry), *names(registry), *towns(registry)]


def main() -> None:
    found = misfits(Registry.load())
    for line in found:
        print("\t".join(line))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
