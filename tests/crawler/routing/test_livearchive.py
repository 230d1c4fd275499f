"""A live stream on the disk: whole files of five minutes, and a gap wherever nobody was listening."""

from __future__ import annotations

import gzip
import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import Permanent
from crawler.routing.archive.collectors import list_archive
from crawler.routing.live.archive import LiveArchive
from crawler.routing.live.buffer import Arrived, Item, Missing, Turned
from crawler.routing.live.frames import LiveMessage, Subscription, read_frame
from crawler.routing.live.gaps import read_gaps, write_gap
from crawler.routing.live.hearing import Hearing
from crawler.routing.live.keeper import Keeper, Tally
from crawler.routing.model import RouteElem
from crawler.routing.mrt.file import MrtFile
from tests.rislive import announce, keepalive, withdraw

NOON = datetime(2024, 5, 2, 12, tzinfo=UTC)
START = NOON.timestamp()
EVERYTHING = Subscription()
GRACE = 30.0
SILENCE = 90.0


def read(frame: str) -> LiveMessage:
    found = read_frame(frame)
    assert isinstance(found, LiveMessage)
    return found


def keeper(folder: Path, subscription: Subscription = EVERYTHING, now: float = START) -> Keeper:
    archive = LiveArchive(folder, subscription, GRACE)
    hearing = Hearing(partial(write_gap, folder), subscription.collectors, now, SILENCE)
    return Keeper(archive, hearing, Tally(), lambda _message, _file: None)


def arrived(*frames: str) -> list[Item]:
    """Each when it was sent."""
    return [Arrived(one, one.at) for one in map(read, frames)]


def on_disk(folder: Path) -> set[RouteElem]:
    return {elem._replace(record=-1, file="") for path in folder.rglob("updates.*") for elem in MrtFile(path)}


def gaps(folder: Path, **asked: list[str]) -> list[tuple[str, float, float, str]]:
    """Of an hour from noon, in seconds after noon."""
    found = read_gaps(folder, NOON, NOON + timedelta(hours=1), **asked)  # type: ignore[arg-type]
    return [(g.collector, g.start.timestamp() - START, g.end.timestamp() - START, g.reason) for g in found]


