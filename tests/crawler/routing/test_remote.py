from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import WrongCall
from crawler.routing.archive import remote
from crawler.routing.archive.remote import (
    RemoteFile,
    folders,
    layouts,
    listed,
    months,
    needed,
    ribs_by_step,
    updates_by_step,
)

APACHE = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /route-views.sg/bgpdata/2022.10/UPDATES</title></head><body>
<h1>Index of /route-views.sg/bgpdata/2022.10/UPDATES</h1>
<table><tr><th><img src="/icons/blank.gif" alt="[ICO]"></th><th><a href="?C=N;O=D">Name</a></th>
<th><a href="?C=M;O=A">Last modified</a></th><th><a href="?C=S;O=A">Size</a></th></tr>
<tr><td valign="top"><img src="/icons/back.gif" alt="[PARENTDIR]"></td>
<td><a href="/route-views.sg/bgpdata/2022.10/">Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td></tr>
<tr><td><img src="/icons/unknown.gif" alt="[   ]"></td>
<td><a href="updates.20221001.0000.bz2">updates.20221001.000..&gt;</a></td>
<td align="right">2022-10-01 00:00  </td><td align="right"> 14 </td><td>&nbsp;</td></tr>
<tr><td><img src="/icons/unknown.gif" alt="[   ]"></td>
<td><a href="updates.20221001.0015.bz2">updates.20221001.001..&gt;</a></td>
<td align="right">2022-10-01 00:15  </td><td align="right">1.2M</td><td>&nbsp;</td></tr>
<tr><td></td><td><a href="updates.20221001.0015.bz2.md5">updates.20221001.0015.bz2.md5</a></td>
<td>2022-10-01 00:15</td><td>60</td></tr>
<tr><td></td><td><a href="updates.20221032.0000.bz2">no such day</a></td><td>2022-10-01 00:15</td><td>1M</td></tr>
</table></body></html>"""
NGINX = """<html>
<head><title>Index of /rrc00/2001.01/</title></head>
<body bgcolor="white">
<h1>Index of /rrc00/2001.01/</h1><hr><pre><a href="../">../</a>
<a href="bview.20010101.0609.gz">bview.20010101.0609.gz</a>                 01-Jan-2001 06:09     12M
<a href="updates.20010131.2236.gz">updates.20010131.2236.gz</a>             31-Jan-2001 22:36     98K
<a href="updates.20010131.2251.gz">updates.20010131.2251.gz</a>             31-Jan-2001 22:51     99713
</pre><hr></body>
</html>"""
PYTHON = """<!DOCTYPE HTML><html lang="en"><head><title>Directory listing for /rrc00/2020.01/</title></head><body>
<h1>Directory listing for /rrc00/2020.01/</h1><hr><ul>
<li><a href="updates.20200101.0005.gz">updates.20200101.0005.gz</a></li>
<li><a href="./updates.20200101.0000.gz?download=1">updates.20200101.0000.gz</a></li>
</ul><hr></body></html>"""
JAN = datetime(2020, 1, 10, tzinfo=UTC)


def files(collector: str, *names: tuple[bool, datetime]) -> list[RemoteFile]:
    return [RemoteFile(collector, stamp, is_rib, f"{stamp:%d.%H%M}") for is_rib, stamp in names]


def test_an_index_as_routeviews_prints_it() -> None:
    found = listed(APACHE, "route-views.sg", "route-views.sg/bgpdata/2022.10/UPDATES/")
    assert found is not None
    assert [(file.path, file.size, file.exact) for file in found] == [
        ("route-views.sg/bgpdata/2022.10/UPDATES/updates.20221001.0000.bz2", 14, True),
        ("route-views.sg/bgpdata/2022.10/UPDATES/updates.20221001.0015.bz2", 1258291, False),
    ]


def test_an_index_as_ris_prints_it_has_odd_minutes_and_rounded_sizes() -> None:
    found = listed(NGINX, "rrc00", "rrc00/2001.01/")
    assert found is not None
    assert [(file.is_rib, f"{file.stamp:%d %H:%M}", file.size, file.exact) for file in found] == [
        (True, "01 06:09", 12 << 20, False),
        (False, "31 22:36", 98 << 10, False),
        (False, "31 22:51", 99713, True),
    ]


def test_an_index_without_sizes_lists_all_the_same() -> None:
    found = listed(PYTHON, "rrc00", "rrc00/2020.01/")
    assert found is not None
    assert [(file.path, file.size) for file in found] == [
        ("rrc00/2020.01/updates.20200101.0000.gz", None),
        ("rrc00/2020.01/updates.20200101.0005.gz", None),
    ]


@pytest.mark.parametrize("page", ["", "<html><body>Please log in <a href='/login'>here</a></body></html>", '{"a": 1}'])
def test_another_page_is_no_index(page: str) -> None:
    assert listed(page, "rrc00", "rrc00/2020.01/") is None


@given(
    st.text() | st.lists(st.sampled_from(["<a href='", "updates.20200101.0000.gz", "'>", "<td>", "1.2M"])).map("".join)
)
def test_any_page_is_an_index_or_none(page: str) -> None:
    found = listed(page, "rrc00", "rrc00/2020.01/")
    assert found is None or all(file.path.startswith("rrc00/2020.01/") for file in found)


def test_an_empty_folder_is_an_index_without_files() -> None:
    page = '<html><h1>Index of /rrc00/2020.01/</h1><pre><a href="../">../</a>\n</pre></html>'
    assert listed(page, "rrc00", "rrc00/2020.01/") == ()


def test_a_path_out_of_the_folder_keeps_its_name_alone() -> None:
    page = '<a href="/../../etc/updates.20200101.0000.gz">x</a><a href="%2e%2e%2fupdates.20200101.0005.gz">y</a>'
    found = listed(page, "rrc00", "rrc00/2020.01/")
    assert found is not None
    assert {file.path.rpartition("/")[0] for file in found} == {"rrc00/2020.01"}


def test_each_collector_is_where_its_archive_keeps_it() -> None:
    assert folders("rrc21", JAN) == ("rrc21/2020.01/",)
    assert folders("route-views2", JAN) == ("bgpdata/2020.01/RIBS/", "bgpdata/2020.01/UPDATES/")
    assert folders("amsix.ams", JAN) == ("amsix.ams/bgpdata/2020.01/RIBS/", "amsix.ams/bgpdata/2020.01/UPDATES/")
    assert remote.archive_of("route-views2.saopaulo") == remote.ROUTEVIEWS_URL
    assert remote.archive_of("rrc26") == remote.RIS_URL


@pytest.mark.parametrize("name", ["", "rrc1", "RRC00", "../etc", "route-views2/", "http://x", "rrc00 "])
def test_what_is_no_collector_is_a_wrong_call(name: str) -> None:
    with pytest.raises(WrongCall, match="no collector"):
        remote.archive_of(name)


def test_a_mirror_may_keep_any_collector_in_either_layout() -> None:
    assert layouts("rrc00", JAN, mirrored=False) == (("rrc00/2020.01/",),)
    assert layouts("rrc00", JAN, mirrored=True) == (
        ("rrc00/2020.01/",),
        ("rrc00/bgpdata/2020.01/RIBS/", "rrc00/bgpdata/2020.01/UPDATES/"),
    )
    assert ("route-views2/bgpdata/2020.01/RIBS/", "route-views2/bgpdata/2020.01/UPDATES/") in layouts(
        "route-views2", JAN, mirrored=True
    )


def test_the_rib_before_a_month_begins_is_in_the_month_before() -> None:
    first = datetime(2020, 3, 1, 2, tzinfo=UTC)
    assert [f"{month:%Y.%m}" for month in months(first, first + timedelta(hours=1))] == ["2020.02", "2020.03"]
    assert [f"{month:%Y.%m}" for month in months(JAN, JAN + timedelta(days=25))] == ["2020.01", "2020.02"]
    assert [f"{month:%Y.%m}" for month in months(JAN, datetime(2020, 2, 1, tzinfo=UTC))] == ["2020.01"]


def test_a_window_needs_its_rib_and_every_update_since() -> None:
    quarters = [JAN + timedelta(minutes=15 * number) for number in range(60)]
    known = files("route-views2", *((True, moment) for moment in quarters[::8]), *((False, m) for m in quarters))
    found = needed(known, JAN + timedelta(hours=5, minutes=3), JAN + timedelta(hours=7))
    assert [file.stamp.hour for file in found if file.is_rib] == [4]
    assert [file.stamp for file in found if not file.is_rib] == quarters[16:28]


def test_after_a_hole_the_next_rib_is_needed_too() -> None:
    quarters = [JAN + timedelta(minutes=15 * number) for number in range(40)]
    there = [moment for moment in quarters if not 11 <= quarters.index(moment) < 14]
    ribs = [(True, JAN + timedelta(hours=hour)) for hour in range(0, 10, 2)]
    found = needed(files("route-views2", *ribs, *((False, moment) for moment in there)), JAN, JAN + timedelta(hours=9))
    assert [file.stamp.hour for file in found if file.is_rib] == [0, 4]


def test_the_update_that_was_running_when_a_window_begins_is_needed() -> None:
    known = files("rrc00", *((False, JAN + timedelta(minutes=minute)) for minute in range(0, 30, 5)))
    found = needed(known, JAN + timedelta(minutes=7), JAN + timedelta(minutes=15))
    assert [file.stamp.minute for file in found] == [5, 10]


def test_a_rib_of_long_ago_is_not_grown_from() -> None:
    old = (True, JAN - timedelta(days=2))
    late = (True, JAN + timedelta(hours=8))
    updates = [(False, JAN + timedelta(hours=hour)) for hour in range(-30, 12)]
    found = needed(files("route-views2", old, late, *updates), JAN, JAN + timedelta(hours=12))
    assert [file.stamp for file in found if file.is_rib] == [late[1]]
    assert min(file.stamp for file in found if not file.is_rib) == JAN


def test_ris_wrote_every_quarter_of_an_hour_before_july_2003() -> None:
    before, after = datetime(2003, 6, 30, 23, 30, tzinfo=UTC), datetime(2003, 7, 1, 0, 10, tzinfo=UTC)
    paths = [file.path for file in updates_by_step("rrc00", before, after)]
    assert paths == [
        "rrc00/2003.06/updates.20030630.2330.gz",
        "rrc00/2003.06/updates.20030630.2345.gz",
        "rrc00/2003.07/updates.20030701.0000.gz",
        "rrc00/2003.07/updates.20030701.0005.gz",
    ]


def test_ribs_by_step_go_back_from_the_start() -> None:
    assert [file.path for file in ribs_by_step("rrc00", JAN + timedelta(hours=1))] == [
        "rrc00/2020.01/bview.20200110.0000.gz",
        "rrc00/2020.01/bview.20200109.1600.gz",
        "rrc00/2020.01/bview.20200109.0800.gz",
    ]
    assert ribs_by_step("route-views2", JAN + timedelta(hours=3))[0].path == (
        "bgpdata/2020.01/RIBS/rib.20200110.0200.bz2"
    )


def test_a_collectors_years_are_told_of_another_time_alone() -> None:
    assert remote.life_of("rrc08", JAN, JAN) == "rrc08 collected from 2002 to 2004"
    assert remote.life_of("rrc26", JAN, JAN) == "rrc26 began in 2021"
    assert remote.life_of("rrc00", JAN, JAN) == ""
    assert remote.life_of("route-views2", JAN, JAN) == ""


@given(
    st.sampled_from(["rrc00", "route-views2"]),
    st.datetimes(datetime(2001, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(minutes=1), timedelta(hours=40)),
)
def test_files_by_step_cover_a_window_without_a_hole(collector: str, start: datetime, length: timedelta) -> None:
    found = updates_by_step(collector, start, start + length)
    covered = found[0].stamp
    assert covered <= start
    for file in found:
        assert file.stamp <= covered
        covered = file.stamp + remote.update_step(collector, file.stamp)
    assert covered >= start + length
    assert needed(found, start, start + length) == found


@pytest.mark.parametrize("page", ["<a " * 500_000, "<a " + "href=x " * 300_000, "<a href=" + "x" * 2_000_000])
def test_a_page_that_is_made_to_be_read_for_ever_is_no_index(page: str) -> None:
    assert remote.listed(page, "rrc00", "rrc00/2020.01/") is None


def test_a_size_that_cannot_be_is_none() -> None:
    page = f'<a href="updates.20200110.0800.gz">x</a> 10-Jan-2020 08:00 {"9" * 400}'
    (file,) = remote.listed(page, "rrc00", "rrc00/2020.01/") or ()
    assert file.size is None
