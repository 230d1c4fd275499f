"""Services of the documented forms on loopback, with made-up events of documentation networks, and how to ask them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.monitors.model import Monitor, Question
from crawler.monitors.registry import MONITORS, open_monitor
from tests.misbehaving import Misbehaving, Reply, Request

TOKEN = "a-token-that-nobody-may-read-anywhere"
START, END = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 2, tzinfo=UTC)
ASKED = Question(start=START, end=END, asns=(64500,))

Answer = Callable[[Request], object]


class Api(Misbehaving):
    """Answers what `answer` makes of a request: a `Reply`, or what is sent as JSON."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer

    def _reply(self, request: Request) -> Reply:
        made = self.answer(request)
        return made if isinstance(made, Reply) else as_json(made)


class Opened:
    """A monitor over an `Api`; `pauses` are the seconds that it would have waited."""

    def __init__(self, monitor: Monitor, api: Api, pauses: list[float]) -> None:
        self.monitor, self.api, self.pauses = monitor, api, pauses
        self.view = monitor.view

    @property
    def requests(self) -> list[Request]:
        return self.api.requests


@contextmanager
def asking(monitor_id: str, answer: Answer) -> Iterator[Opened]:
    pauses: list[float] = []
    token = TOKEN if MONITORS[monitor_id].needs_token else None
    api = Api(answer)
    with api, open_monitor(monitor_id, token=token, base_url=api.url, pause=pauses.append) as monitor:
        yield Opened(monitor, api, pauses)


