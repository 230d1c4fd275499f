from __future__ import annotations

from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime

import feedparser
import httpx
import pytest
from lxml import etree
from protego import Protego

from crawler.extract import extract
from crawler.fingerprint import similarity
from crawler.model import Capture, Document, Entry, Outcome, ResourceKind, SourceKind
from crawler.revisions import revise
from ops.demo.site import Outlet, Page, build, demo_sources, outlets, pages, serve

PAGES = pages()
SITE = build()
FETCHED = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serve() as gateway, httpx.Client(proxy=gateway, trust_env=False) as client:
        yield client


def _document(page: Page, version: int = 0, entry: Entry | None = None) -> Document:
    resource = SITE[page.host, page.path]
    capture = Capture(
        id=f"{page.path}-{version}",
        url=page.url,
        source_id=page.host,
        kind=ResourceKind.PAGE,
        outcome=Outcome.FETCHED,
        fetched_at=FETCHED,
        content_type=resource.content_type,
    )
    return extract(capture, resource.versions[version], entry)


def _page(path_end: str) -> Page:
    return next(page for page in PAGES if page.path.endswith(path_end))


def _outlet(host: str) -> Outlet:
    return next(outlet for outlet in outlets() if outlet.host == host)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_each_version_gives_its_text_title_author_and_time(page: Page) -> None:
    for version, text in enumerate(page.texts):
        document = _document(page, version)
        assert document.text.splitlines() == text.split("\n\n")
        assert (document.title, document.author) == (page.title, page.author)
        assert document.published_at == page.published
        assert document.lang == _outlet(page.host).lang
        assert (document.url, document.source_id) == (page.url, page.host)


def test_times_come_from_markup_of_several_kinds() -> None:
    sources = {_document(page).provenance["published_at"] for page in PAGES}
    assert sources == {"json-ld", "meta:article:published_time", "time"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_each_page_says_that_it_is_a_reconstruction(page: Page) -> None:
    for body in SITE[page.host, page.path].versions:
        assert any(word in body.decode() for word in ("Reconstruction:", "Реконструкция:", "Reconstitution :"))


def test_the_two_syndicated_texts_are_near_copies_and_no_others_are() -> None:
    pair = {"/wire/20171002-0417", "/world/transtelecom-connects-north-korea"}
    documents = [_document(page) for page in PAGES]
    alike = {
        frozenset((a.url, b.url))
        for i, a in enumerate(documents)
        for b in documents[i + 1 :]
        if similarity(a.signature, b.signature) >= 0.5
    }
    assert alike == {frozenset(page.url for page in PAGES if page.path in pair)}
    assert _document(_page("0417")).text != _document(_page("connects-north-korea")).text


def test_every_source_lists_every_page_of_its_outlet(client: httpx.Client) -> None:
    sources = demo_sources("http://127.0.0.1:1")
    assert {source.url for source in sources} == {f"{outlet.base}{outlet.listing}" for outlet in outlets()}
    for source in sources:
        response = client.get(source.url)
        assert response.status_code == 200
        if source.kind is SourceKind.SITEMAP:
            listed = [loc.text for loc in etree.fromstring(response.content).iter("{*}loc")]
        else:
            feed = feedparser.parse(response.content)
            assert not feed.bozo
            listed = [entry.link.partition("?")[0] for entry in feed.entries]
        assert listed == [page.url for page in PAGES if page.host == response.url.host]


def test_a_dated_feed_gives_the_time_of_each_page(client: httpx.Client) -> None:
    feed = feedparser.parse(client.get("http://tidings.example/feed.atom").content)
    times = [datetime.fromtimestamp(timegm(entry.published_parsed), UTC) for entry in feed.entries]
    assert times == [page.published for page in PAGES if page.host == "tidings.example"]
    undated = feedparser.parse(client.get("http://packetpost.example/rss.xml").content)
    assert not any("published" in entry for entry in undated.entries)


def test_robots_txt_forbids_a_page_that_the_feed_lists(client: httpx.Client) -> None:
    rules = Protego.parse(client.get("http://packetpost.example/robots.txt").text)
    forbidden = [page.url for page in PAGES if page.host == "packetpost.example" and not rules.can_fetch(page.url, "x")]
    assert forbidden == ["http://packetpost.example/preview/next-issue"]
    elsewhere = Protego.parse(client.get("http://tidings.example/robots.txt").text)
    assert elsewhere.can_fetch("http://tidings.example/2017/10/02/north-korea-second-route", "x")


def test_a_page_is_edited_for_the_visitor_that_knows_it(client: httpx.Client) -> None:
    url = _page("three-of-four-blocks").url
    first = client.get(url)
    assert client.get(url).content == first.content
    second = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.content != first.content) == (200, True)
    third = client.get(url, headers={"If-None-Match": second.headers["ETag"]})
    assert (third.status_code, third.content) == (304, b"")


def test_the_edit_takes_the_prefixes_out() -> None:
    page = _page("three-of-four-blocks")
    revision = revise(_document(page), _document(page, 1), FETCHED)
    assert revision is not None
    gone = " ".join(change.before for change in revision.changes if change.op != "equal")
    assert all(prefix in gone for prefix in ("175.45.176.0/24", "175.45.178.0/24", "175.45.179.0/24"))
    assert "175.45." not in _document(page, 1).text


def test_a_page_is_gone_for_the_visitor_that_knows_it(client: httpx.Client) -> None:
    url = _page("russian-link-returns").url
    first = client.get(url)
    gone = client.get(url, headers={"If-None-Match": first.headers["ETag"], "If-Modified-Since": "garbage"})
    assert (first.status_code, gone.status_code) == (200, 410)


def test_a_settled_page_is_unchanged_by_etag_or_date(client: httpx.Client) -> None:
    url = _page("north-korea-second-route").url
    first = client.get(url + "?utm_source=feed")
    for headers in (
        {"If-None-Match": f"W/{first.headers['ETag']}"},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        assert client.get(url, headers=headers).status_code == 304
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_gateway_answers_a_host_header_and_knows_no_other_site() -> None:
    with serve() as gateway, httpx.Client(trust_env=False) as client:
        page = client.get(gateway + "/feed.atom", headers={"Host": "tidings.example"})
        assert (page.status_code, page.headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
        assert client.get(gateway + "/", headers={"Host": "tidings.example"}).status_code == 404
        assert client.get(gateway + "/").status_code == 502
        assert client.head(gateway + "/feed.atom", headers={"Host": "tidings.example"}).content == b""


def test_the_sources_carry_the_gateway_and_a_licence() -> None:
    sources = demo_sources("http://127.0.0.1:8080")
    assert {source.gateway for source in sources} == {"http://127.0.0.1:8080"}
    assert all(source.licence == "CC0-1.0" and source.reexport for source in sources)
