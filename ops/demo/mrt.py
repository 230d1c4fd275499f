"""A small writer of MRT records (RFC 6396): IPv4 RIBs and updates with AS numbers of four bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

_TABLE_DUMP_V2, _PEER_INDEX_TABLE, _RIB_IPV4_UNICAST = 13, 1, 2
_BGP4MP, _MESSAGE_AS4 = 16, 4
_LOCAL_ASN, _LOCAL_IP = 6447, IPv4Address("192.0.2.254")


class Neighbour(NamedTuple):
    """A peer of a collector."""

    asn: int
    ip: str


def record(at: int, kind: int, subtype: int, body: bytes) -> bytes:
    """`at` is seconds since the epoch."""
    return struct.pack(">IHHI", at, kind, subtype, len(body)) + body


def peer_index(at: int, view: str, peers: Sequence[Neighbour]) -> bytes:
    """The table to which the RIB's entries point by position."""
    name = view.encode()
    entries = b"".join(
        b"\x02" + IPv4Address(peer.ip).packed * 2 + struct.pack(">I", peer.asn)  # 4-byte AS number, IPv4 address
        for peer in peers
    )
    head = _LOCAL_IP.packed + struct.pack(">H", len(name)) + name + struct.pack(">H", len(peers))
    return record(at, _TABLE_DUMP_V2, _PEER_INDEX_TABLE, head + entries)


def rib_entry(at: int, number: int, prefix: str, routes: Sequence[tuple[int, str, Sequence[int]]]) -> bytes:
    """One prefix with its routes: (position of the peer, its address, AS path)."""
    body = struct.pack(">I", number) + _nlri(prefix) + struct.pack(">H", len(routes))
    for position, ip, path in routes:
        attributes = _attributes(path, ip)
        body += struct.pack(">HIH", position, at, len(attributes)) + attributes
    return record(at, _TABLE_DUMP_V2, _RIB_IPV4_UNICAST, body)


def update(at: int, peer: Neighbour, prefixes: Sequence[str], path: Sequence[int]) -> bytes:
    """An announcement of `prefixes` over `path`, or their withdrawal where the path is empty."""
    nlri = b"".join(_nlri(prefix) for prefix in prefixes)
    if path:
        attributes = _attributes(path, peer.ip)
        content = struct.pack(">HH", 0, len(attributes)) + attributes + nlri
    else:
        content = struct.pack(">H", len(nlri)) + nlri + struct.pack(">H", 0)
    message = b"\xff" * 16 + struct.pack(">HB", 19 + len(content), 2) + content
    head = struct.pack(">IIHH", peer.asn, _LOCAL_ASN, 0, 1) + IPv4Address(peer.ip).packed + _LOCAL_IP.packed
    return record(at, _BGP4MP, _MESSAGE_AS4, head + message)


def _attributes(path: Sequence[int], next_hop: str) -> bytes:
    segment = struct.pack(f">BB{len(path)}I", 2, len(path), *path)
    return (
        b"\x40\x01\x01\x00"  # ORIGIN: IGP
        + struct.pack(">BBB", 0x40, 2, len(segment))
        + segment
        + b"\x40\x03\x04"
        + IPv4Address(next_hop).packed
    )


def _nlri(prefix: str) -> bytes:
    network = IPv4Network(prefix)
    return bytes([network.prefixlen]) + network.network_address.packed[: (network.prefixlen + 7) // 8]
