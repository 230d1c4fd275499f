"""MRT files (RFC 6396) to batches and elements, with what is missing from a damaged file told afterwards."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from crawler.errors import Permanent
from crawler.routing.model import ElemType, RouteElem
from crawler.routing.mrt.batch import Batch, SessionChange
from crawler.routing.mrt.bgp import MALFORMED
from crawler.routing.mrt.frames import HEADER_SIZE, Frames
from crawler.routing.mrt.inflate import Inflated
from crawler.routing.mrt.records import RIB_TYPES, UPDATE_TYPES, Records
from crawler.routing.mrt.rows import Rows

_ROWS = 1 << 14
# RouteViews' collectors since 2022 are called by exchange and airport (`amsix.ams`); a server's name is not one.
_RIS_NAME = re.compile(r"rrc\d{2}|route-views[\w.-]*|[a-z0-9-]+\.(?!com|edu|net|org)[a-z]{3}")


class MrtFile:
    """One MRT file: iterate over it once for its elements, in the file's order, then ask `damage`.

    Plain, gzip or bzip2 by content, whatever the name. `name` is what elements carry as `file` (the path unless
    given). `damage` is None, or says what could not be read and where; what is whole was given before. `notes` counts,
    by name, what holds no route to us, such as records of OSPF, and what was read otherwise than it is written.
    `sessions` are the changes of the collector's sessions among the elements. A RIB's elements have the time at which
    the route last changed (RFC 6396, 4.3.4). Raises `Permanent` where the file is not there, is a pipe, a device or a
    folder, or nothing in it is MRT.
    """

    def __init__(self, path: Path, collector: str | None = None, *, name: str | None = None) -> None:
        self.path = path
        self.collector = collector or collector_of(path)
        self.name = name or str(path)
        self.damage: str | None = None
        self.notes: Counter[str] = Counter()
        self.records = 0
        self.sessions: list[SessionChange] = []
        self._broken = 0
        self._first_broken = ""

    def __iter__(self) -> Iterator[RouteElem]:
        make: Callable[[Any], RouteElem] = RouteElem._make
        collector, name = self.collector, self.name
        for batch in self.batches(_ROWS):
            peers, prefixes, paths = batch.peers, batch.prefixes, batch.paths
            kinds = (ElemType.WITHDRAW, ElemType.RIB if batch.is_rib else ElemType.ANNOUNCE)
            columns = (batch.at, batch.peer, batch.prefix, batch.path, batch.record)
            for at, peer, prefix, path, record in zip(*(column.tolist() for column in columns), strict=True):
                asn, ip, path_id = peers[peer]
                yield make(
                    (kinds[path > 0], at, collector, asn, ip, prefixes[prefix], paths[path], name, record, path_id)
                )

    def batches(self, rows: int = _ROWS) -> Iterator[Batch]:
        """The file in parts of `rows` rows or a few more; one at least. See `Batch` for what the parts share.

        A part is of a RIB or of updates, should a file hold both.
        """
        found = Rows()
        records = Records(found)
        self.notes = records.notes
        with self._open() as file:
            source = Inflated(file)
            frames = Frames(source)
            for offset, seconds, kind, subtype, body in frames:
                if kind in (UPDATE_TYPES if found.is_rib else RIB_TYPES) and (found.is_rib or len(found)):
                    yield self._take(found)
                try:
                    records.read(seconds, kind, subtype, body, self.records)
                    source.barren = 0
                except MALFORMED as error:
                    self._note(offset, error)
                    frames.doubted = True
                self.records += 1
                if len(found) >= rows:
                    yield self._take(found)
        self.damage = self._tell(source, frames)
        yield self._take(found)

    def _take(self, rows: Rows) -> Batch:
        self.sessions += rows.sessions
        return rows.take(self.name, self.collector, self.records, self.damage)

    def _open(self) -> BinaryIO:
        try:
            if self.path.exists() and not self.path.is_file():  # to open a pipe would wait for its writer
                raise Permanent("is not a regular file", subject=str(self.path), remedy="name a file on a disk")
            return self.path.open("rb")
        except OSError as error:
            raise Permanent("cannot be opened", subject=str(self.path), remedy="check the path") from error

    def _note(self, offset: int, error: Exception) -> None:
        self._broken += 1
        if self._broken == 1:
            reason = str(error) if type(error) is ValueError else "it ends before what it announces"
            self._first_broken = f"record {self.records}, byte {offset}: {reason}"

    def _tell(self, source: Inflated, frames: Frames) -> str | None:
        """What is missing, with its place; how many records where that can be known."""
        told = []
        if self._broken:
            told.append(f"{self._broken} of {self.records} records damaged, the first is {self._first_broken}")
        if frames.skipped:
            total = sum(size for _, size in frames.skipped)
            told.append(f"{total} bytes skipped in which there is no record, the first at byte {frames.skipped[0][0]}")
        if frames.cut:
            start, end = frames.cut
            told.append(f"cut at byte {end} inside record {self.records}, which begins at byte {start}")
        if source.damage:
            told.append(source.damage)
        if frames.cut or (source.damage and not (source.doubtful and self.records)):
            last = f"what follows record {self.records - 1} is missing, how many records cannot be known"
            told.append(last if self.records else "no record could be read")
        if not self.records and (frames.skipped or (frames.cut and frames.cut[1] < HEADER_SIZE)):
            remedy = f"fetch it again, or take it away ({'; '.join(told)})"
            raise Permanent("holds no MRT record", subject=str(self.path), remedy=remedy)
        if not self.records and not told:
            told.append("holds no record")
        return "; ".join(told) or None


def read_batch(path: Path, collector: str | None = None, *, name: str | None = None) -> Batch:
    """A whole file at once; see `MrtFile` for the rest. For big files see `MrtFile.batches`."""
    first, *more = MrtFile(path, collector, name=name).batches(1 << 62)
    if more:
        raise Permanent("holds a RIB and updates", subject=str(path), remedy="make a file of each")
    return first


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
