"""Which origins the RPKI allowed on one day: validated ROA payloads, and the verdict of RFC 6811 by them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, NamedTuple

from crawler.errors import Permanent
from crawler.routing.knowledge import Validity
from crawler.routing.reference.snapshots import lines, told, unread


class Vrp(NamedTuple):
    """`origin` may announce `prefix` and what lies in it, down to `max_length`; origin 0 is nobody."""

    prefix: str
    max_length: int
    origin: int


class VrpTable:
    """All payloads of one day. `bad_lines` counts those that could not be read.

    By the bits of the address family, then by prefix length (ascending), a prefix's leading bits give its payloads,
    each as `origin << 8 | max_length`.
    """

    def __init__(self, vrps: Iterable[Vrp], source: str) -> None:
        """Raises `Permanent` for a payload that is none."""
        self.source = source
        self.bad_lines = 0
        self._tables: dict[int, dict[int, dict[int, tuple[int, ...]]]] = {32: {}, 128: {}}
        # Many prefixes allow the same: one tuple serves them all.
        self._shared: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._rows = 0
        for vrp in vrps:
            self._add(*vrp)

    def _add(self, prefix: str, max_length: int, origin: int) -> None:
        bits, address, length = parse_prefix(prefix)
        if not (length <= max_length <= bits and 0 <= origin < 2**32):
            raise Permanent(f"allows AS{origin} down to /{max_length}, which cannot be", subject=prefix)
        by_length = self._tables[bits]
        if length not in by_length:
            by_length[length] = {}
            self._tables[bits] = dict(sorted(by_length.items()))
        table = self._tables[bits][length]
        leading, payload = address >> (bits - length), origin << 8 | max_length
        held = table.get(leading, ())
        if payload not in held:
            allowed = (*held, payload)
            table[leading] = self._shared.setdefault(allowed, allowed)
            self._rows += 1

    def __len__(self) -> int:
        return self._rows

    def validity(self, prefix: str, origin: int) -> Validity:
        """Raises `Permanent` for what is not a prefix."""
        bits, address, length = parse_prefix(prefix)
        covered = False
        for size, table in self._tables[bits].items():
            if size > length:
                break
            allowed = table.get(address >> (bits - size))
            if allowed is None:
                continue
            covered = True
            for payload in allowed:
                # AS 0 is nobody's (RFC 6483, 4): its payload covers and never matches.
                if payload >> 8 == origin != 0 and length <= payload & 0xFF:
                    return Validity.VALID
        return Validity.INVALID if covered else Validity.NOT_FOUND

    def covering(self, prefix: str) -> Iterator[Vrp]:
        """The payloads that cover a prefix, widest first. Raises `Permanent` for what is not a prefix."""
        bits, address, length = parse_prefix(prefix)
        for size, table in self._tables[bits].items():
            leading = address >> (bits - size)
            for payload in table.get(leading, ()) if size <= length else ():
                network = ip_address((leading << (bits - size)).to_bytes(bits // 8))
                yield Vrp(f"{network}/{size}", payload & 0xFF, payload >> 8)


def parse_prefix(text: str) -> tuple[int, int, int]:
    """Bits of the family (32 or 128), the address as a number, and the length. Raises `Permanent`."""
    address, _, length = text.partition("/")
    family, bits = (AF_INET6, 128) if ":" in address else (AF_INET, 32)
    try:
        number = int.from_bytes(inet_pton(family, address))
    except (OSError, ValueError):
        number = -1
    # Twenty times faster than `ipaddress`, which matters where a whole table is judged.
    if number >= 0 and length.isascii() and length.isdecimal() and int(length) <= bits:
        return bits, number, int(length)
    raise Permanent("is not a prefix", subject=text, remedy="write it like 192.0.2.0/24")


def read_vrps(paths: Sequence[Path], source: str) -> VrpTable:
    """Payloads of all `paths`: rpki-client's or Routinator's JSON, or `roas.csv` of RIPE's archive, compressed or not.

    Raises `Permanent` where a file is cut, or is something else.
    """
    table = VrpTable((), source)
    for path in paths:
        good, bad = (_from_json if path.suffix == ".json" else _from_csv)(path, table)
        told(path, "ROA payloads", good, bad)
        table.bad_lines += bad
    table._shared.clear()  # only of use while it grows
    table.source += unread(table.bad_lines)
    return table


def _from_json(path: Path, table: VrpTable) -> tuple[int, int]:
    """How many payloads could be read, and could not.

    Each goes into the table as it is parsed: the whole file as objects would need ten times its size.
    """
    counts = [0, 0]

    def hook(found: dict[str, Any]) -> Any:
        if "prefix" not in found:
            return found
        counts[not _take(table, found["prefix"], found.get("maxLength"), found.get("asn"))] += 1
        return None

    try:
        whole = json.loads(path.read_bytes(), object_hook=hook)
    except (OSError, ValueError, RecursionError) as error:
        raise Permanent("is not whole JSON", subject=str(path), remedy="fetch it again") from error
    if not isinstance(whole, dict) or not isinstance(whole.get("roas"), list):
        raise Permanent('has no list "roas"', subject=str(path), remedy="fetch it again")
    return counts[0], counts[1]


def _from_csv(path: Path, table: VrpTable) -> tuple[int, int]:
    """How many lines could be read, and could not.

    Columns by their names; an empty Max Length is the prefix's own (RFC 6482, 3.3). The head counts as a line: a trust
    anchor had no payload at all in its first days.
    """
    counts = [0, 0]
    rows = csv.DictReader(lines(path))
    try:
        counts[0] += {"ASN", "IP Prefix", "Max Length"} <= set(rows.fieldnames or ())
        for row in rows:
            prefix = row.get("IP Prefix")
            length = row.get("Max Length") or (prefix or "").rpartition("/")[2]
            counts[not _take(table, prefix, length, row.get("ASN"))] += 1
    except csv.Error as error:
        raise Permanent("is no CSV", subject=str(path), remedy="fetch it again") from error
    return counts[0], counts[1]


def _take(table: VrpTable, prefix: Any, max_length: Any, asn: Any) -> bool:
    """Whether it could be read. The origin is a number in rpki-client's files, `AS64500` in the others."""
    try:
        digits = asn.upper().removeprefix("AS") if isinstance(asn, str) else asn
        table._add(prefix, int(max_length), int(digits))
    except (Permanent, ValueError, TypeError, AttributeError):
        return False
    return True
