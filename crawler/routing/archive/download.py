"""Fetches a window of collectors into a local mirror, in the layout of the servers, which `collectors` reads."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from crawler.errors import Permanent, RoutewireError
from crawler.http.service import Forbidden, NotThere, Service
from crawler.routing.archive import remote
from crawler.routing.archive.collectors import list_archive
from crawler.routing.archive.meter import GIGABYTE, Meter, OverLimit, Progress, told
from crawler.routing.archive.mirror import Held, Mirror, sha256_of
from crawler.routing.archive.remote import RemoteFile
from crawler.routing.live.gaps import is_live
from crawler.routing.model import Gap

Outcome = Literal["fetched", "resumed", "kept", "missing", "failed"]
LARGEST_FILE = 8 * GIGABYTE  # the largest RIBs had 1.5 GB in 2022
FROM_LIVE = "the file that was here was written from a live stream"
LARGEST_PAGE = 16 * 10**6  # a month of updates is told in 1.5 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of one file; `path` relative to the mirror, `reason` says why it is missing, failed or fetched anew.

    `bytes` and `sha256` are None where there is no file. A folder whose index did not come stands for its files.
    """

    collector: str
    url: str
    path: str
    outcome: Outcome
    bytes: int | None = None
    sha256: str | None = None
    reason: str = ""


def fetch(
    archive_dir: Path,
    collectors: Sequence[str],
    start: datetime,
    end: datetime,
    *,
    mirror: str | None = None,
    limit_bytes: int = 10 * GIGABYTE,
    at_once: int = 3,
    user_agent: str = "routewire/0.1",
    pause: Callable[[float], None] | None = None,
    progress: Progress | None = None,
) -> Iterator[Fetched]:
    """Fetches what `start` to `end` needs of each collector, and yields what became of each file.

    Files that are here and sound are kept and not asked for, but for those that a live stream wrote: the collector's
    own take their place, where the server has them. `mirror` is asked instead of the collectors' own servers, and may
    be in a private network. At most `at_once` requests run at a time for one server. What comes is at most
    `limit_bytes`. Raises `WrongCall` for what is no collector or no mirror, `Permanent` where the indexes promise more
    than the limit or the disk takes (before anything is fetched), `Transient` where another process fetches here.
    """
    for collector in collectors:
        remote.archive_of(collector)
    meter = Meter(limit_bytes, progress)
    with ExitStack() as stack:
        services = {
            base: stack.enter_context(_service(base, bool(mirror), at_once, user_agent, pause or meter.pause))
            for base in {mirror or remote.archive_of(collector) for collector in collectors}
        }
        here = stack.enter_context(Mirror(archive_dir))
        stack.callback(meter.stopped.set)
        run = _Run(here, meter, start, end, limit_bytes, bool(mirror))
        asked = [(services[mirror or remote.archive_of(collector)], collector) for collector in collectors]
        yield from run.files(asked, at_once)


def _service(base: str, private: bool, at_once: int, user_agent: str, pause: Callable[[float], None]) -> Service:
    return Service("archive", base, at_once=at_once, allow_private=private, user_agent=user_agent, pause=pause)


