"""The records of an MRT file (RFC 6396, 2), told apart by their headers, and found again after a broken one."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from crawler.routing.mrt.inflate import Inflated

_HEADER = struct.Struct(">IHHI")  # seconds, type, subtype, length of what follows
HEADER_SIZE = 12
# The types that hold BGP, with their subtypes: RFC 6396, 4 and its appendix for type 5, RFC 6397, RFC 8050.
_SUBTYPES = {5: range(8), 12: range(1, 5), 13: range(1, 13), 16: range(12), 17: range(12)}
OTHER_TYPES = {
    **dict.fromkeys(range(1, 5), "the collector's own notes"),
    6: "RIP",
    7: "IDRP",
    8: "RIPNG",
    11: "OSPFv2",
    32: "IS-IS",
    33: "IS-IS",
    48: "OSPFv3",
    49: "OSPFv3",
}  # RFC 6396, 4 and its appendix: what holds no BGP
_LONGEST = 1 << 24  # of a record: no collector comes near it
_CHAIN = 3  # records on end that must look right before we believe that there is one
_NEAR_S = 86_400  # the records of one file lie within hours
_LIKE_A_HEADER = re.compile(rb"\0[\x05\x0c\x0d\x10\x11]\0[\0-\x0c]\0", re.DOTALL)  # type, subtype, first of the length

# A record: its first byte's offset in the decompressed file, seconds since the epoch, type, subtype, content.
Frame = tuple[int, int, int, int, bytes]


class Frames:
    """Iterate once. A header that cannot be right is followed by a search for the next one that can.

    That is one of a known type, followed by others of the same hours, three in all, or by the end of the file at just
    its own end. `skipped` lists (offset, bytes) of what lay between. `cut` is where the file ends within a record:
    (offset of that record's start, offset of the file's end). The reader sets `doubted` where it can make nothing of
    a record's content: it is then looked through for records that it holds by a wrong length.
    """

    def __init__(self, source: Inflated) -> None:
        self._source = source
        self._buffer = b""
        self._base = 0  # the buffer's offset in the file; the positions below are in the buffer
        self._last = 0  # start of the last record given out
        self._pos = 0  # start of the next one
        self.skipped: list[tuple[int, int]] = []
        self.cut: tuple[int, int] | None = None
        self.doubted = False

    def __iter__(self) -> Iterator[Frame]:
        while self._drop() and self._fill(self._pos + HEADER_SIZE):
            yield from self._plain()
            if self._pos + HEADER_SIZE > len(self._buffer):
                continue
            _, kind, _, length = header = _HEADER.unpack_from(self._buffer, self._pos)
            end = self._pos + HEADER_SIZE + length
            if kind in _SUBTYPES and length <= _LONGEST and self._fill(end):
                continue
            if kind not in _SUBTYPES and self._is_honest(kind, length, end):
                yield self._frame(header, end)
            elif not self._search():
                self._lost(kind, length)
                return
        if self._pos < len(self._buffer):
            self.cut = self._base + self._pos, self._base + len(self._buffer)

    def _plain(self) -> Iterator[Frame]:
        """The records of known types that are whole in the buffer."""
        buffer, base, pos = self._buffer, self._base, self._pos
        last, size = len(buffer) - HEADER_SIZE, len(buffer)
        while pos <= last:
            seconds, kind, subtype, length = _HEADER.unpack_from(buffer, pos)
            start = pos + HEADER_SIZE
            end = start + length
            if end > size or kind not in _SUBTYPES:
                return
            self._last, self._pos, self.doubted = pos, end, False
            yield base + pos, seconds, kind, subtype, buffer[start:end]
            if self.doubted:
                self._look_inside()
                return
            pos = end

    def _frame(self, header: tuple[int, int, int, int], end: int) -> Frame:
        seconds, kind, subtype, _ = header
        start, self._last, self._pos, self.doubted = self._pos, self._pos, end, False
        return self._base + start, seconds, kind, subtype, self._buffer[start + HEADER_SIZE : end]

    def _is_honest(self, kind: int, length: int, end: int) -> bool:
        """Whether a record of a type without BGP, or that nobody knows, is followed by the next or by the end."""
        if length > _LONGEST or (kind not in OTHER_TYPES and not length) or not self._fill(end):
            return False
        if not self._fill(end + HEADER_SIZE):
            return len(self._buffer) == end
        _, next_kind, _, next_length = _HEADER.unpack_from(self._buffer, end)
        return next_length <= _LONGEST and (next_kind in _SUBTYPES or next_kind in OTHER_TYPES or next_kind == kind)

    def _look_inside(self) -> None:
        """A record that makes no sense may be too long, and hold the next ones: if so, go back to them."""
        for match in _LIKE_A_HEADER.finditer(self._buffer, self._last + HEADER_SIZE + 4, self._pos + 8):
            if self._is_chain(match.start() - 4):
                self._last = self._pos = match.start() - 4
                return

    def _search(self) -> bool:
        """Go to the next record that looks right; False where there is none."""
        at = self._pos + 1
        while True:
            seen = len(self._buffer)
            for match in _LIKE_A_HEADER.finditer(self._buffer, at + 4):
                found = match.start() - 4
                if self._is_chain(found):
                    self.skipped.append((self._base + self._pos, found - self._pos))
                    self._last = self._pos = found
                    return True
            at = max(at, seen - HEADER_SIZE)
            at -= self._shift(at)
            if not self._fill(len(self._buffer) + 1):
                return False

    def _is_chain(self, at: int) -> bool:
        first = None
        for _ in range(_CHAIN):
            if not self._fill(at + HEADER_SIZE):
                return first is not None and at == len(self._buffer)
            seconds, kind, subtype, length = _HEADER.unpack_from(self._buffer, at)
            first = seconds if first is None else first
            if subtype not in _SUBTYPES.get(kind, ()) or length > _LONGEST or abs(seconds - first) > _NEAR_S:
                return False
            at += HEADER_SIZE + length
        return True

    def _lost(self, kind: int, length: int) -> None:
        """Say what the rest of the file is, in which no record is to be found."""
        start, end = self._base + self._pos, self._base + len(self._buffer)
        if kind in _SUBTYPES and length <= _LONGEST:
            self.cut = start, end
        else:
            self.skipped.append((start, end - start))
        self._pos = len(self._buffer)

    def _drop(self) -> bool:
        self._shift(self._last)
        return True

    def _shift(self, by: int) -> int:
        self._buffer = self._buffer[by:]
        self._base += by
        self._last -= by
        self._pos -= by
        return by

    def _fill(self, size: int) -> bool:
        """Have `size` bytes in the buffer; False where the file ends before."""
        while len(self._buffer) < size:
            data = self._source.read()
            if not data:
                return False
            self._buffer += data
        return True
