"""How a question is put to a service, so that what did not come is a gap and never looks as if nothing happened."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

from crawler.errors import Permanent, RoutewireError, Transient
from crawler.http.service import Forbidden
from crawler.monitors.model import Monitor, Question
from crawler.monitors.reading import UNFIT, event_id
from crawler.routing.model import Coverage, EventKind, Gap, Interval, RoutingEvent, RoutingView

T = TypeVar("T")

# After so many failures in a row of one of its lists that list is out, and after so many without any answer the service
# is: asking on would only add to its load. A refusal speaks of what was asked; a smaller question may be answered.
GIVE_UP_LIST_AFTER = 3
GIVE_UP_ALL_AFTER = 3
GIVE_UP_AFTER_REFUSALS = 8
# Requests under way; RIPEstat allows eight, and the others say nothing.
AT_ONCE = 4
# Of one listing: nobody reads more, and a service that pages without end must come to one.
MOST_PAGES = 100


SECOND = timedelta(seconds=1)


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
        self._in_a_row: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()
        self._lock = threading.Lock()

    # -- asking ------------------------------------------------------------------------------------------------------
    def attempt(self, what: str, ask: Callable[[], T]) -> T:
        """What `ask` gives; the first word of `what` names the list of the service that is asked.

        Raises `RoutewireError`: what `ask` raises, and `Transient` for an answer that it cannot read, or without asking
        once the list or the service is out.
        """
        if self.given_up(what):
            raise Transient("not asked: the service had failed before", subject=self._monitor.id)
        try:
            answer = ask()
        except RoutewireError as error:
            raise self._failed(what, error) from error.__cause__
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            strange = Transient("the answer is not of the documented form", subject=self._monitor.id, remedy=UNFIT)
            raise self._failed(what, strange) from None
        with self._lock:
            self._answers += 1
            self._in_a_row[_list_of(what)] = self._refusals[_list_of(what)] = 0
        return answer

    def _failed(self, what: str, error: RoutewireError) -> RoutewireError:
        with self._lock:
            self._failures.append(error)
            if isinstance(error, Permanent):
                self._refusals[_list_of(what)] += GIVE_UP_AFTER_REFUSALS if isinstance(error, Forbidden) else 1
            else:
                self._in_a_row[_list_of(what)] += 1
        return error

    def given_up(self, what: str) -> bool:
        named = _list_of(what)
        out = self._in_a_row[named] >= GIVE_UP_LIST_AFTER or self._refusals[named] >= GIVE_UP_AFTER_REFUSALS
        return out or (not self._answers and self._in_a_row.total() >= GIVE_UP_ALL_AFTER)

    def call(
        self, what: str, ask: Callable[[], T], start: datetime | None = None, end: datetime | None = None
    ) -> T | None:
        """What `ask` gives; None where nothing came, and the span (the window unless given) is a gap."""
        try:
            return self.attempt(what, ask)
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
            if page is None and (number == 0 or self.given_up(what)):
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

    # -- what is told beside the events ------------------------------------------------------------------------------
    def gap(self, reason: str, start: datetime | None = None, end: datetime | None = None) -> None:
        """The span, the window unless given, cut to the window. Nothing where it lies outside, or is shorter than the
        second in which these services count.
        """
        first = max(start or self.question.start, self.question.start)
        last = min(end or self.question.end, self.question.end)
        if last - first >= SECOND:
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


def _list_of(what: str) -> str:
    return what.partition(" ")[0]
