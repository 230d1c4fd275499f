"""The decompressed bytes of a file: plain, gzip or bzip2 by content, whatever the name."""

from __future__ import annotations

import bz2
import zlib
from typing import Any, BinaryIO

# Bytes unpacked at once: a few bytes may stand for any number of them. A block of bzip2 must fit in a step, for its
# checksum is looked at behind its last byte; it is of 900 kB, and more where it holds runs.
_STEP = {"gzip": 1 << 20, "bzip2": 1 << 22}
_READ = {"gzip": 1 << 18, "bzip2": 1 << 14, "": 1 << 20}
_CHECKSUM = ("incorrect data check", "incorrect length check")  # how zlib calls what fails behind the data alone
_BARREN_LIMIT = 64 << 20  # unpacked bytes without one route, after which a file is given up


class Inflated:
    """Reads `source`, a file of its own, to the first byte that cannot be had; `damage` says then what is wrong.

    `barren` counts the bytes since it was last set to 0, which the reader does where it finds a route.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._packed = b""
        self._more = True  # the decoder has used up what it was given
        self._at = 0  # where in the file the last read began
        self._stream = 0  # where in the file the decoder began
        self._given = 0  # bytes that it has unpacked
        self._repeated = 0  # bytes that it has still to unpack once more
        self._whole = 0  # where in the file its last whole block ends, or a little before
        self._careful: int | None = None  # from here on it is given byte by byte
        magic = source.read(3)
        source.seek(0)
        self._form = "gzip" if magic[:2] == b"\x1f\x8b" else "bzip2" if magic == b"BZh" else ""
        self._decoder: Any = self._new_decoder()
        self.barren = 0
        self.damage: str | None = None
        self.doubtful = False  # all was unpacked, but it is not what was packed

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
            self._at = self._source.tell()
            packed = self._source.read(self._size())
        except OSError as error:
            self.damage = f"the disk gives nothing after byte {self._source.tell()} of the file ({error})"
            return b""
        if not packed and self._form and not self._decoder.eof:
            self.damage = f"the {self._form} data end before their end, at byte {self._source.tell()} of the file"
        return packed

    def _size(self) -> int:
        size = _READ[self._form]
        return size if self._careful is None else min(size, max(1, self._careful - self._at))

    def _inflate(self) -> tuple[bytes, bytes]:
        """What was unpacked, and what is still to be."""
        if self._decoder.eof:  # gzip and bzip2 files may be several streams, one after the other, padded with zeros
            packed = self._packed.lstrip(b"\0")
            if not packed:
                return b"", b""
            self._packed, self._decoder = packed, self._new_decoder()
            self._stream = self._whole = self._source.tell() - len(packed)
            self._given = 0
        spare = self._decoder.copy() if self._form == "gzip" else None
        try:
            out = self._decompress(self._packed, _STEP[self._form])
        except (zlib.error, OSError, EOFError, ValueError) as error:
            return self._salvage(spare, str(error)) if self._form == "gzip" else self._repeat(str(error)), b""
        # zlib hands back what it has not used yet, bz2 keeps it; both may hold more than one step gave.
        left = self._decoder.unused_data or getattr(self._decoder, "unconsumed_tail", b"")
        self._more = self._decoder.eof or len(out) < _STEP[self._form]
        if out and self._form == "bzip2":
            self._whole = max(self._stream, self._at)
        return self._new_part(out), left

    def _decompress(self, packed: bytes, limit: int) -> bytes:
        out: bytes = self._decoder.decompress(packed, limit)
        # Where a block's last byte is the last it has, bz2 gives the first 32 kB of it, not looking at its checksum.
        while self._form == "bzip2" and not self._decoder.eof and 0 < len(out) < limit:
            more = self._decoder.decompress(b"", limit - len(out))
            if not more:
                break
            out += more
        return out

    def _new_part(self, out: bytes) -> bytes:
        """What of it was not unpacked before."""
        old = min(self._repeated, len(out))
        self._repeated -= old
        self._given += len(out) - old
        return out[old:]

    def _repeat(self, error: str) -> bytes:
        """bz2 hands out nothing of a call in which it finds damage, and knows no copies: its stream is read again.

        From the read with the damage on it is given byte by byte, so that every block before comes out by itself.
        """
        end = self._source.tell()
        if self._careful is not None:
            between = f"between the bytes {self._whole} and {end} of the file"
            self.damage = f"the bzip2 data are corrupt {between} ({error})"
            return b""
        self._careful = max(self._stream, end - _READ["bzip2"])
        self._source.seek(self._stream)
        self._decoder, self._more, self._repeated = self._new_decoder(), True, self._given
        self._whole = self._stream
        return b""

    def _salvage(self, decoder: Any, error: str) -> bytes:
        """What zlib can unpack of a read before the byte at which it fails."""
        out, used = [], 0
        try:
            for used in range(len(self._packed)):
                out.append(decoder.decompress(self._packed[used : used + 1]))
        except zlib.error:
            pass
        where = self._source.tell() - len(self._packed) + used
        text = b"".join(out)
        if error.endswith(_CHECKSUM):
            self.doubtful = True
            self.damage = (
                f"the checksum of the gzip data does not fit, which begin at byte {self._stream} of the file and end at"
                f" about byte {where}: some of what was read of them may be wrong, and what follows them was not read"
            )
        elif self._given or text:
            self.damage = (
                f"the gzip data are corrupt, nothing can be unpacked from about byte {where} of the file on ({error}):"
                " the last part of what was read before may be wrong as well, for no checksum vouches for it"
            )
        else:
            self.damage = f"nothing can be unpacked from about byte {where} of the file on ({error})"
        return text
