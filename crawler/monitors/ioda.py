"""IODA: outages of countries, their regions and networks (Georgia Tech, API v2).

Rests on the fields that the API documents (and its public source, InetIntel/ioda-api): `outages/events` in the form
`codf` (location, location_name, start, duration, datasource, method, score, overlaps_window) and `outages/alerts`
(entity, time, level, condition, value, historyValue, method, datasource), inside an envelope whose `error` is set where
`data` is none. Pages are counted from 0; an event that goes on ends where the asked window ends, to the second. Events
that began up to 14 days before the window are looked for (`extendWindow`, its own default).

An event says that a signal dropped, not how far: its alerts do. A signal at a tenth of its usual value or less is an
outage, any other drop a partial one. What IODA tells of a region is told of its country, with the region's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from crawler.errors import Permanent, Transient
from crawler.http.service import Service
from crawler.monitors.asking import Asking, Page
from crawler.monitors.model import Question
from crawler.monitors.reading import Row, asn_of, from_unix, listed, mapped, said, text_of
from crawler.routing.model import EventKind, RoutingEvent, RoutingView

PAGE = 500
LOOK_BACK_S = 14 * 86_400
# As `outage_share` of our own detection: what is left of a signal that is called out.
TOTAL_SHARE = 0.1
# The oldest time that its documentation asks for; 15 to 30 minutes pass before a measurement is published.
SINCE = datetime(2019, 1, 1, tzinfo=UTC)
LAG = timedelta(minutes=30)


class Ioda:
    """Asked by country and network; `everything` is all countries and all networks."""

    id: str = "ioda"
    name: str = "IODA"
    licence: str = "Copyright Georgia Tech Research Corporation, all rights reserved"
    may_export: bool = False
    base_url: str = "https://api.ioda.inetintel.cc.gatech.edu/v2/"
    interval_s: float = 0.5
    needs_token: bool = False

    def __init__(self, service: Service) -> None:
        self._service = service

    def view(self, question: Question) -> RoutingView:
        if question.prefixes and not (question.asns or question.countries):
            raise Permanent("is asked by country or network, not by prefix", subject=self.id, remedy="name a network")
        asking = Asking(self, question)
        asking.cannot("prefix", question.prefixes)
        asking.holds(SINCE, LAG)
        events: list[RoutingEvent] = []
        for entity in _entities(question):
            events += self._outages(asking, entity)
        return asking.view(events)

    def _outages(self, asking: Asking, entity: dict[str, str]) -> list[RoutingEvent]:
        what = "/".join(entity.values())
        found = list(self._listing(asking, f"events of {what}", "outages/events", {**entity, "format": "codf"}))
        alerts = list(self._listing(asking, f"alerts of {what}", "outages/alerts", entity)) if found else []
        depth = asking.read(f"alerts of {what}", alerts, _alert)
        return asking.read(f"events of {what}", found, partial(_event, asking, depth, entity))

    def _listing(self, asking: Asking, what: str, path: str, entity: dict[str, str]) -> Iterator[Any]:
        window = {"from": _unix(asking.question.start), "until": _unix(asking.question.end)}

        def fetch(number: int, _before: int) -> Page:
            params = {**window, **entity, "limit": PAGE, "page": number, "extendWindow": LOOK_BACK_S}
            answer = mapped(self._service.json(path, params), "envelope")
            if answer.get("error"):
                raise Transient(f"refused: {said(answer['error'])}", subject=self.id)
            rows = listed(answer.get("data"), what)
            return Page(rows, last=len(rows) < PAGE)

        return asking.pages(what, fetch)


def _entities(question: Question) -> list[dict[str, str]]:
    """One a request: an answer is then of what was asked even where it does not name it."""
    if question.everything:
        return [{"entityType": "country"}, {"entityType": "asn"}]
    found = []
    for country in question.countries:
        found.append({"entityType": "country", "entityCode": country})
        found.append({"entityType": "region", "relatedTo": f"country/{country}"})
    return [*found, *({"entityType": "asn", "entityCode": str(asn)} for asn in question.asns)]


def _event(asking: Asking, alerts: Sequence[_Alert], entity: dict[str, str], row: Row) -> Iterator[RoutingEvent]:
    kind, _, code = str(row.get("location") or "").partition("/")
    if not code:  # left out by the service where it builds events without their alerts
        kind, code = entity["entityType"], entity.get("entityCode", "")
    source, begun = str(row.get("datasource")), int(row["start"])
    over = begun + int(row["duration"])
    own = [alert for alert in alerts if alert.of == (kind, code, source) and begun <= alert.at <= over]
    worst = min(own, key=lambda alert: alert.share, default=None)
    names = ("location", "location_name", "datasource", "method", "score")
    told = text_of("IODA event", **{name: row.get(name) for name in names})
    yield asking.event(
        EventKind.OUTAGE if worst and worst.share <= TOTAL_SHARE else EventKind.PARTIAL_OUTAGE,
        f"{kind}/{code}/{source}/{row.get('method')}/{begun}",
        from_unix(begun),
        None if over == _unix(asking.question.end) else from_unix(over),
        text=f"{told}; {worst.text if worst else 'no alert tells how far'}",
        origin=asn_of(code) if kind == "asn" else None,
        countries=(_country(kind, code, entity),),
        thresholds={"ioda_total_share": TOTAL_SHARE},
    )


def _country(kind: str, code: str, entity: dict[str, str]) -> str | None:
    """Raises `ValueError` for what is neither a country nor told of one."""
    if kind == "asn":
        return None
    country = code if kind == "country" else entity.get("relatedTo", "").removeprefix("country/")
    if len(country) != 2:
        raise ValueError("no country")
    return country


class _Alert(NamedTuple):
    """`share` is what was left of the signal, of its usual value; `of` is kind and code of a place, and the source."""

    of: tuple[str, str, str]
    at: int
    share: float
    text: str


def _alert(row: Row) -> Iterator[_Alert]:
    """None of what is normal again: it says nothing of the depth."""
    if row["level"] == "normal":
        return
    usual, names = float(row["historyValue"]), ("level", "condition", "value", "historyValue")
    yield _Alert(
        of=(str(row["entity"]["type"]), str(row["entity"]["code"]), str(row["datasource"])),
        at=int(row["time"]),
        share=float(row["value"]) / usual if usual > 0 else 1.0,
        text=text_of("lowest alert", **{name: row.get(name) for name in names}),
    )


def _unix(moment: datetime) -> int:
    return int(moment.timestamp())
