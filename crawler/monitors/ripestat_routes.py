"""RIPEstat's routes and updates as our elements: the record of one is its place in the call that `file` names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from ipaddress import ip_network
from typing import Any, NamedTuple

from crawler.monitors.asking import Asking
from crawler.monitors.reading import from_iso
from crawler.routing.model import ElemType, RouteElem
from crawler.routing.mrt.batch import AsPath


class Told(NamedTuple):
    """An entry as it came, the address of the call and the entry's place there, from 0."""

    entry: Any
    address: str
    place: int


class State(NamedTuple):
    """The routes at a time. `peers` are AS numbers by source_id: one source keeps the number that it first told."""

    at: datetime
    elems: list[RouteElem]
    peers: dict[str, int]


def state(asking: Asking, at: datetime, rows: Iterable[Told], peers: dict[str, int]) -> State:
    """`peers` grows by what the routes tell."""
    return State(at, asking.read("bgp-state", rows, partial(_route, at, peers)), peers)


def updates(asking: Asking, rows: Iterable[Told], peers: dict[str, int]) -> list[RouteElem]:
    """In order of time; an update that two calls hold is one."""
    told: dict[str, Told] = {}
    for row in rows:
        entry = row.entry if isinstance(row.entry, dict) else {}
        attrs = entry.get("attrs")
        named = [attrs.get(name) for name in ("source_id", "target_prefix")] if isinstance(attrs, dict) else row
        told.setdefault(repr((entry.get("seq"), named)), row)
    found = asking.read("bgp-updates", told.values(), partial(_update, peers))
    return [elem for _, elem in sorted(found, key=lambda item: (item[1].observed_at, item[0]))]


def resumed(later: State, before: Iterable[RouteElem]) -> list[RouteElem]:
    """A later state as updates of its time: its routes, and withdrawals of what was there before and is no more."""
    at = later.at.timestamp()
    here = {_session(elem) for elem in later.elems}
    gone = {key: elem for elem in before if (key := _session(elem)) not in here}
    file = later.elems[0].file if later.elems else ""
    return [
        *(elem._replace(type=ElemType.ANNOUNCE, observed_at=at) for elem in later.elems),
        *(
            elem._replace(type=ElemType.WITHDRAW, observed_at=at, as_path=(), file=file, record=0)
            for _, elem in sorted(gone.items())
        ),
    ]


def _session(elem: RouteElem) -> tuple[str, int, str, str]:
    return elem.collector, elem.peer_asn, elem.peer_ip, elem.prefix


def _route(at: datetime, peers: dict[str, int], row: Told) -> Iterator[RouteElem]:
    yield _elem(ElemType.RIB, at, peers, row, row.entry, _path(row.entry["path"]))


def _update(peers: dict[str, int], row: Told) -> Iterator[tuple[int, RouteElem]]:
    """With its place in the order of the service. Raises `KeyError`, `TypeError` or `ValueError`."""
    kind = {"A": ElemType.ANNOUNCE, "W": ElemType.WITHDRAW}[row.entry["type"]]
    attrs = row.entry["attrs"]
    path = _path(attrs["path"]) if kind is ElemType.ANNOUNCE else ()
    yield int(row.entry["seq"]), _elem(kind, from_iso(row.entry["timestamp"]), peers, row, attrs, path)


def _elem(kind: ElemType, at: datetime, peers: dict[str, int], row: Told, attrs: Any, path: AsPath) -> RouteElem:
    source = str(attrs["source_id"])
    collector, _, ip = source.partition("-")
    if path and isinstance(path[0], int):
        peers.setdefault(source, path[0])
    return RouteElem(
        type=kind,
        observed_at=at.timestamp(),
        collector=f"rrc{int(collector):02d}",
        peer_asn=peers.get(source, 0),
        peer_ip=ip,
        prefix=str(ip_network(attrs["target_prefix"])),
        as_path=path,
        file=row.address,
        record=row.place,
    )


def _path(hops: Any) -> AsPath:
    """Raises `TypeError` or `ValueError`; an empty one is no announcement."""
    path = tuple(tuple(int(asn) for asn in hop) if isinstance(hop, list) else int(hop) for hop in hops)
    if not path:
        raise ValueError("no path")
    return path
