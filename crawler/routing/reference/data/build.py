"""Rebuilds `networks.tsv.gz` from two npm packages: see README.md beside this file.

usage: python -m crawler.routing.reference.data.build ASN_FOLDER COUNTRY_FOLDER   (the unpacked packages)
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

OUT = Path(__file__).with_name("networks.tsv.gz")
# RFC 6996, RFC 7300, RFC 5398, RFC 4893: numbers that are nobody's network.
RESERVED = ((0, 0), (23456, 23456), (64496, 131071), (4200000000, 4294967295))

Range = tuple[int, int, str]


def ranges(path: Path) -> Iterator[tuple[int, int, list[str]]]:
    """First and last address as integers, then the rest of the row; ascending, as the packages have them."""
    with path.open(encoding="utf-8", newline="") as lines:
        for first, last, *rest in csv.reader(lines):
            yield int(first), int(last), rest


def overlaps(networks: Path, countries: Path) -> Iterator[tuple[int, str, str, int]]:
    """AS number, its name, a country and how many of the network's addresses lie there; `""` and 0 where none do."""
    places: list[Range] = [(first, last, rest[0]) for first, last, rest in ranges(countries)]
    at = 0
    for first, last, (asn, name, *_) in ranges(networks):
        yield int(asn), name, "", 0
        while at < len(places) and places[at][1] < first:
            at += 1
        inside = at
        while inside < len(places) and places[inside][0] <= last:
            start, end, country = places[inside]
            inside += 1
            yield int(asn), name, country, min(end, last) - max(start, first) + 1


def majority(shares: Counter[str]) -> str:
    """The country with more than half of the addresses that have one; "" where there is no such country."""
    best = shares.most_common(1)
    return best[0][0] if best and best[0][1] * 2 > shares.total() else ""


def build(asn_folder: Path, country_folder: Path) -> str:
    names: dict[int, str] = {}
    sizes: Counter[int] = Counter()
    shares: dict[str, dict[int, Counter[str]]] = {"ipv4": defaultdict(Counter), "ipv6": defaultdict(Counter)}
    for family, found in shares.items():
        rows = overlaps(
            asn_folder / f"asn-{family}-num.csv", country_folder / f"geo-whois-asn-country-{family}-num.csv"
        )
        for asn, name, country, addresses in rows:
            if any(low <= asn <= high for low, high in RESERVED):
                continue
            names.setdefault(asn, " ".join(name.split()))
            if country:
                found[asn][country] += addresses
    for first, last, (number, *_) in ranges(asn_folder / "asn-ipv4-num.csv"):
        sizes[int(number)] += last - first + 1
    version = json.loads((asn_folder / "package.json").read_text(encoding="utf-8"))["version"]
    lines = [f"#\t{version.rsplit('.', 1)[1][:8]}"]
    for asn in sorted(names):
        # An IPv6 block is worth more addresses than all of IPv4, so it is asked only where there is no IPv4.
        country = majority(shares["ipv4"][asn] or shares["ipv6"][asn])
        size = f"{math.log2(sizes[asn]):.1f}" if sizes[asn] else ""
        lines.append(f"{asn}\t{size}\t{country}\t{names[asn]}")
    return "\n".join(lines) + "\n"


def main() -> None:
    text = build(Path(sys.argv[1]), Path(sys.argv[2]))
    OUT.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
