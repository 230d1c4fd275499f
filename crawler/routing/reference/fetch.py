"""Fetches reference data: what is new is checked before it takes the place of what there is."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Literal

from crawler.errors import Permanent, RoutewireError, Transient
from crawler.http.partial import Downloaded
from crawler.http.service import NotThere, Service
from crawler.routing.reference.manifest import Entry, Manifest
from crawler.routing.reference.sources import HOSTS, KINDS, Checked, Item

# A file with fewer rows than this share of its neighbour's in time was cut or broken where it is made.
LEAST_SHARE = 0.8
# Files further apart than this are not compared: the routing table grows.
COMPARED_DAYS = 100
# How long a day's file of today's data stays where each day has its own: VRPs have 84 MB a day, and those of past days
# come from an archive.
KEPT_DAYS = 31
# Rows a request for a list that comes in pages, and the most requests for one list.
PAGE_ROWS = 5000
MAX_PAGES = 200
# PeeringDB answers the same large question of an anonymous asker once an hour
# (https://docs.peeringdb.com/howto/work_within_peeringdbs_query_limits/).
PAGES_EVERY = timedelta(hours=1)

# What is fetched, bytes so far, bytes in all (None: not known).
Progress = Callable[[Item, int, int | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file. `entry` is the file in use for it, None where there is none; `error` says why the one
    that was asked for is not. `told` is for people: what was taken in its place, how many lines could not be read.
    """

    item: Item
    state: Literal["fetched", "unchanged", "refused", "failed"]
    entry: Entry | None
    error: RoutewireError | None = None
    told: str = ""


