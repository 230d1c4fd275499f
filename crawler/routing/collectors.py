"""Mirrored archives of RIS and RouteViews: which files there are for a window, and which are missing.

Months in the layout of both (`2021.04`) are looked into only where they matter, and no file is opened or asked for its
size: a mirror of a year is listed in a moment.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import logging
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter
from pathlib import Path

from crawler.errors import Permanent
from crawler.routing.model import Gap
from crawler.routing.mrt import collector_of

_log = logging.getLogger(__name__)
_NAME = re.compile(r"(?:^|[._])(bview|rib|updates)\.(\d{8}\.\d{4})(?=\.|$)")
_MONTH = re.compile(r"\d{4}\.\d{2}")
RIS_STEP = timedelta(minutes=5)  # since July 2003; RouteViews writes every 15 minutes
ROUTEVIEWS_STEP = timedelta(minutes=15)
_IN_ORDER = attrgetter("stamp", "is_rib", "name")
_EMPTY_BYTES = 1024  # nothing, compressed, and the name in its header are smaller


@dataclass(frozen=True, slots=True, order=True)
class ArchiveFile:
    """One file of a collector; `stamp` is the time in its name, `name` its path in the archive."""

    collector: str
    stamp: datetime
    is_rib: bool
    name: str
    archive: Path = field(compare=False)

    @property
    def path(self) -> Path:
        return self.archive / self.name


@dataclass(frozen=True, slots=True)
class Listing:
    """What to read for a window (`end` is exclusive), by collector: one RIB (or its copies) each, then its updates,
    oldest first.

    `later_ribs` are those of the window after that one, by which a state is repaired after a gap.
    """

    start: datetime
    end: datetime
    ribs: dict[str, tuple[ArchiveFile, ...]]
    updates: dict[str, tuple[ArchiveFile, ...]]
    steps: dict[str, timedelta]
    gaps: tuple[Gap, ...]
    later_ribs: dict[str, tuple[ArchiveFile, ...]]

    @property
    def collectors(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.ribs) | set(self.updates)))

    @property
    def empty(self) -> bool:
        """Whether no collector has a file of the window."""
        return not (self.ribs or self.updates)


class _Tree:
    """A mirrored tree. The files of a month are read when they are asked for; those outside of months at once.

    Raises `Permanent` where there is no such folder.
    """

    def __init__(self, archive: Path) -> None:
        if not archive.is_dir():
            wrong = "is not a folder" if archive.exists() else "no such folder"
            raise Permanent(wrong, subject=str(archive), remedy="name the folder that holds the collectors' folders")
        self.archive = archive
        self._months: dict[str, dict[str, list[str]]] = {}  # folders by collector and month
        self._read: dict[str, list[ArchiveFile]] = {}  # by folder
        self._loose: list[ArchiveFile] = []
        self._find("")

    def _find(self, folder: str) -> None:
        self._loose += self._in(folder, deep=False)
        for name in sorted(entry.name for entry in self._scan(folder) if entry.is_dir()):
            inner = f"{folder}{name}/"
            collector = self._collector(inner) if _MONTH.fullmatch(name) else None
            if collector:
                self._months.setdefault(collector, {}).setdefault(name, []).append(inner)
            else:
                self._find(inner)

    def _scan(self, folder: str) -> list[os.DirEntry[str]]:
        with os.scandir(self.archive / folder) as entries:
            return list(entries)

    def collectors(self) -> list[str]:
        return sorted({*self._months, *(file.collector for file in self._loose)})

    def months(self, collector: str) -> list[str]:
        """As the folders are named, ascending."""
        return sorted(self._months.get(collector, ()))

    def files(self, collector: str, months: Iterable[str]) -> list[ArchiveFile]:
        """Of these months, and those outside of months, by time."""
        found = [file for file in self._loose if file.collector == collector]
        for month in months:
            found += self.month(collector, month)
        return sorted(found, key=_IN_ORDER)

    def month(self, collector: str, month: str) -> list[ArchiveFile]:
        folders = self._months.get(collector, {}).get(month, ())
        for folder in folders:
            if folder not in self._read:
                self._read[folder] = self._in(folder, deep=True)
        return [file for folder in folders for file in self._read[folder]]

    def edges(self, collector: str) -> list[ArchiveFile]:
        """The files of the first month that has some, and of the last."""
        months = self.months(collector)
        ends = (next((m for m in order if self.month(collector, m)), None) for order in (months, months[::-1]))
        return self.files(collector, {month for month in ends if month})

    def _in(self, folder: str, *, deep: bool) -> list[ArchiveFile]:
        """`deep`: those in folders below it, too (RouteViews: RIBS and UPDATES)."""
        found: list[ArchiveFile] = []
        of_folder = self._collector(folder)
        for entry in self._scan(folder):
            named = _NAME.search(entry.name)
            if deep and entry.is_dir():
                found += self._in(f"{folder}{entry.name}/", deep=True)
            elif named and entry.is_file():
                stamp = _stamp(named[2])
                if stamp is None:
                    _log.warning("%s: %s is no time; the file is left out", entry.path, named[2])
                    continue
                name = folder + entry.name
                collector = of_folder or _collector(Path(name), self.archive)
                found.append(ArchiveFile(collector, stamp, named[1] != "updates", name, self.archive))
        return found

    def _collector(self, folder: str) -> str | None:
        """The collector of all files in it; None where each file's name must say it."""
        named = _collector(Path(folder, "any"), self.archive)
        return None if named == "unknown" else named


