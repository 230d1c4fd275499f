"""Routing views built by hand, for the tests of the join. Numbers and prefixes are those set aside for documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler.routing.model import (
    Coverage,
    EventKind,
    Gap,
    Interval,
    RouteEvidence,
    RouteSpell,
    RoutingEvent,
    RoutingView,
)

START = datetime(2031, 5, 1, tzinfo=UTC)
END = datetime(2031, 5, 4, tzinfo=UTC)
COLLECTORS = ("rrc90", "rrc91", "route-views9")
PEERS = 12

# Customer 64500 (XA) has four prefixes over 64510 alone; 64520 carries three of them from 1 May 09:07:51 to 10:14:45
# and again from 12:21:55 on. Its neighbour 64600 (XB) has two prefixes over 64510 and 64530.
CUSTOMER, OLD, NEW, OTHER = 64500, 64510, 64520, 64600
FOUR = ("192.0.2.0/26", "192.0.2.64/26", "192.0.2.128/26", "192.0.2.192/26")
COUNTRIES = {CUSTOMER: "XA", OLD: "XC", NEW: "XD", OTHER: "XB", 64530: "XD"}


def at(text: str) -> datetime:
    """`1 09:07:51` is that time on 1 May 2031."""
    day, clock = text.split(" ")
    return datetime.fromisoformat(f"2031-05-{int(day):02}T{clock}+00:00")


def spell(
    prefix: str, origin: int, upstream: int | None, start: str | None, end: str | None, seen: int = 9
) -> RouteSpell:
    """`start` None: since before the data."""
    begin = at(start) if start else START
    path = (64496, upstream, origin) if upstream else (origin,)
    proof = RouteEvidence(
        file="updates", record=1, collector=COLLECTORS[0], peer_asn=path[0], peer_ip="198.51.100.1", prefix=prefix,
        observed_at=begin, as_path=path,
    )  # fmt: skip
    return RouteSpell(
        prefix=prefix, origin_asn=origin, upstream_asn=upstream, start=begin, end=at(end) if end else None,
        since_before=start is None, peers_seen=seen, peers_total=PEERS, evidence=proof,
    )  # fmt: skip


def event(
    name: str, kind: EventKind, start: str, end: str | None, prefixes: Iterable[str], *, origin: int | None = None,
    upstream: int | None = None, offender: int | None = None, countries: tuple[str, ...] = (),
) -> RoutingEvent:  # fmt: skip
    last = at(end) if end else None
    return RoutingEvent(
        id=name, kind=kind, prefixes=tuple(prefixes), origin_asn=origin, upstream_asn=upstream, offender_asn=offender,
        countries=countries, first_seen=at(start), last_seen=last, peers_seen=9, peers_total=PEERS,
        collectors=COLLECTORS, intervals=(Interval(at(start), last),),
    )  # fmt: skip


def view(spells: Iterable[RouteSpell], events: Iterable[RoutingEvent] = (), gaps: tuple[Gap, ...] = ()) -> RoutingView:
    coverage = Coverage(start=START, end=END, collectors=COLLECTORS, peers_total=PEERS, gaps=gaps)
    return RoutingView(coverage=coverage, events=tuple(events), spells=tuple(spells), countries=COUNTRIES)


def gap(start: str, end: str, collector: str = COLLECTORS[1]) -> Gap:
    return Gap(collector=collector, start=at(start), end=at(end), reason="updates.0905 is missing")


def _neighbour() -> list[RouteSpell]:
    return [spell(p, OTHER, up, None, None) for p in ("203.0.113.0/25", "203.0.113.128/25") for up in (OLD, 64530)]


def _customer() -> list[RouteSpell]:
    return [spell(p, CUSTOMER, OLD, None, None, seen=12) for p in FOUR]


def second_link() -> RoutingView:
    """A second upstream comes, goes and comes back."""
    later = [spell(p, CUSTOMER, NEW, "1 09:07:51", "1 10:14:45") for p in FOUR[:3]]
    back = [
        spell(FOUR[0], CUSTOMER, NEW, "1 12:21:55", "2 07:56:39"),
        spell(FOUR[1], CUSTOMER, NEW, "1 12:21:55", None),
    ]
    added = event(
        "ev-added", EventKind.UPSTREAM_ADDED, "1 09:07:51", "1 10:14:45", FOUR[:3], origin=CUSTOMER, upstream=NEW
    )
    again = event("ev-back", EventKind.UPSTREAM_ADDED, "1 12:21:55", None, FOUR[:2], origin=CUSTOMER, upstream=NEW)
    return view([*_customer(), *later, *back, *_neighbour()], [added, again])


def without_link() -> RoutingView:
    """The same archive without the second upstream."""
    return view([*_customer(), *_neighbour()])


def with_gap() -> RoutingView:
    """The second upstream is missing, and so are the files of one collector around its time."""
    return replace(without_link(), coverage=replace(without_link().coverage, gaps=(gap("1 09:05:00", "1 09:10:00"),)))


def seen_with_gap() -> RoutingView:
    """The second upstream is there, and the files of one collector are missing around its time."""
    return replace(second_link(), coverage=replace(second_link().coverage, gaps=(gap("1 09:05:00", "1 09:10:00"),)))


def dark() -> RoutingView:
    """No collector has files around the time."""
    gaps = tuple(gap("1 09:05:00", "1 09:10:00", c) for c in COLLECTORS)
    return replace(second_link(), coverage=replace(second_link().coverage, gaps=gaps))


def two_peers() -> RoutingView:
    return replace(without_link(), coverage=replace(without_link().coverage, peers_total=2))


def hijacked() -> RoutingView:
    """64700 originates a /24 of 64500's /22 on 2 May from 18:47:30 to 21:01:00."""
    owner = spell("198.18.4.0/22", CUSTOMER, OLD, None, None, seen=12)
    thief = spell("198.18.5.0/24", 64700, 64530, "2 18:47:30", "2 21:01:00")
    taken = event(
        "ev-hijack", EventKind.SUBPREFIX_ORIGIN_CHANGE, "2 18:47:30", "2 21:01:00", ["198.18.5.0/24"],
        origin=CUSTOMER, offender=64700,
    )  # fmt: skip
    return view([owner, thief, *_neighbour()], [taken])


