"""Who runs a network: CAIDA's organisations, and what a network says of itself at PeeringDB."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.errors import Permanent
from crawler.routing.reference.snapshots import lines, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """`country` (ISO 3166-1 alpha-2) is where it is registered, None where that is not known; `asns` are all of its
    networks, ascending.
    """

    name: str
    country: str | None
    asns: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeeringNetwork:
    """A network in its own words; `also` are further names, `kind` is PeeringDB's `info_type`, such as "NSP", "Content"
    or "Route Server". Empty where it says nothing. `exchanges` are the exchange points that it is at, by name.
    """

    name: str
    also: tuple[str, ...]
    kind: str
    exchanges: tuple[str, ...] = ()


def read_organisations(path: Path) -> tuple[dict[int, Organisation], int]:
    """CAIDA's `as-org2info`, by AS number, and how many of its lines could not be read.

    Two parts follow each other, each after a line that names its columns. Raises `Permanent` where it is cut, or is
    something else.
    """
    columns: list[str] = []
    organisations: dict[str, dict[str, str]] = {}
    networks: dict[int, str] = {}
    bad = 0
    for line in lines(path):
        if line.startswith("# format"):
            columns = line.partition(":")[2].strip().split("|")
        elif line and not line.startswith("#"):
            row = dict(zip(columns, line.split("|"), strict=False))
            if "aut" in row and "org_id" in row and row["aut"].isdecimal():
                networks[int(row["aut"])] = row["org_id"]
            elif "aut" not in row and "org_id" in row and len(row) == len(columns):
                organisations[row["org_id"]] = row
            else:
                bad += 1
    told(path, "networks with their organisations", len(networks), bad)
    return _joined(organisations, networks), bad


def _joined(organisations: dict[str, dict[str, str]], networks: dict[int, str]) -> dict[int, Organisation]:
    members: defaultdict[str, list[int]] = defaultdict(list)
    for asn in sorted(networks):
        members[networks[asn]].append(asn)
    made = {
        org_id: Organisation(
            # An older file calls the column "name".
            name=(row.get("org_name") or row.get("name") or "").strip(),
            country=row.get("country", "").strip().upper() or None,
            asns=tuple(members[org_id]),
        )
        for org_id, row in organisations.items()
        if org_id in members
    }
    return {asn: made[org_id] for asn, org_id in networks.items() if org_id in made}


def read_networks(path: Path) -> tuple[dict[int, PeeringNetwork], int]:
    """PeeringDB's `net`, by AS number, and how many rows could not be read. Raises `Permanent` for anything else."""
    networks = {}
    rows = _rows(path)
    for row in rows:
        if isinstance(row.get("asn"), int):
            name, kind, *further = (str(row.get(key) or "") for key in ("name", "info_type", "aka", "name_long"))
            networks[row["asn"]] = PeeringNetwork(name=name, also=_words(further), kind=kind)
    told(path, "networks of PeeringDB", len(networks), len(rows) - len(networks))
    return networks, len(rows) - len(networks)


def read_exchanges(path: Path) -> tuple[dict[int, str], int]:
    """PeeringDB's `ix`: each exchange point's name by its id; else as `read_networks`."""
    rows = _rows(path)
    names = {row["id"]: str(row["name"]) for row in rows if isinstance(row.get("id"), int) and row.get("name")}
    told(path, "exchange points of PeeringDB", len(names), len(rows) - len(names))
    return names, len(rows) - len(names)


def read_presences(path: Path) -> tuple[dict[int, frozenset[int]], int]:
    """PeeringDB's `netixlan`: by AS number the ids of the exchange points it is at; else as `read_networks`."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    bad = 0
    for row in _rows(path):
        if isinstance(row.get("asn"), int) and isinstance(row.get("ix_id"), int):
            found[row["asn"]].add(row["ix_id"])
        else:
            bad += 1
    told(path, "networks at exchange points", len(found), bad)
    return {asn: frozenset(ids) for asn, ids in found.items()}, bad


def _rows(path: Path) -> list[dict[str, Any]]:
    """A list as the API answers it, `{"data": [{…}, …]}`."""
    try:
        rows = json.loads(path.read_bytes())["data"]
        return [row if isinstance(row, dict) else {} for row in rows]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Permanent("is no list of PeeringDB's", subject=str(path), remedy="fetch it again") from error


def _words(texts: Sequence[str]) -> tuple[str, ...]:
    """Several names stand in one field, with commas or slashes between."""
    found = [name.strip() for text in texts for part in text.split(",") for name in part.split(" / ")]
    return tuple(dict.fromkeys(name for name in found if name))
