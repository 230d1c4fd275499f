"""The decompressed bytes of a file: plain, gzip or bzip2 by content, whatever the name."""

from __future__ import annotations

import bz2
import zlib
from typing import Any, BinaryIO

_STEP = 1 << 20  # bytes unpacked at once: a few bytes may stand for any number of them
_READ = {"gzip": 1 << 18, "bzip2": 1 << 14, "": 1 << 20}  # bz2 hands out nothing of a read in which it finds damage
_BARREN_LIMIT = 64 << 20  # unpacked bytes without one route, after which a file is given up


class Inflated:
    """Reads `source`, a file of its own, to the first byte that cannot be had; `damage` says then what is wrong.

    `barren` counts the bytes since it was last set to 0, which the reader does where it finds a route.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._packed = b""
        self._more = True  # the decoder has used up what it was given
        magic = source.read(3)
        source.seek(0)
        self._form = "gzip" if magic[:2] == b"\x1f\x8b" else "bzip2" if magic == b"BZh" else ""
        self._decoder: Any = self._new_decoder()
        self.barren = 0
        self.damage: str | None = None

    def _new_decoder(self) -> Any:
        return zlib.decompressobj(31) if self._form == "gzip" else bz2.BZ2Decompressor() if self._form else None

    def read(self) -> bytes:
        """The next bytes, a step at most; none at the end or before what is damaged."""
        data = b""
        while not data and self.damage is None:
            if self._more and not self._packed:
                self._packed = self._read()
                if not self._packed:
                    break
            data, self._packed = self._inflate() if self._form else (self._packed, b"")
        self.barren += len(data)
        if self.barren > _BARREN_LIMIT:
            self.damage = f"{_BARREN_LIMIT >> 20} MB on end, unpacked, hold no route; the rest was not read"
        return data

    def _read(self) -> bytes:
        try:
            packed = self._source.read(_READ[self._form])
        except OSError as error:
            self.damage = f"the disk gives nothing after byte {self._source.tell()} of the file ({error})"
            return b""
        if not packed and self._form and not self._decoder.eof:
            self.damage = f"the {self._form} data end before their end, at byte {self._source.tell()} of the file"
        return packed

    def _inflate(self) -> tuple[bytes, bytes]:
        """What was unpacked, and what is still to be."""
        if self._decoder.eof:  # gzip and bzip2 files may be several streams, one after the other, padded with zeros
            packed = self._packed.lstrip(b"\0")
            if not packed:
                return b"", b""
            self._packed, self._decoder = packed, self._new_decoder()
        spare = self._decoder.copy() if self._form == "gzip" else None
        try:
            out = self._decoder.decompress(self._packed, _STEP)
        except (zlib.error, OSError, EOFError, ValueError) as error:
            return self._salvage(spare, str(error)), b""
        # zlib hands back what it has not used yet, bz2 keeps it; both may hold more than one step gave.
        left = self._decoder.unused_data or getattr(self._decoder, "unconsumed_tail", b"")
        self._more = self._decoder.eof or len(out) < _STEP
        return out, left

    def _salvage(self, decoder: Any, error: str) -> bytes:
        """What zlib can unpack of a read before the byte at which it fails; bz2 gives whole blocks or nothing."""
        out, used = [], 0
        if decoder is not None:
            try:
                for used in range(len(self._packed)):
                    out.append(decoder.decompress(self._packed[used : used + 1]))
            except zlib.error:
                pass
        where = self._source.tell() - len(self._packed) + used
        self.damage = f"the {self._form} data are corrupt at about byte {where} of the file ({error})"
        return b"".join(out)
