"""The reference data that ship: one day's names and countries, and the networks that buy no transit.

data/README.md has their sources, licences and the rule for a country.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from crawler.routing.knowledge import Trade

# When the list of transit-free networks was last gone through.
TRANSIT_FREE_DAY = date(2026, 11, 22)
# And that of who sells transit.
TRADE_DAY = date(2026, 11, 22)

_DATA = Path(__file__).with_name("data")


@dataclass(frozen=True, slots=True)
class Bundled:
    """A file that ships; `day` is that of its data."""

    name: str
    day: date
    rows: int
    source: str
    licence: str
    path: Path


@dataclass(frozen=True, slots=True)
class TradeRow:
    """`regions` is empty where the kind is not "region". Before `first_year` the row does not hold; 0: always."""

    trade: Trade
    regions: frozenset[str]
    first_year: int
    name: str
    note: str


@cache
def networks() -> dict[int, str]:
    """AS number to `country TAB name`, ascending; the country is "" where there is none."""
    rows = (line.split("\t", 2) for line in _table()[1:])
    return {int(asn): rest for asn, _, rest in rows}


@cache
def sizes() -> dict[int, float]:
    """AS number to the binary logarithm of the IPv4 addresses that it announced on `names_day`, if any."""
    rows = (line.split("\t", 2) for line in _table()[1:])
    return {int(asn): float(size) for asn, size, _ in rows if size}


@cache
def names_day() -> date:
    return date.fromisoformat(_table()[0].removeprefix("#\t"))


def transit_free(year: int) -> frozenset[int]:
    """Networks that bought no transit in `year`."""
    return frozenset(asn for asn, first, last in _transit_free() if first <= year <= last)


@cache
def once_transit_free() -> frozenset[int]:
    """Networks that bought no transit in some year."""
    return frozenset(asn for asn, *_ in _transit_free())


@cache
def trade() -> dict[int, TradeRow]:
    """What networks do with the routes of others, by AS number."""
    found = {}
    for asn, kind, regions, first, name, note in _rows("trade.tsv"):
        year = 0 if first == "-" else int(first)
        found[int(asn)] = TradeRow(Trade(kind), frozenset(regions.replace("-", "").split()), year, name, note)
    return found


def bundled() -> tuple[Bundled, ...]:
    return (
        Bundled(
            name="names and countries",
            day=names_day(),
            rows=len(networks()),
            source="DB-IP IP to ASN Lite, RouteViews, NRO (npm @ip-location-db/asn 2.3.2026061719); "
            "registries' delegations (npm @ip-location-db/geo-whois-asn-country 2.3.2026061719)",
            licence="CC BY 4.0 (DB-IP.com); CC0 1.0",
            path=_DATA / "networks.tsv.gz",
        ),
        Bundled(
            name="transit-free networks",
            day=TRANSIT_FREE_DAY,
            rows=len(_transit_free()),
            source="compiled by hand; compared with CAIDA's cliques of 2016-03 and 2023-07",
            licence="Apache-2.0",
            path=_DATA / "transit_free.tsv",
        ),
        Bundled(
            name="sellers of transit, and content",
            day=TRADE_DAY,
            rows=len(trade()),
            source="compiled by hand; names compared with the bundled ones",
            licence="Apache-2.0",
            path=_DATA / "trade.tsv",
        ),
    )


@cache
def _table() -> list[str]:
    return gzip.decompress((_DATA / "networks.tsv.gz").read_bytes()).decode().splitlines()


@cache
def _transit_free() -> tuple[tuple[int, int, int], ...]:
    return tuple((int(asn), int(first), int(last or 9999)) for asn, first, last, *_ in _rows("transit_free.tsv"))


def _rows(name: str) -> Iterator[list[str]]:
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return (line.split("\t") for line in lines if line and not line.startswith("#"))
