"""A window update by update: what RIPEstat's `bgp-state` has at its start, and what its `bgp-updates` have in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from crawler.errors import Permanent, RoutewireError, Transient
from crawler.monitors.asking import Asking
from crawler.monitors.reading import from_iso, listed
from crawler.monitors.ripestat_calls import Calls, iso
from crawler.monitors.ripestat_routes import State, Told, resumed, state, updates
from crawler.routing.model import RouteElem

PIECE = timedelta(days=1)
SHORTEST = timedelta(hours=1)
# More prefixes than this do not fit an address.
MOST_PREFIXES = 100


class Answer(NamedTuple):
    """Updates, how many the service counts, and the time that it answered for."""

    rows: list[Any]
    total: int
    begun: datetime
    upto: datetime


class Replay:
    """The routes and updates of what was asked for, from `start` to `end`. `asking` takes the gaps."""

    def __init__(self, asking: Asking, calls: Calls, start: datetime, end: datetime) -> None:
        self._asking, self._calls = asking, calls
        self._start, self._end = start, end
        self._resources = [*(f"AS{asn}" for asn in asking.question.asns), *asking.question.prefixes]
        self._peers: dict[str, int] = {}
        self._missing: set[datetime] = set()  # the ends of spans of which not all updates came

    def play(self) -> tuple[State, list[RouteElem]] | None:
        """The state at the start and the updates after it, in order of time; None where no change can be told."""
        first = self._state(self._start)
        if first is None:
            return None
        if self._widened(first):
            first = self._state(self._start) or first
        spans = [partial(self._piece, *span) for span in _pieces(self._start, self._end)]
        told = updates(self._asking, self._asking.each(spans), self._peers)
        if not first.elems:
            if told:
                self._asking.gap("bgp-state: no route at the start, so no update can be told for a change", self._start)
            return None
        for upto in sorted(upto for upto in self._missing if upto < self._end):
            told = self._resumed(first, told, upto)
        return first, told

    def _widened(self, first: State) -> bool:
        """Asks for a network's prefixes too from now on: their routes by others are not the network's."""
        question = self._asking.question
        own = sorted({elem.prefix for elem in first.elems} - set(question.prefixes)) if question.asns else []
        if len(own) > MOST_PREFIXES:
            self._asking.gap(
                f"bgp-updates: {len(own) - MOST_PREFIXES} prefixes not asked for by themselves", self._start
            )
        self._resources += own[:MOST_PREFIXES]
        return bool(own)

    def _state(self, at: datetime) -> State | None:
        """None where it did not come: nothing can be told from then on."""
        params = {"resource": ",".join(self._resources), "timestamp": iso(at)}

        def ask() -> tuple[datetime, list[Any]]:
            data = self._calls.data("bgp-state", params)
            return from_iso(data.get("timestamp") or params["timestamp"]), listed(data.get("bgp_state"), "routes")

        found = self._asking.call("bgp-state", ask, at, self._end)
        if found is None:
            return None
        address = self._calls.address("bgp-state", params)
        rows = (Told(entry, address, place) for place, entry in enumerate(found[1]))
        return state(self._asking, found[0], rows, self._peers)

    def _resumed(self, first: State, told: list[RouteElem], upto: datetime) -> list[RouteElem]:
        """With what stood after a span of which updates are missing, so that nothing is held that went meanwhile."""
        later = self._state(upto)
        if later is None:
            return told
        if not later.elems:
            self._asking.gap("bgp-state: empty after a gap, which is not told for an outage", upto, self._end)
            return told
        at = later.at.timestamp()
        before = [elem for elem in told if elem.observed_at < at]
        return [*before, *resumed(later, [*first.elems, *before]), *(e for e in told if e.observed_at >= at)]

    def _piece(self, start: datetime, end: datetime) -> Iterator[Told]:
        """In halves where it is refused as a whole, or where fewer updates came than the service counts."""
        params = {"resource": ",".join(self._resources), "starttime": iso(start), "endtime": iso(end)}
        answer, why, refused = Answer([], 0, start, end), "", False
        try:
            answer = self._asking.attempt("bgp-updates", partial(self._asked, params))
        except RoutewireError as error:
            why, refused = error.message, isinstance(error, Permanent)
        short = answer.total > len(answer.rows)
        if (refused or short) and end - start > SHORTEST and not self._asking.given_up("bgp-updates"):
            middle = start + (end - start) / 2
            yield from self._piece(start, middle)
            yield from self._piece(middle, end)
            return
        self._tell(answer, why, start, end)
        address = self._calls.address("bgp-updates", params)
        yield from (Told(entry, address, place) for place, entry in enumerate(answer.rows))

    def _asked(self, params: dict[str, Any]) -> Answer:
        data = self._calls.data("bgp-updates", params)
        rows, total = listed(data.get("updates"), "updates"), data.get("nr_updates")
        if not isinstance(total, int):
            raise Transient("the answer does not tell how many updates there are")
        return Answer(rows, total, from_iso(data.get("query_starttime")), from_iso(data.get("query_endtime")))

    def _tell(self, answer: Answer, why: str, start: datetime, end: datetime) -> None:
        """What did not come of a piece."""
        short = answer.total > len(answer.rows)
        if why:
            self._asking.gap(f"bgp-updates: {why}", start, end)
        if short:
            self._asking.gap(f"bgp-updates: {len(answer.rows)} of {answer.total} updates came", start, end)
        if answer.begun > start:
            self._asking.gap("bgp-updates: the answer begins later than asked", start, answer.begun)
        if answer.upto < end:
            self._asking.gap("bgp-updates: not there yet", max(start, answer.upto), end)
        if why or short or answer.upto < end:
            self._missing.add(end)


def _pieces(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        upto = min(start + PIECE, end)
        yield start.astimezone(UTC), upto
        start = upto
