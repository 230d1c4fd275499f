"""How a question is put to a service, so that what did not come is a gap and never looks as if nothing happened."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

from crawler.errors import Permanent, RoutewireError, Transient
from crawler.monitors.model import Monitor, Question
from crawler.routing.model import Coverage, EventKind, Gap, Interval, RoutingEvent, RoutingView
from crawler.service import Forbidden

T = TypeVar("T")
Row = Mapping[str, Any]

# After so many failures in a row the service is out, and asking on would only add to its load. A refusal speaks of what
# was asked: another question, or a smaller one, may be answered.
GIVE_UP_AFTER = 2
GIVE_UP_AFTER_REFUSALS = 8
# Requests under way; RIPEstat allows eight, and the others say nothing.
AT_ONCE = 4
# Of one listing: nobody reads more, and a service that pages without end must come to one.
MOST_PAGES = 100
# More parties than this in one event are told in its words alone: the product of all would be invented pairs.
MOST_PAIRS = 8
UNFIT = "try again later; if it stays so, the service has changed its form"
_TOKEN_LIKE = re.compile(r"[\w.-]{24,}")


class Page(NamedTuple):
    """One page of a listing; `last` says that no page follows."""

    rows: Sequence[Any]
    last: bool


class NoPlace(Exception):
    """A service's entry that none of our kinds fits; its text names what it is, to be counted and told."""