def files_of(archive: Path) -> list[ArchiveFile]:
    """All MRT files of a mirrored tree, by collector and time; a name with an impossible time is logged and left out.

    Raises `Permanent` where there is no such folder, or no such file in it.
    """
    tree = _Tree(archive)
    found = [file for collector in tree.collectors() for file in tree.files(collector, tree.months(collector))]
    if not found:
        raise _no_file(archive)
    return found


def _no_file(archive: Path) -> Permanent:
    return Permanent(
        "holds no file of RIS or RouteViews (bview, rib or updates.YYYYMMDD.HHMM)",
        subject=str(archive),
        remedy="name the folder that holds the collectors' folders",
    )


@lru_cache(1 << 17)
def _stamp(text: str) -> datetime | None:
    try:
        year, month, day, hour, minute = (int(text[a:b]) for a, b in ((0, 4), (4, 6), (6, 8), (9, 11), (11, 13)))
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None


def _collector(name: Path, archive: Path) -> str:
    """A folder of one collector alone may be given, too: its own name counts then."""
    return collector_of(name) if len(name.parts) > 2 else collector_of(archive / name)


def span_of(archive: Path) -> tuple[datetime, datetime]:
    """From the first file to the end of the last one's step."""
    tree = _Tree(archive)
    edges = [own for collector in tree.collectors() if (own := tree.edges(collector))]
    if not edges:
        raise _no_file(archive)
    return min(own[0].stamp for own in edges), max(own[-1].stamp + step_of(own) for own in edges)


def step_of(files: list[ArchiveFile]) -> timedelta:
    """The distance that most update files of a collector keep; where no two follow each other, the layout's own."""
    apart: Counter[timedelta] = Counter()
    updates = [file for file in files if not file.is_rib]
    for before, after in pairwise(updates):
        if before.collector == after.collector:
            apart[after.stamp - before.stamp] += 1
    apart.pop(timedelta(0), None)
    if apart:
        return max(apart, key=lambda step: (apart[step], -step))
    return ROUTEVIEWS_STEP if any("bgpdata" in file.path.parts for file in files) else RIS_STEP


def list_archive(archive: Path, start: datetime, end: datetime) -> Listing:
    """The RIB from which each collector's state at `start` grows, the updates from there to `end`, and the gaps.

    A collector without a file of the window is a gap and nothing else: what it saw last is not what it would see then.
    """
    tree = _Tree(archive)
    listing = Listing(start, end, {}, {}, {}, (), {})
    gaps: list[Gap] = []
    found = False
    for collector in tree.collectors():
        own = _around(tree, collector, start, end)
        edges = own or tree.edges(collector)
        found |= bool(edges)
        if own:
            gaps += _list_own(listing, collector, own, start, end)
        elif edges:
            reason = f"no file of this window; its files are from {edges[0].stamp:%Y-%m-%d %H:%M} on"
            reason += f", the last one of {edges[-1].stamp:%Y-%m-%d %H:%M}"
            gaps.append(Gap(collector=collector, start=start, end=end, reason=reason))
    if not found:
        raise _no_file(archive)
    return replace(listing, gaps=tuple(gaps))


