"""MRT files (RFC 6396) to elements, by ftlbgp, with what is missing from a damaged file told afterwards."""

from __future__ import annotations

import bz2
import functools
import io
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_ntop
from typing import Any, BinaryIO

from ftlbgp import FtlError
from ftlbgp.data.mrt.unpack import unpack_mrt_data
from ftlbgp.parser import FtlParser

from crawler.errors import Permanent
from crawler.routing.batch import SessionChange
from crawler.routing.model import ElemType, RouteElem

_CHUNK = 1 << 18
_INFLATE_STEP = 1 << 20  # bytes unpacked at once: a few bytes may stand for any number of them
_BARREN_LIMIT = 64 << 20  # unpacked bytes without one route, after which a file is given up
_STATE_CHANGE, _ROUTE, _ERROR = 2, 4, 256  # ftlbgp's values of `type`
_ESTABLISHED = 6  # RFC 6396, 4.4.1
_TYPES = (ElemType.RIB, ElemType.ANNOUNCE, ElemType.WITHDRAW)  # by ftlbgp's `source`
_RIS_NAME = re.compile(r"rrc\d{2}|route-views[\w.-]*")


class _Inflated(io.RawIOBase):
    """The decompressed bytes of a file, up to the first that cannot be had; `damage` says then what is wrong."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._pending = memoryview(b"")
        self._packed = b""
        self._hungry = True
        self._done = False
        self._unpacked = 0
        self.fruitful = False  # the reader says so when it has found a route
        self._magic = source.read(3)
        source.seek(0)
        self._decoder: Any = self._new_decoder()
        self.damage: str | None = None

    def _new_decoder(self) -> Any:
        if self._magic[:2] == b"\x1f\x8b":
            return zlib.decompressobj(31)
        return bz2.BZ2Decompressor() if self._magic == b"BZh" else None

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._pending and self.damage is None and not self._done:
            self._pending = memoryview(self._next())
        size = min(len(target), len(self._pending))
        target[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size

    def _next(self) -> bytes:
        """At most a chunk or a step of unpacked bytes; none of them where more must be read."""
        if not self._packed and (self._decoder is None or self._hungry):
            self._packed = self._source.read(_CHUNK)
            self._done = not self._packed
        if self._decoder is None:
            data, self._packed = self._packed, b""
            return data
        if self._done and not self._decoder.eof:
            self.damage = f"the compressed data end before their end, at byte {self._source.tell()}"
        return b"" if self._done else self._inflate()

    def _inflate(self) -> bytes:
        try:
            if self._decoder.eof:  # gzip and bzip2 files may be several streams, one after the other
                self._packed = self._packed.lstrip(b"\0")
                if not self._packed:
                    return b""
                self._decoder = self._new_decoder()
            out: bytes = self._decoder.decompress(self._packed, _INFLATE_STEP)
        except (zlib.error, OSError, EOFError, ValueError) as error:
            self.damage = f"the compressed data are corrupt before byte {self._source.tell()} ({error})"
            return b""
        self._unpacked += len(out)
        if self._unpacked > _BARREN_LIMIT and not self.fruitful:
            self.damage = f"the first {_BARREN_LIMIT >> 20} MB, unpacked, hold no route"
        # zlib hands back what it has not used yet, bz2 keeps it; both may hold more than one step gave.
        self._packed = self._decoder.unused_data or getattr(self._decoder, "unconsumed_tail", b"")
        self._hungry = self._decoder.eof or len(out) < _INFLATE_STEP
        return out


class _Reader(io.BufferedReader):
    """What ftlbgp reads from and closes. `left` says afterwards that it stopped before the end."""

    def __init__(self, raw: _Inflated) -> None:
        super().__init__(raw, _CHUNK)
        self.inflated = raw
        self.left = False
        self.stats: list[int] = []

    def close(self) -> None:
        if not self.closed:
            self.left = bool(self.peek(1))
        super().close()


@functools.wraps(unpack_mrt_data)
def _unpack(source: _Reader, caches: Any, stats: list[int], *rest: Any) -> Any:
    source.stats = stats
    return unpack_mrt_data(source, caches, stats, *rest)


# ftlbgp's parser opens what it is given by this attribute; ours is open already.
_unpack.ftl_parser_open_file = lambda source: source  # type: ignore[attr-defined]


@FtlParser(_unpack)  # type: ignore[untyped-decorator]
def _MrtParser() -> None:  # noqa: N802
    """ftlbgp's MRT parser over an open `_Reader`."""


_bgp = _MrtParser.bgp
_PARSER_OPTIONS = {
    "named_records": False,
    "bgp_records": _bgp.records.state_change | _bgp.records.route | _bgp.records.error | _bgp.records.stats,
    "bgp_state_change": _bgp.state_change.type
    | _bgp.state_change.timestamp
    | _bgp.state_change.peer_protocol
    | _bgp.state_change.peer_ip
    | _bgp.state_change.new_state,
    # In the order of `_elements`; ftlbgp keeps its own, which is the same.
    "bgp_route": _bgp.route.type
    | _bgp.route.source
    | _bgp.route.timestamp
    | _bgp.route.peer_protocol
    | _bgp.route.peer_as
    | _bgp.route.peer_ip
    | _bgp.route.prefix_protocol
    | _bgp.route.prefix
    | _bgp.route.aspath,
    "bgp_error": _bgp.error.type | _bgp.error.message,
    "bgp_stats": _bgp.stats.parser_errors | _bgp.stats.mrt_entries | _bgp.stats.mrt_errors | _bgp.stats.mrt_fixes,
}


