"""Atom that a feed reader can read, whatever the texts hold."""

from __future__ import annotations

from dataclasses import replace

import feedparser
import httpx

from ops.settings import load_settings
from ops.web.site import make_site
from ops.wiring import System
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


def test_the_feed_leads_to_where_it_is_served_unless_the_settings_say_where_that_is(system: System) -> None:
    unset = replace(system, settings=load_settings(data_dir=system.settings.data_dir, demo=False))
    assert make_site(unset, "http://127.0.0.1:8655/").public_url == "http://127.0.0.1:8655"
    assert make_site(system, "http://127.0.0.1:8655").public_url == "http://routewire.example"
