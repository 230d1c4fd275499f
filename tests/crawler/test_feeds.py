import contextlib
import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import Permanent
from crawler.feeds import read_listing
from crawler.model import Source, SourceKind

URL = "http://press.example/news/list"


def source(kind: SourceKind) -> Source:
    return Source(id="press", name="Press", kind=kind, url=URL, role="press", licence="x")


def rss(*items: str) -> bytes:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>P</title>{inner}</channel></rss>".encode()


def test_an_rss_item_becomes_an_entry() -> None:
    body = rss(
        "<title>Cables &amp;amp; &lt;i&gt;routes&lt;/i&gt;</title><link>/a#top</link>"
        "<author>n@press.example (N. N.)</author>"
        "<pubDate>Mon, 02 Mar 2026 09:30:00 +0330</pubDate>"
        "<description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two &amp;amp; three.&lt;/p&gt;</description>"
    )
    (entry,) = read_listing(source(SourceKind.FEED), URL, body, "application/rss+xml").entries
    assert entry.url == "http://press.example/a"
    assert entry.title == "Cables & routes"
    assert entry.published_at == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert entry.summary == "One. Two & three."
    assert entry.author is not None
    assert "N. N." in entry.author


def test_an_atom_entry_becomes_an_entry() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ru"><title>P</title>
      <entry><title>\xd0\x9c\xd0\xb0\xd1\x80\xd1\x88\xd1\x80\xd1\x83\xd1\x82</title><link href="http://press.example/b"/>
      <published>2026-03-02T10:00:00Z</published><updated>2026-03-03T10:00:00Z</updated></entry>
      <entry><title>Updated only</title><link href="c"/><updated>2026-03-03T10:00:00Z</updated></entry></feed>"""
    first, second = read_listing(source(SourceKind.FEED), URL, body, None).entries
    assert (first.title, first.published_at) == ("Маршрут", datetime(2026, 3, 2, 10, tzinfo=UTC))
    assert (second.url, second.published_at) == ("http://press.example/news/c", None)


def test_items_without_a_usable_address_are_counted_and_twins_are_one() -> None:
    body = rss("<title>No link</title>", "<link>javascript:x</link>", "<link>/a</link>", "<link>/a</link>")
    listing = read_listing(source(SourceKind.FEED), URL, body, "text/html")
    assert [entry.url for entry in listing.entries] == ["http://press.example/a"]
    assert listing.skipped == 2


def test_a_broken_feed_gives_what_can_be_read() -> None:
    body = rss("<title>A</title><link>/a</link>", "<title>B</title><link>/b</link>")[:-40] + b"<oops & <"
    assert [entry.title for entry in read_listing(source(SourceKind.FEED), URL, body, None).entries][:1] == ["A"]


def test_an_empty_feed_is_a_feed() -> None:
    assert read_listing(source(SourceKind.FEED), URL, rss(), None).entries == ()


@pytest.mark.parametrize("body", [b"", b"<html><body>Not here</body></html>", b"http://press.example/", b"/etc/passwd"])
@pytest.mark.parametrize("kind", [SourceKind.FEED, SourceKind.SITEMAP])
def test_what_is_no_listing_is_told(body: bytes, kind: SourceKind) -> None:
    with pytest.raises(Permanent, match=r"no (feed|sitemap)"):
        read_listing(source(kind), URL, body, "text/html")


SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
 <url><loc>http://press.example/a?x=1&amp;y=2</loc><lastmod>2026-03-04</lastmod>
  <n:news><n:publication><n:name>Press</n:name></n:publication>
  <n:publication_date>2026-03-02T18:00:00+09:00</n:publication_date><n:title>Two &amp; two</n:title></n:news></url>
 <url><loc>/b</loc><lastmod>2026-03-04T00:00:00Z</lastmod></url>
 <url><lastmod>2026-03-04</lastmod></url>
</urlset>"""


@pytest.mark.parametrize("body", [SITEMAP, gzip.compress(SITEMAP)], ids=["plain", "gzip"])
def test_a_sitemap_names_pages_and_its_news_their_title_and_time(body: bytes) -> None:
    listing = read_listing(source(SourceKind.SITEMAP), URL, body, "application/xml")
    first, second = listing.entries
    assert first.url == "http://press.example/a?x=1&y=2"
    assert (first.title, first.published_at) == ("Two & two", datetime(2026, 3, 2, 9, tzinfo=UTC))
    # The day of a change is not the day of publication.
    assert (second.url, second.published_at) == ("http://press.example/b", None)
    assert listing.skipped == 1


def test_a_sitemap_index_names_its_parts_newest_first() -> None:
    body = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
      <sitemap><loc>/old.xml</loc><lastmod>2025-01-01</lastmod></sitemap>
      <sitemap><loc>/new.xml</loc><lastmod>2026-01-01</lastmod></sitemap></sitemapindex>"""
    listing = read_listing(source(SourceKind.SITEMAP), URL, body, None)
    assert listing.parts == ("http://press.example/new.xml", "http://press.example/old.xml")


def test_entities_are_not_expanded_without_bound() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "lol">{levels}]><urlset><url><loc>http://press.example/&l8;</loc></url></urlset>'
    for entry in read_listing(source(SourceKind.SITEMAP), URL, bomb.encode(), None).entries:
        assert len(entry.url) < 1_000


def test_a_listing_page_names_the_pages_of_its_host_that_have_a_title() -> None:
    body = b"""<html><base href="/archive/"><a href="/">Home</a><a href="1.html">A cable was cut today</a>
      <a href="http://elsewhere.example/">Read it over there now</a><a href="list">x</a>
      <a href="mailto:n@press.example">write to the editor now</a><a href="1.html#c">A cable was cut today</a></html>"""
    (entry,) = read_listing(source(SourceKind.LISTING), URL, body, "text/html").entries
    assert (entry.url, entry.title) == ("http://press.example/archive/1.html", "A cable was cut today")


@given(st.binary(max_size=400), st.sampled_from(SourceKind))
def test_any_bytes_are_a_listing_or_a_clear_error(body: bytes, kind: SourceKind) -> None:
    with contextlib.suppress(Permanent):
        read_listing(source(kind), URL, body, None)
