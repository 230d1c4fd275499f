"""How the system is: a page for people, `/healthz` for a supervisor, `/metrics` for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from crawler.errors import RoutewireError
from crawler.model import Source, SourceState
from indexer.model import ArchiveRecord, Failure, Work
from indexer.record.protocol import Record
from ops.web.site import Site, site_of
from ops.wiring import catalogue, every_source

router = APIRouter(tags=["health"])
Here = Annotated[Site, Depends(site_of)]

MOST_DUE = 10_000
"""Work is counted up to here; more than that is "very much" to a person and to an alarm."""

DOING: Mapping[Work, str] = {
    Work.POLL: "sources to poll",
    Work.FETCH: "pages to fetch",
    Work.EXTRACT: "captures to make documents of",
    Work.ANNOTATE: "documents to read",
    Work.DETECT: "routing archives to search for events",
    Work.GROUP: "groupings into stories",
    Work.VERIFY: "claims to judge",
    Work.DIGEST: "digests to send",
}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source of the catalogue or of the record; `state` is None before its first poll. `unpolled` says why the poller
    leaves it alone, "" where it does not.
    """

    id: str
    name: str
    url: str | None
    state: SourceState | None
    unpolled: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`lag` counts changes of the record that the index does not hold yet."""

    due: Mapping[Work, int]
    failures: Sequence[Failure]
    counts: Mapping[str, int]
    lag: int
    sources: Sequence[SourceRow]
    archives: Sequence[ArchiveRecord]
    catalogue_error: str

    @property
    def quarantined(self) -> int:
        return sum(failure.retry_at is None for failure in self.failures)


def due(record: Record, now: datetime) -> dict[Work, int]:
    """How much is due, kinds without any left out."""
    counted = {work: len(record.due(work, now, MOST_DUE)) for work in Work}
    return {work: count for work, count in counted.items() if count}


def health(site: Site, now: datetime) -> Health:
    record = site.record
    error, known, polled = "", dict[str, Source](), dict[str, Source]()
    try:
        polled = catalogue(site.system.settings)
        known = every_source(site.system.settings)
    except RoutewireError as wrong:
        error = str(wrong)
    return Health(
        due=due(record, now),
        failures=record.failures(),
        counts=record.counts(),
        lag=record.last_change() - site.index.seq(),
        sources=source_rows(known, polled.keys(), record.sources()),
        archives=record.archives(),
        catalogue_error=error,
    )


def source_rows(known: Mapping[str, Source], polled: Set[str], states: Mapping[str, SourceState]) -> list[SourceRow]:
    """Those that fail first, then those that answered, then those that wait for their first poll."""
    rows = []
    for source_id in known.keys() | states.keys():
        source = known.get(source_id)
        public = source is not None and source.gateway is None  # behind a gateway, the address is not for readers
        why = "demo, not polled" if source else "not in the catalogue, not polled"
        name, url = (source.name if source else source_id), (source.url if source and public else None)
        rows.append(SourceRow(source_id, name, url, states.get(source_id), "" if source_id in polled else why))
    return sorted(rows, key=_rank)


def _rank(row: SourceRow) -> tuple[int, str]:
    if row.state is None or row.state.last_outcome is None:
        return 2, row.id
    return (0 if row.state.failures else 1), row.id


@router.get("/health", response_class=HTMLResponse, include_in_schema=False)
def health_page(request: Request, site: Here) -> HTMLResponse:
    return site.page(request, "health.html", health=health(site, datetime.now(UTC)), doing=DOING)


@router.get("/healthz", response_class=PlainTextResponse, responses={503: {"description": "why the record is away"}})
def healthz(site: Here) -> PlainTextResponse:
    """`ok` while record and index answer."""
    try:
        site.record.last_change()
        site.index.seq()
    except RoutewireError as error:
        return PlainTextResponse(f"{error}\n", 503)
    return PlainTextResponse("ok\n")


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(site: Here) -> Response:
    """Gauges in Prometheus's text form, read from the record at each scrape."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Gauges(site, datetime.now(UTC)))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Gauges(Collector):
    def __init__(self, site: Site, now: datetime) -> None:
        self.site, self.now = site, now

    def collect(self) -> Iterator[Metric]:
        record = self.site.record
        rows = GaugeMetricFamily("routewire_rows", "Rows of the record by table.", labels=["table"])
        for table, count in sorted(record.counts().items()):
            rows.add_metric([table], count)
        waiting = GaugeMetricFamily("routewire_due", f"Work that is due, up to {MOST_DUE}.", labels=["work"])
        failed = GaugeMetricFamily("routewire_failed", "Work put off or in quarantine.", labels=["work", "state"])
        failures = record.failures()
        for work in Work:
            waiting.add_metric([work.value], len(record.due(work, self.now, MOST_DUE)))
            own = [f for f in failures if f.work is work]
            failed.add_metric([work.value, "quarantined"], sum(f.retry_at is None for f in own))
            failed.add_metric([work.value, "put_off"], sum(f.retry_at is not None for f in own))
        lag = GaugeMetricFamily("routewire_index_lag_changes", "Changes of the record that the index lacks.")
        lag.add_metric([], record.last_change() - self.site.index.seq())
        yield from (rows, waiting, failed, lag)
