"""BGP messages and session changes of a live stream as MRT records (RFC 6396): archives hold them as they came.

Records are BGP4MP_ET: the collector's clock to the microsecond. A live stream does not tell the collector's own
address: it is written as 0.0.0.0 or ::.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from crawler.routing.mrt.batch import AsPath

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

RIS_ASN = 12654
KEEPALIVE = b"\xff" * 16 + struct.pack(">HB", 19, 4)
_MARKER = b"\xff" * 16
_BGP4MP_ET = 17
_MESSAGE, _MESSAGE_AS4, _STATE_CHANGE_AS4 = 1, 4, 5
_AS_TRANS = 23456
_IDLE, _ESTABLISHED = 1, 6
_UPDATE = 2
_ORIGIN, _AS_PATH, _NEXT_HOP, _MP_REACH, _MP_UNREACH = 1, 2, 3, 14, 15
_SET, _SEQUENCE = 1, 2
_HEADER = struct.Struct(">IHHI")  # seconds, type, subtype, length
_NLRI_ROOM = 2048  # bytes of prefixes in one message that is built here: with its attributes it stays under 4096


def message_record(micros: int, peer_asn: int, peer: Address, message: bytes) -> bytes:
    """`micros` is microseconds since the epoch. `message` is a whole BGP message, its AS numbers of 4 or 2 bytes."""
    if message[18] == _UPDATE and asn_size(message) == 2:
        asns = struct.pack(">HH", peer_asn if peer_asn < 1 << 16 else _AS_TRANS, RIS_ASN)
        return _record(micros, _MESSAGE, asns, peer, message)
    return _record(micros, _MESSAGE_AS4, struct.pack(">II", peer_asn, RIS_ASN), peer, message)


def state_record(micros: int, peer_asn: int, peer: Address, *, established: bool) -> bytes:
    states = (_IDLE, _ESTABLISHED) if established else (_ESTABLISHED, _IDLE)
    return _record(micros, _STATE_CHANGE_AS4, struct.pack(">II", peer_asn, RIS_ASN), peer, struct.pack(">HH", *states))


def _record(micros: int, subtype: int, asns: bytes, peer: Address, body: bytes) -> bytes:
    seconds, fraction = divmod(micros, 1_000_000)
    family = struct.pack(">HH", 0, 1 if peer.version == 4 else 2)
    content = b"".join((struct.pack(">I", fraction), asns, family, peer.packed, bytes(len(peer.packed)), body))
    return _HEADER.pack(seconds, _BGP4MP_ET, subtype, len(content)) + content


def split_records(data: bytes) -> Iterator[bytes]:
    """The whole records of a file; a last one that was cut by a crash is left out."""
    at = 0
    while at + _HEADER.size <= len(data):
        end = at + _HEADER.size + _HEADER.unpack_from(data, at)[3]
        if end > len(data):
            return
        yield data[at:end]
        at = end


def time_of(record: bytes) -> float:
    """Seconds since the epoch of a record that was made here."""
    return float(struct.unpack_from(">I", record)[0] + struct.unpack_from(">I", record, _HEADER.size)[0] / 1e6)


def whole_message(message: bytes) -> bool:
    """Whether the bytes are one BGP message (RFC 4271, RFC 8654) whose lengths add up."""
    if len(message) < 19 or message[:16] != _MARKER or struct.unpack_from(">H", message, 16)[0] != len(message):
        return False
    return 1 <= message[18] <= 5 and (message[18] != _UPDATE or asn_size(message) is not None)


def asn_size(update: bytes) -> int | None:
    """The bytes of an AS number in an UPDATE's AS_PATH: 4, or 2 for a session without RFC 6793; None for a broken one.

    Segments of one size do not add up with the other, but for an empty path, where it is the same.
    """
    path = _path_bytes(update)
    if path is None:
        return None
    return next((size for size in (4, 2) if _adds_up(path, size)), None)


def _path_bytes(update: bytes) -> bytes | None:
    """The value of AS_PATH; b"" where there is none, None where the message is broken."""
    try:
        withdrawn = struct.unpack_from(">H", update, 19)[0]
        at = 21 + withdrawn
        end = at + 2 + struct.unpack_from(">H", update, at)[0]
        at += 2
        path = b""
        while at < end:
            flags, code = update[at], update[at + 1]
            extended = bool(flags & 0x10)
            size = struct.unpack_from(">H" if extended else ">B", update, at + 2)[0]
            at += 4 if extended else 3
            if code == _AS_PATH:
                path = update[at : at + size]
            at += size
    except (struct.error, IndexError):
        return None
    return path if at == end <= len(update) else None


def _adds_up(path: bytes, size: int) -> bool:
    at = 0
    while at + 2 <= len(path) and 1 <= path[at] <= 4:
        at += 2 + path[at + 1] * size
    return at == len(path)


def build_updates(
    path: AsPath,
    origin: int,
    announced: Iterable[tuple[Sequence[Address], Sequence[Network]]],
    withdrawn: Sequence[Network],
) -> list[bytes]:
    """UPDATE messages with the routes of a parsed message; `announced` are next hops with their prefixes.

    `origin` is the ORIGIN attribute's value (RFC 4271, 5.1.1). Communities and the like are left out.
    """
    messages = [_update(part, b"", b"") for part in _nlri(withdrawn, 4)]
    unreachable = struct.pack(">HB", 2, 1)
    messages += [_update(b"", _attribute(_MP_UNREACH, unreachable + part), b"") for part in _nlri(withdrawn, 6)]
    shared = _attribute(_ORIGIN, bytes([origin])) + _attribute(_AS_PATH, _segments(path))
    for hops, networks in announced:
        for version in (4, 6):
            messages += [_announce(shared, hops, version, part) for part in _nlri(networks, version)]
    return messages


def _announce(shared: bytes, hops: Sequence[Address], version: int, nlri: bytes) -> bytes:
    hops = hops or [IPv4Address(0) if version == 4 else IPv6Address(0)]
    if version == 4 and hops[0].version == 4:
        return _update(b"", shared + _attribute(_NEXT_HOP, hops[0].packed), nlri)
    packed = b"".join(hop.packed for hop in hops)
    reach = struct.pack(">HBB", 1 if version == 4 else 2, 1, len(packed)) + packed + b"\0" + nlri
    return _update(b"", shared + _attribute(_MP_REACH, reach), b"")


def _update(withdrawn: bytes, attributes: bytes, nlri: bytes) -> bytes:
    body = struct.pack(">H", len(withdrawn)) + withdrawn + struct.pack(">H", len(attributes)) + attributes + nlri
    return _MARKER + struct.pack(">HB", 19 + len(body), _UPDATE) + body


def _attribute(code: int, value: bytes) -> bytes:
    flags = 0x90 if code in {_MP_REACH, _MP_UNREACH} else 0x50  # optional or transitive, with a length of two bytes
    return struct.pack(">BBH", flags, code, len(value)) + value


def _segments(path: AsPath) -> bytes:
    """Runs of single networks are sequences of at most 255, each tuple is a set."""
    out: list[bytes] = []
    run: list[int] = []
    for hop in (*path, ()):
        if isinstance(hop, int):
            run.append(hop)
            continue
        out += [_segment(_SEQUENCE, run[at : at + 255]) for at in range(0, len(run), 255)]
        run = []
        if hop:
            out.append(_segment(_SET, hop))
    return b"".join(out)


def _segment(kind: int, asns: Sequence[int]) -> bytes:
    return bytes([kind, len(asns)]) + struct.pack(f">{len(asns)}I", *asns)


def _nlri(networks: Sequence[Network], version: int) -> Iterator[bytes]:
    """The prefixes of one family, as many at once as fit into `_NLRI_ROOM`."""
    packed = [
        bytes([net.prefixlen]) + net.network_address.packed[: (net.prefixlen + 7) // 8]
        for net in networks
        if net.version == version
    ]
    step = _NLRI_ROOM // 17  # a prefix at its longest
    for at in range(0, len(packed), step):
        yield b"".join(packed[at : at + step])