def as_json(value: object, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(body=json.dumps(value).encode(), status=status, headers={"Content-Type": "application/json", **named})


def one(request: Request, name: str, default: str = "") -> str:
    return request.params.get(name, [default])[0]


def at(hour: float, day: int = 1) -> datetime:
    """A time of May 2024."""
    return datetime(2024, 5, day, tzinfo=UTC) + timedelta(hours=hour)


def unix(moment: datetime) -> int:
    return int(moment.timestamp())


def naive(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


# -- IODA ------------------------------------------------------------------------------------------------------------
def ioda_envelope(data: object, error: str | None = None) -> dict[str, object]:
    return {
        "type": "outages.events",
        "metadata": {},
        "requestParameters": {},
        "error": error,
        "perf": None,
        "data": data,
    }


def ioda_event(location: str, start: datetime, hours: float, **more: object) -> dict[str, object]:
    named = {
        "location": location, "start": unix(start), "duration": int(hours * 3600), "uncertainty": None, "status": 0,
        "fraction": None, "score": 676.98, "location_name": "Zedland", "overlaps_window": False, "method": "median",
        "datasource": "bgp",
    }  # fmt: skip
    return named | more


def ioda_alert(kind: str, code: str, moment: datetime, value: float, usual: float, **more: object) -> dict[str, object]:
    named = {
        "datasource": "bgp", "entity": {"code": code, "name": "Zedland", "type": kind, "attrs": {}},
        "time": unix(moment), "level": "critical", "condition": "< 0.99", "value": value, "historyValue": usual,
        "method": "median",
    }  # fmt: skip
    return named | more


def ioda(events: list[Any], alerts: list[Any] | None = None) -> Answer:
    """Pages both lists, of the entity that is asked for."""

    def answer(request: Request) -> object:
        kind, code = one(request, "entityType"), one(request, "entityCode")
        if request.path.endswith("/alerts"):
            rows = [a for a in alerts or [] if a["entity"]["type"] == kind and code in ("", a["entity"]["code"])]
        else:
            rows = [e for e in events if e["location"].partition("/")[0] == kind]
            rows = [e for e in rows if code in ("", e["location"].partition("/")[2])]
        limit, page = int(one(request, "limit")), int(one(request, "page"))
        return ioda_envelope(rows[limit * page : limit * (page + 1)])

    return answer


# -- GRIP ------------------------------------------------------------------------------------------------------------
def grip_event(kind: str, start: datetime, end: datetime | None = None, **more: Any) -> dict[str, Any]:
    primary = {
        "suspicion_level": 80, "confidence": 50, "inference_id": "unclassified", "labels": ["incident"],
        "explanation": "signs of incident, but no explanation",
    }  # fmt: skip
    summary = {
        "ases": ["64500", "64501"], "attackers": ["64501"], "victims": ["64500"], "newcomers": ["64501"],
        "prefixes": ["192.0.2.0/24"], "tags": [{"name": "newcomer-more-specific"}], "tr_worthy": False,
        "inference_result": {"inferences": [primary], "primary_inference": primary},
    }  # fmt: skip
    parts: dict[str, list[dict[str, Any]]] = {
        "moas": [{"prefix": "192.0.2.0/24", "tags": [], "finished_ts": None}],
        "submoas": [{"sub_pfx": "192.0.2.128/25", "super_pfx": "192.0.2.0/24", "tags": [], "finished_ts": None}],
    }
    named = {
        "id": f"{kind}-{unix(start)}-64500_64501", "event_type": kind, "view_ts": unix(start),
        "finished_ts": unix(end) if end else None, "pfx_events": parts.get(kind, []), "summary": summary,
        "asinfo": {"64500": {"asrank": {"organization": {"country": {"iso": "ZZ"}}}}},
    }  # fmt: skip
    return named | more


def _over(event: dict[str, Any], moment: datetime) -> bool:
    return event["finished_ts"] is not None and event["finished_ts"] < unix(moment)


def grip(events: list[Any], most: int = 10_000) -> Answer:
    """Newest first, those of the asked type and time; reads no further than `most`, as the search behind it."""

    def answer(request: Request) -> object:
        begin, upto = (
            datetime.fromisoformat(one(request, name)).replace(tzinfo=UTC) for name in ("ts_start", "ts_end")
        )
        found = [
            event
            for event in sorted(events, key=lambda event: (-event["view_ts"], event["id"]))
            if event["event_type"] == one(request, "event_type")
            and event["view_ts"] <= unix(upto)
            and (event["view_ts"] >= unix(begin) or (one(request, "overlap") and not _over(event, begin)))
            and (not one(request, "asns") or one(request, "asns") in event["summary"]["ases"])
            and (not one(request, "pfxs") or one(request, "pfxs") in event["summary"]["prefixes"])
        ]
        first, length = int(one(request, "start")), int(one(request, "length"))
        if first + length > most:
            return Reply(status=500, body=b"<h1>Internal Server Error</h1>", headers={"Content-Type": "text/html"})
        rows = found[first : first + length]
        return {
            "copyright": "made up", "draw": None, "recordsFiltered": 0, "recordsTotal": min(len(found), most),
            "data": rows,
        }  # fmt: skip

    return answer


# -- Radar -----------------------------------------------------------------------------------------------------------
def radar_outage(**more: object) -> dict[str, object]:
    named: dict[str, object] = {
        "id": "550", "dataSource": "ALL", "description": "A made-up outage", "scope": None, "eventType": "OUTAGE",
        "startDate": "2024-05-01T06:00:00Z", "endDate": "2024-05-01T09:30:00Z", "locations": ["ZZ"], "asns": [64500],
        "linkedUrl": None, "outage": {"outageCause": "CABLE_CUT", "outageType": "NETWORK"},
    }  # fmt: skip
    return named | more


def radar_anomaly(**more: object) -> dict[str, object]:
    named: dict[str, object] = {
        "uuid": "55a57f33", "type": "AS", "status": "VERIFIED", "startDate": "2024-05-01T07:00:00Z", "endDate": None,
        "locationDetails": None, "asnDetails": {"asn": "64500", "name": "EXAMPLE", "location": {"code": "ZZ"}},
        "originDetails": None, "visibleInDataSources": ["HTTP"],
    }  # fmt: skip
    return named | more


def radar_hijack(**more: object) -> dict[str, object]:
    named: dict[str, object] = {
        "id": 1234, "event_type": 0, "confidence_score": 8, "duration": 600, "hijacker_asn": 64501,
        "victim_asns": [64500],
        "hijacker_country": "ZY", "victim_countries": ["ZZ"], "prefixes": ["192.0.2.0/24"], "is_stale": False,
        "min_hijack_ts": "2024-05-01T14:01:55.952", "max_hijack_ts": "2024-05-01T14:05:00", "on_going_count": 0,
        "max_msg_ts": "2024-05-01T14:12:00", "hijack_msgs_count": 3, "peer_asns": [64510], "peer_ip_count": 1,
        "tags": [{"name": "rpki_new_origin_invalid", "score": 4}],
    }  # fmt: skip
    return named | more


def radar_leak(**more: object) -> dict[str, object]:
    named: dict[str, object] = {
        "id": 77, "leak_asn": 64500, "leak_seg": [64510, 64500, 64511], "leak_type": 1, "leak_count": 9,
        "prefix_count": 120, "origin_count": 4, "peer_count": 6, "countries": ["ZZ"], "finished": True,
        "detected_ts": "2024-05-01T18:03:00", "min_ts": "2024-05-01T18:00:00", "max_ts": "2024-05-01T18:40:00",
    }  # fmt: skip
    return named | more


RADAR = {
    "/radar/annotations/outages": "annotations",
    "/radar/traffic_anomalies": "trafficAnomalies",
    "/radar/bgp/hijacks/events": "events",
    "/radar/bgp/leaks/events": "events",
}


def radar(rows: Mapping[str, list[Any]], cap: int = 1000) -> Answer:
    """Pages each list in its own way, of at most `cap` rows whatever is asked for."""

    def answer(request: Request) -> object:
        held = rows.get(request.path.removeprefix("/radar/"), [])
        name = RADAR[request.path]
        if "limit" in request.params:
            first, size = int(one(request, "offset")), min(cap, int(one(request, "limit")))
            return {"success": True, "errors": [], "result": {name: held[first : first + size]}}
        size, page = min(cap, int(one(request, "per_page"))), int(one(request, "page"))
        shown = held[size * (page - 1) : size * page]
        info = {"count": len(shown), "page": page, "per_page": size, "total_count": len(held)}
        result = {"events": shown, "asn_info": [], "total_monitors": 163}
        return {"success": True, "errors": [], "result": result, "result_info": info}

    return answer


# -- RIPEstat --------------------------------------------------------------------------------------------------------
def ripestat_envelope(data: object, **more: object) -> dict[str, object]:
    named = {
        "messages": [], "see_also": [], "version": "1.2", "data_call_name": "a-call", "data_call_status": "supported",
        "cached": False, "query_id": "made-up", "status": "ok", "status_code": 200, "data": data,
    }  # fmt: skip
    return named | more


class Ris:
    """What RIS saw, by the calls of RIPEstat. `routes` and `updates` are (source_id, prefix, path), the latter with a
    time; an empty path is a withdrawal. `most` caps the updates of one answer, which still counts them all.
    """

    def __init__(self, *, most: int = 100_000) -> None:
        self.routes: list[tuple[str, str, list[int]]] = []
        self.updates: list[tuple[datetime, str, str, list[int]]] = []
        self.neighbours: list[dict[str, Any]] = []
        self.sides: dict[int, str] = {}
        self.by_origin: list[dict[str, Any]] = []
        self.earliest, self.latest = datetime(2019, 5, 21, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
        self.most = most

    def __call__(self, request: Request) -> object:
        call = request.path.strip("/").partition("/")[0]
        made: dict[str, Callable[[Request], object]] = {
            "bgp-state": self._state, "bgp-updates": self._updates, "asn-neighbours-history": self._history,
            "asn-neighbours": self._sides, "routing-history": self._origins,
        }  # fmt: skip
        return ripestat_envelope(made[call](request))

    def _asked(self, request: Request, prefix: str, path: list[int]) -> bool:
        resources = one(request, "resource").split(",")
        return prefix in resources or (bool(path) and f"AS{path[-1]}" in resources)

    def _window(self, request: Request) -> tuple[datetime, datetime]:
        begin, upto = (
            datetime.fromisoformat(one(request, name)).replace(tzinfo=UTC) for name in ("starttime", "endtime")
        )
        return begin, min(upto, self.latest)

    def _state(self, request: Request) -> object:
        moment = datetime.fromisoformat(one(request, "timestamp")).replace(tzinfo=UTC)
        held = {(source, prefix): path for source, prefix, path in self.routes}
        held |= {(source, prefix): path for at_, source, prefix, path in self.updates if at_ < moment}
        rows = [
            {"target_prefix": prefix, "source_id": source, "path": path, "community": []}
            for (source, prefix), path in held.items()
            if path and self._asked(request, prefix, path)
        ]
        told = {"resource": one(request, "resource"), "timestamp": naive(moment), "nr_routes": len(rows)}
        return told | {"bgp_state": rows}

    def _updates(self, request: Request) -> object:
        begin, upto = self._window(request)
        rows = []
        for seq, (moment, source, prefix, path) in enumerate(self.updates):
            if not (begin <= moment <= upto and self._asked(request, prefix, path)):
                continue
            attrs: dict[str, Any] = {"source_id": source, "target_prefix": prefix}
            if path:
                attrs |= {"path": path, "community": []}
            rows.append({"seq": seq, "timestamp": naive(moment), "type": "A" if path else "W", "attrs": attrs})
        return {
            "resource": one(request, "resource"), "query_starttime": naive(begin), "query_endtime": naive(upto),
            "nr_updates": len(rows), "updates": rows[: self.most],
        }  # fmt: skip

    def _bounds(self, request: Request) -> dict[str, object]:
        begin, upto = self._window(request)
        return {
            "query_starttime": naive(max(begin, self.earliest)), "query_endtime": naive(upto),
            "earliest_time": naive(self.earliest), "latest_time": naive(self.latest),
        }  # fmt: skip

    def _history(self, request: Request) -> object:
        return {**self._bounds(request), "neighbours": self.neighbours}

    def _sides(self, _request: Request) -> object:
        return {"neighbours": [{"asn": asn, "type": side, "power": 1} for asn, side in self.sides.items()]}

    def _origins(self, request: Request) -> object:
        return {**self._bounds(request), "by_origin": self.by_origin, "time_granularity": 28800}


def lines(*spans: tuple[datetime, datetime], peers: float = 100.0) -> list[dict[str, object]]:
    """Timelines as both histories have them."""
    return [{"starttime": naive(s), "endtime": naive(e), "full_peers_seeing": peers} for s, e in spans]


HEALTHY: dict[str, Callable[[], Answer]] = {
    "ripestat": Ris,
    "ioda": lambda: ioda([]),
    "grip": lambda: grip([]),
    "radar": lambda: radar({}),
}
