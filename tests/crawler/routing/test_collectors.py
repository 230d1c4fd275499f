from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.errors import Permanent
from crawler.routing.archive.collectors import fingerprint, list_archive, span_of

DAY = datetime(2020, 1, 1, tzinfo=UTC)


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_both_layouts_stand_side_by_side_each_with_its_step(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "rrc00/2020.01/bview.20200101.0000.gz",
        *(f"rrc00/2020.01/updates.20200101.00{minute:02}.gz" for minute in range(0, 30, 5)),
        "bgpdata/2020.01/RIBS/rib.20200101.0000.bz2",
        "bgpdata/2020.01/UPDATES/updates.20200101.0000.bz2",
        "bgpdata/2020.01/UPDATES/updates.20200101.0015.bz2",
    )
    listing = list_archive(tmp_path, DAY, DAY + timedelta(minutes=30))
    assert listing.collectors == ("route-views2", "rrc00")
    assert listing.steps == {"rrc00": timedelta(minutes=5), "route-views2": timedelta(minutes=15)}
    assert [file.name for file in listing.ribs["route-views2"]] == ["bgpdata/2020.01/RIBS/rib.20200101.0000.bz2"]
    assert len(listing.updates["rrc00"]) == 6
    assert listing.gaps == ()
    assert span_of(tmp_path) == (DAY, DAY + timedelta(minutes=30))


def test_missing_files_are_gaps_at_both_ends_and_between(tmp_path: Path) -> None:
    minutes = (5, 10, 25, 30)
    touch(
        tmp_path,
        "rrc00/2020.01/bview.20200101.0000.gz",
        *(f"rrc00/2020.01/updates.20200101.00{minute:02}.gz" for minute in minutes),
    )
    gaps = list_archive(tmp_path, DAY, DAY + timedelta(minutes=45)).gaps
    assert [((gap.start - DAY).seconds // 60, (gap.end - DAY).seconds // 60) for gap in gaps] == [
        (0, 5),
        (15, 25),
        (35, 45),
    ]
    assert "00:15" in gaps[1].reason


def test_the_state_grows_from_the_last_rib_before_the_window(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "rrc00/2020.01/bview.20200101.0000.gz",
        "rrc00/2020.01/bview.20200101.0800.gz",
        "rrc00/2020.01/bview.20200101.1600.gz",
        *(f"rrc00/2020.01/updates.20200101.08{minute:02}.gz" for minute in range(0, 60, 5)),
    )
    listing = list_archive(tmp_path, DAY + timedelta(hours=8, minutes=30), DAY + timedelta(hours=9))
    assert [file.stamp.hour for file in listing.ribs["rrc00"]] == [8]
    assert len(listing.updates["rrc00"]) == 12


@pytest.mark.parametrize("hours", [-2, 3])
def test_a_collector_without_a_file_of_the_window_is_a_gap_alone(tmp_path: Path, hours: int) -> None:
    touch(
        tmp_path,
        "rrc00/2020.01/bview.20200101.0000.gz",
        *(f"rrc00/2020.01/updates.20200101.00{minute:02}.gz" for minute in range(0, 60, 5)),
    )
    listing = list_archive(tmp_path, DAY + timedelta(hours=hours), DAY + timedelta(hours=hours + 1))
    assert listing.empty
    assert listing.collectors == ()
    (gap,) = listing.gaps
    assert (gap.start, gap.end) == (DAY + timedelta(hours=hours), DAY + timedelta(hours=hours + 1))
    assert gap.reason.startswith("no file of this window; its files are from 2020-01-01 00:00 on")
    assert not list_archive(tmp_path, DAY + timedelta(minutes=57), DAY + timedelta(hours=2)).empty


def updates(*minutes: int) -> list[str]:
    return [f"rrc00/2020.01/updates.20200101.{minute // 60:02}{minute % 60:02}.gz" for minute in minutes]


@pytest.mark.parametrize("minutes", [range(0, 60, 5), [0, 2, 5, 7, 10, 12], range(0, 60, 1), range(0, 240, 60)])
def test_however_finely_or_evenly_files_are_cut_they_leave_no_gap(tmp_path: Path, minutes: Sequence[int]) -> None:
    touch(tmp_path, "rrc00/2020.01/bview.20200101.0000.gz", *updates(*minutes))
    assert list_archive(tmp_path, DAY, DAY + timedelta(minutes=minutes[-1])).gaps == ()


@pytest.mark.parametrize("minutes", [[0, 120], [0, 5, 15, 20], [0, 10, 15, 25, 35]])
def test_what_lies_between_files_that_stand_too_far_apart_is_a_gap(tmp_path: Path, minutes: Sequence[int]) -> None:
    touch(tmp_path, "rrc00/2020.01/bview.20200101.0000.gz", *updates(*minutes))
    assert list_archive(tmp_path, DAY, DAY + timedelta(minutes=minutes[-1])).gaps != ()


def test_without_a_rib_the_whole_window_is_a_gap(tmp_path: Path) -> None:
    touch(tmp_path, "rrc00/2020.01/updates.20200101.0000.gz", "rrc00/2020.01/updates.20200101.0005.gz")
    (gap,) = list_archive(tmp_path, DAY, DAY + timedelta(minutes=10)).gaps
    assert gap.reason.startswith("no RIB")


def test_a_folder_without_routes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="RIS or RouteViews"):
        list_archive(tmp_path, DAY, DAY + timedelta(hours=1))


