"""Exchanges made by hand, for the tests of the archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from crawler.model import Capture, FetchJob, Outcome, ResourceKind, Source, SourceKind, WarcRef
from crawler.records import Exchange

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = Source(
    id="press", name="Press", kind=SourceKind.FEED, url="http://press.example/feed", role="press", licence="x"
)
JOB = FetchJob(url="http://press.example/a", source_id="press", kind=ResourceKind.PAGE)
PAGE = b"<!doctype html><p>a cable was cut"


def exchange(**changes: Any) -> Exchange:
    base = Exchange(
        job=JOB,
        purpose="page",
        url=JOB.url,
        fetched_at=NOON,
        request_headers=(("Host", "press.example"),),
        protocol="HTTP/1.1",
        status=200,
        headers=(("Content-Type", "text/html"),),
        body=PAGE,
    )
    return replace(base, **changes)


def capture(capture_id: str, warc: WarcRef) -> Capture:
    return Capture(
        id=capture_id,
        url=JOB.url,
        source_id="press",
        kind=ResourceKind.PAGE,
        outcome=Outcome.FETCHED,
        fetched_at=NOON,
        status=200,
        warc=warc,
    )
