"""The reference data that ship: one day's names and countries, and the networks that buy no transit.

data/README.md has their sources, licences and the rule for a country.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

# When the list of transit-free networks was last gone through.
TRANSIT_FREE_DAY = date(2026, 11, 22)

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


@cache
def networks() -> dict[int, str]:
    """AS number to `country TAB name`, ascending; the country is "" where there is none."""
    rows = (line.partition("\t") for line in _table()[1:])
    return {int(asn): rest for asn, _, rest in rows}


@cache
def names_day() -> date:
    return date.fromisoformat(_table()[0].removeprefix("#\t"))


def transit_free(year: int) -> frozenset[int]:
    """Networks that bought no transit in `year`."""
    return frozenset(asn for asn, first, last in _transit_free() if first <= year <= last)


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
    )


@cache
def _table() -> list[str]:
    return gzip.decompress((_DATA / "networks.tsv.gz").read_bytes()).decode().splitlines()


@cache
def _transit_free() -> tuple[tuple[int, int, int], ...]:
    lines = (_DATA / "transit_free.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return tuple((int(asn), int(first), int(last or 9999)) for asn, first, last, *_ in rows)
