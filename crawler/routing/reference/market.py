"""Who may sell transit to whom, as far as it is commonly known: for a time of which no relationships were fetched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import cache

from crawler.routing.knowledge import Trade
from crawler.routing.reference import bundle

# A name begins with what others seldom have in theirs: "Telenor" is in 11 names, "China" in 279, "Telecom" in 3,403.
# The first kind tells who it is, the second does so with another word.
RARE, RATHER_RARE = 120, 360
# PeeringDB's info_type. "Cable/DSL/ISP" says nothing: some sell transit, most do not.
_KINDS = {
    "NSP": Trade.SELLER,
    "Content": Trade.CONTENT,
    "Route Server": Trade.EXCHANGE,
    "Route Collector": Trade.EXCHANGE,
}
_SELLERS = {Trade.CARRIER, Trade.WORLD, Trade.REGION, Trade.SELLER}
_EXCHANGE = re.compile(r"\b(?:ixp?|internet exchange|exchange point|route.?servers?)\b", re.IGNORECASE)
_WORD = re.compile(r"(?![0-9]+\b)[a-z0-9]{3,}")
# Neighbours sell across the border of a continent, so that a country may be of several regions.
_REGIONS = {
    "AF": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA "
    "NE NG RE RW SC SD SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    "AS": "AF AM AU AZ BD BN BT CN FJ GE GU HK ID IN IO IR JP KG KH KP KR KZ LA LK MM MN MO MV MY NP NZ PG PH PK RU SG "
    "TH TJ TL TM TW UZ VN",
    "EU": "AD AL AM AT AX AZ BA BE BG BY CH CY CZ DE DK DZ EE EG ES FI FO FR GB GE GG GI GL GR HR HU IE IL IM IS IT JE "
    "KG KZ LB LI LT LU LV LY MA MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM TJ TM TN TR UA UZ VA XK",
    "ME": "AE AF AM AZ BH CY DJ EG GE IL IQ IR JO KW LB OM PK PS QA SA SD SY TR YE",
    "NA": "BM CA GL GU MX PM PR US VI",
    "OC": "AS AU CK FJ FM GU ID KI MH MP NC NF NR NU NZ PF PG PW SB SG TK TL TO TV VU WF WS",
    "SA": "AG AI AR AW BB BL BM BO BQ BR BS BZ CL CO CR CU CW DM DO EC FK GD GF GP GT GY HN HT JM KN KY LC MF MQ MS MX "
    "NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI",
}


@dataclass(frozen=True, slots=True)
class KnownMarket:
    """Of one year. `name`, `country` and `kind` (PeeringDB's `info_type`, "" where there is none) are of a network;
    `organisation` are all networks of the one that it belongs to, empty where that is not known.
    """

    year: int
    source: str
    size_source: str
    name: Callable[[int], str | None]
    country: Callable[[int], str | None]
    kind: Callable[[int], str]
    organisation: Callable[[int], Set[int]]

    def trade(self, asn: int) -> Trade | None:
        """PeeringDB's word goes before the table's; where they contradict each other, nothing is concluded."""
        told, listed = _KINDS.get(self.kind(asn)), self._listed(asn)
        if told is None or listed is None or told is listed:
            return told or listed or self._exchange(asn)
        if told in _SELLERS and listed in _SELLERS | {Trade.OTHER}:
            return listed
        return listed if told is Trade.CONTENT and listed not in _SELLERS else Trade.OTHER

    def _listed(self, asn: int) -> Trade | None:
        row = bundle.trade().get(asn)
        if row is None:
            return Trade.CARRIER if asn in bundle.once_transit_free() else None
        return row.trade if row.first_year <= self.year else Trade.SELLER

    def _exchange(self, asn: int) -> Trade | None:
        return Trade.EXCHANGE if _EXCHANGE.search(self.name(asn) or "") else None

    def size(self, asn: int) -> float | None:
        return bundle.sizes().get(asn)

    def regions(self, asn: int) -> Set[str]:
        row = bundle.trade().get(asn)
        if row is not None and row.regions:
            return row.regions
        country = self.country(asn)
        return {region for region, countries in _REGIONS.items() if country and country in countries.split()}

    def siblings(self, one: int, other: int) -> bool:
        """By CAIDA's organisations, or by their names."""
        if other in self.organisation(one):
            return True
        names = _WORD.findall((self.name(one) or "").lower()), _WORD.findall((self.name(other) or "").lower())
        brand, theirs = (next((word for word in name if _common()[word] <= RATHER_RARE), None) for name in names)
        if brand is None or brand != theirs:
            return False
        return _common()[brand] <= RARE or len(set(names[0]) & set(names[1])) > 1


@cache
def _common() -> Counter[str]:
    """In how many of the bundled names a word is."""
    names = (rest.partition("\t")[2].lower() for rest in bundle.networks().values())
    return Counter(word for name in names for word in set(_WORD.findall(name)))
