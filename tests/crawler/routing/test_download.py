import bz2
import gzip
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import Permanent, Transient, WrongCall
from crawler.routing.archive import download, remote
from crawler.routing.archive.collectors import list_archive
from crawler.routing.archive.download import Fetched, fetch, gaps_of
from crawler.routing.archive.mirror import MANIFEST, Mirror, check
from tests.misbehaving import Misbehaving, Reply, autoindex

START = datetime(2020, 1, 10, 8, tzinfo=UTC)
END = START + timedelta(minutes=30)
RIS = ["rrc00/2020.01/bview.20200110.0800.gz"] + [
    f"rrc00/2020.01/updates.20200110.08{minute:02}.gz" for minute in range(0, 30, 5)
]
ROUTEVIEWS = [
    "bgpdata/2020.01/RIBS/rib.20200110.0800.bz2",
    "bgpdata/2020.01/UPDATES/updates.20200110.0800.bz2",
    "bgpdata/2020.01/UPDATES/updates.20200110.0815.bz2",
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What a server has: files of this window and of the time around it."""
    root = tmp_path / "server"
    around = ["rrc00/2020.01/updates.20200110.0755.gz", "rrc00/2020.01/bview.20200110.0000.gz"]
    put(root, [*RIS, *ROUTEVIEWS, *around, "rrc00/2020.01/updates.20200110.0830.gz"])
    return root


def put(root: Path, names: Iterable[str]) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = name.encode() * 500
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith("gz") else bz2.compress(content))


def get(site: Misbehaving, here: Path, collectors: Sequence[str] = ("rrc00",), **options: Any) -> list[Fetched]:
    settings = {"pause": lambda _: None, **options}
    return sorted(fetch(here, collectors, START, END, mirror=site.url, **settings), key=lambda row: row.path)


def outcomes(rows: Iterable[Fetched]) -> dict[str, str]:
    return {row.path: row.outcome for row in rows}


def files_asked(site: Misbehaving) -> list[str]:
    return [request.path.lstrip("/") for request in site.requests if not request.path.endswith("/")]


def test_a_window_of_both_archives_comes_as_it_is_served(tree: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    with Misbehaving(root=tree) as site:
        rows = get(site, here, ["rrc00", "route-views2"])
    assert outcomes(rows) == dict.fromkeys(sorted([*RIS, *ROUTEVIEWS]), "fetched")
    for row in rows:
        assert (here / row.path).read_bytes() == (tree / row.path).read_bytes()
        assert row.bytes == (tree / row.path).stat().st_size
        assert row.url == f"{site.url}/{row.path}"
    assert list_archive(here, START, END).gaps == ()
    assert gaps_of(here, ["rrc00", "route-views2"], START, END) == ()


def test_each_collector_is_asked_of_its_own_archive(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "RIS_URL", "http://ris.example/")
    monkeypatch.setattr(remote, "ROUTEVIEWS_URL", "http://routeviews.example/")
    with Misbehaving(root=tree) as gateway:
        monkeypatch.setenv("http_proxy", gateway.url)
        rows = list(fetch(tmp_path / "here", ["rrc00", "route-views2"], START, END))
    assert {row.url for row in rows} == {
        *(f"http://ris.example/{path}" for path in RIS),
        *(f"http://routeviews.example/{path}" for path in ROUTEVIEWS),
    }
    assert {row.outcome for row in rows} == {"fetched"}


def test_nothing_is_fetched_twice(tree: Path, tmp_path: Path) -> None:
    with Misbehaving(root=tree) as site:
        first = get(site, tmp_path / "here")
        site.requests.clear()
        again = get(site, tmp_path / "here")
    assert files_asked(site) == []
    assert outcomes(again) == dict.fromkeys(RIS, "kept")
    assert [row.sha256 for row in again] == [row.sha256 for row in first]


@pytest.mark.parametrize(
    "damage", [lambda body: body[:-9], lambda body: body[:-9] + b"\0" * 9], ids=["cut", "same size"]
)
def test_a_damaged_file_is_fetched_again_and_told(tree: Path, tmp_path: Path, damage: Any) -> None:
    here = tmp_path / "here"
    with Misbehaving(root=tree) as site:
        get(site, here)
        file = here / RIS[2]
        file.write_bytes(damage(file.read_bytes()))
        assert [held.path for held, wrong in check(here) if wrong] == [RIS[2]]
        site.requests.clear()
        rows = get(site, here)
    assert files_asked(site) == [RIS[2]]
    assert "the file that was here has" in next(row.reason for row in rows if row.path == RIS[2])
    assert file.read_bytes() == (tree / RIS[2]).read_bytes()
    assert [wrong for _, wrong in check(here)] == [None] * len(RIS)


def test_a_damaged_file_that_does_not_come_again_is_a_failure(tree: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    with Misbehaving(root=tree) as site:
        get(site, here)
        (here / RIS[2]).write_bytes(b"x")
        site.replies[f"/{RIS[2]}"] = Reply(status=404)
        row = next(row for row in get(site, here) if row.path == RIS[2])
    assert row.outcome == "failed"
    assert "has 1 bytes" in row.reason


def test_files_that_were_copied_here_are_read_through_and_kept(tree: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    put(here, RIS)
    (here / RIS[3]).write_bytes((here / RIS[3]).read_bytes()[:-3])
    with Misbehaving(root=tree) as site:
        rows = get(site, here)
    assert files_asked(site) == [RIS[3]]
    assert outcomes(rows) == {**dict.fromkeys(RIS, "kept"), RIS[3]: "fetched"}


def test_a_file_that_grew_on_the_server_is_fetched_again(tree: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    with Misbehaving(root=tree) as site:
        get(site, here)
        put(tree, [RIS[-1]])
        (tree / RIS[-1]).write_bytes(gzip.compress(b"more" * 1000))
        rows = get(site, here)
    assert outcomes(rows)[RIS[-1]] == "fetched"
    assert (here / RIS[-1]).read_bytes() == (tree / RIS[-1]).read_bytes()


def test_what_the_server_does_not_have_is_a_gap_and_stops_nothing(tree: Path, tmp_path: Path) -> None:
    (tree / RIS[3]).unlink()
    with Misbehaving({f"/{RIS[6]}": Reply(status=404)}, root=tree) as site:
        rows = get(site, tmp_path / "here")
    assert RIS[3] not in outcomes(rows)
    assert outcomes(rows)[RIS[6]] == "missing"
    assert [gap.reason for gap in gaps_of(tmp_path / "here", ["rrc00"], START, END)] == [
        "no updates file from 2020-01-10 08:10 to 2020-01-10 08:15",
        "no updates file from 2020-01-10 08:25 to 2020-01-10 08:30",
    ]


def test_one_file_that_fails_stops_no_other_and_comes_with_the_next_run(tree: Path, tmp_path: Path) -> None:
    with Misbehaving({f"/{RIS[2]}": Reply(status=503)}, root=tree) as site:
        rows = get(site, tmp_path / "here")
        assert [row.path for row in rows if row.outcome == "failed"] == [RIS[2]]
        assert "answered 503" in next(row.reason for row in rows if row.outcome == "failed")
        del site.replies[f"/{RIS[2]}"]
        assert outcomes(get(site, tmp_path / "here")) == {**dict.fromkeys(RIS, "kept"), RIS[2]: "fetched"}


def test_an_index_that_does_not_come_is_a_failure_of_its_collector_alone(tree: Path, tmp_path: Path) -> None:
    with Misbehaving({"/rrc00/2020.01/": Reply(status=500)}, root=tree) as site:
        rows = get(site, tmp_path / "here", ["rrc00", "route-views2"])
    assert outcomes(rows) == {"rrc00/2020.01/": "failed", **dict.fromkeys(ROUTEVIEWS, "fetched")}


def test_a_half_file_of_a_run_that_ended_is_gone_on_with(tree: Path, tmp_path: Path) -> None:
    body = (tree / RIS[0]).read_bytes()
    named = {"ETag": '"one"'}
    cut = [Reply(body=body, headers=named, fault="cut"), Reply(status=500), Reply(status=500), Reply(status=500)]
    replies: dict[str, Reply | list[Reply]] = {f"/{RIS[0]}": [*cut, Reply(status=500), Reply(body=body, headers=named)]}
    with Misbehaving(replies, root=tree) as site:
        assert outcomes(get(site, tmp_path / "here"))[RIS[0]] == "failed"
        assert list_archive(tmp_path / "here", START, END).ribs == {}
        rows = get(site, tmp_path / "here")
    assert outcomes(rows)[RIS[0]] == "resumed"
    assert site.requests[-1].headers["Range"] == f"bytes={len(body) // 2}-"
    assert (tmp_path / "here" / RIS[0]).read_bytes() == body


def test_no_more_at_once_than_was_set_and_yet_several(tree: Path, tmp_path: Path) -> None:
    with Misbehaving(root=tree, meet=2) as site:
        get(site, tmp_path / "here", at_once=2)
    assert site.most_at_once == 2


def test_more_than_the_limit_is_asked_about_before_anything_comes(tree: Path, tmp_path: Path) -> None:
    page = autoindex(tree / "rrc00/2020.01").replace(f"{(tree / RIS[0]).stat().st_size:>19}", f"{'1.5G':>19}")
    index = Reply(body=page.encode())
    told = r"7 files of about 1\.6 GB .* limit is 1\.0 GB"
    with Misbehaving({"/rrc00/2020.01/": index}, root=tree) as site, pytest.raises(Permanent, match=told) as failure:
        get(site, tmp_path / "here", limit_bytes=10**9)
    assert "--limit" in failure.value.remedy
    assert files_asked(site) == []


def test_more_than_the_limit_is_stopped_where_no_index_told_it(tree: Path, tmp_path: Path) -> None:
    hidden = Reply(status=403)
    with Misbehaving({"/rrc00/2020.01/": hidden}, root=tree) as site, pytest.raises(Permanent, match="--limit"):
        get(site, tmp_path / "here", limit_bytes=300)


def test_a_full_disk_is_seen_before_anything_comes(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Nearly:
        free = 100

    monkeypatch.setattr(download.shutil, "disk_usage", lambda _: Nearly)  # type: ignore[attr-defined]
    with Misbehaving(root=tree) as site, pytest.raises(Permanent, match=r"0\.0 MB are free"):
        get(site, tmp_path / "here")
    assert files_asked(site) == []


def test_without_an_index_files_are_asked_for_by_the_step(tree: Path, tmp_path: Path) -> None:
    """The RIB of the start is not there: the one before it is found, and the updates since."""
    (tree / RIS[0]).unlink()
    (tree / RIS[2]).unlink()
    with Misbehaving({"/rrc00/2020.01/": Reply(status=403)}, root=tree) as site:
        rows = get(site, tmp_path / "here")
    found = outcomes(rows)
    assert found[RIS[0]] == "missing"
    assert found["rrc00/2020.01/bview.20200110.0000.gz"] == "fetched"
    assert found["rrc00/2020.01/updates.20200110.0000.gz"] == "missing"
    assert found["rrc00/2020.01/updates.20200110.0755.gz"] == "fetched"
    assert [path for path in RIS[1:] if found[path] == "missing"] == [RIS[2]]


def test_a_collector_of_which_nothing_is_there_is_not_asked_for_file_by_file(tree: Path, tmp_path: Path) -> None:
    with Misbehaving(root=tree) as site:
        rows = get(site, tmp_path / "here", ["rrc08"])
    assert {row.outcome for row in rows} == {"missing"}
    assert len(files_asked(site)) < 6
    assert [gap.reason for gap in gaps_of(tmp_path / "here", ["rrc08"], START, END)] == [
        "rrc08 collected from 2002 to 2004"
    ]


def test_a_mirror_of_the_other_layout_is_found(tree: Path, tmp_path: Path) -> None:
    served = [
        "rrc11/bgpdata/2020.01/RIBS/rib.20200110.0800.bz2",
        "rrc11/bgpdata/2020.01/UPDATES/updates.20200110.0800.bz2",
        "rrc11/bgpdata/2020.01/UPDATES/updates.20200110.0815.bz2",
    ]
    put(tree, served)
    with Misbehaving(root=tree) as site:
        rows = get(site, tmp_path / "here", ["rrc11"])
    assert outcomes(rows) == dict.fromkeys(served, "fetched")
    assert list_archive(tmp_path / "here", START, END).collectors == ("rrc11",)


def test_a_collector_called_by_its_exchange_stays_apart(tree: Path, tmp_path: Path) -> None:
    put(tree, [f"amsix.ams/{name}" for name in ROUTEVIEWS])
    with Misbehaving(root=tree) as site:
        get(site, tmp_path / "here", ["amsix.ams", "route-views2"])
    listing = list_archive(tmp_path / "here", START, END)
    assert {collector: len(own) for collector, own in listing.updates.items()} == {"amsix.ams": 2, "route-views2": 2}
    assert listing.gaps == ()


def test_a_page_in_place_of_a_file_is_not_kept(tree: Path, tmp_path: Path) -> None:
    with Misbehaving({f"/{RIS[2]}": Reply(body=b"\n<!DOCTYPE html><title>Log in</title>")}, root=tree) as site:
        rows = get(site, tmp_path / "here")
    row = next(row for row in rows if row.path == RIS[2])
    assert row.outcome == "failed"
    assert "came as a page" in row.reason
    assert not (tmp_path / "here" / RIS[2]).exists()


def test_an_empty_file_is_kept_as_it_is(tree: Path, tmp_path: Path) -> None:
    (tree / RIS[2]).write_bytes(b"")
    with Misbehaving(root=tree) as site:
        assert outcomes(get(site, tmp_path / "here"))[RIS[2]] == "fetched"
        assert outcomes(get(site, tmp_path / "here"))[RIS[2]] == "kept"


def test_a_window_across_two_months_takes_its_rib_from_the_first(tmp_path: Path) -> None:
    names = [
        "rrc00/2020.01/bview.20200131.1600.gz",
        "rrc00/2020.01/updates.20200131.2355.gz",
        "rrc00/2020.02/updates.20200201.0000.gz",
    ]
    put(tmp_path / "server", [*names, "rrc00/2020.02/bview.20200201.0800.gz"])
    first = datetime(2020, 2, 1, tzinfo=UTC)
    with Misbehaving(root=tmp_path / "server") as site:
        rows = fetch(tmp_path / "here", ["rrc00"], first, first + timedelta(minutes=5), mirror=site.url)
        assert outcomes(rows) == dict.fromkeys(names, "fetched")


def test_a_wrong_name_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(WrongCall, match="no collector"):
        list(fetch(tmp_path / "here", ["rrc00", "rcc01"], START, END))
    assert not (tmp_path / "here").exists()


def test_two_processes_do_not_fetch_into_one_folder(tree: Path, tmp_path: Path) -> None:
    with Mirror(tmp_path / "here"), Misbehaving(root=tree) as site, pytest.raises(Transient, match="another process"):
        get(site, tmp_path / "here")


def test_a_book_whose_writer_was_killed_is_read_on(tree: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    with Misbehaving(root=tree) as site:
        get(site, here)
        book = here / MANIFEST
        book.write_bytes(book.read_bytes()[:-20] + b"\n[1]\n\xff{")
        site.requests.clear()
        get(site, here)
        assert files_asked(site) == []
    lines = [line for line in book.read_bytes().splitlines() if line.startswith(b'{"path"') and line.endswith(b"}")]
    assert {json.loads(line)["path"] for line in lines} == set(RIS)


def test_progress_ends_at_everything(tree: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int, int, int]] = []
    with Misbehaving(root=tree) as site:
        rows = get(site, tmp_path / "here", progress=lambda *counts: seen.append(counts))
    size = sum(row.bytes or 0 for row in rows)
    assert seen[-1] == (size, size, len(RIS), len(RIS))


def test_a_run_that_is_left_ends_its_threads(tree: Path, tmp_path: Path) -> None:
    """Whoever stops reading the rows (an interrupt) waits for no pause and no further file."""
    with Misbehaving({f"/{RIS[6]}": Reply(status=503)}, root=tree) as site:
        rows = fetch(tmp_path / "here", ["rrc00"], START, END, mirror=site.url, at_once=2)
        assert isinstance(next(rows), Fetched)
        rows.close()  # type: ignore[attr-defined]
    assert len(files_asked(site)) <= len(RIS)


def live(path: Path) -> bytes:
    """A file of a live stream, as `livearchive` writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, gzip.GzipFile("routewire-live", "wb", fileobj=raw, mtime=0) as file:
        file.write(b"what was heard")
    return path.read_bytes()


def test_the_collectors_own_file_takes_the_place_of_what_a_live_stream_wrote(tree: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    live(here / RIS[2])
    with Misbehaving(root=tree) as site:
        rows = {row.path: row for row in get(site, here)}
        assert rows[RIS[2]].outcome == "fetched"
        assert "live stream" in rows[RIS[2]].reason
        assert (here / RIS[2]).read_bytes() == (tree / RIS[2]).read_bytes()
        assert set(outcomes(get(site, here)).values()) == {"kept"}


@pytest.mark.parametrize(("answer", "outcome"), [(Reply(status=404), "kept"), (Reply(body=b"<html>"), "failed")])
def test_what_a_live_stream_wrote_stays_where_the_server_has_no_other(
    tree: Path, tmp_path: Path, answer: Reply, outcome: str
) -> None:
    here = tmp_path / "here"
    heard = live(here / RIS[2])
    with Misbehaving({f"/{RIS[2]}": answer}, root=tree) as site:
        rows = {row.path: row for row in get(site, here)}
    assert rows[RIS[2]].outcome == outcome
    assert (here / RIS[2]).read_bytes() == heard
    assert RIS[2] not in {held.path for held, _ in check(here)}, "it may grow yet"


@pytest.mark.parametrize("answer", [Reply(status=304), Reply(status=416, headers={"Content-Range": "bytes */0"})])
def test_a_server_that_answers_something_else_costs_its_file_alone(tree: Path, tmp_path: Path, answer: Reply) -> None:
    with Misbehaving({f"/{RIS[2]}": answer}, root=tree) as site:
        rows = outcomes(get(site, tmp_path / "here"))
    assert rows.pop(RIS[2]) == "failed"
    assert set(rows.values()) == {"fetched"}


def test_a_window_of_a_century_asks_for_no_month_that_cannot_be(tree: Path, tmp_path: Path) -> None:
    start, end = datetime(1905, 1, 1, tzinfo=UTC), datetime(2195, 1, 1, tzinfo=UTC)
    with Misbehaving(root=tree) as site:
        list(fetch(tmp_path / "here", ["rrc00"], start, end, mirror=site.url, pause=lambda _: None))
        years = {request.path.split("/")[2][:4] for request in site.requests if request.path.endswith("/")}
    assert min(years) == "1997"
    assert max(years) <= f"{datetime.now(UTC) + timedelta(days=1):%Y}"
