"""What MRT records say of routes (RFC 6396, RFC 8050), put into `Rows`."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable

from crawler.routing.mrt.batch import SessionChange
from crawler.routing.mrt.bgp import FAMILIES, MALFORMED, UNICAST, Nlri, address_text, first, split_odd, split_paths
from crawler.routing.mrt.frames import OTHER_TYPES
from crawler.routing.mrt.rows import WITHDRAWN, Routes, Rows

_BGP, _TABLE_DUMP, _TABLE_DUMP_V2, _BGP4MP, _BGP4MP_ET = 5, 12, 13, 16, 17
RIB_TYPES, UPDATE_TYPES = {_TABLE_DUMP, _TABLE_DUMP_V2}, {_BGP, _BGP4MP, _BGP4MP_ET}
_MESSAGES = {1: 2, 4: 4, 6: 2, 7: 4, 8: 2, 9: 4, 10: 2, 11: 4}  # RFC 6396, 4.4: subtype to bytes of an AS number
_WITH_IDS = {8, 9, 10, 11}  # RFC 8050, 3: each prefix has a path identifier
_LOCAL = {6, 7, 10, 11}  # what the collector told its peer
_STATE_CHANGES = {0: 2, 5: 4}
_RIBS = {2: (4, False), 4: (6, False), 8: (4, True), 10: (6, True)}  # RFC 6396, 4.3.2; RFC 8050, 4: family, path ids
_MULTICAST_RIBS = {3, 5, 9, 11}
_PEER_INDEX_TABLE, _RIB_GENERIC, _GEO_PEER_TABLE, _RIB_GENERIC_ADDPATH = 1, 6, 7, 12
# RFC 6396, 4.2, and what Quagga adds for AS numbers of four bytes: subtype to (family, bytes of an AS number).
_DUMPS = {1: (4, 2), 2: (6, 2), 3: (4, 4), 4: (6, 4)}
_OLD_SUBTYPES = {0, 1, 3, 4, 5, 6, 7}  # RFC 6396, appendix: all but the preferred update, whose form nobody told
_BGP_UPDATE, _BGP_STATE_CHANGE = 1, 3
_UNANNOUNCED = "read as with path identifiers, which their type does not announce: records"
_ESTABLISHED = 6  # RFC 6396, 4.4.1
_UPDATE = 2
_BGP_TYPES = range(1, 6)  # of a message: open, update, notification, keepalive, route refresh
_MARKER = b"\xff" * 16
_ADDRESS_SIZE = {4: 4, 6: 16}
_RIB_ENTRY, _RIB_PATH_ENTRY = struct.Struct(">HIH"), struct.Struct(">HIIH")


class Records:
    """Call `read` for each record of a file, in order. `notes` counts by name what holds no route to us, and what
    was read otherwise than it is written."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._senders: dict[bytes, int] = {}  # by the head of a message
        self._table: list[tuple[int, str]] | None = None  # of the last PEER_INDEX_TABLE
        self._peers: dict[int, int] = {}  # its peers' indexes in the rows
        self.notes: Counter[str] = Counter()

    def read(self, seconds: float, kind: int, subtype: int, body: bytes, number: int) -> None:
        """Raises one of `bgp.MALFORMED` where not all of the record can be read; of a RIB the rest was then."""
        if kind == _BGP4MP_ET:  # RFC 6396, 3: the record begins with microseconds
            kind, seconds, body = _BGP4MP, seconds + int.from_bytes(body[:4], "big") / 1_000_000, body[4:]
        if kind == _BGP4MP and subtype in _MESSAGES:
            self._message(body, seconds, subtype, number)
        elif kind == _TABLE_DUMP_V2:
            self._table_dump_v2(body, subtype, number)
        elif kind == _TABLE_DUMP and subtype in _DUMPS:
            self._table_dump(body, *_DUMPS[subtype], number)
        elif kind == _BGP4MP and subtype in _STATE_CHANGES:
            self._state_change(body, seconds, _STATE_CHANGES[subtype], number)
        elif kind == _BGP and subtype in _OLD_SUBTYPES:
            self._old_bgp(body, seconds, subtype, number)
        elif kind in OTHER_TYPES:
            self.notes[f"no routes: records of type {kind}, {OTHER_TYPES[kind]}"] += 1
        else:
            raise ValueError(f"type {kind}, subtype {subtype}, cannot be read")

    def _message(self, body: bytes, seconds: float, subtype: int, number: int) -> None:
        width = _MESSAGES[subtype]
        head = 2 * width + (12 if body[2 * width + 3] == 1 else 36)
        if body[head : head + 16] != _MARKER:
            if body[2 * width : 2 * width + 16] == _MARKER and body[2 * width + 18] != _UPDATE:
                self.notes["no routes: messages without addresses, other than updates (a fault of early Zebra)"] += 1
                return
            raise ValueError("it holds no BGP message")
        end = head + (body[head + 16] << 8) + body[head + 17]
        if end != len(body):
            self._ill_fitting(body, end, seconds, subtype, number)
        if body[head + 18] == _UPDATE:
            sender = _turned(body[:head], width) if subtype in _LOCAL else body[:head]
            self._update(body, head + 19, seconds, sender, width, subtype in _WITH_IDS, number)
        elif body[head + 18] not in _BGP_TYPES:
            raise ValueError(f"a BGP message of the unknown type {body[head + 18]}")

    def _ill_fitting(self, body: bytes, end: int, seconds: float, subtype: int, number: int) -> None:
        """A BGP message that ends before its record does is whole, and is read; one that ends after it is cut."""
        if end > len(body):
            raise ValueError("the BGP message is cut")
        self._message(body[:end], seconds, subtype, number)
        raise ValueError(f"{len(body) - end} bytes stand behind the BGP message")

    def _update(
        self, body: bytes, at: int, seconds: float, sender: bytes, width: int, with_ids: bool, number: int
    ) -> None:
        """RFC 4271, 4.3; `at` is the update's first byte. Withdrawals come first: what is in both is announced."""
        start = at + 2
        at = start + (body[at] << 8) + body[at + 1]
        withdrawn = body[start:at]
        start = at + 2
        at = start + (body[at] << 8) + body[at + 1]
        if at > len(body):
            raise ValueError("the path attributes are longer than the update")
        routes = self._rows.routes(body[start:at], width)
        if routes.notes:
            self.notes.update(routes.notes)
        announced = body[at:]
        gone = ((4, withdrawn), *routes.unreach) if withdrawn else routes.unreach
        here = ((4, announced), *routes.reach) if announced else routes.reach
        if with_ids:
            self._add_paths(seconds, sender, width, number, routes, gone, here, split_paths)
            return
        rows = self._rows
        try:
            found = [(WITHDRAWN, rows.prefixes(family, nlri)) for family, nlri in gone] if gone else []
            for family, nlri in here:
                found.append((routes.way, rows.prefixes(family, nlri)))
        except MALFORMED:
            self._add_paths(seconds, sender, width, number, routes, gone, here, split_odd)
            return
        peer = self._senders.get(sender)
        if peer is None:
            peer = self._senders[sender] = rows.peer(*_sender(sender, width))
        for way, prefixes in found:
            rows.add(seconds, peer, number, way, prefixes)

    def _add_paths(
        self,
        seconds: float,
        sender: bytes,
        width: int,
        number: int,
        routes: Routes,
        gone: tuple[Nlri, ...],
        here: tuple[Nlri, ...],
        split: Callable[[bytes, int], list[tuple[int, bytes]]],
    ) -> None:
        found = [(WITHDRAWN, family, split(nlri, family)) for family, nlri in gone]
        found += [(routes.way, family, split(nlri, family)) for family, nlri in here]
        if split is split_odd and any(path_id for *_, keys in found for path_id, _ in keys):
            self.notes[_UNANNOUNCED] += 1
        for way, family, keys in found:
            for path_id, key in keys:
                peer = self._rows.peer(*_sender(sender, width), path_id)
                self._rows.add(seconds, peer, number, way, self._rows.prefixes(family, key))

    def _state_change(self, body: bytes, seconds: float, width: int, number: int) -> None:
        if len(body) == 2 * width + 4 and not any(body[: 2 * width]):
            self.notes["no routes: state changes of a peer without a name (a fault of early Zebra)"] += 1
            return
        ends = 2 * width + (12 if body[2 * width + 3] == 1 else 36)
        if len(body) != ends + 4:
            raise ValueError("a state change of another length than its own")
        self._changed(seconds, _sender(body[:ends], width)[1], body[ends + 2 :], number)

    def _changed(self, seconds: float, peer_ip: str, state: bytes, number: int) -> None:
        change = SessionChange(seconds, peer_ip, int.from_bytes(state, "big") == _ESTABLISHED, number)
        self._rows.sessions.append(change)

    def _old_bgp(self, body: bytes, seconds: float, subtype: int, number: int) -> None:
        """RFC 6396, appendix: type 5, IPv4 peers with AS numbers of two bytes; an update without BGP's header."""
        if subtype == _BGP_STATE_CHANGE:
            if len(body) != 10:
                raise ValueError("a state change of another length than its own")
            self._changed(seconds, address_text(body[2:6]), body[8:], number)
        elif subtype == _BGP_UPDATE:
            sender = body[:2] + body[6:8] + b"\0\0\0\1" + body[2:6] + body[8:12]  # as in BGP4MP
            self._update(body, 12, seconds, sender, 2, False, number)

    def _table_dump_v2(self, body: bytes, subtype: int, number: int) -> None:
        if subtype in _RIBS:
            family, with_ids = _RIBS[subtype]
            key, at = first(body, 4, family)
            self._rib(body, at, key, family, with_ids, number)
        elif subtype == _PEER_INDEX_TABLE:
            self._index_table(body)
        elif subtype in (_RIB_GENERIC, _RIB_GENERIC_ADDPATH):
            self._generic(body, subtype, number)
        elif subtype in _MULTICAST_RIBS:
            self.notes["no routes: multicast RIB entries"] += 1
        elif subtype == _GEO_PEER_TABLE:
            self.notes["no routes: tables of the peers' places (RFC 6397)"] += 1
        else:
            raise ValueError(f"TABLE_DUMP_V2 of the unknown subtype {subtype}")

    def _index_table(self, body: bytes) -> None:
        """RFC 6396, 4.3.1. A file may be several RIBs, one after the other: the last table counts."""
        at = 6 + int.from_bytes(body[4:6], "big")
        count = int.from_bytes(body[at : at + 2], "big")
        at += 2
        table = []
        for _ in range(count):
            size = 16 if body[at] & 1 else 4
            width = 4 if body[at] & 2 else 2
            ip = at + 5
            asn = ip + size
            at = asn + width
            table.append((int.from_bytes(body[asn:at], "big"), address_text(body[ip:asn])))
        if at != len(body):
            raise ValueError("the table of peers differs in length from its record")
        self._table, self._peers = table, {}

    def _generic(self, body: bytes, subtype: int, number: int) -> None:
        """RFC 6396, 4.3.3 and RFC 8050, 4.2: the path identifier stands before the prefix, not in the entries."""
        family = FAMILIES.get(int.from_bytes(body[4:6], "big"))
        if family is None or body[6] != UNICAST:
            self.notes["no routes: RIB entries of other families"] += 1
            return
        with_id = subtype == _RIB_GENERIC_ADDPATH
        key, at = first(body, 11 if with_id else 7, family)
        path_id = int.from_bytes(body[7:11], "big") if with_id else 0
        self._rib(body, at, key, family, False, number, path_id)

    def _rib(
        self, body: bytes, at: int, key: bytes, family: int, with_ids: bool, number: int, path_id: int = 0
    ) -> None:
        """RFC 6396, 4.3.4 and RFC 8050, 4.1: entries of peer, time, attributes. `at` is the byte of their count."""
        blocks = _entries(body, at, with_ids, path_id)
        if blocks is None and not with_ids:
            blocks = _entries(body, at, True, 0)
            if blocks is not None:
                self.notes[_UNANNOUNCED] += 1
        if blocks is None:
            raise ValueError("the RIB's entries differ in length from their record")
        self._add_entries(blocks, key, family, number)

    def _add_entries(self, blocks: list[tuple[int, int, bytes]], key: bytes, family: int, number: int) -> None:
        """`blocks` as `_entries` gives them. One that is malformed does not take the others with it."""
        rows, entries, broken = self._rows, [], None
        for who, seconds, block in blocks:
            try:
                peer = self._peers.get(who)
                if peer is None:
                    peer = self._peers[who] = self._rib_peer(who & 0xFFFF, who >> 16)
                routes = rows.rib_routes(block)
                if routes.notes:
                    self.notes.update(routes.notes)
                entries.append((seconds, peer, routes))
            except MALFORMED as error:
                broken = broken or error
        rows.add_rib(number, family, key, entries)
        if broken is not None:
            raise broken

    def _rib_peer(self, position: int, path_id: int) -> int:
        if self._table is None:
            raise ValueError("no table of peers stands before the RIB's entries")
        if position >= len(self._table):
            raise ValueError(f"the table of peers has no number {position}")
        return self._rows.peer(*self._table[position], path_id)

    def _table_dump(self, body: bytes, family: int, width: int, number: int) -> None:
        """RFC 6396, 4.2: one route: view, number, prefix, its length, status, time, peer, attributes."""
        size = _ADDRESS_SIZE[family]
        bits = body[4 + size]
        if bits > 8 * size:
            raise ValueError(f"a prefix of {bits} bits")
        at = 6 + size  # after the status
        ip, asn, length = at + 4, at + 4 + size, at + 4 + size + width
        start = length + 2
        if start + int.from_bytes(body[length:start], "big") != len(body):
            raise ValueError("the path attributes differ in length from their record")
        peer = self._rows.peer(int.from_bytes(body[asn:length], "big"), address_text(body[ip:asn]))
        routes = self._rows.routes(body[start:], width, rib=True)
        key = body[4 + size : 5 + size] + body[4 : 4 + (bits + 7) // 8]
        self._rows.add_rib(number, family, key, [(int.from_bytes(body[at:ip], "big"), peer, routes)])


def _entries(body: bytes, at: int, with_ids: bool, path_id: int) -> list[tuple[int, int, bytes]] | None:
    """(Peer's position and path identifier as `_rib_peer` takes them, time, attributes); None where they do not fit."""
    count = (body[at] << 8) + body[at + 1]
    at += 2
    found = []
    try:
        for _ in range(count):
            if with_ids:
                position, seconds, path_id, length = _RIB_PATH_ENTRY.unpack_from(body, at)
                start = at + 12
            else:
                position, seconds, length = _RIB_ENTRY.unpack_from(body, at)
                start = at + 8
            at = start + length
            found.append((position + (path_id << 16), seconds, body[start:at]))
    except struct.error:
        return None
    return found if at == len(body) else None


def _turned(head: bytes, width: int) -> bytes:
    """The head of a BGP4MP record with its two ends changed over."""
    middle, ip = 2 * width, 2 * width + 4
    size = (len(head) - ip) // 2
    return head[width:middle] + head[:width] + head[middle:ip] + head[ip + size :] + head[ip : ip + size]


def _sender(head: bytes, width: int) -> tuple[int, str]:
    """The peer's number and address by the head of a BGP4MP record: it without the BGP message."""
    ip = 2 * width + 4
    return int.from_bytes(head[:width], "big"), address_text(head[ip : ip + (len(head) - ip) // 2])