@dataclass(frozen=True, slots=True)
class _Run:
    here: Mirror
    meter: Meter
    start: datetime
    end: datetime
    limit_bytes: int
    mirrored: bool

    def files(self, asked: Sequence[tuple[Service, str]], at_once: int) -> Iterator[Fetched]:
        todo: list[tuple[Service, RemoteFile, str]] = []
        with _pools({service for service, _ in asked}, at_once, self.meter.stopped) as pools:
            plans = [(service, pools[service].submit(self._plan, service, collector)) for service, collector in asked]
            for service, plan in plans:
                rows, files = plan.result()
                yield from rows
                for file in files:
                    reason = self._wanting(file)
                    if reason is None:
                        yield self._kept(service, file)
                    else:
                        todo.append((service, file, reason))
            self._afford([file for _, file, _ in todo])
            self.meter.expect(len(todo), sum(file.size or 0 for _, file, _ in todo))
            waiting = [pools[service].submit(self._get, service, file, reason) for service, file, reason in todo]
            for got in as_completed(waiting):
                yield got.result()
                self.meter.done()

    def _plan(self, service: Service, collector: str) -> tuple[list[Fetched], tuple[RemoteFile, ...]]:
        """What became of the indexes, and the files to fetch."""
        try:
            files = self._listed(service, collector)
            if files is None:
                return self._by_step(service, collector)
        except OverLimit:
            raise
        except RoutewireError as error:
            folder = remote.folders(collector, self.start)[-1]
            url = service.address(folder)
            return [Fetched(collector=collector, url=url, path=folder, outcome="failed", reason=str(error))], ()
        return [], remote.needed(files, self.start, self.end)

    def _listed(self, service: Service, collector: str) -> list[RemoteFile] | None:
        """The files that the indexes name; None where the server shows none. A month without a folder has no files."""
        tomorrow = datetime.now(UTC) + timedelta(days=1)  # a server's clock may be ahead
        months = remote.months(self.start, min(self.end, tomorrow))
        layouts = [remote.layouts(collector, month, mirrored=self.mirrored) for month in months]
        for of_months in zip(*layouts, strict=True):
            pages = [self._page(service, collector, folder) for folders in of_months for folder in folders]
            if any(page is not None for page in pages):
                return [file for page in pages for file in page or ()]
        return None

    def _page(self, service: Service, collector: str, folder: str) -> tuple[RemoteFile, ...] | None:
        try:
            return remote.listed(service.text(folder, limit_bytes=LARGEST_PAGE), collector, folder)
        except (NotThere, Forbidden):
            return None

    def _by_step(self, service: Service, collector: str) -> tuple[list[Fetched], tuple[RemoteFile, ...]]:
        """Without an index: the newest RIB that there is, then the updates since; one try where there is none."""
        rows: list[Fetched] = []
        since = self.start
        for rib in remote.ribs_by_step(collector, self.start):
            rows.append(self._tried(service, rib))
            if rows[-1].outcome != "missing":
                since = min(rib.stamp, self.start)
                break
        updates = remote.updates_by_step(collector, since, self.end)
        if rows[-1].outcome == "missing":
            rows.append(self._tried(service, updates[0]))
            if rows[-1].outcome == "missing":
                return rows, ()
            return rows, updates[1:]
        return rows, updates

    def _tried(self, service: Service, file: RemoteFile) -> Fetched:
        reason = self._wanting(file)
        return self._kept(service, file) if reason is None else self._get(service, file, reason)

    def _wanting(self, file: RemoteFile) -> str | None:
        """Why a file is to be fetched ("" where it is not here); None where it is here and sound."""
        if not (self.here.folder / file.path).exists():
            return ""
        if is_live(self.here.folder / file.path):
            return FROM_LIVE
        damage = self.here.damage(file.path)
        if damage is not None:
            return f"the file that was here {damage}"
        if file.exact and file.size != self.here.held[file.path].bytes:
            return "the server has it in another size now"
        return None

    def _kept(self, service: Service, file: RemoteFile) -> Fetched:
        held = self.here.held[file.path]
        return Fetched(
            collector=file.collector,
            url=service.address(file.path),
            path=file.path,
            outcome="kept",
            bytes=held.bytes,
            sha256=held.sha256,
        )

    def _afford(self, files: Sequence[RemoteFile]) -> None:
        """Raises `Permanent` where the sizes that the indexes tell are more than the limit or the disk takes."""
        size = sum(file.size or 0 for file in files)
        folder = str(self.here.folder)
        what = f"{len(files):,} files of about {told(size)} are to be fetched"
        if size > self.limit_bytes:
            remedy = "raise it with --limit, or ask for a shorter window"
            raise Permanent(f"{what}, and the limit is {told(self.limit_bytes)}", subject=folder, remedy=remedy)
        free = shutil.disk_usage(folder).free
        if size > free:
            remedy = "make room, or name another folder"
            raise Permanent(f"{what}, and {told(free)} are free", subject=folder, remedy=remedy)

    def _own(self, file: RemoteFile, url: str, target: Path) -> Fetched:
        """What a live stream wrote stays where the server has nothing for it; the book is of what came alone."""
        return Fetched(
            collector=file.collector,
            url=url,
            path=file.path,
            outcome="kept",
            bytes=target.stat().st_size,
            sha256=sha256_of(target),
            reason=f"{FROM_LIVE}, and the server has no other",
        )

    def _get(self, service: Service, file: RemoteFile, reason: str) -> Fetched:
        """`reason` says why it is fetched anew: a file that cannot be had again is then a failure, not a gap."""
        url = service.address(file.path)
        target = self.here.folder / file.path
        try:
            got = service.download(
                file.path,
                target,
                limit_bytes=min(LARGEST_FILE, self.limit_bytes),
                progress=lambda size, _: self.meter.came(file.path, size),
                check=partial(_refuse_page, url),
            )
        except OverLimit:
            raise
        except RoutewireError as error:
            if isinstance(error, NotThere) and reason == FROM_LIVE:
                return self._own(file, url, target)
            return Fetched(
                collector=file.collector,
                url=url,
                path=file.path,
                outcome="missing" if isinstance(error, NotThere) and not reason else "failed",
                reason=f"{reason}; {error}" if reason else str(error),
            )
        self.here.note(
            Held(path=file.path, url=url, bytes=got.bytes, sha256=got.sha256, last_modified=got.last_modified)
        )
        return Fetched(
            collector=file.collector,
            url=url,
            path=file.path,
            outcome="resumed" if got.resumed else "fetched",
            bytes=got.bytes,
            sha256=got.sha256,
            reason=reason,
        )


def _refuse_page(url: str, file: Path) -> None:
    """Some servers and most login gates answer a file that is not there with a page."""
    with file.open("rb") as opened:
        start = opened.read(64).lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise Permanent("came as a page, not as an MRT file", subject=url, remedy="open the address in a browser")


@contextmanager
def _pools(
    services: set[Service], at_once: int, stopped: threading.Event
) -> Iterator[dict[Service, ThreadPoolExecutor]]:
    """A pool a server, so that a slow one does not hold up the others; leaving ends what still runs.

    Whoever interrupts is about to end the process and waits for no silent server: a half file stands any end.
    """
    pools = {service: ThreadPoolExecutor(at_once) for service in services}
    wait = True
    try:
        yield pools
    except KeyboardInterrupt:
        wait = False
        raise
    finally:
        stopped.set()
        for pool in pools.values():
            pool.shutdown(wait=wait, cancel_futures=True)


def gaps_of(archive_dir: Path, collectors: Sequence[str], start: datetime, end: datetime) -> tuple[Gap, ...]:
    """What a mirror lacks of a window, collector by collector, with what is known about why."""
    try:
        listing = list_archive(archive_dir, start, end)
    except Permanent:
        known, gaps = frozenset[str](), []
    else:
        known = frozenset(listing.collectors)
        gaps = [gap for gap in listing.gaps if gap.collector in collectors]
    for collector in collectors:
        why = remote.life_of(collector, start, end)
        if collector not in known and (why or all(gap.collector != collector for gap in gaps)):
            gaps.append(Gap(collector=collector, start=start, end=end, reason=why or "no file of this window"))
    return tuple(gaps)
