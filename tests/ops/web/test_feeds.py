"""Atom that a feed reader can read, whatever the texts hold."""

from __future__ import annotations

import feedparser
import httpx

from tests.ops.web.sample import HOSTILE_TITLE


def test_the_newest_come_first_with_their_verdict(client: httpx.Client) -> None:
    answer = client.get("/feeds/search.atom", params={"q": "kind:claim"})
    feed = feedparser.parse(answer.content)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert not feed.bozo
    assert feed.feed.title == "Routewire: kind:claim"
    assert feed.feed.updated == "2031-05-01T09:10:00Z"
    assert any(e.title.startswith("[confirmed] ") for e in feed.entries)
    assert [e.updated for e in feed.entries] == sorted((e.updated for e in feed.entries), reverse=True)
    assert all(e.link.startswith("http://routewire.example/claim/") for e in feed.entries)


def test_hostile_texts_stay_texts(client: httpx.Client) -> None:
    feed = feedparser.parse(client.get("/feeds/search.atom", params={"q": "coral"}).content, sanitize_html=False)
    assert not feed.bozo
    (entry,) = feed.entries
    assert entry.title == HOSTILE_TITLE
    assert entry.title_detail.type == "text/plain"
    assert all(link.href.startswith("http://routewire.example/") for link in entry.links)


def test_an_empty_feed_is_a_feed(client: httpx.Client) -> None:
    feed = feedparser.parse(client.get("/feeds/search.atom", params={"q": "nothinglikeit"}).content)
    assert not feed.bozo
    assert feed.entries == []


def test_a_wrong_query_is_told(client: httpx.Client) -> None:
    assert client.get("/feeds/search.atom", params={"q": "foo:bar"}).status_code == 400
