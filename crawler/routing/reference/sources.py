"""Where reference data come from: each file's address, form and licence.

Formats and addresses are their publishers'; nothing of CAIDA's or PeeringDB's ships with Routewire, each user fetches
it under the publisher's terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from crawler.errors import WrongCall
from crawler.routing.reference.organisations import read_exchanges, read_networks, read_organisations, read_presences
from crawler.routing.reference.registries import read_delegations, read_names
from crawler.routing.reference.relations import read_relations
from crawler.routing.reference.rpki import read_vrps
from crawler.routing.reference.snapshots import (
    AS_NAMES,
    DELEGATIONS,
    ORGANISATIONS,
    PEERINGDB,
    REGISTRIES,
    RELATIONSHIPS,
    VRPS,
)

MEBIBYTE = 1 << 20
# CAIDA publishes a month's file in the month after it; how many months back one is looked for.
MONTHS_BACK = 3

# Tests and mirrors name others.
HOSTS: Mapping[str, str] = {
    "ripe": "https://ftp.ripe.net/",
    "afrinic": "https://ftp.afrinic.net/pub/stats/afrinic/",
    "apnic": "https://ftp.apnic.net/stats/apnic/",
    "arin": "https://ftp.arin.net/pub/stats/arin/",
    "lacnic": "https://ftp.lacnic.net/pub/stats/lacnic/",
    "ripencc": "https://ftp.ripe.net/pub/stats/ripencc/",
    "caida": "https://publicdata.caida.org/datasets/",
    "peeringdb": "https://www.peeringdb.com/api/",
    "rpki-client": "https://console.rpki-client.org/",
}
# PeeringDB answers 20 requests a minute without a key, 40 with one.
INTERVALS_S: Mapping[str, float] = {"peeringdb": 3.0}

_CAIDA_TERMS = (
    "CAIDA's acceptable use agreement, https://www.caida.org/about/legal/aua/public_aua/: not passed on; cite "
)

# PeeringDB's lists: their names there and here, the columns of use, and their readers.
_PEERINGDB: tuple[tuple[str, str, Callable[[Path], tuple[Sized, int]]], ...] = (
    ("net", "asn,name,aka,name_long,info_type", read_networks),
    ("ix", "id,name", read_exchanges),
    ("netixlan", "asn,ix_id", read_presences),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file holds: rows, lines that could not be read, and the day of its data where it tells one."""

    rows: int
    bad_lines: int
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """`keeps`: each day or month has its own file, and older ones stay; else the newest takes the place of the last."""

    title: str
    licence: str
    keeps: bool = False


