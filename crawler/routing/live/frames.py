"""RIS Live's JSON frames: what the server says becomes messages with their MRT records, what we ask becomes frames.

The protocol: https://ris-live.ripe.net/manual/. Names differ between the manual and the stream, so both are read:
`rrc21` and `rrc21.ripe.net`, `RIS_PEER_STATE` and `STATE`.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from crawler.errors import Permanent
from crawler.routing.live.messages import (
    KEEPALIVE,
    Address,
    Network,
    build_updates,
    message_record,
    state_record,
    whole_message,
)
from crawler.routing.model import ElemType, RouteElem
from crawler.routing.mrt.batch import AsPath

Json = dict[str, Any]
STATES = ("RIS_PEER_STATE", "STATE")
_HOST = re.compile(r"(rrc\d{2,3})(?:\.ripe\.net)?")
_ORIGINS = {"IGP": 0, "EGP": 1, "INCOMPLETE": 2}
_TYPES = {"OPEN": 1, "UPDATE": 2, "NOTIFICATION": 3, "KEEPALIVE": 4}


class Unreadable(Permanent):
    """A frame that cannot be read. `collector` and `at` (seconds since the epoch) are None where not even they can."""

    def __init__(self, message: str, *, collector: str | None = None, at: float | None = None) -> None:
        super().__init__(message, subject="a frame of the live stream")
        self.collector = collector
        self.at = at


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server says of the connection itself: `ris_error`, `ris_subscribe_ok`, `ris_rrc_list`, `pong` …"""

    type: str
    data: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveMessage:
    """One message of a collector's peer. `at` is the collector's clock, seconds since the epoch, to the microsecond.

    `records` are its MRT records: from the raw message, or where that is missing or broken (`rebuilt`) from the
    parsed fields; none for a message that the collector itself sent.
    """

    id: str | None
    at: float
    collector: str
    peer_asn: int
    peer_ip: str
    path: AsPath
    announced: tuple[str, ...]
    withdrawn: tuple[str, ...]
    records: tuple[bytes, ...]
    rebuilt: bool

    def elems(self, file: str) -> list[RouteElem]:
        """In the order of `routes read`: withdrawals, then announcements. `record` is -1: the file is still written."""
        head = (self.at, self.collector, self.peer_asn, self.peer_ip)
        gone = [RouteElem(ElemType.WITHDRAW, *head, prefix, (), file, -1) for prefix in self.withdrawn]
        return gone + [RouteElem(ElemType.ANNOUNCE, *head, prefix, self.path, file, -1) for prefix in self.announced]


def read_frame(frame: str | bytes) -> LiveMessage | Reply:
    """Raises `Unreadable`, whatever the bytes."""
    try:
        parsed = json.loads(frame)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"is no JSON: {error}") from None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("type"), str):
        raise Unreadable("has no type")
    if parsed["type"] != "ris_message":
        return Reply(parsed["type"], parsed.get("data"))
    if not isinstance(parsed.get("data"), dict):
        raise Unreadable("has no data")
    return _message(parsed["data"])


def collector_name(host: Any) -> str | None:
    """`rrc21` for either form of its name; None for what is no collector of RIS. It becomes a folder's name."""
    found = _HOST.fullmatch(host) if isinstance(host, str) else None
    return found[1] if found else None


def _message(data: Json) -> LiveMessage:
    collector = collector_name(data.get("host"))
    if collector is None:
        raise Unreadable(f"names no collector: {str(data.get('host'))[:40]!r}")
    at = data.get("timestamp")
    if isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at) or not 0 < at < 1 << 32:
        raise Unreadable("has no timestamp", collector=collector)
    micros = round(at * 1e6)
    at = micros // 1_000_000 + micros % 1_000_000 / 1e6
    try:
        return _body(data, collector, micros, at)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, struct.error) as error:
        raise Unreadable(f"{type(error).__name__}: {error}"[:200], collector=collector, at=at) from None


def _body(data: Json, collector: str, micros: int, at: float) -> LiveMessage:
    peer = _address(data["peer"])
    asn = _asn(data["peer_asn"])
    kind = data.get("type")
    path: AsPath = ()
    announced: list[tuple[tuple[Address, ...], list[Network]]] = []
    withdrawn: list[Network] = []
    if kind == "UPDATE":
        path = _path(data.get("path") or ())
        announced = _announcements(data.get("announcements") or ())
        withdrawn = [_network(prefix) for prefix in data.get("withdrawals") or ()]
    messages, rebuilt = _bgp_messages(data, path, announced, withdrawn)
    records = [message_record(micros, asn, peer, message) for message in messages]
    if kind in STATES and data.get("direction") != "sent":
        records = [state_record(micros, asn, peer, established=_established(data.get("state")))]
    return LiveMessage(
        id=data["id"] if isinstance(data.get("id"), str) else None,
        at=at,
        collector=collector,
        peer_asn=asn,
        peer_ip=str(peer),
        path=path,
        announced=tuple(str(net) for _, networks in announced for net in networks),
        withdrawn=tuple(str(net) for net in withdrawn),
        records=tuple(records),
        rebuilt=rebuilt,
    )


