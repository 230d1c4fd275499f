"""The API as a script meets it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from crawler.errors import Transient
from ops.web.app import POLICY, make_app
from ops.wiring import System

PATHS = ("search", "documents", "claims", "events", "entities", "stories")


def test_search_gives_hits_like_the_command_line(client: httpx.Client) -> None:
    found = client.get("/api/v1/search", params={"q": "lagoon", "facets": True}).raise_for_status().json()
    hit = next(h for h in found["hits"] if h["id"] == "doc-gone")
    assert found["total"] == len(found["hits"]) > 3
    assert (hit["kind"], hit["time"], hit["url"]) == (
        "document",
        "2031-05-01T12:00:00Z",
        "https://mirror.example/lagoon",
    )
    start, end = hit["highlights"][0]
    assert hit["snippet"][start:end] == "Lagoon"
    assert {"value": "claim", "count": 3} in found["facets"]["kind"]


def test_search_by_kind_and_in_pages(client: httpx.Client) -> None:
    params: dict[str, str] = {"kind": "event", "sort": "time", "limit": "1"}
    first = client.get("/api/v1/search", params=params).json()
    second = client.get("/api/v1/search", params={**params, "offset": "1"}).json()
    assert (first["total"], first["hits"][0]["id"], second["hits"][0]["id"]) == (4, "ev-back", "ev-outage")


@pytest.mark.parametrize(("query", "told"), [("foo:bar", "foo"), ("asn:many", "digits"), ('"open', "")])
def test_a_wrong_query_is_told_where_it_is_wrong(client: httpx.Client, query: str, told: str) -> None:
    answer = client.get("/api/v1/search", params={"q": query})
    assert answer.status_code == 400
    assert told in answer.json()["error"] + answer.json()["subject"]
    assert answer.json()["remedy"]


def test_a_wrong_parameter_is_named(client: httpx.Client) -> None:
    answer = client.get("/api/v1/search", params={"limit": "-1"})
    assert (answer.status_code, answer.json()["subject"]) == (422, "limit")
    answer = client.get("/api/v1/entities/AS64500/timeline", params={"from": "yesterday"})
    assert (answer.status_code, answer.json()["subject"]) == (400, "from")


def test_a_document_leads_back_to_its_records_and_on_to_its_verdicts(client: httpx.Client) -> None:
    found = client.get("/api/v1/documents/doc-reef").raise_for_status().json()
    assert (found["versions"], found["published_at"], found["provenance"]["title"]) == (2, "2031-05-01T11:00:00Z", "h1")
    assert (found["captures"][0]["warc_file"], found["captures"][0]["warc_offset"]) == ("2031/1.warc.gz", 1234)
    assert [r["kind"] for r in found["revisions"]] == ["edited"]
    claim = next(c for c in found["claims"] if c["verdict"]["verdict"] == "confirmed")
    assert claim["verdict"]["delta_s"] == 3
    assert found["text"][slice(*claim["quote_span"])] == claim["quote"]
    assert client.get(f"/api/v1/claims/{claim['id']}").json() == claim
    assert found["stories"] == ["story-1"]
    assert client.get("/api/v1/documents/doc-gone").json()["removed_at"] == "2031-05-01T18:00:00Z"


def test_an_event_names_evidence_claims_and_articles(client: httpx.Client) -> None:
    found = client.get("/api/v1/events/ev-added").raise_for_status().json()
    assert (found["first_seen"], found["last_seen"]) == ("2031-05-01T09:10:03Z", "2031-05-01T10:14:45Z")
    assert found["evidence"][1]["as_path"] == [64496, [64498, 64499], 64501, 64500]
    assert found["gaps"][0]["collector"] == "rrc91"
    assert len(found["claims"]) == 2
    assert found["articles"][0]["document_id"] == "doc-reef"
    assert found["peers_seen"] == 9


def test_an_entity_and_its_timeline(client: httpx.Client) -> None:
    found = client.get("/api/v1/entities/AS64500").raise_for_status().json()
    axis = client.get(found["timeline"]).raise_for_status().json()["entries"]
    assert {e["kind"] for e in axis} == {"document", "claim", "event", "revision"}
    assert [e["time"] for e in axis] == sorted(e["time"] for e in axis)
    later = client.get(found["timeline"], params={"from": "2031-05-01T12:00:00Z", "to": "2031-05-01T13:00:00Z"}).json()
    assert {e["id"] for e in later["entries"]} == {"doc-gone", "ev-back"}


def test_a_story_counts_its_verdicts(client: httpx.Client) -> None:
    found = client.get("/api/v1/stories/story-1").raise_for_status().json()
    assert found["verdicts"] == {"confirmed": 1, "no_data": 1, "not_observable": 1, "corrected": 1}
    assert (found["voices"], found["document_ids"]) == (2, ["doc-reef", "doc-gone"])


@pytest.mark.parametrize("what", ["documents", "claims", "events", "entities", "stories"])
def test_what_is_not_there_is_a_404_that_names_it(client: httpx.Client, what: str) -> None:
    answer = client.get(f"/api/v1/{what}/nothing-like-it")
    assert (answer.status_code, answer.json()["subject"]) == (404, "nothing-like-it")


def test_the_api_describes_itself(client: httpx.Client) -> None:
    told = client.get("/openapi.json").raise_for_status().json()
    assert all(any(p.startswith(f"/api/v1/{name}") for p in told["paths"]) for name in PATHS)
    for path, methods in told["paths"].items():
        if path.startswith("/api/"):
            assert "$ref" in methods["get"]["responses"]["200"]["content"]["application/json"]["schema"], path


def test_health_and_metrics(client: httpx.Client) -> None:
    assert client.get("/healthz").text.strip() == "ok"
    told = client.get("/metrics").raise_for_status().text
    assert 'routewire_rows{table="documents"} 3.0' in told
    assert 'routewire_failed{state="quarantined",work="extract"} 1.0' in told
    assert "routewire_index_lag_changes 0.0" in told


def test_a_record_that_is_away_is_a_503(system: System) -> None:
    """Seen through a second application whose record cannot be reached."""

    class Away:
        def __getattr__(self, name: str) -> object:
            raise Transient("the database is away", subject="record", remedy="start it")

    other = make_app(System(system.settings, Away(), system.index))  # type: ignore[arg-type]

    async def ask(path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url="http://x") as client:
            return await client.get(path)

    answers = [asyncio.run(ask(path)) for path in ("/healthz", "/api/v1/documents/x", "/document/x")]
    assert [a.status_code for a in answers] == [503, 503, 503]
    assert all("the database is away" in a.text for a in answers)


@pytest.mark.parametrize("path", ["/", "/api/v1/search", "/static/routewire.css", "/nowhere", "/feeds/search.atom"])
def test_every_answer_forbids_what_is_not_ours(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