def test_a_file_appears_when_its_five_minutes_and_the_grace_are_over(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    keep.store([Turned(None, START), *arrived(announce(START + 299, "192.0.2.0/24"))], START + 300)
    assert not list(tmp_path.rglob("updates.*"))
    keep.store(arrived(withdraw(START + 301, "192.0.2.0/24")), START + 301)
    late = read(announce(START + 298, "198.51.100.0/24"))
    keep.store([Arrived(late, START + 325)], START + 330)
    (path,) = tmp_path.rglob("updates.*")
    assert path.relative_to(tmp_path).as_posix() == "rrc00/2024.05/updates.20240502.1200.gz"
    assert [elem.prefix for elem in MrtFile(path)] == ["198.51.100.0/24", "192.0.2.0/24"], "in the order of time"
    keep.close(START + 340)
    assert len(list(tmp_path.rglob("updates.*"))) == 2
    assert not list(tmp_path.rglob("live-*"))


def test_all_that_reads_archives_reads_a_live_one(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    keep.store([Turned(None, START)], START)
    for minute in range(16):
        keep.store(arrived(keepalive(START + minute * 60)), START + minute * 60)
    keep.close(START + 900)
    listing = list_archive(tmp_path, NOON, NOON + timedelta(minutes=15))
    assert [file.stamp.minute for file in listing.updates["rrc00"]] == [0, 5, 10]
    assert [gap for gap in listing.gaps if "RIB" not in gap.reason] == []
    assert [MrtFile(file.path).damage for file in listing.updates["rrc00"]] == [None] * 3


def test_a_message_too_late_or_from_the_future_is_lost_and_told(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    keep.store([Turned(None, START), *arrived(keepalive(START))], START)
    keep.store(arrived(keepalive(START + 300)), START + 331)
    late, early = read(announce(START + 10, "192.0.2.0/24")), read(announce(START + 500, "192.0.2.0/24"))
    told = keep.store([Arrived(late, START + 331), Arrived(early, START + 331)], START + 331)
    assert told == ["lost: messages that came after their file was closed (rrc00)"]
    keep.close(START + 340)
    assert on_disk(tmp_path) == set()
    reasons = {(start, reason) for _, start, _, reason in gaps(tmp_path)}
    assert (10.0, "lost: messages that came after their file was closed") in reasons
    assert (500.0, "lost: messages more than 60 s ahead of this machine's clock") in reasons


def test_a_clock_gone_mad_makes_no_folders_of_other_centuries(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    keep.store(
        [Turned(None, START), Arrived(read(keepalive(4_000_000_000)), START), Arrived(read(keepalive(1)), START)], START
    )
    keep.close(START + 1)
    assert {path.name for path in (tmp_path / "rrc00").iterdir()} == {"2024.05"}


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    first = LiveArchive(tmp_path, Subscription(), GRACE)
    with pytest.raises(Permanent, match="another live stream"):
        LiveArchive(tmp_path, Subscription(), GRACE)
    first.close()
    LiveArchive(tmp_path, Subscription(), GRACE).close()


@pytest.mark.parametrize("cut", [0, 1, 11, 12, 40])
def test_what_a_crash_leaves_is_salvaged_and_the_rest_is_a_gap(tmp_path: Path, cut: int) -> None:
    folder = tmp_path / "crashed"
    keep = keeper(tmp_path / "lost")
    messages = [announce(START + 1, "192.0.2.0/24"), announce(START + 2, "198.51.100.0/24")]
    keep.store([Turned(None, START), *arrived(*messages)], START + 2)
    shutil.copytree(tmp_path / "lost", folder)  # what a killed process leaves
    (part,) = folder.rglob("live-*.part")
    part.write_bytes(part.read_bytes()[: -cut or None])
    archive = LiveArchive(folder, Subscription(), GRACE)
    assert archive.salvage() == 1
    assert {elem.prefix for elem in on_disk(folder)} == (
        {"192.0.2.0/24", "198.51.100.0/24"} if not cut else {"192.0.2.0/24"}
    )
    since = 2.0 if not cut else 1.0
    assert ("rrc00", since, 300.0, "the writer of the live stream was cut off") in gaps(folder)
    assert archive.salvage() == 0
    archive.close()
    keep.close(START + 3)


def test_a_crash_between_the_file_and_its_part_adds_nothing_twice(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    keep.store([Turned(None, START), *arrived(announce(START + 1, "192.0.2.0/24"))], START + 2)
    (part,) = tmp_path.rglob("live-*.part")
    data = part.read_bytes()
    keep.close(START + 3)
    part.write_bytes(data)
    archive = LiveArchive(tmp_path, Subscription(), GRACE)
    archive.salvage()
    archive.close()
    (path,) = tmp_path.rglob("updates.*")
    assert len(list(MrtFile(path))) == 1


def test_two_streams_within_five_minutes_share_their_file(tmp_path: Path) -> None:
    for second in (1, 100):
        keep = keeper(tmp_path, now=START + second)
        keep.store(
            [Turned(None, START + second), *arrived(announce(START + second, f"10.{second}.0.0/16"))], START + second
        )
        keep.close(START + second + 1)
    assert {elem.prefix for elem in on_disk(tmp_path)} == {"10.1.0.0/16", "10.100.0.0/16"}
    assert ("rrc00", 0.0, 100.0, "the live stream had not begun") in gaps(tmp_path)


def test_the_collectors_own_file_is_kept_and_ends_the_gap(tmp_path: Path) -> None:
    own = tmp_path / "rrc00" / "2024.05" / "updates.20240502.1200.gz"
    own.parent.mkdir(parents=True)
    own.write_bytes(gzip.compress(b"the collector's own"))
    before = own.read_bytes()
    keep = keeper(tmp_path)
    keep.store([Turned(None, START), *arrived(announce(START + 200, "192.0.2.0/24"))], START + 201)
    keep.close(START + 310)
    assert own.read_bytes() == before
    assert [(start, end) for _, start, end, _ in gaps(tmp_path)] == [(300.0, 600.0)]


def test_a_disconnection_is_a_gap_for_each_collector_from_its_last_message_to_its_next(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    begun = [Turned(None, START), *arrived(keepalive(START), keepalive(START, host="rrc01"))]
    keep.store([*begun, *arrived(keepalive(START + 10), keepalive(START + 12, host="rrc01"))], START + 12)
    keep.store(
        [
            Turned("the live stream was off: it broke", START + 20),
            Turned(None, START + 59),
            *arrived(keepalive(START + 60)),
        ],
        START + 60,
    )
    keep.store(arrived(keepalive(START + 70, host="rrc01")), START + 70)
    assert gaps(tmp_path) == [
        ("rrc00", 10.0, 60.0, "the live stream was off: it broke"),
        ("rrc01", 12.0, 70.0, "the live stream was off: it broke"),
    ]
    keep.close(START + 71)


def test_a_message_long_under_way_does_not_hide_that_nobody_was_listening(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    off = Turned("the live stream was off: it broke", START + 20)
    keep.store([Turned(None, START), *arrived(keepalive(START + 10)), off, Turned(None, START + 60)], START + 60)
    keep.store([Arrived(read(keepalive(START + 11)), START + 61)], START + 61)
    assert [(start, end) for _, start, end, _ in gaps(tmp_path)] == [(0.0, 10.0), (10.0, 60.0)]
    keep.close(START + 62)


def test_what_comes_before_the_server_confirms_is_archived_and_still_a_gap(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    keep.store(arrived(announce(START + 5, "192.0.2.0/24")), START + 5)
    keep.store([Turned(None, START + 19), *arrived(keepalive(START + 20))], START + 20)
    keep.close(START + 21)
    assert len(on_disk(tmp_path)) == 1
    assert gaps(tmp_path)[0] == ("rrc00", 0.0, 20.0, "the live stream had not begun")


def test_a_collector_that_falls_silent_among_others_is_told_once_and_is_a_gap(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    keep.store([Turned(None, START), *arrived(keepalive(START), keepalive(START, host="rrc01"))], START)
    told = [keep.store(arrived(keepalive(START + s, host="rrc01")), START + s) for s in range(30, 301, 30)]
    assert [words for one in told for words in one] == ["nothing is heard of rrc00"]
    keep.store(arrived(keepalive(START + 310)), START + 310)
    silence = "nothing was heard of the collector for more than 90 s"
    assert gaps(tmp_path) == [("rrc00", 0.0, 310.0, silence)]
    keep.close(START + 311)


def test_a_collector_that_was_asked_for_and_is_never_heard_is_told(tmp_path: Path) -> None:
    keep = keeper(tmp_path, Subscription(collectors=("rrc00", "rrc01")))
    assert keep.store([Turned(None, START), *arrived(keepalive(START))], START) == []
    assert keep.store(arrived(keepalive(START + 91)), START + 91) == ["nothing is heard of rrc01"]
    keep.close(START + 92)
    assert ("rrc01", 0.0, 300.0, "the live stream had not begun") in gaps(tmp_path)


def test_collectors_have_time_to_be_heard_after_a_reconnect(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    keep.store([Turned(None, START), *arrived(keepalive(START))], START)
    keep.store([Turned("the live stream was off: it broke", START + 1)], START + 1)
    assert keep.store([], START + 200) == []
    assert keep.store([Turned(None, START + 201)], START + 201) == []
    assert keep.store([], START + 292) == ["nothing is heard of rrc00"]
    keep.close(START + 293)


def test_a_silence_that_is_over_before_anybody_looked_is_a_gap_all_the_same(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    keep.store([Turned(None, START), *arrived(keepalive(START), keepalive(START + 200))], START + 200)
    assert [(start, end) for _, start, end, _ in gaps(tmp_path)] == [(0.0, 200.0)]
    keep.close(START + 201)


def test_lost_messages_are_one_gap_a_reason(tmp_path: Path) -> None:
    keep = keeper(tmp_path)
    keep.store([Turned(None, START), *arrived(keepalive(START))], START)
    lost = [Missing("rrc00", START + s, START + s, "messages that cannot be read") for s in (5, 3, 9)]
    keep.store(lost, START + 10)
    keep.store(arrived(keepalive(START + 331)), START + 331)
    assert ("rrc00", 3.0, 10.0, "lost: messages that cannot be read") in gaps(tmp_path)
    keep.close(START + 332)


def test_a_narrow_subscription_is_blind_to_all_else(tmp_path: Path) -> None:
    keep = keeper(tmp_path, Subscription(prefixes=("192.0.2.0/24",), asns=(64500,)))
    keep.store([Turned(None, START), *arrived(keepalive(START))], START)
    keep.store(arrived(keepalive(START + 80)), START + 80)
    keep.close(START + 299)
    narrow = [reason for *_, reason in gaps(tmp_path) if "narrow" in reason]
    assert narrow == ["the live stream was of a narrow subscription"]
    assert [reason for *_, reason in gaps(tmp_path, prefixes=["192.0.2.0/25"]) if "narrow" in reason] == []
    assert [reason for *_, reason in gaps(tmp_path, prefixes=["10.0.0.0/8"]) if "narrow" in reason] == narrow
    asked = read_gaps(tmp_path, NOON, NOON + timedelta(hours=1), asns=[64500], prefixes=["192.0.2.0/25"])
    assert [gap.reason for gap in asked if "narrow" in gap.reason] == narrow, (
        "routes that leave a network are not shown"
    )


def test_an_archive_that_was_downloaded_has_no_such_gaps(tmp_path: Path) -> None:
    assert read_gaps(tmp_path, NOON, NOON + timedelta(hours=1)) == []


def test_a_torn_line_of_the_gaps_is_told_and_the_others_count(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_gap(tmp_path, "rrc00", START, START + 10, "first")
    (path,) = tmp_path.rglob("gaps.jsonl")
    path.write_bytes(path.read_bytes() + b'\n{"start": "2024-05-')  # the end of the process that wrote it
    write_gap(tmp_path, "rrc00", START + 20, START + 30, "second")
    path.write_bytes(path.read_bytes() + b"\n7\n" + json.dumps({"start": 5}).encode())
    assert [(start, end) for _, start, end, _ in gaps(tmp_path)] == [(0.0, 10.0), (20.0, 30.0)]
    assert "line 3" in caplog.text
    assert len(caplog.records) == 3


def test_gaps_that_meet_are_one_over_midnight_and_month(tmp_path: Path) -> None:
    turn = datetime(2024, 6, 1, tzinfo=UTC)
    for minute in range(-10, 10, 5):
        at = turn.timestamp() + minute * 60
        write_gap(tmp_path, "rrc00", at, at + 300, "off")
    found = read_gaps(tmp_path, turn - timedelta(hours=1), turn + timedelta(hours=1))
    assert sum((gap.end - gap.start for gap in found), timedelta()) == timedelta(minutes=20)


FRAMES = [
    frame
    for second in range(0, 60, 7)
    for frame in (
        announce(START + second, f"10.{second}.0.0/16", path=[64500, 64501 + second]),
        withdraw(START + second + 0.5, "10.0.0.0/16", peer="2001:db8::1", host="rrc01"),
    )
]


@given(
    st.permutations(FRAMES).flatmap(lambda frames: st.lists(st.sampled_from(FRAMES)).map(lambda more: frames + more))
)
def test_any_order_and_repetition_within_the_grace_gives_the_same_routes(frames: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        keep = keeper(Path(folder))
        now = START + 300
        keep.store([Turned(None, START), *(Arrived(read(frame), now) for frame in frames)], now)
        keep.close(now)
        files = sorted(Path(folder).rglob("updates.*"))
        assert on_disk(Path(folder)) == {elem._replace(file="") for frame in FRAMES for elem in read(frame).elems("")}
        for path in files:
            times = [elem.observed_at for elem in MrtFile(path)]
            assert times == sorted(times)


def test_a_country_is_more_than_the_prefixes_beside_it(tmp_path: Path) -> None:
    keep = keeper(tmp_path, Subscription(prefixes=("192.0.2.0/24",)))
    keep.store([Turned(None, START), *arrived(keepalive(START))], START)
    keep.close(START + 299)
    asked = gaps(tmp_path, prefixes=["192.0.2.0/24"], countries=["KE"])
    assert "the live stream was of a narrow subscription" in [reason for *_, reason in asked]


def test_a_part_of_another_name_is_left_alone(tmp_path: Path) -> None:
    strange = tmp_path / "rrc00" / "2024.05" / "live-notes.part"
    strange.parent.mkdir(parents=True)
    strange.write_bytes(b"x")
    keep = keeper(tmp_path)
    keep.salvage()
    keep.close(START)
    assert strange.exists()
