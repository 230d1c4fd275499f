"""What is known of networks without the routing table: names, countries, organisations, relationships, VRPs.

A snapshot ships and serves offline; data/README.md has its sources, licences and the rule for a country. Files that
`routewire reference update` fetched are preferred to it, the newest of each kind. Each answer can be dated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path

from crawler.routing.knowledge import Knowledge
from crawler.routing.reference import bundle
from crawler.routing.reference.market import KnownMarket
from crawler.routing.reference.organisations import (
    Organisation,
    PeeringNetwork,
    read_exchanges,
    read_networks,
    read_organisations,
    read_presences,
)
from crawler.routing.reference.registries import Delegations, NamedAs, read_delegations, read_names
from crawler.routing.reference.relations import AsRelations, read_relations
from crawler.routing.reference.rpki import VrpTable, read_vrps
from crawler.routing.reference.snapshots import (
    AS_NAMES,
    DELEGATIONS,
    ORGANISATIONS,
    PEERINGDB,
    REGISTRIES,
    RELATIONSHIPS,
    VRPS,
    Snapshot,
    snapshots,
)

# A file of relationships this many months away from the time asked for still serves, and says so: transit contracts
# are made for years. Payloads are changed by the hour: beyond these days they say nothing of the time asked for.
RELATIONS_MONTHS = 3
VRPS_DAYS = 7


class Reference:
    """Made by `load`; no file is read until it is needed. `date` is the bundled snapshot's."""

    def __init__(self, folder: Path | None = None) -> None:
        self.date = bundle.names_day()
        self.folder = folder

    @staticmethod
    def load(folder: Path | None = None) -> Reference:
        """The snapshot that ships, with what `folder` holds before it; read once a process, and again when the folder
        was updated. A folder that is not there is like none.

        Every method raises `Permanent` where a file of the folder that it needs is cut or corrupt.
        """
        return _loaded(folder, _stamp(folder))

    @cached_property
    def _fetched_names(self) -> Mapping[int, NamedAs]:
        """Empty where there are none, or none newer than the bundled."""
        latest = self._latest(AS_NAMES)
        return read_names(latest.path)[0] if latest and latest.day >= self.date else {}

    @cached_property
    def _delegations(self) -> tuple[Delegations, ...]:
        """The newest of each registry."""
        newest = {snapshot.part: snapshot.path for snapshot in snapshots(self.folder, DELEGATIONS)}
        return tuple(read_delegations(newest[registry]) for registry in sorted(newest))

    @cached_property
    def _countries(self) -> dict[int, str]:
        """By AS number: the delegations' before the names' before the bundled; those without a country left out."""
        found = {asn: rest[: rest.index("\t")] for asn, rest in bundle.networks().items()}
        found |= {asn: named.country for asn, named in self._fetched_names.items() if named.country}
        for one in self._delegations:
            found |= {asn: country for asn, country in one.countries.items() if country}
        return {asn: country for asn, country in found.items() if country}

    @cached_property
    def _by_country(self) -> dict[str, tuple[int, ...]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for asn, country in sorted(self._countries.items()):
            found[country].append(asn)
        return {country: tuple(asns) for country, asns in found.items()}

    @cached_property
    def _organisations(self) -> Mapping[int, Organisation]:
        latest = self._latest(ORGANISATIONS)
        return read_organisations(latest.path)[0] if latest else {}

    @cached_property
    def _kinds(self) -> Mapping[int, PeeringNetwork]:
        """Without the exchange points that they are at, of which the lists are long."""
        latest = self._latest(PEERINGDB, "net")
        return read_networks(latest.path)[0] if latest else {}

    @cached_property
    def _peeringdb(self) -> Mapping[int, PeeringNetwork]:
        lists = {part: self._latest(PEERINGDB, part) for part in ("ix", "netixlan")}
        networks = self._kinds
        if not (lists["ix"] and lists["netixlan"]):
            return networks
        names, present = read_exchanges(lists["ix"].path)[0], read_presences(lists["netixlan"].path)[0]
        return {
            asn: replace(network, exchanges=tuple(sorted(names[ix] for ix in present.get(asn, ()) if ix in names)))
            for asn, network in networks.items()
        }

    def _latest(self, name: str, part: str | None = None) -> Snapshot | None:
        """None for `part`: any."""
        return max((one for one in snapshots(self.folder, name) if part in (None, one.part)), default=None)

    def __len__(self) -> int:
        """How many networks have a name."""
        return len(bundle.networks().keys() | self._fetched_names.keys())

    # -- one network -------------------------------------------------------------------------------------------------
    def name(self, asn: int) -> str | None:
        """The holder's name as the registries print it, by the newest list that has the number; None without one."""
        named = self._fetched_names.get(asn)
        if named is not None:
            return named.name
        row = bundle.networks().get(asn)
        return row.partition("\t")[2].rstrip(" ,") or None if row else None

    def country(self, asn: int) -> str | None:
        """ISO 3166-1 alpha-2, by `country_source`; None where there is no such country."""
        return self._countries.get(asn)

    def organisation(self, asn: int) -> Organisation | None:
        """Who holds the number, by CAIDA; None where that is not known, or no file was fetched."""
        return self._organisations.get(asn)

    def peeringdb(self, asn: int) -> PeeringNetwork | None:
        """What the network says of itself; None where it says nothing, or no file was fetched."""
        return self._peeringdb.get(asn)

    # -- many networks -----------------------------------------------------------------------------------------------
    def networks(self, country: str) -> tuple[int, ...]:
        """All networks of a country, ascending; empty for one without any."""
        return self._by_country.get(country.upper(), ())

    def sole_network(self, country: str) -> int | None:
        """The country's only network; None where there are several or none."""
        networks = self.networks(country)
        return networks[0] if len(networks) == 1 else None

    def transit_free(self, year: int) -> frozenset[int]:
        """Networks that bought no transit in `year`, by the bundled list."""
        return bundle.transit_free(year)

    @property
    def names_source(self) -> str:
        latest = self._latest(AS_NAMES) if self._fetched_names else None
        bundled = f"names bundled with this version ({self.date}: DB-IP, RouteViews, NRO)"
        return f"RIPE NCC's AS names, {latest.day}; else {bundled}" if latest else bundled

    @property
    def country_source(self) -> str:
        """Where countries are known from. It is one day's knowledge: nothing here tells an earlier country."""
        bundled = f"where a network's addresses lay on {self.date} (bundled)"
        if not self._delegations:
            return bundled
        registries = ", ".join(f"{one.registry} {one.day}" for one in self._delegations)
        return f"the registries' delegations ({registries}); else {bundled}"

    # -- at a time ---------------------------------------------------------------------------------------------------
    def knowledge(self, moment: datetime) -> Knowledge:
        """What a detector may know of `moment` (aware): of that month and day, or of the nearest near enough, which
        its sources then say.
        """
        relations, vrps = self.relations(moment), self.vrps(moment)
        if relations and relations.clique:
            free, free_source = relations.clique, f"the clique of {relations.source}"
        else:
            free = self.transit_free(moment.year)
            free_source = f"the bundled list of transit-free networks ({bundle.TRANSIT_FREE_DAY}), as of {moment.year}"
        return Knowledge(
            transit_free=free,
            transit_free_source=free_source,
            country=self.country,
            country_source=self.country_source,
            relations=relations,
            vrps=vrps,
            networks_of=self.networks,
            market=self._market(moment),
        )

    def _market(self, moment: datetime) -> KnownMarket:
        told = self._latest(PEERINGDB, "net")
        source = f"a list of who sells transit, compiled by hand ({bundle.TRADE_DAY}), as of {moment.year}"
        return KnownMarket(
            year=moment.year,
            source=f"PeeringDB's info_type, {told.day}; else {source}" if told else source,
            size_source=f"IPv4 addresses announced on {self.date} (bundled)",
            name=self.name,
            country=self.country,
            kind=lambda asn: found.kind if (found := self._kinds.get(asn)) else "",
            organisation=lambda asn: frozenset(found.asns) if (found := self.organisation(asn)) else frozenset(),
        )

    def relations(self, moment: datetime) -> AsRelations | None:
        """Of the month of `moment`; of the nearest other, up to `RELATIONS_MONTHS` away; else None."""
        asked = _month(moment.astimezone(UTC).date())
        found = snapshots(self.folder, RELATIONSHIPS)
        nearest = min(found, key=lambda one: (abs(_month(one.day) - asked), one.day), default=None)
        if nearest is None or abs(_month(nearest.day) - asked) > RELATIONS_MONTHS:
            return None
        away = _month(nearest.day) - asked
        source = f"CAIDA AS relationships serial-2, {nearest.day}{_away(away, 'month')}"
        return _relations(nearest.path, source, nearest.path.stat().st_mtime_ns)

    def vrps(self, moment: datetime) -> VrpTable | None:
        """Of the day of `moment`; of the nearest other, up to `VRPS_DAYS` away; else None."""
        asked = moment.astimezone(UTC).date()
        days = {one.day for one in snapshots(self.folder, VRPS)}
        nearest = min(days, key=lambda day: (abs(day - asked), day), default=None)
        if nearest is None or abs(nearest - asked) > timedelta(days=VRPS_DAYS):
            return None
        files = [one for one in snapshots(self.folder, VRPS) if one.day == nearest]
        # A file without a part is whole; the others are one trust anchor's each.
        whole = [one.path for one in files if not one.part]
        parts = tuple(one.path for one in files)
        source = f"VRPs by {'rpki-client' if whole else 'RIPE NCC'}, {nearest}"
        missing = [] if whole else sorted(set(REGISTRIES) - {one.part for one in files})
        source += f" (without {', '.join(missing)})" if missing else ""
        paths = tuple(whole[:1]) or parts
        stamp = max(path.stat().st_mtime_ns for path in paths)
        return _vrps(paths, source + _away((nearest - asked).days, "day"), stamp)


def _month(day: date) -> int:
    return day.year * 12 + day.month


def _away(distance: int, unit: str) -> str:
    if not distance:
        return ""
    many = "s" if abs(distance) > 1 else ""
    return f" ({abs(distance)} {unit}{many} {'after' if distance > 0 else 'before'} the time asked for)"


def _stamp(folder: Path | None) -> tuple[tuple[str, int], ...]:
    """Changes when a file of the folder comes or goes."""
    if folder is None or not folder.is_dir():
        return ()
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir() if path.is_dir()))


@lru_cache(maxsize=4)
def _loaded(folder: Path | None, stamp: tuple[tuple[str, int], ...]) -> Reference:
    return Reference(folder if stamp else None)


# Two are kept: claims of one run are rarely of more months or days, and a table of payloads takes 80 MB.
@lru_cache(maxsize=2)
def _relations(path: Path, source: str, _stamp: int) -> AsRelations:
    return read_relations(path, source)


@lru_cache(maxsize=2)
def _vrps(paths: tuple[Path, ...], source: str, _stamp: int) -> VrpTable:
    return read_vrps(paths, source)