@contextmanager
def _parser() -> Iterator[Any]:
    """ftlbgp's parser with our options. It frees its lock only where it is left without an exception, so it is."""
    context = _MrtParser(**_PARSER_OPTIONS)
    parse = context.__enter__()
    try:
        yield parse
    finally:
        context.__exit__(None, None, None)


class MrtFile:
    """One MRT file: iterate over it once for its elements, in the file's order, then ask `damage`.

    Plain, gzip or bzip2 by content, whatever the name. `name` is what elements carry as `file` (the path unless
    given). `damage` is None, or says what could not be read and where; what is whole was given before. `sessions` are
    the changes of the collector's sessions among the elements. Raises `Permanent` where the file is not there, is a
    pipe, a device or a folder, or nothing in it is MRT.
    """

    def __init__(self, path: Path, collector: str | None = None, *, name: str | None = None) -> None:
        self.path = path
        self.collector = collector or collector_of(path)
        self.name = name or str(path)
        self.damage: str | None = None
        self.records = 0
        self.sessions: list[SessionChange] = []
        self._errors = 0
        self._first_error: tuple[int, str] | None = None

    def __iter__(self) -> Iterator[RouteElem]:
        with self._open() as source, _parser() as parse:
            reader = _Reader(_Inflated(source))
            rows = parse(reader)
            try:
                yield from self._elements(rows, reader, parse.bgp.stats.mrt_entries)
            except FtlError as error:
                self._failed(str(error), reader)
            finally:
                # ftlbgp's generator must not be left half way: it yields once more when it is closed.
                reader.close()
                deque(rows, maxlen=0)
                self.damage = self._tell(reader)

    def _open(self) -> BinaryIO:
        try:
            if self.path.exists() and not self.path.is_file():  # to open a pipe would wait for its writer
                raise Permanent("is not a regular file", subject=str(self.path), remedy="name a file on a disk")
            return self.path.open("rb")
        except OSError as error:
            raise Permanent("cannot be opened", subject=str(self.path), remedy="check the path") from error

    def _elements(self, rows: Iterator[Any], reader: _Reader, at: int) -> Iterator[RouteElem]:
        make: Callable[[Any], RouteElem] = RouteElem._make
        collector, name = self.collector, self.name
        peers: dict[int, dict[Any, str]] = {4: {}, 6: {}}
        prefixes: dict[int, dict[Any, str]] = {4: {}, 6: {}}
        stats: list[int] = []
        for row in rows:
            if row[0] != _ROUTE:
                if row[0] == _ERROR:
                    self._note(reader.stats[at] - 1, row[1])
                elif row[0] == _STATE_CHANGE:
                    _, seconds, family, peer, state = row
                    change = SessionChange(seconds, _address(family, peer), state == _ESTABLISHED, reader.stats[at] - 1)
                    self.sessions.append(change)
                continue
            _, source, seconds, peer_family, peer_asn, peer, family, prefix, path = row
            if not stats:
                stats = reader.stats
                reader.inflated.fruitful = True
            peer_ip = peers[peer_family].get(peer) or _remember(peers[peer_family], peer, _address(peer_family, peer))
            text = prefixes[family].get(prefix) or _remember(
                prefixes[family], prefix, f"{_address(family, prefix[0])}/{prefix[1]}"
            )
            type_ = _TYPES[source]
            yield make((type_, seconds, collector, peer_asn, peer_ip, text, tuple(path or ()), name, stats[at] - 1, 0))
        self.records = reader.stats[at] if reader.stats else 0

    def _failed(self, error: str, reader: _Reader) -> None:
        if not self.records and not self._errors and not any(isinstance(n, int) and n > 1 for n in reader.stats):
            raise Permanent(
                "holds no MRT record", subject=str(self.path), remedy=f"fetch it again, or take it away ({error})"
            )
        self._note(self.records, error)

    def _note(self, record: int, error: str) -> None:
        self._errors += 1
        self._first_error = self._first_error or (record, error)

    def _tell(self, reader: _Reader) -> str | None:
        told = [reader.inflated.damage] if reader.inflated.damage else []
        if self._first_error:
            record, message = self._first_error
            told.append(f"{self._errors} unreadable, the first is record {record}: {message}")
        if reader.left:
            told.append(f"what follows record {self.records - 1} was not read")
        if not self.records and not told:
            told.append("holds no record")
        return "; ".join(told) or None


def read_elems(path: Path, collector: str | None = None) -> Iterator[RouteElem]:
    """The elements of a file whose damage nobody asks for; see `MrtFile`."""
    yield from MrtFile(path, collector)


def collector_of(path: Path) -> str:
    """The collector by a mirrored tree's folders, else by a loose file's name, else `unknown`.

    RIS: `rrc00/2008.02/bview…`; RouteViews: `[route-views3/]bgpdata/2021.04/RIBS/rib…`, `route-views2` where the
    tree names none, as on the RouteViews server.
    """
    parts = path.parts
    if "bgpdata" in parts:
        before = parts[parts.index("bgpdata") - 1 : parts.index("bgpdata")]
        return before[0] if before and _RIS_NAME.fullmatch(before[0]) else "route-views2"
    if len(parts) > 2 and re.fullmatch(r"\d{4}\.\d{2}", parts[-2]):
        return parts[-3]
    named = re.search(r"rrc\d{2}|route-views[\w-]*(?:\.[a-z]+)?(?=\.(?:updates|rib)|$)", path.name)
    return named[0] if named else "unknown"


def _remember(known: dict[Any, str], key: Any, text: str) -> str:
    if len(known) >= 1 << 18:  # a bound for a full table of both families
        known.clear()
    known[key] = text
    return text


def _address(family: int, number: int) -> str:
    if family == 6:
        return inet_ntop(AF_INET6, number.to_bytes(16, "big"))
    return inet_ntop(AF_INET, number.to_bytes(4, "big"))
