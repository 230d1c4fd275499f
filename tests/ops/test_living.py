"""`routes live`: a process that a signal ends with whole files, against a server on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.routing.mrt.file import MrtFile
from tests.demo import ROUTEWIRE
from tests.ops.running import Run
from tests.rislive import RisLive, Turn, announce, keepalive, withdraw


@contextmanager
def serving(server: RisLive) -> Iterator[str]:
    """The server on a loop of its own; its address."""
    loop = asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with server.up():
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield server.url
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_whole_files_and_what_came_was_printed(tmp_path: Path, number: signal.Signals) -> None:
    now = time.time()
    frames = [
        announce(now, "192.0.2.0/24", path=[64500, [64501, 64502]]),
        withdraw(now, "198.51.100.0/24"),
        announce(now, "10.0.0.0/8", path=[1, 2]),
        keepalive(now),
    ]
    command = [ROUTEWIRE, "routes", "live", str(tmp_path), "--json", "--asn", "AS64501"]
    command += ["--collector", "rrc00", "--data-dir", str(tmp_path)]
    with (
        serving(RisLive(Turn(frames=frames, subscriptions=5))) as url,
        subprocess.Popen([*command, "--url", url], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        rows = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, b""), err
    assert [(row["type"], row["prefix"], row["as_path"]) for row in rows] == [
        ("announce", "192.0.2.0/24", [64500, [64501, 64502]]),
        ("withdraw", "198.51.100.0/24", []),
    ]
    assert {row["collector"] for row in rows} == {"rrc00"}
    assert b"with 2 routes in 1 files" in err
    (path,) = tmp_path.rglob("updates.*.gz")
    assert rows[0]["file"] == path.relative_to(tmp_path).as_posix()
    assert [elem.prefix for elem in MrtFile(path)] == ["192.0.2.0/24", "198.51.100.0/24"]
    assert not list(tmp_path.rglob("live-*"))


def test_a_killed_writer_loses_nothing_that_was_shown(tmp_path: Path) -> None:
    command = [ROUTEWIRE, "routes", "live", str(tmp_path), "--json", "--data-dir", str(tmp_path), "--url"]
    with serving(RisLive(Turn(frames=[announce(time.time(), "192.0.2.0/24"), keepalive(time.time())]))) as url:
        with subprocess.Popen([*command, url], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.kill()
        assert not list(tmp_path.rglob("updates.*.gz"))
        with subprocess.Popen([*command, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.terminate()
            _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert b"1 files that a crash had left open were closed" in err
    assert {elem.prefix for path in tmp_path.rglob("updates.*.gz") for elem in MrtFile(path)} == {"192.0.2.0/24"}


def test_a_server_that_is_not_there_ends_with_one(tmp_path: Path, run: Run) -> None:
    ran = run("routes", "live", tmp_path, "--for", "1s", "--url", "ws://127.0.0.1:9/")
    assert ran.code == 1
    assert "never reached" in ran.err
    assert "trying again" in ran.err


def test_a_server_that_refuses_ends_with_one_and_says_why(tmp_path: Path, run: Run) -> None:
    with serving(RisLive(Turn(status=404))) as url:
        ran = run("routes", "live", tmp_path, "--url", url.replace("ws://", "ws://user:word@"))
    assert ran.code == 1
    assert "HTTP 404" in ran.err
    assert "word" not in ran.err


@pytest.mark.parametrize(
    "wrong",
    [
        ("--for", "soon"), ("--for", "0s"), ("--url", "http://127.0.0.1/"), ("--asn", "many"), ("--prefix", "x"),
        ("--collector", "../etc"), ("--collector", "route-views2"),
    ],
)  # fmt: skip
def test_a_wrong_call_ends_with_two_and_leaves_nothing(tmp_path: Path, run: Run, wrong: tuple[str, str]) -> None:
    folder = tmp_path / "archive"
    assert run("routes", "live", folder, *wrong).code == 2
    assert not folder.exists()


def test_a_reader_that_goes_away_ends_it_with_whole_files(tmp_path: Path) -> None:
    frames = [announce(time.time(), "192.0.2.0/24", id=None)]  # not known as a repetition
    command = [ROUTEWIRE, "routes", "live", str(tmp_path), "--json", "--data-dir", str(tmp_path), "--url"]
    with serving(RisLive(Turn(frames=frames, then="spin"))) as url:
        read, write = os.pipe()
        with subprocess.Popen([*command, url], stdout=write, stderr=subprocess.PIPE) as process:
            os.close(write)
            os.read(read, 1)
            os.close(read)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"Traceback" not in err
    assert not list(tmp_path.rglob("live-*"))
