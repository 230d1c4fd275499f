"""Mirrored archives of RIS and RouteViews: which files there are for a window, and which are missing."""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path

from crawler.errors import Permanent
from crawler.routing.model import Gap
from crawler.routing.mrt import collector_of

_log = logging.getLogger(__name__)
_NAME = re.compile(r"(?:^|[._])(bview|rib|updates)\.(\d{8}\.\d{4})(?=\.|$)")
RIS_STEP = timedelta(minutes=5)  # since July 2003; RouteViews writes every 15 minutes
ROUTEVIEWS_STEP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, order=True)
class ArchiveFile:
    """One file of a collector; `stamp` is the time in its name, `name` its path in the archive."""

    collector: str
    stamp: datetime
    is_rib: bool
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Listing:
    """What to read for a window, by collector: one RIB (or its copies) each, then its updates, oldest first."""

    ribs: dict[str, tuple[ArchiveFile, ...]]
    updates: dict[str, tuple[ArchiveFile, ...]]
    steps: dict[str, timedelta]
    gaps: tuple[Gap, ...]

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
    if not archive.is_dir():
        wrong = "is not a folder" if archive.exists() else "no such folder"
        raise Permanent(wrong, subject=str(archive), remedy="name the folder that holds the collectors' folders")
    found = []
    for path in archive.rglob("*"):
        named = _NAME.search(path.name)
        if named and path.is_file():
            name = path.relative_to(archive)
            stamp = _stamp(named[2])
            if stamp is None:
                _log.warning("%s: %s is no time; the file is left out", path, named[2])
                continue
            found.append(ArchiveFile(_collector(name, archive), stamp, named[1] != "updates", name.as_posix(), path))
    if not found:
        raise Permanent(
            "holds no file of RIS or RouteViews (bview, rib or updates.YYYYMMDD.HHMM)",
            subject=str(archive),
            remedy="name the folder that holds the collectors' folders",
        )
    return sorted(found)


def _stamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d.%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def _collector(name: Path, archive: Path) -> str:
    """A folder of one collector alone may be given, too: its own name counts then."""
    return collector_of(name) if len(name.parts) > 2 else collector_of(archive / name)


def span_of(archive: Path) -> tuple[datetime, datetime]:
    """From the first file to the end of the last one's step."""
    files = files_of(archive)
    of_collectors = [list(own) for _, own in groupby(files, key=lambda file: file.collector)]
    return min(own[0].stamp for own in of_collectors), max(own[-1].stamp + step_of(own) for own in of_collectors)


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
    files = files_of(archive)
    ribs: dict[str, tuple[ArchiveFile, ...]] = {}
    updates: dict[str, tuple[ArchiveFile, ...]] = {}
    steps: dict[str, timedelta] = {}
    gaps: list[Gap] = []
    for collector in sorted({file.collector for file in files}):
        own = [file for file in files if file.collector == collector]
        step = step_of(own)
        if not any(_in_window(file, step, start, end) for file in own):
            reason = f"no file of this window; its files are from {own[0].stamp:%Y-%m-%d %H:%M} on"
            reason += f", the last one of {own[-1].stamp:%Y-%m-%d %H:%M}"
            gaps.append(Gap(collector=collector, start=start, end=end, reason=reason))
            continue
        steps[collector] = step
        base = _base(own, start, end)
        since = base[0].stamp if base else start
        used = [f for f in own if not f.is_rib and f.stamp + step > since and f.stamp < end]
        if base:
            ribs[collector] = tuple(base)
            if since > start:
                gaps.append(Gap(collector=collector, start=start, end=since, reason="no RIB before that of its end"))
        else:
            gaps.append(Gap(collector=collector, start=start, end=end, reason="no RIB: what stood before is unknown"))
        updates[collector] = tuple(used)
        gaps.extend(_missing(collector, [f.stamp for f in used], since, end, step))
    return Listing(ribs, updates, steps, tuple(gaps))


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


def fingerprint(archive: Path) -> str:
    """Changes when a file comes, goes or is written anew."""
    digest = hashlib.sha256()
    for file in files_of(archive):
        facts = file.path.stat()
        digest.update(f"{file.name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