KINDS: Mapping[str, Kind] = {
    AS_NAMES: Kind("RIPE NCC, AS names", "public, no licence named"),
    DELEGATIONS: Kind("the five registries, extended delegation files", "public, free to use, without warranty"),
    RELATIONSHIPS: Kind(
        "CAIDA, AS relationships serial-2",
        _CAIDA_TERMS
        + '"The CAIDA AS Relationships Dataset, <date>", https://www.caida.org/catalog/datasets/as-relationships/',
        keeps=True,
    ),
    ORGANISATIONS: Kind(
        "CAIDA, AS organisations",
        _CAIDA_TERMS
        + '"The CAIDA AS Organizations Dataset, <date>", https://www.caida.org/catalog/datasets/as-organizations/',
    ),
    PEERINGDB: Kind(
        "PeeringDB, networks and exchange points",
        "PeeringDB's acceptable use policy, https://www.peeringdb.com/aup: not passed on",
    ),
    VRPS: Kind("validated ROA payloads by rpki-client, past days by RIPE NCC", "public, no licence named", keeps=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file to fetch: `path` at the host, `extension` here. `day` is that of its data, None where the file or its
    last change tells it. With `params` it is a list that comes in pages. `earlier` serves where it is not there.
    """

    name: str
    host: str
    path: str
    extension: str
    check: Callable[[Path], Checked]
    limit_bytes: int
    part: str = ""
    day: date | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    earlier: Item | None = None


def items(
    today: date, *, months: Sequence[date] = (), days: Sequence[date] = (), only: Sequence[str] = ()
) -> Iterator[Item]:
    """What to fetch: all kinds, or those of `only`; relationships of `months` (any day of each) and VRPs of `days`, of
    today where there are none. Raises `WrongCall` for an unknown kind.
    """
    for name in only:
        if name not in KINDS:
            raise WrongCall("is no kind of reference data", subject=name, remedy=f"there are {', '.join(KINDS)}")
    for item in _all(today, months, days):
        if not only or item.name in only:
            yield item


def _all(today: date, months: Sequence[date], days: Sequence[date]) -> Iterator[Item]:
    yield Item(
        name=AS_NAMES,
        host="ripe",
        path="ripe/asnames/asn.txt",
        extension=".txt",
        check=_counted(read_names),
        limit_bytes=64 * MEBIBYTE,
    )
    for registry in REGISTRIES:
        yield Item(
            name=DELEGATIONS,
            host=registry,
            path=f"delegated-{registry}-extended-latest",
            part=registry,
            extension=".txt",
            check=_delegations,
            limit_bytes=256 * MEBIBYTE,
        )
    for month in sorted({month.replace(day=1) for month in months or (today,)}):
        yield _relationships(month, MONTHS_BACK)
    yield Item(
        name=ORGANISATIONS,
        host="caida",
        path="as-organizations/latest.as-org2info.txt.gz",
        extension=".txt.gz",
        check=_counted(read_organisations),
        limit_bytes=256 * MEBIBYTE,
    )
    for part, fields, read in _PEERINGDB:
        yield Item(
            name=PEERINGDB,
            host="peeringdb",
            path=part,
            part=part,
            params={"depth": "0", "fields": fields},
            extension=".json",
            check=_counted(read),
            limit_bytes=256 * MEBIBYTE,
        )
    yield from _vrps(days)


def _relationships(month: date, back: int) -> Item:
    before = (month - timedelta(days=1)).replace(day=1)
    return Item(
        name=RELATIONSHIPS,
        host="caida",
        path=f"as-relationships/serial-2/{month:%Y%m%d}.as-rel2.txt.bz2",
        day=month,
        extension=".txt.bz2",
        check=_relations,
        limit_bytes=256 * MEBIBYTE,
        earlier=_relationships(before, back - 1) if back else None,
    )


def _vrps(days: Sequence[date]) -> Iterator[Item]:
    if not days:
        yield Item(
            name=VRPS,
            host="rpki-client",
            path="vrps.json",
            extension=".json",
            check=_payloads,
            limit_bytes=1024 * MEBIBYTE,
        )
    for day in sorted(set(days)):
        for anchor in REGISTRIES:
            yield Item(
                name=VRPS,
                host="ripe",
                path=f"rpki/{anchor}.tal/{day:%Y/%m/%d}/roas.csv.xz",
                part=anchor,
                day=day,
                extension=".csv.xz",
                check=_payloads,
                limit_bytes=256 * MEBIBYTE,
            )


def _counted(read: Callable[[Path], tuple[Sized, int]]) -> Callable[[Path], Checked]:
    """`read` gives what a file holds, and how many of its lines could not be read."""

    def check(path: Path) -> Checked:
        found, bad_lines = read(path)
        return Checked(len(found), bad_lines)

    return check


def _delegations(path: Path) -> Checked:
    found = read_delegations(path)
    return Checked(len(found.countries), found.bad_lines, found.day)


def _relations(path: Path) -> Checked:
    found = read_relations(path, "")
    return Checked(len(found), found.bad_lines)


def _payloads(path: Path) -> Checked:
    found = read_vrps([path], "")
    return Checked(len(found), found.bad_lines)
