"""BGP messages as bytes: path attributes, AS paths and prefixes, by the RFCs named at each rule.

What is malformed raises `ValueError`, `IndexError` or `struct.error`: see `MALFORMED`.
"""

from __future__ import annotations

import struct
from functools import cache
from socket import AF_INET, AF_INET6, inet_ntop
from typing import NamedTuple

from crawler.routing.mrt.batch import AsPath

MALFORMED = (ValueError, IndexError, struct.error)
AS_TRANS = 23456  # RFC 6793, 9
_AS_PATH, _AGGREGATOR, _MP_REACH, _MP_UNREACH, _AS4_PATH, _AS4_AGGREGATOR = 2, 7, 14, 15, 17, 18
_USED = frozenset((_AS_PATH, _AGGREGATOR, _MP_REACH, _MP_UNREACH, _AS4_PATH, _AS4_AGGREGATOR))
OTHER_WIDTH = "read by the width that fits: AS paths of another than their record's type says"
_PATH_ALONE = frozenset((_AS_PATH,))
_EXTENDED_LENGTH = 0x10
_SET, _SEQUENCE, _CONFED_SEQUENCE, _CONFED_SET = 1, 2, 3, 4
FAMILIES = {1: 4, 2: 6}  # address family identifiers
UNICAST = 1  # the subsequent address family identifier
SIZES = {4: [1 + (bits + 7) // 8 for bits in range(33)], 6: [1 + (bits + 7) // 8 for bits in range(129)]}
_ZERO = b"\0"

Nlri = tuple[int, bytes]  # address family (4 or 6), prefixes as in RFC 4271, 4.3


class Attributes(NamedTuple):
    """What an UPDATE's or a RIB entry's path attributes say of routes. `path` is empty where there is no AS_PATH.

    `notes` names what was read otherwise than it is written, and what is no route to us: prefixes of other families
    than IPv4 and IPv6 unicast. Multicast is a table of its own (RFC 4760, 3): a withdrawal from it takes no unicast
    route away.
    """

    path: AsPath
    reach: tuple[Nlri, ...] = ()
    unreach: tuple[Nlri, ...] = ()
    notes: tuple[str, ...] = ()


def attributes(block: bytes, width: int, *, rib: bool = False) -> Attributes:
    """`width` is the bytes of an AS number in AS_PATH, 2 or 4. Of a repeated attribute the first counts (RFC 7606, 3).

    In a RIB entry MP_REACH_NLRI names a next hop alone (RFC 6396, 4.3.4).
    """
    found = _values(block, _USED)
    path, wide = fitting_path(found[_AS_PATH], width) if _AS_PATH in found else ((), width)
    notes = () if wide == width else (OTHER_WIDTH,)
    if wide == 2 and _AS4_PATH in found and _as4_path_counts(found):
        path = merged(path, found[_AS4_PATH])
    if rib:
        return Attributes(path, notes=notes)
    reach, unreach = found.get(_MP_REACH), found.get(_MP_UNREACH)
    return Attributes(
        path,
        _nlri(reach, 5 + reach[3]) if reach else (),  # RFC 4760, 3: family, next hop, a reserved byte, prefixes
        _nlri(unreach, 3) if unreach else (),
        notes + tuple(_other(value) for value in (reach, unreach) if value and not _is_unicast(value)),
    )


def path_segments(block: bytes) -> bytes:
    """The value of AS_PATH, nothing where there is none: of a RIB entry's attributes that is all we want."""
    return _values(block, _PATH_ALONE).get(_AS_PATH, b"")


def _values(block: bytes, wanted: frozenset[int]) -> dict[int, bytes]:
    """The path attributes' values by type (RFC 4271, 4.3). What stands behind the last one wanted is not looked at."""
    found: dict[int, bytes] = {}
    at, end = 0, len(block)
    while at < end:
        kind = block[at + 1]
        if block[at] & _EXTENDED_LENGTH:
            start = at + 4
            at = start + (block[at + 2] << 8) + block[at + 3]
        else:
            start = at + 3
            at = start + block[at + 2]
        if kind in wanted and kind not in found:
            found[kind] = block[start:at]
            if len(found) == len(wanted):
                break
    if at > end:
        raise ValueError(f"path attribute {kind} is longer than what holds it")
    return found


@cache
def _numbers(width: int, count: int) -> struct.Struct:
    return struct.Struct(f">{count}{'H' if width == 2 else 'I'}")


def fitting_path(segments: bytes, width: int) -> tuple[AsPath, int]:
    """The path, and the bytes of its numbers: some routers wrote others than the record's type says.

    They are believed to have where the path fits its attribute so and not as it should; 0 is nobody's number (RFC
    7607), and what numbers of four bytes look like by two.
    """
    try:
        return as_path(segments, width), width
    except MALFORMED:
        other = 6 - width
        path = as_path(segments, other)
        if any(hop == 0 or (isinstance(hop, tuple) and 0 in hop) for hop in path):
            raise
        return path, other


def as_path(segments: bytes, width: int) -> AsPath:
    """The networks in order; an AS_SET is a sorted tuple.

    Segments of a confederation are left out: they are its inner matter, not counted in a path's length and gone from
    what it tells others (RFC 5065, 4 and 5.3), and a member's number means nothing outside. bgpdump marks them by
    brackets, for which an `AsPath` has no sign.
    """
    path: list[int | tuple[int, ...]] = []
    at, end = 0, len(segments)
    while at < end:
        kind, start = segments[at], at + 2
        at = start + segments[at + 1] * width
        if at > end:
            raise ValueError("the AS path is longer than its attribute")
        if kind == _SEQUENCE:
            path += _numbers(width, segments[start - 1]).unpack_from(segments, start)
        elif kind == _SET:
            if at > start:
                path.append(tuple(sorted(set(_numbers(width, segments[start - 1]).unpack_from(segments, start)))))
        elif kind not in (_CONFED_SEQUENCE, _CONFED_SET):
            raise ValueError(f"the AS path has a segment of the unknown type {kind}")
    return tuple(path)


def _as4_path_counts(found: dict[int, bytes]) -> bool:
    """RFC 6793, 4.2.3: AS4_PATH is ignored where AGGREGATOR, beside AS4_AGGREGATOR, is not AS_TRANS."""
    if _AGGREGATOR not in found or _AS4_AGGREGATOR not in found:
        return True
    return int.from_bytes(found[_AGGREGATOR][:2], "big") == AS_TRANS


def merged(path: AsPath, segments: bytes) -> AsPath:
    """RFC 6793, 4.2.3: the leading part of AS_PATH, then AS4_PATH, so that the length stays; a set counts as one.

    AS4_PATH is ignored where it is the longer one, and where it is malformed (section 6).
    """
    try:
        tail = as_path(segments, 4)
    except MALFORMED:
        return path
    return path if len(tail) > len(path) else path[: len(path) - len(tail)] + tail


def _nlri(value: bytes, start: int) -> tuple[Nlri, ...]:
    if start > len(value):
        raise ValueError("the next hop is longer than its attribute")
    return ((FAMILIES[value[1]], value[start:]),) if _is_unicast(value) and len(value) > start else ()


def _is_unicast(value: bytes) -> bool:
    return value[0] == 0 and value[1] in FAMILIES and value[2] == UNICAST


def _other(value: bytes) -> str:
    return f"no routes: prefixes of address family {(value[0] << 8) + value[1]}, subsequent {value[2]}"


def split(nlri: bytes, family: int) -> list[bytes]:
    """The prefixes, each a byte of length in bits and as many bytes as it takes."""
    sizes = SIZES[family]
    keys = []
    at, end = 0, len(nlri)
    while at < end:
        start = at
        at += sizes[nlri[at]]
        keys.append(nlri[start:at])
    if at != end:
        raise ValueError("a prefix is longer than what holds it")
    return keys


def first(data: bytes, at: int, family: int) -> tuple[bytes, int]:
    """The prefix at byte `at`, as `split` gives it, and where it ends."""
    end = at + SIZES[family][data[at]]
    if end > len(data):
        raise ValueError("a prefix is longer than what holds it")
    return data[at:end], end


def split_paths(nlri: bytes, family: int) -> list[tuple[int, bytes]]:
    """The same with a path identifier of four bytes before each (RFC 7911, 3)."""
    sizes = SIZES[family]
    found = []
    at, end = 0, len(nlri)
    while at < end:
        start = at + 4
        at = start + sizes[nlri[start]]
        found.append((int.from_bytes(nlri[start - 4 : start], "big"), nlri[start:at]))
    if at != end:
        raise ValueError("a prefix is longer than what holds it")
    return found


def split_odd(nlri: bytes, family: int) -> list[tuple[int, bytes]]:
    """What makes no sense as plain prefixes, or begins with the default route and goes on.

    Some collectors write path identifiers in records whose type does not announce them (most begin with a zero byte,
    which would be a default route). They are believed to where all is ordinary that way: of at least 8 bits (IPv6: 16),
    in what is used of the address space, and with no bit behind the prefix's length.
    """
    try:
        found = split_paths(nlri, family)
    except MALFORMED:
        found = []
    if found and all(_is_ordinary(key, family) for _, key in found):
        return found
    return [(0, key) for key in split(nlri, family)]


def _is_ordinary(key: bytes, family: int) -> bool:
    bits = key[0]
    least, firsts = (8, range(1, 224)) if family == 4 else (16, range(0x20, 0x40))
    return bits >= least and key[1] in firsts and not key[-1] & (1 << -bits % 8) - 1


def prefix_text(key: bytes, family: int) -> str:
    """`key` as `split` gives it; bits after the prefix's length mean nothing (RFC 4271, 4.3)."""
    bits = key[0]
    spare = -bits % 8
    if spare and key[-1] & (1 << spare) - 1:
        key = key[:-1] + bytes([key[-1] >> spare << spare])
    return f"{address_text(key[1:].ljust(4 if family == 4 else 16, _ZERO))}/{bits}"


def address_text(packed: bytes) -> str:
    """An address of 4 or 16 bytes."""
    if len(packed) not in (4, 16):
        raise ValueError("an address is cut short")
    return inet_ntop(AF_INET if len(packed) == 4 else AF_INET6, packed)
