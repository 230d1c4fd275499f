"""An incident that comes over RIS Live is the same event as from the collectors' own files."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from crawler.routing.live.archive import LiveArchive
from crawler.routing.live.buffer import Arrived, Item, Turned
from crawler.routing.live.frames import LiveMessage, Subscription, read_frame
from crawler.routing.live.gaps import write_gap
from crawler.routing.live.hearing import Hearing
from crawler.routing.live.keeper import Keeper, Tally
from crawler.routing.model import ElemType, Gap, RouteElem, RoutingEvent
from crawler.routing.mrt.file import MrtFile
from crawler.routing.observe import observe
from tests.rislive import announce, keepalive, withdraw

INCIDENTS = Path(__file__).parents[4] / "shared" / "data" / "incidents"
# Any tree of RIS serves: this one holds a hijack and its end.
TREE = INCIDENTS / "2008-02-24-as17557"
START, END = datetime(2008, 2, 24, 16, tzinfo=UTC), datetime(2008, 2, 24, 21, 25, tzinfo=UTC)
pytestmark = [pytest.mark.shared, pytest.mark.skipif(not TREE.is_dir(), reason="../shared/data/incidents is not there")]


def frame_of(elem: RouteElem) -> str:
    peer = {"host": elem.collector, "peer": elem.peer_ip, "asn": elem.peer_asn}
    if elem.type is ElemType.WITHDRAW:
        return withdraw(elem.observed_at, elem.prefix, **peer)
    path = [list(hop) if isinstance(hop, tuple) else hop for hop in elem.as_path]
    return announce(elem.observed_at, elem.prefix, path=path, **peer)


def streamed(folder: Path, silence: tuple[datetime, datetime] | None = None) -> None:
    """The tree as it would have come, with a keep-alive a minute from each collector; nothing during the silence."""
    for path in TREE.rglob("bview.*"):
        target = folder / path.relative_to(TREE)
        target.parent.mkdir(parents=True)
        shutil.copy(path, target)
    elems = [elem for path in TREE.rglob("updates.*") for elem in MrtFile(path)]
    frames = [frame_of(elem) for elem in elems if START.timestamp() <= elem.observed_at < END.timestamp()]
    minutes = range(0, int((END - START).total_seconds()), 60)
    hosts = sorted({elem.collector for elem in elems})
    frames += [keepalive(START.timestamp() + second, host=host) for second in minutes for host in hosts]
    frames += [keepalive(END.timestamp() - 1, host=host) for host in hosts]
    messages = sorted(
        (m for m in map(read_frame, frames) if isinstance(m, LiveMessage)), key=lambda message: message.at
    )
    archive = LiveArchive(folder, Subscription(), 30)
    keeper = Keeper(
        archive, Hearing(partial(write_gap, folder), (), START.timestamp(), 90), Tally(), lambda _message, _file: None
    )
    keeper.store([Turned(None, START.timestamp())], START.timestamp())
    for message in sorted(messages, key=lambda message: message.at):
        item: list[Item] = [Arrived(message, message.at)]
        if silence is None or not silence[0].timestamp() <= message.at < silence[1].timestamp():
            keeper.store(item, message.at)
    keeper.close(END.timestamp() - 1)


def told(events: tuple[RoutingEvent, ...]) -> list[RoutingEvent]:
    return sorted((replace(event, evidence=(), gaps=()) for event in events), key=lambda event: event.id)


def live_gaps(gaps: tuple[Gap, ...]) -> list[Gap]:
    return [gap for gap in gaps if gap.end - gap.start > timedelta(seconds=1)]


def test_the_same_events_with_nothing_missing(tmp_path: Path) -> None:
    streamed(tmp_path)
    live, files = observe(tmp_path, START, END), observe(TREE, START, END)
    assert told(live.events) == told(files.events) != []
    assert live_gaps(live.coverage.gaps) == live_gaps(files.coverage.gaps)
    assert {one.file for event in live.events for one in event.evidence} <= {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.gz")
    }


def test_where_nothing_came_is_a_gap_of_the_answer(tmp_path: Path) -> None:
    silence = START + timedelta(hours=3), START + timedelta(hours=3, minutes=12)
    streamed(tmp_path, silence)
    gaps = observe(tmp_path, START, END).coverage.gaps
    for host in {path.parts[-3] for path in TREE.rglob("updates.*")}:
        own = [gap for gap in gaps if gap.collector == host]
        assert any(gap.start <= silence[0] and gap.end >= silence[1] for gap in own), host
