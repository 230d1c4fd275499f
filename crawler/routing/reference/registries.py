"""What the registries say of AS numbers: RIPE's list of names and the five delegation files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from crawler.errors import Permanent
from crawler.routing.reference.snapshots import MAX_BAD_SHARE, lines, told

# Number, name, country; the name may hold commas.
_NAMED = re.compile(r"(\d{1,10}) (.*), ([A-Z]{2})")
# What the list writes for a number that is nobody's: `-Reserved AS-`.
_NOBODY = re.compile(r"-.*-")
# In the place of a country where there is none: ISO 3166-1 reserves EU, and leaves AP and ZZ to their users.
_NO_COUNTRY = frozenset({"", "AP", "EU", "ZZ"})
# IANA gives a registry 1,024 numbers at a time, and gave the first ones all two-byte numbers that were left.
LARGEST_BLOCK = 1 << 16
# "available" and "reserved" numbers are nobody's.
_DELEGATED = frozenset({"allocated", "assigned"})


class NamedAs(NamedTuple):
    """`country` is "" where the registries give none."""

    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Delegations:
    """AS numbers of one registry with their countries ("" where there is none); `day` is the file's own, `bad_lines`
    counts those that could not be read.
    """

    registry: str
    day: date
    countries: dict[int, str]
    bad_lines: int


def read_names(path: Path) -> tuple[dict[int, NamedAs], int]:
    """RIPE's `asn.txt`, and how many of its lines could not be read. Raises `Permanent` where it is something else."""
    found: dict[int, NamedAs] = {}
    bad = 0
    for line in lines(path):
        match = _NAMED.fullmatch(line)
        if match:
            name, country = match[2].strip(" ,"), match[3]
            if not _NOBODY.fullmatch(name):
                found[int(match[1])] = NamedAs(name, "" if country in _NO_COUNTRY else country)
        elif line:
            bad += 1
    told(path, "AS names", len(found), bad)
    return found, bad


def read_delegations(path: Path) -> Delegations:
    """A `delegated-…-extended` file (https://ftp.ripe.net/pub/stats/ripencc/RIR-Statistics-Exchange-Format.txt).

    Raises `Permanent` where it is cut, as its own count of records tells, or is something else.
    """
    rows = (line.split("|") for line in lines(path) if line and not line.startswith("#"))
    try:
        _, registry, _, records, _, day, *_ = next(rows, [])
        expected, made = int(records), date.fromisoformat(day)
    except ValueError as error:
        raise Permanent("has no head of a delegation file", subject=str(path), remedy="fetch it again") from error
    countries: dict[int, str] = {}
    seen = bad = 0
    for row in rows:
        if len(row) < 7:  # a summary
            continue
        seen += 1
        if row[2] != "asn" or row[6] not in _DELEGATED:
            continue
        asns = _numbers(row[3], row[4])
        if asns is None:
            bad += 1
        else:
            countries.update(dict.fromkeys(asns, "" if row[1] in _NO_COUNTRY else row[1].upper()))
    # The counts of a head may be a few records off from one day to the next.
    if seen < (1 - MAX_BAD_SHARE) * expected:
        raise Permanent(f"is cut: it holds {seen} of {expected} records", subject=str(path), remedy="fetch it again")
    told(path, "delegations", len(countries), bad)
    return Delegations(registry, made, countries, bad)


def _numbers(first: str, count: str) -> range | None:
    """The AS numbers of a record; None where they cannot be read, or are more than were ever delegated at once."""
    try:
        start, many = int(first), int(count)
    except ValueError:
        return None
    return range(start, start + many) if 0 < start < 1 << 32 and 0 < many <= LARGEST_BLOCK else None
