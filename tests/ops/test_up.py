"""`routewire up` as one process tree: it answers, goes on whatever its sources do, and ends cleanly when told to."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
import pytest

from tests.contracts.dump import logical_dump
from tests.demo import ROUTEWIRE, House, command, copy, environment, opened
from tests.ops.press import catalogue, press
from tests.site import Site

T = TypeVar("T")

LOOKS, EVERY_S = 240, 0.25
"""How often it is looked whether another process has done its part, and how long lies between two looks."""


class Running:
    """A `routewire up` that was started, and what it wrote to standard error."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def until(self, look: Callable[[], T | None]) -> T:
        """What `look` gives once it is not None (nor empty)."""
        for _ in range(LOOKS):
            if found := look():
                return found
            try:
                self.process.wait(timeout=EVERY_S)
            except subprocess.TimeoutExpired:
                continue
            break
        raise AssertionError(f"it did not happen: {self.log.read_text()[-2000:]}")

    def below(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: signal.Signals) -> tuple[int, list[psutil.Process]]:
        """Sends a signal; gives how it ended and which of the processes below it live on."""
        below = self.below()
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        return code, psutil.wait_procs(below, timeout=5)[1]


class Serving(Running):
    """One that answers, at the address that it told."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        super().__init__(process, log)
        base = self.until(lambda: re.search(r"Routewire is at (\S+)/ ", log.read_text()))[1]
        self.http = httpx.Client(base_url=base, trust_env=False, timeout=20)


@contextmanager
def running(folder: Path, *args: str, **env: str) -> Iterator[Running]:
    log = folder / "up.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [ROUTEWIRE, "up", "--port", "0", *args],
            env=environment(folder, **env),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            yield Running(process, log)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


@contextmanager
def serving(folder: Path, *args: str, **env: str) -> Iterator[Serving]:
    with running(folder, *args, **env) as started:
        up = Serving(started.process, started.log)
        with up.http:
            yield up


@pytest.fixture
def folder(demo_folder: Path, tmp_path: Path) -> Path:
    return copy(demo_folder, tmp_path / "data")


@pytest.fixture
def site() -> Iterator[Site]:
    with press() as found:
        yield found


def test_it_serves_polls_and_reads_what_can_be_had_and_shows_what_cannot(
    folder: Path, site: Site, tmp_path: Path
) -> None:
    sources = catalogue(tmp_path / "sources.toml", site)
    with serving(folder, ROUTEWIRE_SOURCES=str(sources)) as up:
        for path in ("/", "/search?q=TransTeleCom", "/entity/AS131279", "/healthz", "/api/v1/entities/AS131279"):
            assert up.http.get(path).status_code == 200
        assert up.http.get("/entity/AS4294967295").status_code == 404

        def found() -> list[str]:
            rows = up.http.get("/api/v1/search", params={"q": "asn:5603", "kind": "claim"}).json()
            return [hit["title"] for hit in rows["hits"]]

        assert any("AS174" in title for title in up.until(found))
        health = up.until(lambda: text if "unreachable" in (text := up.http.get("/health").text) else None)
        assert all(name in health for name in ("Good", "Cut", "Junk", "Down"))
        log = up.log.read_text()
        for name in ("good", "cut", "junk", "down"):
            assert re.search(rf"^  {name}: polled now, for the first time$", log, re.MULTILINE)
        assert up.end(signal.SIGTERM) == (0, [])
    assert "Traceback" not in up.log.read_text()


def test_a_second_start_loads_nothing_and_loses_nothing(folder: Path, house: House) -> None:
    document_id = house.document("/north-korea-second-route").document.id
    for number in (signal.SIGINT, signal.SIGTERM):
        with serving(folder, "--no-poll") as up:
            assert up.http.get(f"/document/{document_id}").status_code == 200
            assert up.end(number) == (0, [])
        log = up.log.read_text()
        assert '"event": "demo"' not in log
        assert "Traceback" not in log
    with opened(folder) as after:
        assert logical_dump(after.system.record) == logical_dump(house.system.record)  # type: ignore[arg-type]


def test_without_polling_no_source_is_asked(folder: Path, site: Site, tmp_path: Path) -> None:
    sources = catalogue(tmp_path / "sources.toml", site)
    with serving(folder, "--no-poll", ROUTEWIRE_SOURCES=str(sources)) as up:
        assert up.http.get("/healthz").text == "ok\n"
        assert up.end(signal.SIGTERM) == (0, [])
    assert site.asked == []


def test_it_can_be_told_to_end_while_it_still_loads(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        up.until(lambda: list(tmp_path.glob("captures/*.open")))  # the demo's sites are being crawled
        assert up.end(signal.SIGTERM) == (0, [])
    assert "Routewire is at" not in up.log.read_text()
    assert "Traceback" not in up.log.read_text()


def test_an_address_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command(tmp_path, "up", "--port", str(port))
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "--port" in done.stderr


def test_a_catalogue_that_cannot_be_read_is_told_before_anything_starts(tmp_path: Path) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text('[[source]]\nid = "a"\n')
    done = command(tmp_path / "data", "up", "--port", "0", env={"ROUTEWIRE_SOURCES": str(sources)})
    assert done.returncode == 1
    assert "sources.toml: source 1 (a), field name" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()