class Asking:
    """One question's way through one service. Threads may share it."""

    def __init__(self, monitor: Monitor, question: Question) -> None:
        self.question = question
        self._monitor = monitor
        self._gaps: dict[Gap, None] = {}
        self._notes: dict[str, None] = {}
        self._unread: Counter[str] = Counter()
        self._unplaced: Counter[str] = Counter()
        self._answers = 0
        self._failures: list[RoutewireError] = []
        self._in_a_row = self._refusals = 0
        self._lock = threading.Lock()

    # -- asking ------------------------------------------------------------------------------------------------------
    def attempt(self, ask: Callable[[], T]) -> T:
        """What `ask` gives. Raises `RoutewireError`: what it raises, `Transient` for an answer that it cannot read, and
        without asking once the service is out.
        """
        if self.given_up:
            raise Transient("not asked: the service had failed before", subject=self._monitor.id)
        try:
            answer = ask()
        except RoutewireError as error:
            raise self._failed(error) from error.__cause__
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            strange = Transient("the answer is not of the documented form", subject=self._monitor.id, remedy=UNFIT)
            raise self._failed(strange) from None
        with self._lock:
            self._answers += 1
            self._in_a_row = self._refusals = 0
        return answer

    def _failed(self, error: RoutewireError) -> RoutewireError:
        with self._lock:
            self._failures.append(error)
            if isinstance(error, Permanent):
                self._refusals += GIVE_UP_AFTER_REFUSALS if isinstance(error, Forbidden) else 1
            else:
                self._in_a_row += 1
        return error

    def call(
        self, what: str, ask: Callable[[], T], start: datetime | None = None, end: datetime | None = None
    ) -> T | None:
        """What `ask` gives; None where nothing came, and the span (the window unless given) is a gap."""
        try:
            return self.attempt(ask)
        except RoutewireError as error:
            self.gap(f"{what}: {error.message}", start, end)
            return None

    def pages(self, what: str, fetch: Callable[[int, int], Page]) -> Iterator[Any]:
        """The rows of all pages. `fetch` takes a page's number from 0 and how many rows went before it.

        A page that does not come is a gap, and those after it are asked for still; without the first one nothing is
        known of how many there are, and the listing ends.
        """
        before = size = 0
        for number in range(MOST_PAGES):
            named = what if number == 0 else f"{what}, page {number + 1}"
            page = self.call(named, partial(fetch, number, before))
            if page is None and (number == 0 or self.given_up):
                return
            if page is not None:
                yield from page.rows
                size = max(size, len(page.rows))
                if page.last:
                    return
            before += size if page is None else len(page.rows)
        self.gap(f"{what}: more than {MOST_PAGES} pages, the rest was not asked for")

    def each(self, jobs: Sequence[Callable[[], Iterable[T]]]) -> list[T]:
        """What all jobs give, in their order; `AT_ONCE` of them run together."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [one for found in pool.map(lambda job: list(job()), jobs) for one in found]

    @property
    def given_up(self) -> bool:
        return self._in_a_row >= GIVE_UP_AFTER or self._refusals >= GIVE_UP_AFTER_REFUSALS

    # -- what is told beside the events ------------------------------------------------------------------------------
    def gap(self, reason: str, start: datetime | None = None, end: datetime | None = None) -> None:
        """The span, the window unless given, cut to the window; nothing where it lies outside."""
        first = max(start or self.question.start, self.question.start)
        last = min(end or self.question.end, self.question.end)
        if first < last:
            with self._lock:
                self._gaps[Gap(collector=self._monitor.id, start=first, end=last, reason=reason)] = None

    def note(self, text: str) -> None:
        with self._lock:
            self._notes[text] = None

    def holds(self, since: datetime, lag: timedelta, what: str = "") -> None:
        """Gaps for the parts of the window that the service does not hold: before `since`, and the latest `lag`."""
        named = f"{what}: " if what else ""
        self.gap(f"{named}older than the service is known to hold", end=since)
        self.gap(f"{named}not there yet: data come with a delay", start=datetime.now(UTC) - lag)

    def cannot(self, what: str, asked: Sequence[object]) -> None:
        """A gap where part of the question cannot be put to the service."""
        if asked:
            self.gap(f"cannot be asked by {what}: {', '.join(map(str, asked))}")

    # -- from the service's entries to events ------------------------------------------------------------------------
    def read(self, what: str, rows: Iterable[Any], made_of: Callable[[Any], Iterable[T]]) -> list[T]:
        """What is made of all entries; those that cannot be read or have no place among our kinds are counted."""
        found: list[T] = []
        for row in rows:
            try:
                found.extend(made_of(row))
            except NoPlace as error:
                self.no_place(f"{what} {error}", 1)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RoutewireError):
                with self._lock:
                    self._unread[what] += 1
        return found

    def no_place(self, what: str, count: int) -> None:
        """`count` entries of the service have no place among our kinds."""
        if count:
            with self._lock:
                self._unplaced[what] += count

    # -- the answer --------------------------------------------------------------------------------------------------
    def view(self, events: Iterable[RoutingEvent]) -> RoutingView:
        """What came. Raises `Permanent` where all was refused, `Transient` where nothing came for another reason."""
        if not self._answers and self._failures:
            raise next((e for e in self._failures if not isinstance(e, Permanent)), self._failures[0])
        for what, count in self._unread.items():
            self.gap(f"{what}: {count} entries of the answer cannot be read")
        for what, count in self._unplaced.items():
            self.note(f"{self._monitor.name} tells of {count} x {what}: no kind of ours fits, not shown")
        window = self.question
        gaps = tuple(sorted(self._gaps, key=lambda gap: (gap.start, gap.end, gap.reason)))
        told = {e.id: e for e in events if e.first_seen < window.end and (e.last_seen or window.end) >= window.start}
        return RoutingView(
            coverage=Coverage(start=window.start, end=window.end, collectors=(), peers_total=0, gaps=gaps),
            events=tuple(
                replace(event, gaps=tuple(gap for gap in gaps if _meet(event, gap)))
                for event in sorted(told.values(), key=lambda event: (event.first_seen, event.kind, event.id))
            ),
            notes=tuple(self._notes),
        )

    def event(
        self,
        kind: EventKind,
        own_id: str,
        start: datetime,
        end: datetime | None,
        *,
        text: str,
        prefixes: Iterable[str] = (),
        origin: int | None = None,
        upstream: int | None = None,
        offender: int | None = None,
        countries: Iterable[str | None] = (),
        thresholds: Mapping[str, float] | None = None,
    ) -> RoutingEvent:
        """An event of this service.

        `own_id` is the service's: the same entry keeps its id when it ends, or when more is known of its kind.
        """
        if end is not None and end < start:
            raise ValueError("ends before it starts")
        facts = (self._monitor.id, own_id, origin, upstream, offender)
        return RoutingEvent(
            id=event_id(*facts),
            kind=kind,
            prefixes=tuple(sorted(set(prefixes))),
            origin_asn=origin,
            upstream_asn=upstream,
            offender_asn=offender,
            countries=tuple(sorted({code.upper() for code in countries if code})),
            first_seen=start,
            last_seen=end,
            peers_seen=0,
            peers_total=0,
            collectors=(),
            intervals=(Interval(start, end),),
            thresholds=dict(thresholds or {}),
            source=self._monitor.id,
            source_text=text,
            licence=self._monitor.licence,
        )


def _meet(event: RoutingEvent, gap: Gap) -> bool:
    return gap.end >= event.first_seen and (event.last_seen is None or gap.start <= event.last_seen)


def event_id(*facts: object) -> str:
    return hashlib.sha256("|".join(map(str, facts)).encode()).hexdigest()[:16]


def pairs(victims: Iterable[int], attackers: Iterable[int]) -> list[tuple[int | None, int | None]]:
    """Each victim with each attacker, None for a side without any; where they are many, one pair of what is sure."""
    left: list[int | None] = [*sorted(set(victims))] or [None]
    right: list[int | None] = [*sorted(set(attackers))] or [None]
    if len(left) * len(right) <= MOST_PAIRS:
        return [(one, other) for one in left for other in right]
    return [(left[0] if len(left) == 1 else None, right[0] if len(right) == 1 else None)]


def listed(value: object, what: str) -> list[Any]:
    """`value` as a list. Raises `Transient` where the service sent something else: that is no empty answer."""
    if not isinstance(value, list):
        raise Transient(f"the answer has no list of {what}", remedy=UNFIT)
    return value


def mapped(value: object, what: str) -> dict[str, Any]:
    """`value` as an object. Raises `Transient` where the service sent something else."""
    if not isinstance(value, dict):
        raise Transient(f"the answer has no {what}", remedy=UNFIT)
    return value


def said(words: object) -> str:
    """A service's own words on one line, short, without what may be a token that it repeats."""
    return _TOKEN_LIKE.sub("…", " ".join(str(words).split()))[:300]


def text_of(what: str, **parts: object) -> str:
    """A source's fields as it gave them: `what: name=value …`; what it left out is left out."""
    told = " ".join(f"{name}={_short(value)}" for name, value in parts.items() if value not in (None, "", [], ()))
    return f"{what}: {told}"


def _short(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else " ".join(str(value).split())
    return text if len(text) <= 400 else f"{text[:399]}…"


def from_unix(value: object) -> datetime:
    """Seconds since the epoch. Raises `TypeError`, `ValueError` or `OverflowError`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("no time")
    return datetime.fromtimestamp(float(value), UTC)


def from_iso(value: object) -> datetime:
    """ISO 8601; without a zone it is UTC, as all these services mean it. Raises `TypeError` or `ValueError`."""
    if not isinstance(value, str):
        raise TypeError("no time")
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def asn_of(value: object) -> int:
    """An AS number, given as a number or as text. Raises `ValueError`."""
    number = int(str(value).upper().removeprefix("AS"))
    if not 0 < number < 2**32:
        raise ValueError("no AS number")
    return number
