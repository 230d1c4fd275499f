"""The pages as a reader without a browser sees them: what they say, and where they lead."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import lxml.html
import pytest
from fastapi import FastAPI

from crawler.model import Source, SourceKind
from ops.web.site import Site
from tests.ops.web.sample import TEXT

PAGES = (
    "/", "/search", "/search?q=lagoon", "/about-query", "/health", "/entity/AS64500", "/entity/AS64501", "/entity/FJ",
    "/event/ev-added", "/event/ev-outage", "/document/doc-reef", "/document/doc-gone", "/document/doc-hostile",
    "/document/doc-reef/reading", "/document/doc-hostile/reading",
    "/story/story-1",
)  # fmt: skip


def page(client: httpx.Client, path: str, status: int = 200) -> lxml.html.HtmlElement:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    return lxml.html.fromstring(answer.text)


def words(element: lxml.html.HtmlElement) -> str:
    return re.sub(r"\s+", " ", str(element.text_content())).strip()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_can_be_made_to_run_or_fetch_anything(client: httpx.Client, path: str) -> None:
    root = page(client, path)
    assert root.xpath("//script | //style | //iframe | //*[@style]") == []
    assert [a for e in root.iter() for a in e.attrib if str(a).startswith("on")] == []
    for address in root.xpath("//@href | //@src | //@action"):
        assert urlsplit(str(address)).scheme in {"", "http", "https"}, address
    for link in root.xpath("//a[starts-with(@href, 'http')]"):
        assert "noopener" in link.get("rel")
        assert "nofollow" in link.get("rel")
    assert root.xpath("//link/@href[contains(., '//')] | //img/@src") == []


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_ours_leads_somewhere(client: httpx.Client, path: str) -> None:
    root = page(client, path)
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    for address in {str(a) for a in root.xpath("//a/@href")}:
        if address.startswith("#"):
            assert address[1:] in ids, address
        elif address.startswith("/"):
            target, _, place = address.partition("#")
            answer = client.get(target, follow_redirects=True)
            assert answer.status_code == 200, address
            if place:
                assert f'id="{place}"' in answer.text, address


def test_the_start_page_shows_verdicts_stories_and_what_waits(client: httpx.Client) -> None:
    text = words(page(client, "/"))
    assert "confirmed" in text
    assert "1 corrected" in text
    assert "Most is told of" in text
    assert "Outage: AS64500" in text
    assert "The lagoon's second way out" in text
    assert "Nothing is due. 1 in quarantine." in text


def test_everywhere_a_document_is_known_by_its_leading_claim(client: httpx.Client) -> None:
    rows = [
        page(client, "/").xpath("//article[@class='card']/p")[0],
        page(client, "/search?q=carries&f=kind:document").xpath("//article[@class='hit']/p")[0],
        page(client, "/story/story-1").xpath("//ol[@class='told']//p[span[contains(@class, 'badge')]]")[0],
        page(client, "/document/doc-reef").xpath("//header//p[span[contains(@class, 'badge')]]")[0],
    ]
    for row in rows:
        assert [words(b) for b in row.xpath("./span[contains(@class, 'badge')]")] == ["confirmed"]
        others = {words(b) for b in row.xpath("./span[contains(@class, 'others')]")}
        assert others == {"1 corrected", "1 not observable", "1 no data"}
    hits = client.get("/api/v1/search", params={"q": "carries", "kind": "document"}).json()["hits"]
    assert [h["verdict"] for h in hits] == ["confirmed"]


@pytest.mark.parametrize("named", ["AS64500", "as64500", "64500", "as 64500"])
def test_a_search_for_a_network_leads_to_it(client: httpx.Client, named: str) -> None:
    root = page(client, str(httpx.URL("/search", params={"q": named})))
    assert "/entity/AS64500" in root.xpath("//div[@class='hits']/article[1]//a/@href")
    assert "Outage of AS64500" in words(root)
    found = client.get("/api/v1/search", params={"q": named}).json()
    assert [e["id"] for e in found["entities"]] == ["AS64500"]


def test_a_search_for_a_country_by_name_leads_to_it(client: httpx.Client) -> None:
    root = page(client, "/search?q=fiji")
    assert root.xpath("//article[contains(@class, 'card')]//a/@href") == ["/entity/FJ"]
    assert page(client, "/search?q=france").xpath("//article[contains(@class, 'card')]") == []


def test_a_note_of_the_source_stands_on_its_articles_and_the_start_page(app: FastAPI, client: httpx.Client) -> None:
    site: Site = app.state.site
    gazette = Source(
        id="gazette", name="Gazette", kind=SourceKind.FEED, url="http://gazette.example/feed", role="news",
        licence="CC0-1.0", gateway="http://127.0.0.1:1", note="Written for a test.",
    )  # fmt: skip
    try:
        app.state.site = replace(site, sources={"gazette": gazette})
        assert "Written for a test." in words(page(client, "/document/doc-reef").xpath("//*[@role='note']")[0])
        assert "3 of the articles here carry this note: Written for a test." in words(page(client, "/"))
        assert page(client, "/document/doc-reef").xpath("//a[contains(@href, 'gazette.example')]") == []
    finally:
        app.state.site = site


@pytest.mark.parametrize("path", ["/", "/entity/AS64500", "/api/v1/search", "/feeds/search.atom", "/healthz"])
def test_head_answers_as_get_without_a_body(client: httpx.Client, path: str) -> None:
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_document_marks_claims_in_its_text(client: httpx.Client) -> None:
    root = page(client, "/document/doc-reef")
    text = root.xpath("//section[contains(@class, 'text')]")[0]
    for unseen in text.xpath(".//*[contains(@class, 'ref')]"):
        unseen.drop_tree()
    assert [words(p) for p in text.xpath(".//p")] == [line.strip() for line in TEXT.split("\n") if line.strip()]
    quoted = [words(q) for q in text.xpath(".//*[contains(@class, 'v-no_data')]")]
    assert "".join(quoted).replace(" ", "") == "SinceMay2019LagoonNethadonlyAS64510"
    assert text.xpath(".//a[@href='/entity/AS64501']")


def test_a_claim_tells_its_verdict_with_the_reasons(client: httpx.Client) -> None:
    root = page(client, "/document/doc-reef")
    first, second, *_ = [words(a) for a in root.xpath("//article[contains(@class, 'claim')]")]
    assert (
        "3 s after the claimed time 9 of 13 peers 1 of 2 prefixes"
        in first.replace("  ", " ").replace("timeand", "time and")
        or "9 of 13 peers" in first
    )
    assert "Thursday at 09:10 UTC is 2031-05-01 09:10:00Z" in first
    assert "the day of publication" in first
    assert "AS64599" in second
    assert "updates.20310501.1200.gz is missing" in second


def test_an_edit_is_a_difference_and_a_removal_a_removal(client: httpx.Client) -> None:
    edited = page(client, "/document/doc-reef")
    assert [words(d) for d in edited.xpath("//del")][-1] == "Another text stood here first."
    assert "began to carry" in words(edited.xpath("//div[@class='diff']//ins")[0])
    gone = page(client, "/document/doc-gone")
    assert "found taken down at 2031-05-01 18:00:00Z" in words(gone.xpath("//*[@role='note']")[0])


def test_a_document_leads_to_its_warc_records(client: httpx.Client) -> None:
    text = words(page(client, "/document/doc-reef"))
    assert "2031/1.warc.gz at 1234" in text
    assert "sha256:11111111" in text


def test_a_hostile_title_is_text_and_a_hostile_address_no_link(client: httpx.Client) -> None:
    root = page(client, "/document/doc-hostile")
    assert words(root.xpath("//h1")[0]) == '<img src=x onerror="alert(1)"> & "quotes"'
    assert root.xpath("//a[contains(@href, 'javascript')]") == []
    assert "javascript:alert(document.domain)" in words(root)


def test_an_event_shows_who_saw_it_and_marks_the_hop(client: httpx.Client) -> None:
    root = page(client, "/event/ev-added")
    text = words(root)
    assert "9 of 13 full-feed peers" in text
    assert "after 1 h 4 min" in text
    assert "rrc91: 2031-05-01 12:00:00Z to 2031-05-01 13:00:00Z" in text
    assert [words(h).removeprefix("changed hop ") for h in root.xpath("//*[@class='hop']")] == ["64501", "64501"]
    assert "rrc90/2031.05/updates.20310501.0905.gz record 17" in text
    assert "withdrawn" in text
    assert "Reef Telecom carries the lagoon" in text


def test_an_event_tells_for_which_prefixes_it_ended_before(client: httpx.Client) -> None:
    text = words(page(client, "/event/ev-back"))
    assert "still so for 1 of 2 prefixes when the data end" in text
    assert "192.0.2.0/25 until 2031-05-01 20:00:00Z" in text


def test_what_a_monitor_tells_stands_in_its_words_with_their_licence_and_no_peers(client: httpx.Client) -> None:
    text = words(page(client, "/event/ev-told"))
    assert "<b>drop</b> of a signal" in text
    assert "The words are those of ioda: all rights reserved." in text
    assert "signals of 30 April" in text
    assert "full-feed peers" not in text
    assert "told by ioda" in words(page(client, "/entity/TV"))


def test_the_thresholds_of_an_event_are_sentences(client: httpx.Client) -> None:
    (told,) = page(client, "/event/ev-added").xpath("//section[@aria-labelledby='thresholds-h']")
    assert "It lasted at least 10 s. At least 2 full-feed peers saw it" in words(told).replace(".At", ". At")
    assert "Absences of up to 5 min are merged." in words(told)


def test_what_was_seen_beside_what_cannot_be_seen_is_folded(client: httpx.Client) -> None:
    (folded,) = page(client, "/document/doc-reef").xpath("//article[contains(@class, 'claim')]//details")
    assert words(folded) == "What was seen then Seen then: an upstream was added."


def test_where_a_value_was_found_is_said_in_words(client: httpx.Client) -> None:
    text = words(page(client, "/document/doc-reef"))
    assert "Title from the page's only headline" in text.replace("Titlefrom", "Title from")
    assert "by trafilatura" in text


def test_standing_upstreams_are_drawn_and_listed(client: httpx.Client) -> None:
    root = page(client, "/entity/AS64500")
    chart = root.xpath("//svg[contains(@class, 'chart wide')]")[0]
    assert words(chart.xpath(".//a[contains(@class, 'm-standing')]/title")[0]) == (
        "AS64510 was an upstream of AS64500 before the data begin and throughout"
    )
    assert "Standing upstream" in words(root.xpath("//details[@id='list']")[0])
    assert root.xpath("//svg[contains(@class, 'chart wide')]//a[@href='/entity/AS64510']")
    other = page(client, "/entity/AS64510")
    assert other.xpath("//svg[contains(@class, 'chart wide')]//a[@href='/entity/AS64500']")
    assert "Upstream added: AS64501, all 2 prefixes" in words(chart)


def test_the_timeline_is_a_chart_and_the_same_as_a_list(client: httpx.Client) -> None:
    root = page(client, "/entity/AS64500")
    chart = root.xpath("//svg[contains(@class, 'chart wide')]")[0]
    assert [words(t) for t in chart.xpath("./text[@class='lane']")] == [
        "Standing upstreams",
        "Routing events",
        "Articles",
        "Claims",
        "Revisions",
    ]
    drawn = {str(h) for h in chart.xpath(".//a/@href")}
    assert {"/event/ev-added", "/event/ev-outage", "/event/ev-back", "/document/doc-reef"} <= drawn
    assert drawn == {str(h) for h in root.xpath("//details[@id='list']//a/@href")}
    assert all(words(a.xpath("./title")[0]) for a in chart.xpath(".//a"))
    assert "1 earlier 2019-05-01" in words(root.xpath("//p[@class='asides']")[0]).replace("← ", "")


def test_a_window_can_be_chosen(client: httpx.Client) -> None:
    root = page(client, "/entity/AS64500?from=2031-05-01T11:30:00Z&to=2031-05-01T12:10:00Z")
    drawn = set(root.xpath("//svg[contains(@class, 'chart wide')]//a/@href"))
    assert "/document/doc-gone" in drawn
    assert "/document/doc-reef" not in drawn
    assert "nothing" not in words(page(client, "/entity/AS64500?from=2040&to=2041", 400))


def test_facets_narrow_and_can_be_taken_off(client: httpx.Client) -> None:
    def count(root: lxml.html.HtmlElement) -> int:
        return int(words(root.xpath("//h1")[0]).split()[0])

    everything = page(client, "/search?q=lagoon")
    links = everything.xpath("//aside//a[contains(., 'corrected')]")
    narrowed = page(client, links[0].get("href"))
    assert 0 < count(narrowed) < count(everything)
    chip = narrowed.xpath("//a[@class='chip']")[0]
    assert count(page(client, chip.get("href"))) == count(everything)
    both = page(client, "/search?q=lagoon OR coral&f=kind:document&f=month:2031-05")
    assert count(both) == 3


def test_highlights_and_the_feed_of_a_search(client: httpx.Client) -> None:
    root = page(client, "/search?q=lagoon")
    assert {words(m).lower() for m in root.xpath("//mark")} == {"lagoon"}
    (feed,) = root.xpath("//link[@rel='alternate']/@href")
    assert client.get(feed).status_code == 200


@pytest.mark.parametrize("query", ["foo:bar", "(open", "asn:x", "*a"])
def test_a_wrong_query_is_told_with_help(client: httpx.Client, query: str) -> None:
    root = page(client, str(httpx.URL("/search", params={"q": query})), 400)
    assert words(root.xpath("//*[@role='alert']")[0])
    assert root.xpath("//a[@href='/about-query']")
    assert root.xpath("//input[@name='q']/@value") == [query]


def test_a_wrong_facet_is_told(client: httpx.Client) -> None:
    assert "facets are" in words(page(client, "/search?f=colour:red", 400))
    assert "facets are" in words(page(client, '/search?f=kind:a" OR "b', 400))


@pytest.mark.parametrize("path", ["/document/none", "/event/none", "/story/none", "/entity/AS1", "/claim/none"])
def test_what_is_not_there_is_named_and_can_be_searched(client: httpx.Client, path: str) -> None:
    root = page(client, path, 404)
    name = path.rpartition("/")[2]
    assert name in words(root)
    assert root.xpath("//main//input[@name='q']/@value") == [name]


def test_health_says_how_sources_and_work_are(client: httpx.Client) -> None:
    text = words(page(client, "/health"))
    assert "demo, not polled" in text
    assert "not in the catalogue, not polled" in text
    assert "unreachable: no answer, 3 times in a row" in text
    assert "no answer within 10 s" in text
    assert "the page is cut; fetch it again" in text
    assert "rrc91: 2031-05-01 12:00:00Z to 2031-05-01 13:00:00Z" in text


def test_a_claim_leads_to_its_place(client: httpx.Client) -> None:
    claim = client.get("/api/v1/search", params={"kind": "claim"}).json()["hits"][0]["id"]
    answer = client.get(f"/claim/{claim}")
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/document/doc-reef#claim-")


def test_the_reading_of_a_document_gives_each_name_time_and_claim_with_its_reason(client: httpx.Client) -> None:
    root = page(client, "/document/doc-reef/reading")
    names, times, claims = ([words(row) for row in table.xpath(".//tbody/tr")] for table in root.xpath("//table"))
    assert any("Reef Telecom" in row and "AS64501" in row for row in names)
    assert any("09:10" in row and "UTC" in row for row in times)
    assert any("transit added" in row and "AS64501" in row for row in claims), claims
    assert "/document/doc-reef/reading" in page(client, "/document/doc-reef").xpath("//dd/a/@href")
