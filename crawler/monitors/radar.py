"""Cloudflare Radar: outages, traffic anomalies, and hijacks and leaks of routes.

Rests on Cloudflare's API schemas (v4.0.0): an envelope of `success`, `errors` and `result`. Of
`radar/annotations/outages`: startDate, endDate (null while it goes on), locations, asns, description, scope, linkedUrl
and outage (outageCause, outageType). Of `radar/traffic_anomalies`: startDate, endDate, type, status, locationDetails,
asnDetails, visibleInDataSources. Both page by limit and offset and tell no total: the end is an empty page. Of
`radar/bgp/hijacks/events`: hijacker_asn, victim_asns, prefixes, min_hijack_ts, max_hijack_ts, duration, on_going_count,
is_stale, confidence_score, event_type, tags; of `radar/bgp/leaks/events`: leak_asn, leak_seg, min_ts, max_ts, finished
and counts. These page by page and per_page with `result_info.total_count`. Times without a zone are UTC.

What `event_type` and `leak_type` mean is not documented: a hijack is told as a change of origin, and the number kept in
its words. A leak's prefixes are counted there and not named. `LOOK_BACK` before the window is asked for too, since the
dates of the API choose by start: what began before that and goes on is missed. A traffic anomaly is a drop, so a
partial outage; Radar's own word for a whole country or network is what makes an outage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from typing import Any

from crawler.errors import Transient
from crawler.http.service import Service
from crawler.monitors.asking import Asking, NoPlace, Page
from crawler.monitors.model import Question
from crawler.monitors.reading import Row, asn_of, from_iso, listed, mapped, pairs, said, text_of
from crawler.routing.model import EventKind, RoutingEvent, RoutingView

LIMIT = 100
PER_PAGE = 50
LOOK_BACK = timedelta(days=7)
LAG = timedelta(minutes=30)
_WHOLE = {"NATIONWIDE": EventKind.OUTAGE, "NETWORK": EventKind.OUTAGE, "REGIONAL": EventKind.PARTIAL_OUTAGE}


@dataclass(frozen=True, slots=True)
class _Feed:
    """One list of the API: what its rows are called, how it is asked, and since when its documentation knows of it."""

    path: str
    rows: str
    since: datetime
    asn: str
    country: str
    prefix: str | None
    counted: bool


_OUTAGES = _Feed(
    "radar/annotations/outages", "annotations", datetime(2022, 9, 1, tzinfo=UTC), "asn", "location", None, counted=False
)
_ANOMALIES = _Feed(
    "radar/traffic_anomalies",
    "trafficAnomalies",
    datetime(2023, 8, 1, tzinfo=UTC),
    "asn",
    "location",
    None,
    counted=False,
)
_HIJACKS = _Feed(
    "radar/bgp/hijacks/events", "events", datetime(2023, 4, 1, tzinfo=UTC), "involvedAsn", "involvedCountry", "prefix",
    counted=True,
)  # fmt: skip
_LEAKS = _Feed(
    "radar/bgp/leaks/events", "events", datetime(2022, 12, 1, tzinfo=UTC), "involvedAsn", "involvedCountry", None,
    counted=True,
)  # fmt: skip


class Radar:
    """Asked by network and country, for hijacks by prefix too. The token is in the service's headers alone."""

    id: str = "radar"
    name: str = "Cloudflare Radar"
    licence: str = "CC BY-NC 4.0, Cloudflare Radar"
    may_export: bool = False
    base_url: str = "https://api.cloudflare.com/client/v4/"
    interval_s: float = 0.25  # 1,200 requests in 5 minutes
    needs_token: bool = True

    def __init__(self, service: Service) -> None:
        self._service = service

    def view(self, question: Question) -> RoutingView:
        asking = Asking(self, question)
        events: list[RoutingEvent] = []
        for feed, made_of in _READERS:
            asking.holds(feed.since, LAG, feed.path)
            if feed.prefix is None and question.prefixes:
                asking.gap(f"{feed.path}: cannot be asked by prefix: {', '.join(question.prefixes)}")
            for named in _filters(feed, question):
                rows = self._listing(asking, feed, named)
                events += asking.read(feed.path, rows, partial(made_of, asking))
        return asking.view(events)

    def _listing(self, asking: Asking, feed: _Feed, named: Mapping[str, str]) -> Iterator[Any]:
        window = asking.question
        params = {
            **named,
            "dateStart": _iso(window.start - LOOK_BACK),
            "dateEnd": _iso(window.end),
            "format": "json",
        }
        what = " ".join([feed.path, *named.values()])

        def fetch(number: int, before: int) -> Page:
            if feed.counted:
                answer = self._answer(feed, {**params, "page": number + 1, "per_page": PER_PAGE})
                rows = listed(mapped(answer.get("result"), "result").get(feed.rows), feed.rows)
                total = mapped(answer.get("result_info"), "result_info").get("total_count")
                if not isinstance(total, int):
                    raise Transient("the answer does not tell how many events there are", subject=self.id)
                if not rows and total > before:
                    raise Transient(f"a page is empty although {total} events are told of", subject=self.id)
                return Page(rows, last=before + len(rows) >= total)
            answer = self._answer(feed, {**params, "limit": LIMIT, "offset": before})
            rows = listed(mapped(answer.get("result"), "result").get(feed.rows), feed.rows)
            return Page(rows, last=not rows)

        return asking.pages(what, fetch)

    def _answer(self, feed: _Feed, params: Mapping[str, object]) -> dict[str, Any]:
        """The envelope. Raises `Transient` where it holds an error, whatever its HTTP status says."""
        answer = mapped(self._service.json(feed.path, params), "envelope")
        errors = answer.get("errors") or []
        if answer.get("success") is not True or errors:
            words = "; ".join(said(e.get("message") if isinstance(e, dict) else e) for e in errors)
            raise Transient(f"answered with an error: {words or 'no word why'}", subject=self.id)
        return answer


