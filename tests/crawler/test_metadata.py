from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import html

from crawler.metadata import Found, Metadata, read_metadata
from crawler.model import Entry

URL = "http://news.example/story"
FETCHED = datetime(2017, 10, 5, 12, tzinfo=UTC)
BODY = "<p>The network came back after two hours, and its routes were seen by all peers again.</p>"


def _read(head: str = "", body: str = BODY, *, attrs: str = "", entry: Entry | None = None) -> Metadata:
    page = html.document_fromstring(f"<html {attrs}><head>{head}</head><body>{body}</body></html>")
    return read_metadata(page, URL, FETCHED, entry)


def _json_ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def test_the_title_of_a_lone_h1_wins() -> None:
    read = _read('<title>Back | News</title><meta property="og:title" content="Og">', "<h1>The  network\nis back</h1>")
    assert read.title == Found("The network is back", "h1")


def test_two_h1s_are_passed_over_for_json_ld_then_og_then_title() -> None:
    h1s = "<h1>News</h1><h1>Story</h1>"
    og = '<title>T | News</title><meta property="og:title" content="Og">'
    ld = _json_ld('{"@graph": [{"@type": "WebSite"}, {"@type": "NewsArticle", "headline": "Ld"}]}')
    assert _read(og + ld, h1s).title == Found("Ld", "json-ld")
    assert _read(og, h1s).title == Found("Og", "meta:og:title")
    assert _read("<title>T | News</title>", h1s).title == Found("T | News", "title")


def test_a_lone_h1_that_is_the_sites_name_is_no_title() -> None:
    read = _read('<title>T</title><meta property="og:site_name" content="News">', "<h1>News</h1>")
    assert read.title == Found("T", "title")


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ('"A. Writer"', "A. Writer"),
        ('{"@type": "Person", "name": "A. Writer"}', "A. Writer"),
        ('[{"name": "A. Writer"}, {"name": "B. Other"}, {"name": "A. Writer"}]', "A. Writer, B. Other"),
    ],
)
def test_authors_in_json_ld(author: str, expected: str) -> None:
    read = _read(_json_ld(f'{{"@type": "Article", "author": {author}}}'))
    assert read.author == Found(expected, "json-ld")


def test_an_author_from_meta_or_the_feed_and_no_address_for_a_name() -> None:
    assert _read('<meta name="author" content="By A. Writer">').author == Found("A. Writer", "meta:author")
    profile = '<meta property="article:author" content="https://social.example/a">'
    assert _read(profile).author is None
    assert _read(profile, entry=Entry(url=URL, source_id="s", author="A. Writer")).author == Found("A. Writer", "feed")


@pytest.mark.parametrize(
    ("attrs", "head", "expected"),
    [
        ('lang="en-GB"', "", Found("en", "html-lang")),
        ('lang="RU"', "", Found("ru", "html-lang")),
        ("", '<meta http-equiv="Content-Language" content="fr">', Found("fr", "meta:content-language")),
        ("", '<meta property="og:locale" content="ko_KR">', Found("ko", "meta:og:locale")),
        ("", "", None),
        ('lang="english"', "", None),
    ],
)
def test_the_language_is_what_the_page_declares(attrs: str, head: str, expected: Found | None) -> None:
    assert _read(head, attrs=attrs).lang == expected


def test_the_listing_is_believed_before_the_page() -> None:
    entry = Entry(url=URL, source_id="s", published_at=datetime(2017, 10, 2, 1, 30, 5, tzinfo=UTC))
    read = _read('<meta property="article:published_time" content="2017-10-04T00:00:00Z">', entry=entry)
    assert read.published == (datetime(2017, 10, 2, 1, 30, 5, tzinfo=UTC), "second", "feed")


def test_a_listing_that_knows_the_day_alone() -> None:
    read = _read(entry=Entry(url=URL, source_id="s", published_at=datetime(2017, 10, 2, tzinfo=UTC)))
    assert read.published == (datetime(2017, 10, 2, tzinfo=UTC), "day", "feed")


def test_json_ld_before_meta_before_time() -> None:
    time = '<time datetime="2017-10-02T08:00+08:30">Monday</time>'
    meta = '<meta property="article:published_time" content="2017-10-02T10:00:00+03:00">'
    ld = _json_ld('[{"@type": ["NewsArticle"], "datePublished": "2017-10-02"}]')
    assert _read(meta + ld, time + BODY).published == (datetime(2017, 10, 2, tzinfo=UTC), "day", "json-ld")
    assert _read(meta, time + BODY).published == (
        datetime(2017, 10, 2, 7, tzinfo=UTC),
        "second",
        "meta:article:published_time",
    )
    assert _read("", time + BODY).published == (datetime(2017, 10, 1, 23, 30, tzinfo=UTC), "minute", "time")


def test_the_time_of_another_article_or_of_an_update_is_not_the_pages() -> None:
    body = (
        '<nav><time datetime="2017-09-01">1 Sep</time></nav><time class="updated" datetime="2017-10-04">4 Oct</time>'
        '<time datetime="2017-10-03">3 Oct</time>' + BODY + '<aside><time datetime="2017-08-01">1 Aug</time></aside>'
    )
    published = _read("", body).published
    assert published is not None
    assert (published.at, published.source) == (datetime(2017, 10, 3, tzinfo=UTC), "time")


def test_a_broken_json_ld_stops_nothing() -> None:
    read = _read(_json_ld('{"@type": "Article", ') + '<meta name="date" content="2017-10-02">')
    assert read.published == (datetime(2017, 10, 2, tzinfo=UTC), "day", "meta:date")


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        BODY + "<footer>© 2017 News. All rights reserved.</footer>",
        BODY + "<p>Copyright 2009-2017</p>",
        "<p>In 2012 the operator bought 14 satellites, and in March it had 20.</p>" + BODY,
    ],
)
def test_a_page_without_a_date_gets_none(body: str) -> None:
    assert _read("<title>News</title>", body).published is None


def test_a_date_found_in_free_text_is_a_guess() -> None:
    body = "<div>Filed from the capital, 3 October 2017, in the evening</div>" + BODY
    published = _read("", body).published
    assert published is not None
    assert (published.at, published.precision) == (datetime(2017, 10, 3, tzinfo=UTC), "day")
    assert published.source.startswith("htmldate")


@pytest.mark.parametrize(
    "text",
    [
        "<p>All peers lost the prefix at 2017-10-01 10:47:00 UTC and saw it again at 12:26, after four outages.</p>",
        "<pre>2017-10-01 10:47:00 neighbour 192.0.2.1 down; 2017-10-01 12:26:00 neighbour 192.0.2.1 up again</pre>",
        "<script>var outage = '2017-10-01T10:47:00Z, and 2017-10-01'</script>",
    ],
)
def test_a_timestamp_of_the_story_is_at_most_a_guess_at_the_pages(text: str) -> None:
    published = _read("", text + BODY).published
    assert published is None or published.source == "htmldate-guess"


@pytest.mark.parametrize("raw", ["1970-01-01T00:00:00Z", "2019-01-01T00:00:00Z", "0000-00-00", "soon"])
def test_an_implausible_date_is_passed_over(raw: str) -> None:
    head = f'<meta property="article:published_time" content="{raw}"><meta name="date" content="2017-10-02">'
    published = _read(head).published
    assert published is not None
    assert published.source == "meta:date"
