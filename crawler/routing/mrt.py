"""MRT files (RFC 6396) to elements, by ftlbgp, with what is missing from a damaged file told afterwards."""

from __future__ import annotations

import bz2
import functools
import io
import re
import zlib
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_ntop
from typing import Any, BinaryIO

import numpy as np
from ftlbgp import FtlError
from ftlbgp.data.mrt.unpack import unpack_mrt_data
from ftlbgp.parser import FtlParser

from crawler.errors import Permanent
from crawler.routing.batch import AsPath, Batch, BatchPeer, Keep, SessionChange
from crawler.routing.model import ElemType, RouteElem

_CHUNK = 1 << 18
_ROWS = 1 << 14
_INFLATE_STEP = 1 << 20  # bytes unpacked at once: a few bytes may stand for any number of them
_BARREN_LIMIT = 64 << 20  # unpacked bytes without one route, after which a file is given up
_STATE_CHANGE, _ROUTE, _ERROR = 2, 4, 256  # ftlbgp's values of `type`
_ESTABLISHED = 6  # RFC 6396, 4.4.1
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
    # In the order of `_Columns.add`; ftlbgp keeps its own, which is the same.
    "bgp_route": _bgp.route.type
    | _bgp.route.source
    | _bgp.route.timestamp
    | _bgp.route.peer_protocol
    | _bgp.route.peer_as
    | _bgp.route.peer_ip
    | _bgp.route.prefix_protocol
    | _bgp.route.prefix
    | _bgp.route.path_id
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