def _around(tree: _Tree, collector: str, start: datetime, end: datetime) -> list[ArchiveFile]:
    """The files from the last RIB before the window on, or all before `end` where there is none; empty where none is of
    the window.
    """
    months = [month for month in tree.months(collector) if month <= f"{end:%Y.%m}"]
    begin = f"{start - timedelta(days=1):%Y.%m}"  # the file that holds the start may be the last of another month
    own = tree.files(collector, (month for month in months if month >= begin))
    step = step_of(own)
    if not any(_in_window(file, step, start, end) for file in own):
        return []
    earlier = [month for month in months if month < begin]
    while earlier and not any(file.is_rib and file.stamp <= start for file in own):
        own = sorted(own + tree.month(collector, earlier.pop()), key=_IN_ORDER)
    return own


def _list_own(
    listing: Listing, collector: str, own: list[ArchiveFile], start: datetime, end: datetime
) -> Iterator[Gap]:
    step = listing.steps[collector] = step_of(own)
    base = _base(own, start, end)
    since = base[0].stamp if base else start
    used = [f for f in own if not f.is_rib and f.stamp + step > since and f.stamp < end]
    if base:
        listing.ribs[collector] = tuple(base)
        if since > start:
            yield Gap(collector=collector, start=start, end=since, reason="no RIB before that of its end")
    else:
        yield Gap(collector=collector, start=start, end=end, reason="no RIB: what stood before is unknown")
    listing.updates[collector] = tuple(used)
    listing.later_ribs[collector] = tuple(f for f in own if base and f.is_rib and since < f.stamp < end)
    yield from _missing(collector, [f.stamp for f in used], since, end, step)


def _in_window(file: ArchiveFile, step: timedelta, start: datetime, end: datetime) -> bool:
    """A RIB is of one moment, updates are of a step."""
    return file.stamp < end and (file.stamp >= start if file.is_rib else file.stamp + step > start)


def _base(own: list[ArchiveFile], start: datetime, end: datetime) -> list[ArchiveFile]:
    """The newest RIB at or before `start`, else the first one in the window, with its copies."""
    stamps = [file.stamp for file in own if file.is_rib and file.stamp < end]
    if not stamps:
        return []
    chosen = max((s for s in stamps if s <= start), default=min(stamps))
    return [file for file in own if file.is_rib and file.stamp == chosen]


def _missing(collector: str, stamps: list[datetime], start: datetime, end: datetime, step: timedelta) -> list[Gap]:
    """Spans without an updates file, from `start` to `end`."""
    found = []
    covered = start
    for stamp in [*stamps, end]:
        if stamp > covered:
            reason = f"no updates file from {covered:%Y-%m-%d %H:%M} to {stamp:%Y-%m-%d %H:%M}"
            found.append(Gap(collector=collector, start=covered, end=stamp, reason=reason))
        covered = max(covered, stamp + step)
    return found


def is_quiet(archive: Path, collector: str) -> bool:
    """Whether more than half of the collector's update files in the archive hold nothing: it is filtered, rebuilt or of
    a quiet view, so that one more such file is no gap.
    """
    updates = [file for file in files_of(archive) if file.collector == collector and not file.is_rib]
    return 2 * sum(holds_nothing(file.path) for file in updates) > len(updates)


def holds_nothing(path: Path) -> bool:
    """Whether a file is whole and unpacks to nothing. One of 0 bytes is not whole: a writer was cut off."""
    try:
        packed = path.read_bytes() if 0 < path.stat().st_size <= _EMPTY_BYTES else b""
        unpack = bz2.decompress if packed.startswith(b"BZh") else gzip.decompress
        return bool(packed) and not unpack(packed)
    except (OSError, EOFError, ValueError, zlib.error):
        return False


def fingerprint(archive: Path) -> str:
    """Changes when a file comes, goes or is written anew."""
    digest = hashlib.sha256()
    for file in files_of(archive):
        facts = file.path.stat()
        digest.update(f"{file.name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
