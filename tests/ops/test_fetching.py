"""`routes fetch` and `routes check` from end to end: a served archive, a mirror of it, and the events in it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.demo.routes import write_archive
from tests.demo import ROUTEWIRE, environment
from tests.misbehaving import Misbehaving, Reply
from tests.ops.running import Run

WINDOW = ("--from", "2017-10-01T00:00:00Z", "--to", "2017-10-01T13:00:00Z")
BOTH = ("--collector", "route-views2", "--collector", "rrc12")
STALLS = "bgpdata/2017.10/UPDATES/updates.20171001.0900.bz2"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    write_archive(folder)
    return folder


@pytest.fixture
def site(served: Path) -> Iterator[Misbehaving]:
    with Misbehaving(root=served) as opened:
        yield opened


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*z*") if path.is_file()}


def test_a_window_is_fetched_and_its_events_are_found(run: Run, site: Misbehaving, tmp_path: Path) -> None:
    ran = run("routes", "fetch", tmp_path, *WINDOW, *BOTH, "--mirror", site.url, "--json", "--data-dir", tmp_path / "d")
    assert ran.code == 0, ran.err
    assert Counter(row["outcome"] for row in ran.rows()) == {"fetched": 2 + 13 * 4 + 13 * 12}
    assert set(ran.rows()[0]) == {"collector", "url", "path", "outcome", "bytes", "sha256", "reason"}
    events = run("routes", "events", tmp_path, *WINDOW, "--asn", "AS131279", "--json")
    assert events.code == 0, events.err
    assert "upstream_added" in {event["kind"] for event in events.rows()}
    assert "gap" not in events.err


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_ended_run_is_gone_on_with_and_fetches_nothing_twice(served: Path, tmp_path: Path, how: int) -> None:
    body = (served / STALLS).read_bytes()
    named = {"ETag": '"one"'}
    replies: dict[str, Reply | list[Reply]] = {
        f"/{STALLS}": [Reply(body=body, headers=named, fault="stall"), Reply(body=body, headers=named)]
    }
    here = tmp_path / "here"
    with Misbehaving(replies, root=served) as site:
        command = [ROUTEWIRE, "routes", "fetch", str(here), *WINDOW, *BOTH, "--mirror", site.url, "--at-once", "2"]
        with subprocess.Popen(command, env=environment(tmp_path / "data"), stderr=subprocess.DEVNULL) as killed:
            assert site.hung.wait(60)
            part = (here / STALLS).with_name(f".part-{Path(STALLS).name}")
            while not part.exists() or part.stat().st_size < len(body) // 2:
                site.released.wait(0.01)
            os.kill(killed.pid, how)
            killed.wait(20)
        before = held(here)
        assert STALLS not in before
        first = [request.path for request in site.requests]
        site.requests.clear()
        ran = subprocess.run(command, env=environment(tmp_path / "data"), capture_output=True, text=True, check=False)
        again = Counter(request.path for request in site.requests if not request.path.endswith("/"))
    assert ran.returncode == 0, ran.stderr
    after, source = held(here), held(served)
    assert after == {name: source[name] for name in after}
    assert len(after) == 2 + 13 * 4 + 13 * 12
    assert set(again.values()) == {1}
    assert not {f"/{name}" for name in before} & set(again)
    assert first.count(f"/{STALLS}") == 1
    resumed = next(request for request in site.requests if request.path == f"/{STALLS}")
    assert resumed.headers["Range"] == f"bytes={len(body) // 2}-"


def test_what_is_missing_is_a_gap_and_what_failed_ends_with_1(run: Run, site: Misbehaving, tmp_path: Path) -> None:
    site.replies[f"/{STALLS}"] = Reply(status=404)
    fetch = ("routes", "fetch", tmp_path, *WINDOW, *BOTH, "--mirror", site.url)
    ran = run(*fetch)
    assert ran.code == 0, ran.err
    assert "gap: route-views2: no updates file from 2017-10-01 09:00 to 2017-10-01 09:15" in ran.err
    assert "1 missing" in ran.out
    site.replies[f"/{STALLS}"] = Reply(status=410, body=b"gone", headers={"Content-Type": "text/plain"})
    assert run(*fetch).code == 0
    site.replies[f"/{STALLS}"] = Reply(status=400, body=b"no", headers={"Content-Type": "text/plain"})
    ran = run(*fetch, "--json")
    assert ran.code == 1
    assert "answered 400 Bad Request: no" in ran.err
    assert "run the command again" in ran.err
    assert [row["path"] for row in ran.rows() if row["outcome"] == "failed"] == [STALLS]


def test_nothing_at_all_ends_with_1(run: Run, site: Misbehaving, tmp_path: Path) -> None:
    fetch = ("routes", "fetch", tmp_path, "--from", "2019-01-01", "--to", "2019-01-02", "--collector", "rrc12")
    ran = run(*fetch, "--mirror", site.url)
    assert ran.code == 1
    assert "no file of this window" in ran.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((*WINDOW, "--collector", "nowhere"), "no collector of RIS or RouteViews is called so"),
        ((*WINDOW, *BOTH, "--limit", "much"), "is not a size"),
        ((*WINDOW, *BOTH, "--limit", "0"), "is not a size"),
        ((*WINDOW, *BOTH, "--at-once", "99"), "--at-once"),
        (("--from", "2017-10-02", "--to", "2017-10-01", *BOTH), "before it begins"),
        (WINDOW, "--collector"),
        ((*WINDOW, *BOTH, "--mirror", "ftp://mirror.example/"), "is not the address of a web service"),
        ((*WINDOW, *BOTH, "--mirror", "mirror.example/ris"), "is not the address of a web service"),
        ((*WINDOW, *BOTH, "--mirror", "http://name:word@mirror.example/"), "without a user name"),
        ((*WINDOW, *BOTH, "--mirror", "http://[::1"), "not a valid address"),
        ((*WINDOW, *BOTH, "--mirror", "http://mirror.example/?token=word@"), "without ? or #"),
        (("--from", "0001-01-01", "--to", "0001-01-02", *BOTH), "not a time between"),
        (("--from", "9999-12-30", "--to", "9999-12-31", *BOTH), "not a time between"),
    ],
)
def test_a_wrong_call_ends_with_2(run: Run, tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    ran = run("routes", "fetch", tmp_path / "here", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert "word@" not in ran.err
    assert not (tmp_path / "here").exists()


def test_the_limit_names_the_estimate(run: Run, site: Misbehaving, tmp_path: Path) -> None:
    ran = run("routes", "fetch", tmp_path, *WINDOW, *BOTH, "--mirror", site.url, "--limit", "10KB")
    assert ran.code == 1
    assert "files of about 0." in ran.err
    assert "--limit" in ran.err


def test_damage_is_found_and_mended(run: Run, site: Misbehaving, tmp_path: Path) -> None:
    fetch = ("routes", "fetch", tmp_path, *WINDOW, *BOTH, "--mirror", site.url, "--json")
    assert run(*fetch).code == 0
    assert run("routes", "check", tmp_path).code == 0
    whole = (tmp_path / STALLS).read_bytes()
    (tmp_path / STALLS).write_bytes(whole[:-1] + b"!")
    ran = run("routes", "check", tmp_path, "--json")
    assert ran.code == 1
    assert [row["path"] for row in ran.rows() if row["damage"]] == [STALLS]
    assert f"{STALLS}: has another sha256 than it came with" in ran.err
    ran = run(*fetch)
    assert ran.code == 0
    assert f"{STALLS}: the file that was here has another sha256" in ran.err
    assert (tmp_path / STALLS).read_bytes() == whole
    assert run("routes", "check", tmp_path).code == 0


def test_a_folder_that_nothing_was_fetched_into_cannot_be_checked(run: Run, tmp_path: Path) -> None:
    ran = run("routes", "check", tmp_path)
    assert ran.code == 1
    assert "MANIFEST.jsonl" in ran.err