class _Columns:
    """What ftlbgp tells route by route, gathered into `Batch`es."""

    def __init__(self, file: MrtFile, keep: Keep | None) -> None:
        self._file, self._keep = file, keep
        self._peers: list[BatchPeer] = []
        self._prefixes: list[str] = []
        self._paths: list[AsPath] = [()]
        self._peer_ids: dict[Any, int] = {}
        self._prefix_ids: dict[Any, int] = {}
        self._path_ids: dict[Any, int] = {}
        self._spare: dict[Any, int] = {}  # prefixes and paths of rows that are kept for the other one's sake
        self._rib = False
        self._new_part()

    def _new_part(self) -> None:
        self._at = array("d")
        self._columns = tuple(array("i") for _ in range(4))
        self._sessions: list[SessionChange] = []
        self._held: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._at)

    def add(self, row: Any, record: int) -> None:
        _, source, seconds, peer_family, peer_asn, peer_ip, family, prefix, path_id, path = row
        who = (peer_asn, peer_ip, peer_family, path_id)
        peer = self._peer_ids.get(who)
        if peer is None:
            peer = self._peer_ids[who] = len(self._peers)
            self._peers.append(BatchPeer(peer_asn, _address(peer_family, peer_ip), path_id or 0))
        if source == 0:
            self._rib = True
            held = self._held.get(peer) or self._held.setdefault(peer, [0, 0])
            held[family == 6] += 1
        key: Any = (prefix, family)
        at = self._prefix_ids.get(key)
        if at is None:
            at = self._prefix_ids[key] = self._new_prefix(prefix, family)
        if source == 2:
            way = 0
            if at < 0:
                return
        else:
            way = self._path_ids.get(path)  # type: ignore[assignment]
            if way is None:
                way = self._path_ids[path] = self._new_path(path or ())
            if at < 0 or way < 0:
                if at < 0 and way < 0:
                    return
                at, way = self._both(at, way, key, path or ())
        self._at.append(seconds)
        for column, value in zip(self._columns, (peer, at, way, record), strict=True):
            column.append(value)

    def _new_prefix(self, prefix: tuple[int, int], family: int) -> int:
        text = f"{_address(family, prefix[0])}/{prefix[1]}"
        if self._keep and not self._keep.prefix(text):
            return -1
        self._prefixes.append(text)
        return len(self._prefixes) - 1

    def _new_path(self, path: AsPath) -> int:
        if self._keep and not self._keep.path(path):
            return -1
        self._paths.append(path)
        return len(self._paths) - 1

    def _both(self, at: int, way: int, key: Any, path: AsPath) -> tuple[int, int]:
        if at < 0:
            at = self._spare.setdefault(key, len(self._prefixes))
            if at == len(self._prefixes):
                self._prefixes.append(f"{_address(key[1], key[0][0])}/{key[0][1]}")
        if way < 0:
            way = self._spare.setdefault(path, len(self._paths))
            if way == len(self._paths):
                self._paths.append(path)
        return at, way

    def change(self, at: float, peer: str, established: bool, record: int) -> None:
        self._sessions.append(SessionChange(at, peer, established, record))
        self._file.sessions.append(self._sessions[-1])

    def take(self, records: int, damage: str | None = None) -> Batch:
        peer, prefix, path, record = (np.frombuffer(column, np.int32) for column in self._columns)
        batch = Batch(
            file=self._file.name,
            collector=self._file.collector,
            peers=self._peers,
            prefixes=self._prefixes,
            paths=self._paths,
            at=np.frombuffer(self._at, np.float64),
            peer=peer,
            prefix=prefix,
            path=path,
            record=record,
            is_rib=self._rib,
            records=records,
            damage=damage,
            sessions=self._sessions,
            held={peer: (four, six) for peer, (four, six) in self._held.items()},
        )
        self._new_part()
        return batch


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
        make: Callable[[Any], RouteElem] = RouteElem._make
        collector, name = self.collector, self.name
        for batch in self.batches(_ROWS):
            peers, prefixes, paths = batch.peers, batch.prefixes, batch.paths
            kinds = (ElemType.WITHDRAW, ElemType.RIB if batch.is_rib else ElemType.ANNOUNCE)
            columns = (batch.at, batch.peer, batch.prefix, batch.path, batch.record)
            for at, peer, prefix, path, record in zip(*(column.tolist() for column in columns), strict=True):
                asn, ip, path_id = peers[peer]
                kind = kinds[path > 0]
                yield make((kind, at, collector, asn, ip, prefixes[prefix], paths[path], name, record, path_id))

    def batches(self, rows: int = _ROWS, keep: Keep | None = None) -> Iterator[Batch]:
        """The file in parts of `rows` rows or a few more; one at least. See `Batch` for what the parts share."""
        with self._open() as source, _parser() as parse:
            reader = _Reader(_Inflated(source))
            records = parse(reader)
            columns = _Columns(self, keep)
            at = parse.bgp.stats.mrt_entries
            try:
                for row in records:
                    if row[0] == _ROUTE:
                        if not reader.inflated.fruitful:
                            reader.inflated.fruitful = True
                        columns.add(row, reader.stats[at] - 1)
                        if len(columns) >= rows:
                            self.records = reader.stats[at]
                            yield columns.take(self.records)
                    elif row[0] == _ERROR:
                        self._note(reader.stats[at] - 1, row[1])
                    elif row[0] == _STATE_CHANGE:
                        _, seconds, family, peer, state = row
                        columns.change(seconds, _address(family, peer), state == _ESTABLISHED, reader.stats[at] - 1)
                self.records = reader.stats[at] if reader.stats else 0
            except FtlError as error:
                self._failed(str(error), reader)
            finally:
                # ftlbgp's generator must not be left half way: it yields once more when it is closed.
                reader.close()
                deque(records, maxlen=0)
                self.damage = self._tell(reader)
            yield columns.take(self.records, self.damage)

    def _open(self) -> BinaryIO:
        try:
            if self.path.exists() and not self.path.is_file():  # to open a pipe would wait for its writer
                raise Permanent("is not a regular file", subject=str(self.path), remedy="name a file on a disk")
            return self.path.open("rb")
        except OSError as error:
            raise Permanent("cannot be opened", subject=str(self.path), remedy="check the path") from error

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


def read_batch(path: Path, collector: str | None = None, *, name: str | None = None, keep: Keep | None = None) -> Batch:
    """A whole file at once, `keep` what of it; see `MrtFile` for the rest. For big files see `MrtFile.batches`."""
    (batch,) = MrtFile(path, collector, name=name).batches(1 << 62, keep)
    return batch


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


def _address(family: int, number: int) -> str:
    if family == 6:
        return inet_ntop(AF_INET6, number.to_bytes(16, "big"))
    return inet_ntop(AF_INET, number.to_bytes(4, "big"))
