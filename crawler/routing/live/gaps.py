"""Where a live archive was not looking: one JSON line a span, in `gaps.jsonl` beside the files of a collector's month.

Lines are only ever added. A span that the collector's own file covers, downloaded later, is a gap no more.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.routing.live.frames import inside
from crawler.routing.model import Gap

_log = logging.getLogger(__name__)
FILE = "gaps.jsonl"
STEP = timedelta(minutes=5)  # of RIS's update files
MARK = "routewire-live"  # in the gzip header of each file that was written from a live stream (RFC 1952, FNAME)
_OVERHANG = timedelta(hours=1)  # a line tells five minutes and a silence at most; it stands with the month of its start


def write_gap(archive: Path, collector: str, start: float, end: float, reason: str, but: Sequence[str] = ()) -> None:
    """Adds a span, in seconds since the epoch; `but` are prefixes for which, with those inside them, it is no gap."""
    row: dict[str, Any] = {"start": _text(start), "end": _text(end), "reason": reason}
    if but:
        row["but"] = list(but)
    path = archive / collector / f"{datetime.fromtimestamp(start, UTC):%Y.%m}" / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(row))  # a line that a crash tore must not take the next one with it


def _text(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def read_gaps(
    archive: Path,
    start: datetime,
    end: datetime,
    *,
    asns: Sequence[int] = (),
    prefixes: Sequence[str] = (),
    countries: Sequence[str] = (),
) -> list[Gap]:
    """The gaps of a live archive between `start` and `end`, by collector and time; none for one that was downloaded.

    An archive of a narrow subscription is blind to all else: each of its files is a gap, unless the question is of
    prefixes alone (no network, no country) that were subscribed to. A subscription by network shows the routes over it
    and never those that replace them: it can bear out what was seen, and not that nothing else was.
    """
    alone = () if asns or countries else tuple(prefixes)
    found: list[Gap] = []
    for path in sorted(archive.glob(f"rrc*/????.??/{FILE}")):
        if f"{start - _OVERHANG:%Y.%m}" <= path.parent.name <= f"{end:%Y.%m}":
            collector = path.parts[-3]
            gaps = [gap for gap in _lines(path, collector, alone) if gap.start < end and gap.end > start]
            found += [part for gap in _joined(gaps) for part in _uncovered(archive, gap, start, end)]
    return found


def _lines(path: Path, collector: str, alone: tuple[str, ...]) -> Iterator[Gap]:
    """`alone` are prefixes where nothing else is asked for."""
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            row = json.loads(line) if line else None
            if row is not None and not _subscribed(row.get("but"), alone):
                start, end = datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])
                yield Gap(collector=collector, start=start, end=end, reason=str(row["reason"]))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            _log.warning("%s line %d is no gap and left out (%s)", path, number, error)


def _subscribed(but: Sequence[str] | None, alone: tuple[str, ...]) -> bool:
    """Whether all that is asked for was subscribed to, so that the line is no gap for it."""
    return bool(but and alone) and all(inside(prefix, tuple(but or ())) for prefix in alone)


def _joined(gaps: list[Gap]) -> Iterator[Gap]:
    """One gap where spans of one reason meet or overlap."""
    held: dict[str, Gap] = {}
    for gap in sorted(gaps, key=lambda gap: (gap.start, gap.end)):
        before = held.get(gap.reason)
        if before is not None and gap.start <= before.end:
            gap = Gap(collector=gap.collector, start=before.start, end=max(before.end, gap.end), reason=gap.reason)
        elif before is not None:
            yield before
        held[gap.reason] = gap
    yield from held.values()


def _uncovered(archive: Path, gap: Gap, start: datetime, end: datetime) -> Iterator[Gap]:
    """What is left of a gap between `start` and `end` without the steps that the collector's own files cover."""
    at, stop = max(gap.start, start), min(gap.end, end)
    since = at
    while at < stop:
        slot = slot_start(at)
        after = min(slot + STEP, stop)
        if is_foreign(archive / file_name(gap.collector, slot)):
            if since < at:
                yield Gap(collector=gap.collector, start=since, end=at, reason=gap.reason)
            since = after
        at = after
    if since < stop:
        yield Gap(collector=gap.collector, start=since, end=stop, reason=gap.reason)


def slot_start(at: datetime) -> datetime:
    """The start of the five minutes that hold a time, as RIS cuts its files."""
    return datetime.fromtimestamp(at.timestamp() // STEP.total_seconds() * STEP.total_seconds(), UTC)


def file_name(collector: str, slot: datetime) -> str:
    """The path of an updates file in a mirror of RIS."""
    return f"{collector}/{slot:%Y.%m}/updates.{slot:%Y%m%d.%H%M}.gz"


def is_foreign(path: Path) -> bool:
    """Whether there is a file that was not written from a live stream: the collector's own."""
    return path.exists() and not is_live(path)


def is_live(path: Path) -> bool:
    """Whether there is a file that was written from a live stream."""
    try:
        with path.open("rb") as file:
            return file.read(10 + len(MARK))[10:] == MARK.encode()
    except FileNotFoundError:
        return False
