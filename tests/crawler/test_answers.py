from typing import Any

import pytest

from crawler.answers import judge, retry_after
from crawler.model import FetchJob, Outcome, ResourceKind, WarcRef
from tests.crawler.exchanges import JOB, SOURCE, exchange

PLACE = WarcRef("a.warc.gz", 0, 1)


def outcome(**changes: Any) -> tuple[Outcome, str | None]:
    capture = judge(exchange(**changes), "1", PLACE, SOURCE, limit=1_000)[0].capture
    return capture.outcome, capture.error


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(exchange(headers=(("Retry-After", value),))) == seconds


def test_a_body_is_known_by_its_digest_and_not_by_its_encoding() -> None:
    first = judge(exchange(), "1", PLACE, SOURCE, limit=1_000)[0].capture
    job = FetchJob(url=JOB.url, source_id="press", kind=ResourceKind.PAGE, known_digest=first.payload_digest)
    assert outcome(job=job) == (Outcome.UNCHANGED, None)
    assert outcome(job=job, body=b"<p>other") == (Outcome.FETCHED, None)


@pytest.mark.parametrize("content_type", ["text/html", "TEXT/HTML; charset=x", "application/xhtml+xml", "text/plain"])
def test_pages_are_html_or_plain_text(content_type: str) -> None:
    assert outcome(headers=(("Content-Type", content_type),))[0] is Outcome.FETCHED


def test_a_body_without_a_type_is_a_page_where_it_looks_like_one() -> None:
    assert outcome(headers=())[0] is Outcome.FETCHED
    assert outcome(headers=(), body=b"%PDF-1.7") == (Outcome.FAILED, "content type missing is not a page")


def test_a_parser_that_fails_ends_one_job_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("crawler.answers.read_listing", fail)
    job = FetchJob(url="http://press.example/feed", source_id="press", kind=ResourceKind.LISTING)
    assert outcome(job=job) == (Outcome.FAILED, "the answer cannot be read (RecursionError: too deep)")


def test_an_odd_status_is_told() -> None:
    assert outcome(status=599) == (Outcome.FAILED, "HTTP 599")
