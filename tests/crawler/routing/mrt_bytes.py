"""MRT records byte by byte, in every form that archives hold, for files of which it is known what they say."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from ops.demo.mrt import record

AT = 1_506_859_200
MICROSECONDS = 250_000
PEER_IP, PEER_IP6 = "192.0.2.7", "2001:db8::7"
SET, SEQUENCE, CONFED_SEQUENCE, CONFED_SET = 1, 2, 3, 4
ORIGIN_IGP = b"\x40\x01\x01\x00"
MARKER = b"\xff" * 16


def attribute(kind: int, value: bytes, flags: int = 0x40) -> bytes:
    if len(value) > 255:
        return struct.pack(">BBH", flags | 0x10, kind, len(value)) + value
    return struct.pack(">BBB", flags, kind, len(value)) + value


def segment(numbers: Sequence[int], width: int = 4, kind: int = SEQUENCE) -> bytes:
    return struct.pack(f">BB{len(numbers)}{'H' if width == 2 else 'I'}", kind, len(numbers), *numbers)


def as_path(*segments: bytes) -> bytes:
    return attribute(2, b"".join(segments))


def as4_path(*segments: bytes) -> bytes:
    return attribute(17, b"".join(segments), 0xC0)


def next_hop(ip: str = PEER_IP) -> bytes:
    return attribute(3, ip_address(ip).packed)


def plain_path(numbers: Sequence[int], width: int = 4) -> bytes:
    """The attributes of an ordinary route."""
    return ORIGIN_IGP + as_path(segment(numbers, width)) + next_hop()


def nlri(*prefixes: str, path_id: int | None = None) -> bytes:
    found = b""
    for prefix in prefixes:
        network = ip_network(prefix)
        before = b"" if path_id is None else struct.pack(">I", path_id)
        size = (network.prefixlen + 7) // 8
        found += before + bytes([network.prefixlen]) + network.network_address.packed[:size]
    return found


def mp_reach(prefixes: bytes, afi: int = 2, safi: int = 1, hop: str = PEER_IP6) -> bytes:
    packed = ip_address(hop).packed
    return attribute(14, struct.pack(">HBB", afi, safi, len(packed)) + packed + b"\0" + prefixes, 0x80)


def mp_unreach(prefixes: bytes, afi: int = 2, safi: int = 1) -> bytes:
    return attribute(15, struct.pack(">HB", afi, safi) + prefixes, 0x80)


def update(attributes: bytes = b"", announced: bytes = b"", withdrawn: bytes = b"") -> bytes:
    """RFC 4271, 4.3, without the message's header."""
    return struct.pack(">H", len(withdrawn)) + withdrawn + struct.pack(">H", len(attributes)) + attributes + announced


def bgp4mp_body(message: bytes, width: int = 4, asn: int = 65550, ip: str = PEER_IP, kind: int = 2) -> bytes:
    """A peer of a collector sent `message` of type `kind`."""
    peer = ip_address(ip)
    code = "H" if width == 2 else "I"
    local = ip_address("192.0.2.254" if peer.version == 4 else "2001:db8::fe")
    head = struct.pack(f">{code}{code}HH", asn, 6447, 0, 1 if peer.version == 4 else 2) + peer.packed + local.packed
    return head + MARKER + struct.pack(">HB", 19 + len(message), kind) + message


def bgp4mp(message: bytes, subtype: int = 4, width: int = 4, asn: int = 65550, ip: str = PEER_IP) -> bytes:
    return record(AT, 16, subtype, bgp4mp_body(message, width, asn, ip))


def bgp4mp_et(message: bytes, subtype: int = 4, width: int = 4, asn: int = 65550, ip: str = PEER_IP) -> bytes:
    return record(AT, 17, subtype, struct.pack(">I", MICROSECONDS) + bgp4mp_body(message, width, asn, ip))


def state_change(old: int, new: int, subtype: int = 5, width: int = 4, ip: str = PEER_IP) -> bytes:
    body = bgp4mp_body(b"", width, 65550, ip)[:-19]
    return record(AT, 16, subtype, body + struct.pack(">HH", old, new))


def old_bgp(message: bytes, asn: int = 65001, ip: str = PEER_IP) -> bytes:
    """RFC 6396, appendix: type 5, subtype 1."""
    ends = ip_address(ip).packed, ip_address("192.0.2.254").packed
    return record(AT, 5, 1, struct.pack(">H", asn) + ends[0] + struct.pack(">H", 6447) + ends[1] + message)


def peer_index(*peers: tuple[int, str], view: bytes = b"") -> bytes:
    """Every other peer, if its number allows, with an AS number of two bytes."""
    body = b"\xc0\0\x02\xfe" + struct.pack(">H", len(view)) + view + struct.pack(">H", len(peers))
    for place, (asn, ip) in enumerate(peers):
        packed = ip_address(ip).packed
        narrow = place % 2 and asn < 1 << 16
        kind = (len(packed) == 16) + (0 if narrow else 2)
        body += bytes([kind]) + b"\x0a\0\0\x01" + packed + struct.pack(">H" if narrow else ">I", asn)
    return record(AT, 13, 1, body)


def rib(prefix: str, *entries: tuple[int, bytes], subtype: int = 2, number: int = 0) -> bytes:
    """RFC 6396, 4.3.2: (peer's position, attributes) of each."""
    body = struct.pack(">I", number) + nlri(prefix) + struct.pack(">H", len(entries))
    for position, attributes in entries:
        body += struct.pack(">HIH", position, AT - 60, len(attributes)) + attributes
    return record(AT, 13, subtype, body)


def rib_paths(prefix: str, *entries: tuple[int, int, bytes], subtype: int = 8) -> bytes:
    """RFC 8050, 4.1: (peer's position, path identifier, attributes) of each."""
    body = struct.pack(">I", 0) + nlri(prefix) + struct.pack(">H", len(entries))
    for position, path_id, attributes in entries:
        body += struct.pack(">HIIH", position, AT - 60, path_id, len(attributes)) + attributes
    return record(AT, 13, subtype, body)


def rib_generic(prefix: str, *entries: tuple[int, bytes], safi: int = 1, path_id: int | None = None) -> bytes:
    """RFC 6396, 4.3.3 and RFC 8050, 4.2."""
    afi = 1 if ip_network(prefix).version == 4 else 2
    body = struct.pack(">IHB", 0, afi, safi) + nlri(prefix, path_id=path_id) + struct.pack(">H", len(entries))
    for position, attributes in entries:
        body += struct.pack(">HIH", position, AT - 60, len(attributes)) + attributes
    return record(AT, 13, 6 if path_id is None else 12, body)


def table_dump(prefix: str, attributes: bytes, asn: int = 65001, ip: str = PEER_IP, width: int = 2) -> bytes:
    """RFC 6396, 4.2."""
    network, peer = ip_network(prefix), ip_address(ip)
    body = struct.pack(">HH", 0, 0) + network.network_address.packed
    body += struct.pack(">BBI", network.prefixlen, 1, AT - 60) + peer.packed
    body += struct.pack(">HH" if width == 2 else ">IH", asn, len(attributes)) + attributes
    return record(AT, 12, (1 if network.version == 4 else 2) + (width == 4) * 2, body)
