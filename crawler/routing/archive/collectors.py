"""Mirrored archives of RIS and RouteViews: which files there are for a window, and which are missing."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from crawler.errors import Permanent
from crawler.routing.archive.remote import FIVE_MINUTES_SINCE, RIS_STEP, ROUTEVIEWS_STEP
from crawler.routing.archive.tree import IN_ORDER, ArchiveFile, Tree
from crawler.routing.model import Gap

_EMPTY_BYTES = 1024  # nothing, compressed, and the name in its header are smaller


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


def files_of(archive: Path) -> list[ArchiveFile]:
    """All MRT files of a mirrored tree, by collector and time; a name with an impossible time is logged and left out.

    Raises `Permanent` where there is no such folder, or no such file in it.
    """
    tree = Tree(archive)
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


def span_of(archive: Path) -> tuple[datetime, datetime]:
    """From the first file to the end of the last one's step."""
    tree = Tree(archive)
    edges = [own for collector in tree.collectors() if (own := tree.edges(collector))]
    if not edges:
        raise _no_file(archive)
    return min(own[0].stamp for own in edges), max(own[-1].stamp + step_of(own) for own in edges)


def step_of(files: list[ArchiveFile]) -> timedelta:
    """How long an update file of a collector reaches: the step of its layout, or a longer one that its files keep.

    Files that are cut finer overlap, and leave no gap. Two pairs keep a longer step, and none stand nearer.
    """
    if not files:
        return RIS_STEP
    stamps = sorted({file.stamp for file in files if not file.is_rib})
    apart = [after - before for before, after in pairwise(stamps)]
    kept = min(apart, default=timedelta(0))
    routeviews = files[-1].stamp < FIVE_MINUTES_SINCE or any("bgpdata" in file.path.parts for file in files)
    step = ROUTEVIEWS_STEP if routeviews else RIS_STEP
    return max(step, kept) if apart.count(kept) > 1 else step


def list_archive(archive: Path, start: datetime, end: datetime) -> Listing:
    """The RIB from which each collector's state at `start` grows, the updates from there to `end`, and the gaps.

    A collector without a file of the window is a gap and nothing else: what it saw last is not what it would see then.
    """
    tree = Tree(archive)
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


def _around(tree: Tree, collector: str, start: datetime, end: datetime) -> list[ArchiveFile]:
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
        own = sorted(own + tree.month(collector, earlier.pop()), key=IN_ORDER)
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
