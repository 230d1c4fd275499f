"""Who and where: companies, monitors, cables, exchanges, countries and places by the names that texts use.

The tables are in `data/` (its README has sources and licences). Names are linked as they are written there; nothing is
linked because it looks similar.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path

from crawler.routing.knowledge import Trade
from crawler.routing.reference import bundle
from crawler.routing.reference.known import Reference
from nlp import inflect, tables
from nlp.entries import Alias, Entry, country_aliases, other_scripts, read
from nlp.model import Entity


class Registry:
    """All tables, loaded once a process by `load`."""

    def __init__(self, entries: Iterable[Entry], names: Iterable[Alias], reference: Reference) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self.names = tuple(names)
        self._reference = reference
        self._by_id: dict[str, list[str]] = {}
        self._holders: dict[str, dict[str, list[str]]] = {}
        for alias in self.names:
            known = self._by_id.setdefault(alias.id, [])
            if alias.text not in known:
                known.append(alias.text)
        self._subsidiaries: dict[str, list[str]] = {}
        for entry in self.entries.values():
            if entry.parent:
                self._subsidiaries.setdefault(entry.parent, []).append(entry.id)
        self.capitals = {e.country: e.id for e in self.entries.values() if e.kind == "capital" and e.country}

    @staticmethod
    @cache
    def load(folder: Path = tables.DATA) -> Registry:
        """The bundled tables. Raises Permanent naming file and line for a bad row."""
        entries: list[Entry] = []
        names: list[Alias] = []
        for entry, aliases in read(folder):
            entries.append(entry)
            names.extend(aliases)
        return Registry(entries, [*names, *other_scripts(folder), *country_aliases(folder)], Reference.load())

    def __getitem__(self, entity_id: str) -> Entry:
        return self.entries[entity_id]

    def get(self, entity_id: str | None) -> Entry | None:
        return self.entries.get(entity_id) if entity_id else None

    def sole_network(self, country: str) -> str | None:
        """`AS<number>` of the only network of an ISO country; None where it has several or none."""
        asn = self._reference.sole_network(country)
        return f"AS{asn}" if asn else None

    def sole_network_reason(self, country: str) -> str:
        return f"only network of {country} by the delegations of {self._reference.date.isoformat()}"

    def numbers(self, entity_id: str) -> tuple[str, ...]:
        """The networks of a company in the tables, its first one first, its subsidiaries' last; empty for others."""
        entry = self.get(entity_id)
        if entry is None or entry.kind != "operator":
            return ()
        return (entry.id, *(f"AS{asn}" for asn in entry.other_asns), *self._subsidiaries.get(entry.id, ()))

    def home(self, entity_id: str) -> str | None:
        """The ISO country that a network serves; None for carriers, content and clouds of the whole world."""
        if not _is_asn(entity_id) or self.is_carrier(entity_id):
            return None
        row = bundle.trade().get(int(entity_id[2:]))
        return None if row and row.trade not in {Trade.REGION, Trade.OTHER} else self.country_of(entity_id)

    def is_carrier(self, entity_id: str) -> bool:
        """True for a network that sells transit to the whole world, or once was transit-free."""
        if not _is_asn(entity_id):
            return False
        row, asn = bundle.trade().get(int(entity_id[2:])), int(entity_id[2:])
        return asn in bundle.once_transit_free() or bool(row and row.trade in {Trade.CARRIER, Trade.WORLD})

    def zone_of(self, entity: Entity) -> str | None:
        """The IANA zone of a place, or of a country (an operator's too) with one clock for most people; else None."""
        entry = self.get(entity.id)
        if entry is None or entry.kind == "operator":
            entry = self.get(entity.country)
        return entry.zone if entry else None

    def zone_at(self, country: str | None) -> str | None:
        """The IANA zone of a country's capital: a guess where the country has several."""
        entry = self.get(country)
        return (entry.zone or self._capital_zones.get(entry.id)) if entry else None

    @cached_property
    def _capital_zones(self) -> dict[str | None, str | None]:
        """By country."""
        return {e.country: e.zone for e in self.entries.values() if e.kind == "capital"}

    def is_monitor(self, entity_id: str) -> bool:
        """True for who watches or tells (monitors, media, registries): a speaker rather than a party."""
        entry = self.get(entity_id)
        return entry is not None and entry.kind in {"monitor", "media", "registry"}

    def aliases(self, entity_id: str) -> tuple[str, ...]:
        """Every name of an id, the display name first; empty for an unknown id."""
        known = dict.fromkeys([self.entries[entity_id].name] if entity_id in self.entries else [])
        return tuple(known | dict.fromkeys(self._by_id.get(entity_id, [])))

    def name(self, entity_id: str) -> str:
        """A name to show: the registry's, else the holder's of the AS number, else the id itself."""
        entry = self.get(entity_id)
        if entry:
            return entry.name
        return (self._reference.name(int(entity_id[2:])) if _is_asn(entity_id) else None) or entity_id

    def holder(self, asn: int) -> str | None:
        """The name that the AS number has in the bundled snapshot; None where it announced nothing."""
        return self._reference.name(asn)

    def networks_named(self, name: str, country: str) -> tuple[str, ...]:
        """`AS<number>` of each network of an ISO country whose holder bears exactly this name, legal forms aside."""
        if country not in self._holders:
            holders: dict[str, list[str]] = {}
            for asn in self._reference.networks(country):
                holders.setdefault(inflect.company(self._reference.name(asn) or ""), []).append(f"AS{asn}")
            self._holders[country] = holders
        return tuple(self._holders[country].get(inflect.company(name) or "?", ()))

    def country_of(self, entity_id: str) -> str | None:
        """ISO 3166-1 alpha-2; a country's own code for a country; None where unknown or not of one country."""
        entry = self.get(entity_id)
        if entry and entry.country:
            return entry.country
        return self._reference.country(int(entity_id[2:])) if _is_asn(entity_id) else None


def _is_asn(entity_id: str) -> bool:
    return entity_id.startswith("AS") and entity_id[2:].isdigit()