def test_the_fingerprint_follows_the_files(tmp_path: Path) -> None:
    touch(tmp_path, "rrc00/2020.01/updates.20200101.0000.gz")
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    touch(tmp_path, "rrc00/2020.01/updates.20200101.0005.gz")
    assert fingerprint(tmp_path) != before


def test_a_name_with_an_impossible_time_is_told_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    touch(tmp_path, "rrc00/2020.01/updates.20200101.0000.gz", "rrc00/2020.01/updates.99999999.9999.gz")
    assert span_of(tmp_path) == (DAY, DAY + timedelta(minutes=5))
    assert "updates.99999999.9999.gz" in caplog.text
    (tmp_path / "rrc00/2020.01/updates.20200101.0000.gz").unlink()
    with pytest.raises(Permanent, match="RIS or RouteViews"):
        span_of(tmp_path)


def test_a_folder_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="no such folder"):
        span_of(tmp_path / "absent")
    touch(tmp_path, "file")
    with pytest.raises(Permanent, match="is not a folder"):
        span_of(tmp_path / "file")


def test_the_rib_may_be_of_a_month_before(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "rrc00/2019.11/bview.20191130.2359.gz",
        "rrc00/2019.12/updates.20191231.2355.gz",
        *(f"rrc00/2020.01/updates.20200101.00{minute:02}.gz" for minute in range(0, 30, 5)),
    )
    listing = list_archive(tmp_path, DAY, DAY + timedelta(minutes=30))
    assert [file.name for file in listing.ribs["rrc00"]] == ["rrc00/2019.11/bview.20191130.2359.gz"]
    assert listing.updates["rrc00"][0].stamp == DAY - timedelta(minutes=5)
    assert [gap.end for gap in listing.gaps] == [DAY - timedelta(minutes=5)]


def test_months_that_do_not_matter_are_not_looked_into(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    touch(
        tmp_path,
        "rrc00/2019.06/updates.99999999.9999.gz",
        "rrc00/2020.01/bview.20200101.0000.gz",
        "rrc00/2020.01/updates.20200101.0000.gz",
        "rrc00/2020.06/updates.99999999.9999.gz",
    )
    assert not list_archive(tmp_path, DAY, DAY + timedelta(minutes=5)).empty
    assert caplog.text == ""


def test_ribs_after_the_first_are_listed_for_what_comes_after_a_gap(tmp_path: Path) -> None:
    hours = (0, 8, 16)
    touch(
        tmp_path,
        *(f"rrc00/2020.01/bview.20200101.{hour:02}00.gz" for hour in hours),
        *(f"rrc00/2020.01/updates.20200101.{hour:02}00.gz" for hour in hours),
    )
    listing = list_archive(tmp_path, DAY + timedelta(hours=1), DAY + timedelta(hours=16))
    assert [file.stamp.hour for file in listing.ribs["rrc00"]] == [0]
    assert [file.stamp.hour for file in listing.later_ribs["rrc00"]] == [8]


def test_loose_files_and_months_stand_side_by_side(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "rrc00.updates.20200101.0000.gz",
        "rrc02/2020.01/updates.20200101.0000.gz",
        "rrc02/2020.01/copies/updates.20200101.0005.gz",
        "route-views.sg/bgpdata/2020.01/UPDATES/updates.20200101.0000.bz2",
    )
    listing = list_archive(tmp_path, DAY, DAY + timedelta(minutes=30))
    assert listing.collectors == ("route-views.sg", "rrc00", "rrc02")
    assert [file.stamp.minute for file in listing.updates["rrc02"]] == [0, 5]
