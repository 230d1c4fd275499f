"""A digest reaches a real mail server, whole, once a period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import Permanent, Transient
from crawler.routing.model import Coverage, EventKind, RoutingEvent, RoutingView
from indexer.model import ArchiveRecord, Subscription
from ops.digest import in_period
from ops.mail import last_period, preview, send, send_due
from ops.settings import load_settings
from ops.wiring import System, follow, system
from tests.mailbox import Mailbox

START, END = datetime(2022, 1, 10, tzinfo=UTC), datetime(2022, 1, 17, tzinfo=UTC)


def event(event_id: str, day: int) -> RoutingEvent:
    seen = datetime(2022, 1, day, 4, 14, 45, tzinfo=UTC)
    return RoutingEvent(
        id=event_id,
        kind=EventKind.OUTAGE,
        prefixes=("202.43.8.0/21",),
        origin_asn=17645,
        upstream_asn=None,
        offender_asn=None,
        countries=("TO",),
        first_seen=seen,
        last_seen=None,
        peers_seen=9,
        peers_total=9,
        collectors=("rrc00",),
    )


@pytest.fixture
def world(tmp_path: Path, smtp: str) -> Iterator[System]:
    settings = load_settings(data_dir=tmp_path, smtp_url=smtp, public_url="https://routes.example/")
    with system(settings) as opened:
        archive = ArchiveRecord(id="a", path="/archive", start=START, end=END, fingerprint="1", detector="1")
        coverage = Coverage(start=START, end=END, collectors=("rrc00",), peers_total=9)
        view = RoutingView(coverage=coverage, events=(event("inside", 15), event("after", 18)), countries={17645: "TO"})
        opened.record.put_archive(archive)
        opened.record.save_detection(archive, view)
        follow(opened)
        weekly = Subscription(id="tonga", query="country:TO", recipient="desk@example.org", title="Tonga & its <links>")
        opened.record.put_subscription(weekly)
        yield opened


def test_a_digest_arrives_as_text_and_html_with_links_to_the_evidence(world: System, mailbox: Mailbox) -> None:
    sent = send(world, "tonga", (START, END))
    assert (sent.outcome, sent.items) == ("sent", 1)
    (mail,) = mailbox.mails
    assert mail["To"] == "desk@example.org"
    assert mail["Subject"] == "Tonga & its <links>: 1 items, 10 January 2022 to 17 January 2022"
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "https://routes.example/event/inside" in text.get_content()
    assert "AS17645" in text.get_content()
    assert 'href="https://routes.example/event/inside"' in html.get_content()
    assert "&lt;links&gt;" in html.get_content()
    assert "event/after" not in text.get_content() + html.get_content()


def test_a_period_is_sent_once_only(world: System, mailbox: Mailbox) -> None:
    assert send(world, "tonga", (START, END)).outcome == "sent"
    assert send(world, "tonga", (START, END)).outcome == "already sent"
    assert len(mailbox.mails) == 1


def test_a_preview_neither_sends_nor_marks(world: System, mailbox: Mailbox) -> None:
    row, text = preview(world, "tonga", (START, END))
    assert [item["id"] for item in row["items"]] == ["inside"]
    assert "/event/inside" in text
    assert mailbox.mails == []
    assert send(world, "tonga", (START, END)).outcome == "sent"


def test_what_the_server_refuses_can_be_sent_again(world: System, mailbox: Mailbox) -> None:
    wrong = Subscription(id="tonga", query="country:TO", recipient="desk@refused.example")
    world.record.put_subscription(wrong)
    with pytest.raises(Permanent, match=r"refused\.example"):
        send(world, "tonga", (START, END))
    world.record.put_subscription(Subscription(id="tonga", query="country:TO", recipient="desk@example.org"))
    assert send(world, "tonga", (START, END)).outcome == "sent"


def test_a_server_that_is_away_is_told_and_the_period_stays_due(tmp_path: Path) -> None:
    with system(load_settings(data_dir=tmp_path, smtp_url="smtp://127.0.0.1:1")) as opened:
        opened.record.put_subscription(Subscription(id="s", query="", recipient="desk@example.org"))
        for _ in range(2):
            with pytest.raises(Transient, match=r"127\.0\.0\.1:1"):
                send(opened, "s", (START, END))


def test_an_unknown_subscription_and_a_missing_server_are_named(tmp_path: Path, world: System) -> None:
    with pytest.raises(Permanent, match="nobody"):
        send(world, "nobody", (START, END))
    with (
        system(load_settings(data_dir=tmp_path / "other")) as opened,
        pytest.raises(Permanent, match="ROUTEWIRE_SMTP_URL"),
    ):
        send(opened, "tonga", None)


def test_what_is_due_goes_out_by_itself_and_once(world: System, mailbox: Mailbox) -> None:
    now = datetime.now(UTC).replace(year=datetime.now(UTC).year + 1, day=1)
    send_due(world, now)
    first = len(mailbox.mails)
    assert first >= 1
    send_due(world, now)
    assert len(mailbox.mails) == first


def test_the_last_period_is_whole_and_weeks_begin_on_monday() -> None:
    weekly = Subscription(id="s", query="", recipient="x@example.org")
    assert last_period(weekly, datetime(2022, 1, 19, 12, tzinfo=UTC)) == (START, END)


def test_a_period_leaves_its_end_out() -> None:
    assert in_period("a OR b", START, END) == "(a OR b) AND published:[2022-01-10T00:00:00 TO 2022-01-16T23:59:59]"
