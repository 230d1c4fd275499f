"""A watched monitor in the record: asked as an archive is read, with its words kept, and its outages never silence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import Transient
from crawler.monitors import registry
from indexer.export import export
from indexer.model import ArchiveRecord, Work
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from ops import wiring
from ops.answers import reexportable
from ops.settings import load_settings
from ops.stages import Stages
from ops.wiring import System
from tests.crawler.monitors.serving import END, START, Answer, Api, at, ioda, ioda_alert, ioda_event
from tests.misbehaving import Reply

NAME = "monitor:ioda?country=ZZ"
WATCHED = ArchiveRecord(id=NAME, path=NAME, start=START, end=END, fingerprint="a")
TOLD = ioda([ioda_event("country/ZZ", at(6), 2)], [ioda_alert("country", "ZZ", at(6.25), 3, 400)])
CLAIM = {"id": "c", "type": "outage_start", "target": "ZZ", "start_utc": "2024-05-01T06:00:00Z", "precision": "hour"}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with wiring.system(load_settings(data_dir=tmp_path)) as opened:
        opened.record.put_archive(WATCHED)
        yield opened


@pytest.fixture
def asked(system: System, monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    """Does the work of detection with a monitor that answers so."""

    def detect(answer: Answer) -> None:
        with Api(answer) as api:
            reached = partial(registry.open_monitor, base_url=api.url, pause=lambda _: None)
            monkeypatch.setattr(registry, "open_monitor", reached)
            Stages(system.record, system.settings, {}).detect(WATCHED.id, END)

    return detect


def test_what_a_monitor_tells_is_on_the_timeline_and_bears_a_claim_out(
    system: System, asked: Callable[[Answer], None]
) -> None:
    asked(TOLD)
    (entry,) = system.record.timeline("ZZ")
    assert (entry.time, entry.title) == (at(6), "Outage of ZZ (told by ioda)")
    event = system.record.event(entry.id)
    assert event is not None
    assert event.source_text is not None
    assert event.source_text.startswith("IODA event:")
    assert event.licence
    view = system.record.view((), (), ("ZZ",))
    assert (view.coverage.collectors, view.coverage.peers_total) == ((), 0)
    found = judge(*claim_from_json(CLAIM), view)
    assert (found.verdict, found.events) == ("confirmed", (entry.id,))
    assert "ioda" in found.reasons[0]


def test_a_monitor_that_is_down_is_asked_again_and_what_it_told_stays(
    system: System, asked: Callable[[Answer], None]
) -> None:
    asked(TOLD)
    with pytest.raises(Transient):
        asked(lambda _: Reply(status=503))
    assert len(system.record.timeline("ZZ")) == 1


def test_what_is_detected_from_a_monitors_routes_goes_by_the_settings_and_the_fetched_data(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    opened = registry.open_monitor

    def reached(monitor_id: str, **options: Any) -> Any:
        given.update(options)
        return opened(monitor_id, **options, base_url=api.url, pause=lambda _: None)

    monkeypatch.setattr(registry, "open_monitor", reached)
    settings = system.settings.model_copy(update={"thresholds": {"min_peers": 7}})
    with Api(TOLD) as api:
        Stages(system.record, settings, {}).detect(WATCHED.id, END)
    assert given["thresholds"].min_peers == 7
    assert given["reference"].folder in (None, settings.data_dir / "reference")


def test_asked_on_another_day_it_is_due_again(system: System, asked: Callable[[Answer], None]) -> None:
    asked(TOLD)
    assert [archive.fingerprint for archive in system.record.archives()] == ["a"]
    assert system.record.due(Work.DETECT, END) == []
    system.record.put_archive(replace(WATCHED, fingerprint="b"))
    assert system.record.due(Work.DETECT, END) == [WATCHED.id]


def test_words_that_may_not_be_passed_on_are_left_out_of_an_export_and_counted(
    system: System, asked: Callable[[Answer], None]
) -> None:
    asked(TOLD)
    wiring.follow(system)
    for allowed, words, left_out in ((reexportable(system.settings), None, 1), (frozenset({"ioda"}), "IODA event", 0)):
        out = BytesIO()
        assert export(system.index, system.record, "", "jsonl", out, allowed) == left_out
        (row,) = map(json.loads, out.getvalue().splitlines())
        assert row["source"] == "ioda"
        assert (row["text"] is None) if words is None else row["text"].startswith(words)
        assert words is not None or b"IODA event" not in out.getvalue()
