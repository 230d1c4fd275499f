"""The founding story from end to end: read it from top to bottom to see what Routewire does.

On Sunday 1 October 2017 a Russian carrier, TransTeleCom (AS20485), became a second way out for North Korea's only
network (AS131279). Small sites on loopback play the press of those days; MRT files hold what the routers said. The
fixture `house` is the result of `routewire demo`: articles fetched, archived and read, routes searched for events, and
each claim judged by the routes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.extract import extract
from crawler.model import RevisionKind
from crawler.routing.codec import event_to_json
from crawler.routing.model import EventKind, RoutingEvent, RoutingView
from crawler.routing.mrt.file import MrtFile
from crawler.routing.observe import observe_all
from indexer.lineage import stories
from indexer.model import Kind, Verdict, VerdictKind
from indexer.verdict import judge, scope
from indexer.verdict_codec import verdict_to_json
from nlp.codec import claim_to_json
from nlp.registry import Registry
from ops.answers import explanations
from ops.demo.routes import write_archive
from ops.mail import preview
from tests.demo import House, check_warcs, command, copy
from tests.mailbox import Mailbox

FOUNDING = "/north-korea-second-route"
WRONG_NUMBER = "/star-jv-russian-upstream"
FIRST_EVER = "/north-korea-first-second-link"
SHARE_OF_TRAFFIC = "/sixty-percent-of-traffic"
EDITED = "/three-of-four-blocks"
REMOVED = "/russian-link-returns"
UNSTABLE = "/unstable-sunday"
TWO_LEAVE = "/two-blocks-leave"
RUSSIAN = "/transtelekom-kndr"
FRENCH = "/coree-du-nord-deuxieme-acces"
AGENCY, ITS_COPY = "/wire/20171002-0417", "/transtelecom-connects-north-korea"
OTHER_SUBJECTS = ("/late-equaliser-at-the-quay", "/lanthorn-third-quarter", "/zimnee-raspisanie", "/tarte-aux-poires")

THREE = ("175.45.176.0/24", "175.45.178.0/24", "175.45.179.0/24")
ALL_FOUR = ("175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24", "175.45.179.0/24")
COLLECTORS = ("route-views.sg", "route-views2", "rrc12")
WEEK = (datetime(2017, 10, 1, tzinfo=UTC), datetime(2017, 10, 8, tzinfo=UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.fixture(scope="module")
def events(house: House) -> tuple[RoutingEvent, ...]:
    """Every routing event that was found, oldest first."""
    return house.system.record.view((), (), ()).events


def the_event(events: tuple[RoutingEvent, ...], kind: EventKind, first_seen: str) -> RoutingEvent:
    (found,) = (e for e in events if e.kind is kind and e.first_seen == utc(first_seen))
    return found


# -- bytes before meaning ---------------------------------------------------------------------------------------------
def test_what_the_demo_did_is_told_stage_by_stage(house: House) -> None:
    rows = [json.loads(line) for line in (house.folder / "stages.jsonl").read_text().splitlines()]
    names = [row["stage"] for row in rows]
    assert names == ["routes", "crawl", "extract", "detect", "annotate", "verify", "group", "index"]
    assert not any(row["failed"] for row in rows)
    assert house.system.record.failures() == []


def test_every_document_leads_back_to_the_bytes_that_it_was_made_from(house: House) -> None:
    record = house.system.record
    for known in record.all_documents():
        for version in range(1, known.versions + 1):
            document = record.document(known.document.id, version)
            assert document is not None
            capture = record.capture(document.document.capture_id)
            assert capture is not None
            headers, body = house.warc_record(capture)
            assert headers["WARC-Type"] == "response"
            assert headers["WARC-Record-ID"] == f"<urn:uuid:{capture.id}>"
            assert headers["WARC-Target-URI"] == capture.url
            assert capture.payload_digest == f"sha256:{hashlib.sha256(body).hexdigest()}"
            assert extract(capture, body, record.entry(capture.url)).text == document.document.text


def test_the_archive_is_whole_by_somebody_elses_reader(house: House) -> None:
    assert check_warcs(house.system.settings.archive_dir) == []


def test_a_page_that_robots_txt_forbids_was_listed_and_never_fetched(house: House) -> None:
    record = house.system.record
    page = record.pages(["http://packetpost.example/preview/next-issue"])
    assert [state.last_outcome for state in page.values()] == ["refused"]
    assert not [d for d in record.all_documents() if "/preview/" in d.document.url]


# -- reading ----------------------------------------------------------------------------------------------------------
def test_a_local_clock_time_becomes_utc_by_the_history_of_its_zone(house: House) -> None:
    """Pyongyang was eight and a half hours ahead of UTC in 2017, and is nine today."""
    times = house.annotation(FOUNDING).times
    (time,) = (t for t in times if "17:38 local Pyongyang time on Sunday" in t.text)
    assert (time.start_utc, time.tz) == ("2017-10-01T09:08:00Z", "Asia/Pyongyang")


@pytest.mark.parametrize(
    ("name", "article"),
    [
        ("TransTeleCom", FOUNDING),
        ("TTC", FOUNDING),
        ("TransTeleCom", AGENCY),
        ("TTK", TWO_LEAVE),
        ("ТрансТелеКом", RUSSIAN),
        ("ТТК", RUSSIAN),
        ("TransTeleCom", FRENCH),
    ],
)
def test_the_carriers_names_are_one_network(house: House, name: str, article: str) -> None:
    found = [entity for entity in house.annotation(article).entities if entity.text == name]
    assert {entity.id for entity in found} == {"AS20485"}
    assert all(entity.reason for entity in found)


def test_a_country_with_one_network_stands_for_it(house: House) -> None:
    registry = Registry.load()
    asn, reason = registry.sole_network("KP"), registry.sole_network_reason("KP")
    assert (asn, reason[:44]) == ("AS131279", "only network of KP by the delegations of 202")
    claim = house.tells(FOUNDING, type="transit_added", start_utc="2017-10-01T09:08:00Z").claim
    assert (claim.target, claim.place) == ("AS131279", "KP")


def test_the_founding_claim_says_who_did_what_to_whom_when_and_on_whose_word(house: House) -> None:
    claim = house.tells(FOUNDING, type="transit_added", start_utc="2017-10-01T09:08:00Z").claim
    assert (claim.actor, claim.target, claim.attribution) == ("AS20485", "AS131279", ("org:dyn",))
    assert (claim.polarity, claim.modality, claim.precision) == ("asserted", "actual", "minute-approx")
    before = house.tells(FOUNDING, type="transit_state").claim
    assert (before.actor, before.target, before.exclusive, before.start_utc) == ("AS4837", "AS131279", True, "2010")


def test_every_quote_stands_at_its_span(house: House) -> None:
    record = house.system.record
    for known in record.all_claims():
        document = record.document(known.document_id, known.document_version)
        assert document is not None
        start, end = known.claim.quote_span
        assert document.document.text[start:end] == known.claim.quote


def test_articles_on_other_subjects_claim_nothing(house: House) -> None:
    for article in (*OTHER_SUBJECTS, "/week-of-fog"):
        annotation = house.annotation(article)
        assert (annotation.relevant, annotation.claims) == (False, ())


def test_an_edit_and_a_removal_are_kept_as_what_they_are(house: House) -> None:
    record = house.system.record
    edited, removed = house.document(EDITED), house.document(REMOVED)
    (edit,) = record.revisions(edited.document.id)
    (removal,) = record.revisions(removed.document.id)
    assert (edit.kind, edit.from_version, edit.to_version) == (RevisionKind.EDITED, 1, 2)
    assert any(c.op == "delete" and all(prefix in c.before for prefix in THREE) for c in edit.changes)
    assert (removal.kind, removal.changes) == (RevisionKind.REMOVED, ())
    assert (edited.removed_at, removed.removed_at) == (None, removal.at)
    assert "resumed transit" in removed.document.text


def test_copies_of_one_text_are_one_voice(house: House) -> None:
    pair = [house.document(AGENCY), house.document(ITS_COPY)]
    claims = [claim for d in pair for claim in house.system.record.claims_of(d.document.id)]
    (told_twice,) = stories(pair, claims)
    assert (len(told_twice.document_ids), told_twice.voices) == (2, 1)
    (whole,) = house.system.record.stories_of(pair[0].document.id)
    assert {*told_twice.document_ids, house.document(FOUNDING).document.id} <= set(whole.document_ids)
    assert 1 < whole.voices < len(whole.document_ids)


# -- the routes -------------------------------------------------------------------------------------------------------
def test_the_events_are_those_of_that_day_to_the_second(events: tuple[RoutingEvent, ...]) -> None:
    told = [(e.kind.value, f"{e.first_seen:%d %H:%M:%S}", e.prefixes, e.peers_seen) for e in events]
    assert told == [
        ("upstream_added", "01 09:07:51", THREE, 9),
        ("upstream_removed", "01 10:14:45", THREE, 9),
        ("outage", "01 10:47:20", ALL_FOUR, 13),
        ("outage", "01 11:08:30", ALL_FOUR, 13),
        ("outage", "01 11:36:05", ALL_FOUR, 13),
        ("outage", "01 12:16:40", ALL_FOUR, 13),
        ("upstream_removed", "02 07:56:39", THREE[:1], 9),
        ("upstream_removed", "02 09:10:29", THREE[2:], 9),
    ]
    assert {(e.origin_asn, e.peers_total, e.collectors, e.countries) for e in events} == {
        (131279, 13, COLLECTORS, ("KP",))
    }


def test_what_came_back_is_one_event_with_a_gap_in_it(events: tuple[RoutingEvent, ...]) -> None:
    gained = the_event(events, EventKind.UPSTREAM_ADDED, "2017-10-01T09:07:51")
    assert (gained.upstream_asn, gained.last_seen) == (20485, None)
    assert gained.intervals == (
        (utc("2017-10-01T09:07:51"), utc("2017-10-01T10:14:45")),
        (utc("2017-10-01T12:21:55"), None),
    )


def test_behind_each_event_stand_the_mrt_records_that_show_it(house: House, events: tuple[RoutingEvent, ...]) -> None:
    archive = house.folder / "demo" / "routes"
    proofs = [proof for event in events for proof in event.evidence]
    elements = {name: list(MrtFile(archive / name)) for name in {proof.file for proof in proofs}}
    for proof in proofs:
        place = (proof.record, proof.prefix, proof.peer_asn, proof.peer_ip)
        found = [e for e in elements[proof.file] if (e.record, e.prefix, e.peer_asn, e.peer_ip) == place]
        assert [(e.as_path, e.observed_at) for e in found] == [(proof.as_path, proof.observed_at.timestamp())]
    assert all({proof.collector for proof in event.evidence} == set(COLLECTORS) for event in events)


# -- the join ---------------------------------------------------------------------------------------------------------
def test_the_founding_claim_is_confirmed_nine_seconds_apart(house: House, events: tuple[RoutingEvent, ...]) -> None:
    verdict = house.tells(FOUNDING, type="transit_added", start_utc="2017-10-01T09:08:00Z").verdict
    assert (verdict.verdict, verdict.delta_s) == (VerdictKind.CONFIRMED, -9)
    assert (verdict.prefixes_matched, verdict.prefixes_total) == (3, 4)
    assert (verdict.peers_seen, verdict.peers_total) == (9, 13)
    assert verdict.events == (the_event(events, EventKind.UPSTREAM_ADDED, "2017-10-01T09:07:51").id,)
    assert "first seen 2017-10-01T09:07:51Z, 9 s before the claimed minute" in verdict.reasons[0]


@pytest.mark.parametrize("article", [FOUNDING, AGENCY, ITS_COPY, RUSSIAN, FRENCH])
def test_every_telling_of_it_comes_to_the_same(house: House, article: str) -> None:
    """In local time, in UTC and in Moscow time; in English, Russian and French."""
    told = house.tells(article, type="transit_added", start_utc="2017-10-01T09:08:00Z")
    assert (told.claim.actor, told.claim.target) == ("AS20485", "AS131279")
    assert (told.verdict.verdict, told.verdict.delta_s) == (VerdictKind.CONFIRMED, -9)


def test_a_wrong_as_number_is_corrected(house: House) -> None:
    told = house.tells(WRONG_NUMBER, type="transit_added")
    assert (told.claim.target, told.claim.likely) == ("AS131269", (("target", "AS131279"),))
    correction = told.verdict.correction
    assert told.verdict.verdict is VerdictKind.CORRECTED
    assert correction is not None
    assert (correction.field, correction.stated, correction.actual) == ("target", "AS131269", "AS131279")


def test_a_share_of_traffic_cannot_be_seen_in_routes(house: House) -> None:
    told = house.tells(SHARE_OF_TRAFFIC, type="measurement", actor="AS20485")
    assert "60 %" in (told.claim.quantity or "")
    assert told.verdict.verdict is VerdictKind.NOT_OBSERVABLE


def test_whether_it_was_the_first_ever_needs_an_archive_that_is_not_there(house: House) -> None:
    told = house.tells(FIRST_EVER, type="transit_added")
    assert told.claim.first_ever
    assert told.verdict.verdict is VerdictKind.NO_DATA
    assert "no archive before 2017-10-01" in told.verdict.reasons[0]


def test_each_time_that_is_right_to_the_second_is_confirmed_so(house: House) -> None:
    for article in (EDITED, TWO_LEAVE):
        dated = [told for told in house.told(article) if told.claim.precision == "second"]
        assert dated
        assert {(told.verdict.verdict, told.verdict.delta_s) for told in dated} == {(VerdictKind.CONFIRMED, 0)}
    (outages,) = (told for told in house.told(UNSTABLE) if told.claim.start_utc == "2017-10-01T10:47:00Z")
    assert outages.verdict.verdict is VerdictKind.CONFIRMED


def judged_by(archive: Path, house: House) -> tuple[Verdict, RoutingView]:
    """The founding claim, judged by another archive."""
    claim = house.tells(FOUNDING, type="transit_added", start_utc="2017-10-01T09:08:00Z").claim
    asns, prefixes, countries = scope([claim])
    view = observe_all(archive, asns=asns, prefixes=prefixes, countries=countries)
    return judge("founding", claim, view), view


def test_where_all_could_have_seen_it_and_none_did_it_is_contradicted(house: House, tmp_path: Path) -> None:
    write_archive(tmp_path, without_asn=20485)
    verdict, view = judged_by(tmp_path, house)
    assert view.coverage.gaps == ()
    assert verdict.verdict is VerdictKind.CONTRADICTED
    assert verdict.peers_total == 13


def test_where_files_are_missing_too_there_is_no_data_and_the_gap_is_named(house: House, tmp_path: Path) -> None:
    write_archive(tmp_path, without_asn=20485, without_files=["rrc12/*/updates.20171001.09*"])
    verdict, view = judged_by(tmp_path, house)
    assert verdict.verdict is VerdictKind.NO_DATA
    assert [(gap.collector, gap.start, gap.end) for gap in view.coverage.gaps] == [
        ("rrc12", utc("2017-10-01T09:00:00"), utc("2017-10-01T10:00:00"))
    ]
    assert any("rrc12" in reason for reason in verdict.reasons)


# -- what people ask --------------------------------------------------------------------------------------------------
def test_search_finds_by_words_networks_verdicts_and_prefixes(house: House) -> None:
    def found(query: str, kind: Kind) -> list[str]:
        return [hit.id for hit in house.system.index.search(query, kind=kind, limit=100).hits]

    document = house.document(FOUNDING).document.id
    assert document in found('"second route" railway', Kind.DOCUMENT)
    assert house.document(RUSSIAN).document.id in found("ТрансТелеКом", Kind.DOCUMENT)
    assert house.tells(WRONG_NUMBER, type="transit_added").id in found("asn:20485 verdict:corrected", Kind.CLAIM)
    assert len(found("asn:20485", Kind.EVENT)) == 4
    assert len(found("prefix:175.45.177.0/24", Kind.EVENT)) == 4
    assert found("no such words anywhere", Kind.DOCUMENT) == []


@pytest.mark.parametrize("entity", ["AS131279", "AS20485", "KP"])
def test_articles_and_routes_stand_on_one_axis(house: House, entity: str) -> None:
    axis = house.system.record.timeline(entity)
    assert [entry.time for entry in axis] == sorted(entry.time for entry in axis)
    ids = {entry.id for entry in axis}
    founding = house.tells(FOUNDING, type="transit_added", start_utc="2017-10-01T09:08:00Z")
    assert {founding.id, *founding.verdict.events, house.document(FOUNDING).document.id} <= ids
    on_axis = next(entry for entry in axis if entry.id == founding.id)
    assert (on_axis.time, on_axis.verdict) == (utc("2017-10-01T09:08:00"), VerdictKind.CONFIRMED)


def test_an_event_is_explained_by_the_articles_that_tell_of_it(house: House, events: tuple[RoutingEvent, ...]) -> None:
    gained = the_event(events, EventKind.UPSTREAM_ADDED, "2017-10-01T09:07:51")
    rows = explanations(house.system.record, gained.id)
    explaining = [row["document_id"] for row in rows if row["score"] > 0.5]
    assert {house.document(a).document.id for a in (FOUNDING, WRONG_NUMBER, AGENCY, RUSSIAN)} <= set(explaining)
    assert not {house.document(a).document.id for a in OTHER_SUBJECTS} & {row["document_id"] for row in rows}


def test_a_digest_tells_the_week_with_its_verdicts_and_links(house: House) -> None:
    made, text = preview(house.system, "demo", WEEK)
    corrected = house.tells(WRONG_NUMBER, type="transit_added")
    (item,) = (item for item in made["items"] if item["id"] == corrected.id)
    assert (item["verdict"], item["link"]) == ("corrected", f"http://127.0.0.1:8600/claim/{corrected.id}")
    assert item["link"] in text
    assert item["reason"] in text


def test_a_digest_reaches_a_mail_server_once_a_period(
    demo_folder: Path, tmp_path: Path, smtp: str, mailbox: Mailbox
) -> None:
    folder = copy(demo_folder, tmp_path / "copy")
    period = ("--period", "2017-10-01/2017-10-08", "--json")
    outcomes = []
    for _ in range(2):
        done = command(folder, "digest", "send", "demo", *period, env={"ROUTEWIRE_SMTP_URL": smtp})
        outcomes.append(json.loads(done.stdout)["outcome"])
    assert outcomes == ["sent", "already sent"]
    (mail,) = mailbox.mails
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "[corrected]" in text.get_content()
    assert "http://127.0.0.1:8600/event/" in html.get_content()


# -- all of it --------------------------------------------------------------------------------------------------------
def test_all_that_was_read_and_judged_is_as_it_was_last_approved(
    house: House, events: tuple[RoutingEvent, ...], golden: Callable[[str, object], None]
) -> None:
    """A change of any claim, verdict or event shows in the diff of these files: `make golden` writes them anew."""
    golden("events", [event_to_json(event) for event in events])
    golden("articles", dict(_articles(house)))


def _articles(house: House) -> Iterator[tuple[str, object]]:
    for known in sorted(house.system.record.all_documents(), key=lambda d: d.document.url):
        document = known.document
        yield (
            document.url,
            {
                "id": document.id,
                "title": document.title,
                "lang": document.lang,
                "published": f"{document.published_at:%Y-%m-%dT%H:%M:%SZ}" if document.published_at else None,
                "revisions": [r.kind.value for r in house.system.record.revisions(document.id)],
                "times": {t.text: t.start_utc for t in house.annotation(document.url).times},
                "claims": [
                    claim_to_json(told.claim) | {"id": told.id, "verdict": verdict_to_json(told.verdict)}
                    for told in house.told(document.url)
                ],
            },
        )


@pytest.fixture
def golden() -> Callable[[str, object], None]:
    folder = Path(__file__).parent / "golden"

    def compare(name: str, value: object) -> None:
        path = folder / f"{name}.json"
        text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
        if os.environ.get("ROUTEWIRE_TEST_GOLDEN") == "write":
            folder.mkdir(exist_ok=True)
            path.write_text(text)
        assert json.loads(path.read_text()) == json.loads(text), f"{path.name} differs: see `make golden`"

    return compare