def hijacked_untold() -> RoutingView:
    """The same, with no event made of it."""
    return replace(hijacked(), events=())


def leaked() -> RoutingView:
    """64710 leaks a prefix of 64500 on 2 May from 04:36:41 to 04:48:21."""
    found = event(
        "ev-leak", EventKind.ROUTE_LEAK, "2 04:36:41", "2 04:48:21", FOUR[:1], origin=CUSTOMER, offender=64710
    )
    return view([*_customer(), *_neighbour()], [found])


def outage() -> RoutingView:
    """All of 64500 is gone on 2 May from 10:00:05 to 12:26:10; 64600 loses one of its prefixes from 11:00 to 11:30."""
    before = [spell(p, CUSTOMER, OLD, None, "2 10:00:05", seen=12) for p in FOUR]
    after = [spell(p, CUSTOMER, OLD, "2 12:26:10", None, seen=12) for p in FOUR]
    half = [
        spell("203.0.113.0/25", OTHER, OLD, None, None),
        spell("203.0.113.128/25", OTHER, OLD, None, "2 11:00:00"),
        spell("203.0.113.128/25", OTHER, OLD, "2 11:30:00", None),
    ]
    down = event("ev-outage", EventKind.OUTAGE, "2 10:00:05", "2 12:26:10", FOUR, origin=CUSTOMER, countries=("XA",))
    return view([*before, *after, *half], [down])


def outage_untold() -> RoutingView:
    return replace(outage(), events=())


def shift(found: RoutingView, by: timedelta) -> RoutingView:
    """The same coverage moved, as if the archive were of another time."""
    coverage = replace(found.coverage, start=found.coverage.start + by, end=found.coverage.end + by)
    return replace(found, coverage=coverage, spells=(), events=())


VIEWS = {
    f.__name__: f
    for f in (
        second_link, without_link, with_gap, seen_with_gap, dark, two_peers, hijacked, hijacked_untold, leaked, outage,
        outage_untold,
    )
}  # fmt: skip