def _bgp_messages(
    data: Json, path: AsPath, announced: list[tuple[tuple[Address, ...], list[Network]]], withdrawn: list[Network]
) -> tuple[list[bytes], bool]:
    """The BGP messages, and whether they had to be made from the fields."""
    kind = data.get("type")
    if kind in STATES or data.get("direction") == "sent":
        return [], False
    if kind not in _TYPES:
        raise ValueError(f"is of an unknown type: {str(kind)[:40]!r}")
    raw = _raw(data.get("raw"))
    if raw is not None and raw[18] == _TYPES[kind]:
        return [raw], False
    if kind == "KEEPALIVE":
        return [KEEPALIVE], True
    if kind != "UPDATE":
        return [], True
    origin = _ORIGINS.get(str(data.get("origin")).upper(), 2)
    return build_updates(path, origin, announced, withdrawn), True


def _raw(text: Any) -> bytes | None:
    """None where the message is missing or broken."""
    if not isinstance(text, str):
        return None
    try:
        message = bytes.fromhex(text)
    except ValueError:
        return None
    return message if whole_message(message) else None


def _announcements(rows: Any) -> list[tuple[tuple[Address, ...], list[Network]]]:
    """The next hops (a global address, perhaps with a link-local one after a comma) and the prefixes of each row.

    Older streams repeat the prefixes in a row with the link-local next hop: the first row counts.
    """
    found = []
    seen: set[Network] = set()
    for row in rows:
        hops = tuple(_address(text) for text in (row.get("next_hop") or "").split(",") if text.strip())
        new = [net for net in dict.fromkeys(map(_network, row["prefixes"])) if net not in seen]
        seen.update(new)
        found.append((hops, new))
    return found


def _path(hops: Any) -> AsPath:
    """A set is a list inside the list."""
    return tuple(tuple(_asn(one) for one in hop) if isinstance(hop, list) else _asn(hop) for hop in hops)


def _asn(value: Any) -> int:
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 1 << 32:
        raise ValueError(f"is no AS number: {str(value)[:40]!r}")
    return number


def _address(text: str) -> Address:
    if "%" in text:
        raise ValueError(f"is no address of a peer: {text[:60]!r}")
    return ip_address(text.strip())


def _network(text: str) -> Network:
    if not isinstance(text, str):
        raise TypeError("a prefix that is no text")
    return ip_network(text, strict=False)


def _established(state: Any) -> bool:
    if state not in {"connected", "down"}:
        raise ValueError(f"is an unknown state of a session: {str(state)[:40]!r}")
    return bool(state == "connected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What is asked for: routes of any of the prefixes (with those inside them) or over any of the networks.

    Neither given: everything. `collectors` are short names (`rrc00`); none: all.
    """

    prefixes: tuple[str, ...] = ()
    asns: tuple[int, ...] = ()
    collectors: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        return not (self.prefixes or self.asns)

    def requests(self, hosts: Mapping[str, str]) -> list[Json]:
        """The filters to subscribe to, one frame each; `hosts` maps `collectors` to the server's own names.

        A filter by path shows no withdrawal, for a withdrawal has no path: withdrawals are asked for as well. Peers'
        keep-alives show that a collector is heard where nothing else happens: each peer sends one a minute.
        """
        filters: list[Json] = [{}]
        if not self.everything:
            filters = [
                {"type": "UPDATE", "prefix": p, "moreSpecific": True, "lessSpecific": False} for p in self.prefixes
            ]
            filters += [{"type": "UPDATE", "path": str(asn)} for asn in self.asns]
            filters += [{"type": "UPDATE", "require": "withdrawals"}] if self.asns else []
            filters += [{"type": kind} for kind in ("KEEPALIVE", *STATES)]
        named: list[Json] = [{"host": hosts[name]} for name in self.collectors if name in hosts]
        return [{**host, **one} for host in (named if self.collectors else [{}]) for one in filters]

    def wants(self, message: LiveMessage) -> bool:
        """Whether it is what was asked for: a server may show more, and a filter by withdrawals is a wide one."""
        if self.everything or message.withdrawn or not message.announced:
            return True
        hops = {asn for hop in message.path for asn in (hop if isinstance(hop, tuple) else (hop,))}
        return not hops.isdisjoint(self.asns) or any(inside(prefix, self.prefixes) for prefix in message.announced)


def subscribe_frame(wanted: Json) -> str:
    options = {"includeRaw": True, "acknowledge": True}
    return json.dumps({"type": "ris_subscribe", "data": {**wanted, "socketOptions": options}})


def inside(prefix: str, ranges: tuple[str, ...]) -> bool:
    """Whether the prefix is one of `ranges` or lies in one."""
    net = ip_network(prefix)
    for text in ranges:
        outer = ip_network(text)
        if (
            outer.version == net.version
            and net.prefixlen >= outer.prefixlen
            and net.supernet(new_prefix=outer.prefixlen) == outer
        ):
            return True
    return False