def update(
    folder: Path,
    wanted: Iterable[Item],
    now: datetime,
    *,
    client: Callable[[str, str], Service],
    hosts: Mapping[str, str] = HOSTS,
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Fetches each item into `folder`, one after the other; what fails stops no other.

    `client` makes the service for a key of `hosts` and its address. A file that cannot be read, or has fewer rows than
    `LEAST_SHARE` of the last, is put into `<name>/aside/`, and the last stays in use. Raises `Transient` where another
    update of the folder runs, `Permanent` where its manifest is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        opened.enter_context(_alone(folder))
        manifest = Manifest(folder)
        services: dict[str, Service] = {}
        for item in wanted:
            if item.host not in services:
                services[item.host] = opened.enter_context(client(item.host, hosts[item.host]))
            url = hosts[item.host] + item.path
            yield _outcome(_Fetch(folder, manifest, item, url, services[item.host], now, progress))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two updates at once would write into the same half files. Raises `Transient` where another one runs."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            remedy = "wait until it has ended"
            raise Transient("another update is running", subject=str(folder), remedy=remedy) from None
        yield


def _outcome(fetch: _Fetch) -> Outcome:
    item = fetch.item
    try:
        return fetch.run()
    except NotThere as error:
        if item.earlier is None:
            return Outcome(item=item, state="failed", entry=fetch.near(item.day), error=error)
        earlier = replace(fetch, item=item.earlier, url=fetch.url.replace(item.path, item.earlier.path))
        found = _outcome(earlier)
        instead = f"{item.day} is not there" + (f", {found.entry.date} serves" if found.entry else "")
        return replace(found, told="; ".join(filter(None, (instead, found.told))))
    except RoutewireError as error:
        return Outcome(item=item, state="failed", entry=fetch.near(item.day), error=error)


@dataclass(frozen=True, slots=True)
class _Fetch:
    """One file on its way."""

    folder: Path
    manifest: Manifest
    item: Item
    url: str
    service: Service
    now: datetime
    progress: Progress | None

    def run(self) -> Outcome:
        """Raises `RoutewireError` where nothing came."""
        last = self.manifest.latest(self.url)
        sound = last is not None and _sha256(self.folder / last.path) == last.sha256
        if last and sound and self._asked_lately(last):
            return Outcome(item=self.item, state="unchanged", entry=last, told="was asked for less than an hour ago")
        got = self._downloaded(last if sound else None)
        if last and (got.unchanged or got.sha256 == last.sha256):
            if sound:
                self._incoming.unlink()
            else:
                self._incoming.replace(self.folder / last.path)
            entry = replace(last, checked_at=_iso(self.now))
            self.manifest.put(entry)
            return Outcome(item=self.item, state="unchanged", entry=entry)
        try:
            checked = self.item.check(self._incoming)
            day = self.item.day or checked.day or _modified(got) or self.now.astimezone(UTC).date()
            self._compare(checked, day)
        except Permanent as error:
            return self._refused(error)
        return self._adopted(got, checked, day)

    def near(self, day: date | None) -> Entry | None:
        """The file of the same kind and part that serves now: the newest, or the nearest to `day`."""
        asked = day or date.max
        found = [entry for entry in self.manifest if (entry.name, entry.part) == (self.item.name, self.item.part)]
        return min(found, key=lambda entry: abs(entry.day - asked), default=None)

    @property
    def _incoming(self) -> Path:
        """The same for each try, so that a half file is gone on with."""
        return self.folder / self.item.name / "incoming" / self.item.path.replace("/", "_")

    def _asked_lately(self, last: Entry) -> bool:
        """Whether the list may not be asked for yet; a clock that was ahead does not stop it for good."""
        since = self.now - datetime.fromisoformat(last.checked_at)
        return bool(self.item.params) and timedelta() <= since < PAGES_EVERY

    def _downloaded(self, last: Entry | None) -> Downloaded:
        """`last` is what came from the address before, None where it is not as it came."""
        self._incoming.parent.mkdir(parents=True, exist_ok=True)
        if self.item.params:
            return self._pages()
        if last:
            # The download asks whether what it finds here has changed, and leaves it alone if not.
            shutil.copyfile(self.folder / last.path, self._incoming)
        try:
            return self.service.download(
                self.item.path,
                self._incoming,
                limit_bytes=self.item.limit_bytes,
                validator=last.validator if last else "",
                progress=partial(self.progress, self.item) if self.progress else None,
            )
        except RoutewireError:
            self._incoming.unlink(missing_ok=True)
            raise

    def _pages(self) -> Downloaded:
        """A list that comes in pages, as one file. It ends with an empty page: a server may cut a page short."""
        rows: list[object] = []
        for _ in range(MAX_PAGES):
            params = {**self.item.params, "limit": PAGE_ROWS, "skip": len(rows)}
            answer = self.service.json(self.item.path, params, limit_bytes=self.item.limit_bytes)
            page = answer.get("data") if isinstance(answer, dict) else None
            if not isinstance(page, list):
                raise Transient('answered without a list "data"', subject=self.url, remedy="try again later")
            if not page:
                break
            rows += page
            if self.progress:
                self.progress(self.item, len(rows), None)
        else:
            raise Permanent(f"does not end after {MAX_PAGES} pages", subject=self.url, remedy="report this")
        body = json.dumps({"data": rows}).encode()
        self._incoming.write_bytes(body)
        return Downloaded(bytes=len(body), sha256=hashlib.sha256(body).hexdigest())

    def _compare(self, checked: Checked, day: date) -> None:
        """Raises `Permanent` where there is much less in it than in the last."""
        last = self.near(day)
        if last is None or abs(last.day - day) > timedelta(days=COMPARED_DAYS):
            return
        if checked.rows < LEAST_SHARE * last.rows:
            message = f"has {checked.rows:,} rows, less than {LEAST_SHARE:.0%} of the {last.rows:,} of {last.date}"
            raise Permanent(message, subject=self.url)

    def _refused(self, error: Permanent) -> Outcome:
        aside = self.folder / self.item.name / "aside" / self._incoming.name
        aside.parent.mkdir(exist_ok=True)
        self._incoming.replace(aside)
        last = self.near(self.item.day)
        serves = f"the file of {last.date} stays in use" if last else "there is none in use"
        remedy = f"{serves}; look at {aside}, and try again later"
        error = Permanent(error.message, subject=self.url, remedy=remedy)
        return Outcome(item=self.item, state="refused", entry=last, error=error)

    def _adopted(self, got: Downloaded, checked: Checked, day: date) -> Outcome:
        item, kind = self.item, KINDS[self.item.name]
        path = f"{item.name}/{day}{f'.{item.part}' if item.part else ''}{item.extension}"
        self._incoming.replace(self.folder / path)
        same = [e for e in self.manifest if (e.name, e.part) == (item.name, item.part) and e.path != path]
        ends = day - timedelta(days=KEPT_DAYS) if kind.keeps else date.max
        entry = Entry(
            path=path,
            name=item.name,
            part=item.part,
            date=day.isoformat(),
            source=kind.title,
            url=self.url,
            licence=kind.licence,
            fetched_at=_iso(self.now),
            checked_at=_iso(self.now),
            rows=checked.rows,
            bad_lines=checked.bad_lines,
            bytes=got.bytes,
            sha256=got.sha256,
            validator=got.validator,
        )
        self.manifest.put(entry)
        for former in same if item.day is None else ():
            if former.day < ends:
                self.manifest.drop(former)
        told = f"{checked.bad_lines} lines could not be read" if checked.bad_lines else ""
        return Outcome(item=item, state="fetched", entry=entry, told=told)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _modified(got: Downloaded) -> date | None:
    """The day of the last change, as the server tells it."""
    try:
        return parsedate_to_datetime(got.last_modified).astimezone(UTC).date()
    except ValueError:
        return None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