def _filters(feed: _Feed, question: Question) -> list[dict[str, str]]:
    if question.everything:
        return [{}]
    found = [{feed.asn: str(asn)} for asn in question.asns]
    found += [{feed.country: country} for country in question.countries]
    if feed.prefix is not None:
        found += [{feed.prefix: prefix} for prefix in question.prefixes]
    return found


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _outage(asking: Asking, row: Row) -> Iterator[RoutingEvent]:
    """Of each network that it names, and of each country where it is the country's."""
    outage = row.get("outage") or {}
    scale = outage.get("outageType")
    asns, places = [asn_of(asn) for asn in row.get("asns") or ()], [str(code) for code in row.get("locations") or ()]
    countries = places if scale != "NETWORK" else []
    if scale not in _WHOLE or not (asns or countries):
        raise NoPlace(f"outages of type {said(scale)}, of no network and no country")
    text = text_of(
        f"Radar outage {row['id']}",
        description=row.get("description"),
        outageCause=outage.get("outageCause"),
        outageType=scale,
        scope=row.get("scope"),
        asns=asns,
        locations=places,
        linkedUrl=row.get("linkedUrl"),
    )
    start, end = from_iso(row["startDate"]), _end(row.get("endDate"))
    for asn in asns:
        yield asking.event(
            _WHOLE[scale], f"outage/{row['id']}", start, end, text=text, origin=asn, countries=places[:1]
        )
    for country in countries:
        yield asking.event(_WHOLE[scale], f"outage/{row['id']}/{country}", start, end, text=text, countries=(country,))


def _anomaly(asking: Asking, row: Row) -> Iterator[RoutingEvent]:
    network, place = row.get("asnDetails") or {}, row.get("locationDetails") or {}
    if not (network or place):
        raise NoPlace(f"anomalies of type {row.get('type')}")
    parts = {name: row.get(name) for name in ("type", "status", "visibleInDataSources")}
    yield asking.event(
        EventKind.PARTIAL_OUTAGE,
        f"anomaly/{row['uuid']}",
        from_iso(row["startDate"]),
        _end(row.get("endDate")),
        text=text_of(
            f"Radar traffic anomaly {row['uuid']}", **parts, asn=network.get("asn"), name=network.get("name"),
            location=place.get("name"),
        ),
        origin=asn_of(network["asn"]) if network else None,
        countries=(place.get("code") or (network.get("location") or {}).get("code"),),
    )  # fmt: skip


def _hijack(asking: Asking, row: Row) -> Iterator[RoutingEvent]:
    hijacker, victims = asn_of(row["hijacker_asn"]), [asn_of(asn) for asn in row["victim_asns"]]
    start = from_iso(row["min_hijack_ts"])
    lasted = timedelta(seconds=int(row.get("duration") or 0))
    goes_on = int(row.get("on_going_count") or 0) > 0 and not row.get("is_stale")
    tags = [f"{tag['name']}:{tag['score']}" for tag in row.get("tags") or ()]
    names = ("confidence_score", "event_type", "is_stale", "hijack_msgs_count", "on_going_count", "peer_ip_count")
    text = text_of(
        f"Radar hijack {row['id']}",
        **{name: row.get(name) for name in names},
        hijacker_asn=hijacker,
        victim_asns=victims,
        tags=tags,
    )
    for victim, offender in pairs(victims, [hijacker]):
        yield asking.event(
            EventKind.ORIGIN_CHANGE,
            f"hijack/{row['id']}",
            start,
            None if goes_on else max(start + lasted, from_iso(row["max_hijack_ts"])),
            text=text,
            prefixes=[str(ip_network(prefix)) for prefix in row["prefixes"]],
            origin=victim,
            offender=offender,
            countries=list(row.get("victim_countries") or ())[:1] if len(victims) == 1 else (),
        )


def _leak(asking: Asking, row: Row) -> Iterator[RoutingEvent]:
    names = (
        "leak_seg",
        "leak_type",
        "leak_count",
        "prefix_count",
        "origin_count",
        "peer_count",
        "countries",
        "finished",
    )
    yield asking.event(
        EventKind.ROUTE_LEAK,
        f"leak/{row['id']}",
        from_iso(row["min_ts"]),
        from_iso(row["max_ts"]) if row["finished"] else None,
        text=text_of(f"Radar leak {row['id']}", **{name: row.get(name) for name in names}),
        offender=asn_of(row["leak_asn"]),
    )


def _end(text: object) -> datetime | None:
    return from_iso(text) if text else None


_Reader = Callable[[Asking, Row], Iterable[RoutingEvent]]
_READERS: tuple[tuple[_Feed, _Reader], ...] = (
    (_OUTAGES, _outage),
    (_ANOMALIES, _anomaly),
    (_HIJACKS, _hijack),
    (_LEAKS, _leak),
)
