"""What is known of networks without the routing table: names, countries, and who buys no transit.

The bundled snapshot is one day's; `date` says which. data/README.md has sources, licences and the rule for a country.
"""

from __future__ import annotations

import gzip
from datetime import date
from functools import cache, cached_property
from pathlib import Path

_DATA = Path(__file__).with_name("data")


class Reference:
    """The bundled snapshot. Made by `load`; the columns stay text until a network is asked for."""

    sources = (
        "DB-IP IP to ASN Lite, RouteViews, NRO (npm @ip-location-db/asn 2.3.2026061719, CC BY 4.0)",
        "Registries' delegations (npm @ip-location-db/geo-whois-asn-country 2.3.2026061719, CC0 1.0)",
    )

    def __init__(self, table: str) -> None:
        head, _, self._table = table.partition("\n")
        self.date = date.fromisoformat(head.removeprefix("#\t"))

    @staticmethod
    @cache
    def load() -> Reference:
        """The snapshot that ships; read once a process."""
        return Reference(gzip.decompress((_DATA / "networks.tsv.gz").read_bytes()).decode())

    @cached_property
    def _rows(self) -> dict[int, str]:
        """AS number to `country TAB name`."""
        rows = (line.partition("\t") for line in self._table.splitlines())
        return {int(asn): rest for asn, _, rest in rows}

    @cached_property
    def _by_country(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, list[int]] = {}
        for asn, rest in self._rows.items():
            found.setdefault(rest[: rest.index("\t")], []).append(asn)
        found.pop("", None)
        return {country: tuple(asns) for country, asns in found.items()}

    def __len__(self) -> int:
        return len(self._rows)

    def name(self, asn: int) -> str | None:
        """The holder's name as the registries print it; None for a number that announced nothing on `date`."""
        row = self._rows.get(asn)
        return row.partition("\t")[2].rstrip(" ,") or None if row else None

    def country(self, asn: int) -> str | None:
        """ISO 3166-1 alpha-2 where more than half of the addresses lie; None where there is no such country."""
        row = self._rows.get(asn)
        return row.partition("\t")[0] or None if row else None

    def networks(self, country: str) -> tuple[int, ...]:
        """All networks of a country, ascending; empty for one without any."""
        return self._by_country.get(country.upper(), ())

    def sole_network(self, country: str) -> int | None:
        """The country's only network; None where there are several or none."""
        networks = self.networks(country)
        return networks[0] if len(networks) == 1 else None

    def transit_free(self, year: int) -> frozenset[int]:
        """Networks that bought no transit in `year`, by the bundled list."""
        return frozenset(asn for asn, first, last in _transit_free() if first <= year <= last)


@cache
def _transit_free() -> tuple[tuple[int, int, int], ...]:
    lines = (_DATA / "transit_free.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return tuple((int(asn), int(first), int(last or 9999)) for asn, first, last, *_ in rows)
