from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import Permanent
from crawler.extract import extract
from crawler.fingerprint import FINGERPRINT_SIZE, document_id
from crawler.model import Capture, Entry, Outcome, ResourceKind
from ops.bench.quality_extract import body_f1, figures

PARAGRAPHS = (
    "A second path to the island's only network was seen in routing tables on Tuesday, monitors said.",
    "Until then every packet went over one cable, which a storm damaged twice in the spring of the same year.",
    "The operator did not answer questions. It had announced in March that it was looking for another provider.",
)
PAGE = (
    '<!doctype html><html lang="en"><head><title>Second path | News</title>{head}</head><body>'
    "<nav><a href='/'>Home</a> <a href='/world'>World</a></nav><main><article><h1>Island gets a second path</h1>"
    "{body}</article></main><aside><h2>Read on</h2><ul><li><a href='/x'>Other news of today</a></li></ul></aside>"
    "<footer>© News</footer></body></html>"
)
ARTICLE = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)


def _capture(**changes: object) -> Capture:
    fields: dict[str, object] = {
        "id": "urn:uuid:1",
        "url": "http://news.example/a?utm_source=feed",
        "source_id": "news",
        "kind": ResourceKind.PAGE,
        "outcome": Outcome.FETCHED,
        "fetched_at": datetime(2017, 10, 5, tzinfo=UTC),
        "content_type": "text/html; charset=utf-8",
    }
    return Capture(**(fields | changes))  # type: ignore[arg-type]


def _page(head: str = "", body: str = ARTICLE) -> bytes:
    return PAGE.format(head=head, body=body).encode()


def test_an_article_without_the_page_around_it() -> None:
    document = extract(_capture(), _page(head='<meta name="author" content="A. Writer">'))
    assert document.title == "Island gets a second path"
    assert document.text.splitlines() == list(PARAGRAPHS)
    assert (document.url, document.id) == ("http://news.example/a", document_id("http://news.example/a"))
    assert (document.version, document.lang, document.author) == (1, "en", "A. Writer")
    assert (document.capture_id, document.source_id) == ("urn:uuid:1", "news")
    assert (document.published_at, document.published_precision) == (None, None)
    assert document.provenance == {"title": "h1", "author": "meta:author", "lang": "html-lang", "text": "trafilatura"}
    assert len(document.signature) == FINGERPRINT_SIZE


def test_the_time_of_the_listing_with_its_provenance() -> None:
    entry = Entry(url="http://news.example/a", source_id="news", published_at=datetime(2017, 10, 3, 7, 5, tzinfo=UTC))
    document = extract(_capture(), _page(), entry)
    assert document.published_at == entry.published_at
    assert (document.published_precision, document.provenance["published_at"]) == ("second", "feed")


def test_the_address_after_a_redirect_and_as_declared() -> None:
    moved = _capture(location="http://news.example/b")
    assert extract(moved, _page()).url == "http://news.example/b"
    assert extract(moved, _page('<link rel="canonical" href="/c">')).url == "http://news.example/c"


def test_the_same_page_twice_is_the_same_document() -> None:
    assert extract(_capture(), _page()) == extract(_capture(), _page())


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [("text/html; charset=windows-1251", "cp1251"), ("text/html", "cp1251"), (None, "utf-8"), ("text/html", "koi8-r")],
)
def test_cyrillic_in_the_encoding_that_was_sent(content_type: str | None, encoding: str) -> None:
    sentence = "Второй внешний канал появился в таблицах маршрутизации в воскресенье вечером, сообщили наблюдатели. "
    body = PAGE.format(head="", body=f"<p>{sentence * 3}</p>").replace("©", "").encode(encoding)
    assert extract(_capture(content_type=content_type), body).text == (sentence * 3).strip()


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (b"", "text/html", "empty"),
        (b" \n\0", "text/html", "empty"),
        (b"%PDF-1.7", "application/pdf", "application/pdf"),
        (b"<!-- -->", "text/html", "no "),
        (b"<html><body><div id=app></div><script>run()</script></body></html>", "text/html", "no article"),
        (b"<html><body><h1>Log in</h1><p>Please log in.</p></body></html>", "text/html", "no article"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00", "text/html", "no "),
    ],
)
def test_a_page_that_is_no_article_is_told_with_its_address(body: bytes, content_type: str, message: str) -> None:
    with pytest.raises(Permanent, match=message) as caught:
        extract(_capture(content_type=content_type), body)
    assert caught.value.subject == "http://news.example/a?utm_source=feed"
    assert caught.value.remedy


def test_a_page_whose_end_was_lost_still_gives_its_beginning() -> None:
    cut = _page()[: _page().index(PARAGRAPHS[2].encode()) + 40]
    assert extract(_capture(), cut).text.startswith(PARAGRAPHS[0])


def test_control_characters_do_not_reach_the_text() -> None:
    body = ARTICLE.replace("monitors said", "monitors\x01 s&#11;ai&#x1F;d\0")
    assert extract(_capture(), _page(body=body)).text.splitlines() == list(PARAGRAPHS)


@settings(deadline=None, max_examples=40)
@given(st.one_of(st.binary(max_size=400), st.text(alphabet="<>/ahp!-= \"'\n\0é", max_size=200).map(str.encode)))
def test_any_bytes_make_a_document_or_a_clear_error(junk: bytes) -> None:
    for body in (junk, _page(body=ARTICLE + junk.decode("latin-1"))):
        with suppress(Permanent):
            assert extract(_capture(content_type=None), body).text


def test_a_byline_and_the_headline_are_not_repeated_in_the_text() -> None:
    head = '<meta name="author" content="A. Writer">'
    body = f"<p>By A. Writer</p>{ARTICLE}"
    assert extract(_capture(), _page(head, body)).text.splitlines() == list(PARAGRAPHS)


def test_the_scorer_counts_shingles_of_four_words() -> None:
    assert body_f1([("a b c d e", "a b c d e")]) == 1.0
    assert body_f1([("a b c d e", "a b c d x")]) == 0.5
    assert body_f1([("a b c d", "")]) == 0.0


@pytest.mark.shared
def test_the_body_floor_on_real_pages() -> None:
    shared = Path(os.environ.get("ROUTEWIRE_SHARED", Path(__file__).parents[2].parent / "shared"))
    found = figures(shared)
    if not found:
        pytest.skip("the evaluation pages (../shared/data/pages) are not here")
    for name, value, floor in found:
        assert value >= floor, name
