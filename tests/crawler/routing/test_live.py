"""RIS Live over a real socket: what a server does wrong costs what it must, is told, and ends nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import WrongCall
from crawler.routing.live.buffer import Arrived, Buffer, Missing
from crawler.routing.live.follow import Live, LiveOptions
from crawler.routing.live.frames import LiveMessage, Subscription, read_frame
from crawler.routing.live.gaps import read_gaps
from crawler.routing.live.stream import Refused, check_url, connected, place
from crawler.routing.mrt.file import MrtFile
from tests.rislive import RisLive, Turn, announce, keepalive, peer_state, withdraw

NOON = datetime(2024, 5, 2, 12, tzinfo=UTC)
START = NOON.timestamp()
EVERYTHING = Subscription()
PATIENCE_S = 60.0  # a bound for a test that hangs; none waits for it


class Time:
    """A clock that stands until it is moved, and sleepers that wake by it. `pauses` are the waits between attempts."""

    def __init__(self) -> None:
        self.now = START
        self.pauses: list[float] = []
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if seconds != 1.0:  # the tick of the watch
            self.pauses.append(seconds)
        done = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, done))
        await done

    def move(self, seconds: float) -> None:
        self.now += seconds
        due = [done for at, done in self._sleepers if at <= self.now and not done.done()]
        self._sleepers = [(at, done) for at, done in self._sleepers if at > self.now]
        for done in due:
            done.set_result(None)


class Following:
    """A stream that runs: its time, what it told, and a way to wait for what it does."""

    def __init__(self, archive: Path, subscription: Subscription, **options: Any) -> None:
        self.archive = archive
        self.time = Time()
        self.told: list[tuple[int, str]] = []
        self.shown: list[LiveMessage] = []
        self.stall = threading.Event()
        self.stall.set()
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self.stop = asyncio.Event()
        self.live = Live(
            archive, subscription, LiveOptions(**{"client": "tests@example.net", **options}),
            show=self._show, tell=self._tell, clock=self.time.clock, sleep=self.time.sleep,
        )  # fmt: skip

    def _show(self, message: LiveMessage, _file: str) -> None:
        self.stall.wait(PATIENCE_S)
        self.shown.append(message)
        self._loop.call_soon_threadsafe(self._news.set)

    def _tell(self, level: int, words: str) -> None:
        self.told.append((level, words))
        self._news.set()

    def warned(self, words: str) -> int:
        return sum(level == logging.WARNING and words in line for level, line in self.told)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self._news.clear()
                await self._news.wait()

    def gaps(self) -> list[tuple[str, float, float, str]]:
        found = read_gaps(self.archive, NOON, NOON + timedelta(hours=1))
        return [(g.collector, g.start.timestamp() - START, g.end.timestamp() - START, g.reason) for g in found]

    def prefixes(self) -> set[str]:
        return {elem.prefix for path in self.archive.rglob("updates.*") for elem in MrtFile(path)}


@asynccontextmanager
async def following(
    archive: Path,
    server: RisLive,
    subscription: Subscription = EVERYTHING,
    **options: Any,
) -> AsyncIterator[Following]:
    """Ends the stream as a signal does; its files are whole afterwards."""
    async with server.up():
        stream = Following(archive, subscription, **{"url": server.url, **options})
        running = asyncio.create_task(stream.live.run(stream.stop))
        try:
            yield stream
        finally:
            stream.stall.set()
            stream.stop.set()
            async with asyncio.timeout(PATIENCE_S):
                await running


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_what_the_stream_says_is_in_the_archive_and_shown(tmp_path: Path) -> None:
    frames = [
        announce(START, "192.0.2.0/24", "198.51.100.0/24", path=[64500, [64501, 64502]]),
        announce(START + 1, "2001:db8::/32", peer="2001:db8::1", host="rrc01.ripe.net"),
        withdraw(START + 2, "192.0.2.0/24"),
        peer_state(START + 3, "down"),
        keepalive(START + 4, host="rrc01.ripe.net"),
    ]

    async def test() -> None:
        server = RisLive(Turn(frames=frames))
        async with following(tmp_path, server) as stream:
            await stream.until(lambda: len(stream.shown) == 5)
            assert [frame["data"] for frame in server.asked[0]] == [
                {"socketOptions": {"includeRaw": True, "acknowledge": True}}
            ]
            assert server.paths == ["/v1/ws/?client=tests%40example.net"]
        own = {elem._replace(file="") for one in stream.shown for elem in one.elems("")}
        files = [MrtFile(path) for path in tmp_path.rglob("updates.*")]
        assert {elem._replace(file="", record=-1) for file in files for elem in file} == own
        assert [c.established for file in files for c in file.sessions] == [False]
        assert stream.live.tally.files == 2

    run(test())


def test_each_filter_is_asked_of_each_collector_by_the_servers_own_name(tmp_path: Path) -> None:
    wanted = Subscription(prefixes=("192.0.2.0/24", "2001:db8::/32"), asns=(64500,), collectors=("rrc00", "rrc99"))
    filters = 2 + 2 + 3

    async def test() -> None:
        frames = [keepalive(START), announce(START, "10.0.0.0/8", path=[1]), announce(START, "192.0.2.0/25", path=[1])]
        server = RisLive(Turn(frames=frames, subscriptions=filters))
        async with following(tmp_path, server, wanted) as stream:
            await stream.until(lambda: len(stream.shown) == 2)
            assert server.asked[0][0] == {"type": "request_rrc_list", "data": None}
            assert {one["data"]["host"] for one in server.asked[0][1:]} == {"rrc00.ripe.net"}
            assert len(server.asked[0]) == 1 + filters
            assert stream.warned("no collector rrc99") == 1
            assert (logging.INFO, f"subscribed at {server.url}") in stream.told
        assert stream.prefixes() == {"192.0.2.0/25"}, "what was not asked for is left out"
        assert ("rrc99", 0.0, 300.0, "the live stream had not begun") in stream.gaps()

    run(test())


def test_a_subscription_that_is_not_confirmed_is_told_and_all_is_a_gap(tmp_path: Path) -> None:
    async def test() -> None:
        server = RisLive(Turn(frames=[announce(START, "192.0.2.0/24")], confirms=False))
        async with following(tmp_path, server) as stream:
            await stream.until(lambda: len(stream.shown) == 1)
            stream.time.move(91)
            await stream.until(lambda: stream.warned("1 subscriptions are not confirmed") == 1)
        assert stream.prefixes() == {"192.0.2.0/24"}
        assert ("rrc00", 0.0, 300.0, "the live stream had not begun") in stream.gaps()

    run(test())


def test_what_the_server_complains_of_is_shown(tmp_path: Path) -> None:
    async def test() -> None:
        error = {"type": "ris_error", "data": {"message": "no such\x1b[31m filter"}}
        async with following(tmp_path, RisLive(Turn(frames=[json.dumps(error)]))) as stream:
            await stream.until(lambda: stream.warned("the server says: no such [31m filter") == 1)

    run(test())


@pytest.mark.parametrize("then", ["close", "break", "half"])
def test_after_a_lost_connection_it_goes_on_and_the_time_between_is_a_gap(tmp_path: Path, then: Any) -> None:
    async def test() -> None:
        turns = Turn(frames=[keepalive(START + 1)], then=then), Turn(frames=[keepalive(START + 8)])
        async with following(tmp_path, RisLive(*turns)) as stream:
            await stream.until(lambda: stream.warned("trying again") == 1)
            stream.time.move(2)
            await stream.until(lambda: len(stream.shown) == 2)
            assert stream.live.tally.connections == 2
        (gap,) = [gap for gap in stream.gaps() if gap[3].startswith("the live stream was off")]
        assert gap[:3] == ("rrc00", 1.0, 8.0)

    run(test())


def test_a_stream_that_goes_silent_without_closing_is_an_alarm_and_left(tmp_path: Path) -> None:
    async def test() -> None:
        turns = Turn(frames=[keepalive(START)]), Turn(frames=[keepalive(START + 95)])
        async with following(tmp_path, RisLive(*turns)) as stream:
            await stream.until(lambda: len(stream.shown) == 1)
            stream.time.move(90)
            stream.time.move(1)
            await stream.until(lambda: stream.warned("silent for more than 90 s") == 1)
            stream.time.move(2)
            await stream.until(lambda: len(stream.shown) == 2)
        assert ("rrc00", 0.0, 95.0) in [gap[:3] for gap in stream.gaps()]

    run(test())


def test_answers_that_are_no_messages_do_not_hide_a_silence(tmp_path: Path) -> None:
    async def test() -> None:
        pong = json.dumps({"type": "pong", "data": None})
        error = json.dumps({"type": "ris_error", "data": {"message": "still here"}})
        async with following(tmp_path, RisLive(Turn(frames=[pong, error]))) as stream:
            await stream.until(lambda: stream.warned("still here") == 1)
            stream.time.move(91)
            await stream.until(lambda: stream.warned("silent for more than 90 s") == 1)

    run(test())


def test_waits_grow_to_a_bound_and_begin_anew_after_a_healthy_while(tmp_path: Path) -> None:
    async def test() -> None:
        stay, close = Turn(frames=[keepalive(START)]), Turn(then="close")
        server = RisLive(*[close] * 6, stay, close)
        async with following(tmp_path, server, retry_s=2.0, retry_max_s=20.0) as stream:
            for attempt in range(1, 7):
                await stream.until(lambda attempt=attempt: stream.warned("trying again") == attempt)  # type: ignore[misc]
                stream.time.move(20)
            bounds = [2, 4, 8, 16, 20, 20]
            assert all(bound / 2 <= pause <= bound for pause, bound in zip(stream.time.pauses, bounds, strict=True))
            await stream.until(lambda: stream.live.tally.messages + stream.live.tally.refused == 1)
            stream.time.move(91)
            await stream.until(lambda: stream.warned("trying again") == 7)
            assert 1 <= stream.time.pauses[-1] <= 2

    run(test())


@pytest.mark.parametrize("asked", ["120", "Thu, 01 Jan 2099 00:00:00 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_patience_gets_it(tmp_path: Path, status: int, asked: str) -> None:
    async def test() -> None:
        turns = Turn(status=status, headers={"Retry-After": asked}), Turn(frames=[keepalive(START)])
        async with following(tmp_path, RisLive(*turns)) as stream:
            await stream.until(lambda: stream.warned(f"HTTP {status}; trying again in") == 1)
            assert stream.time.pauses == [120.0 if asked == "120" else 3600.0]
            stream.time.move(3601)
            await stream.until(lambda: stream.live.tally.connections == 1)

    run(test())


def test_a_server_that_never_answers_the_handshake_rightly_is_tried_again(tmp_path: Path) -> None:
    async def test() -> None:
        async def nonsense(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example.net ESMTP\r\n\r\n")
            writer.close()

        other = await asyncio.start_server(nonsense, "127.0.0.1", 0)
        url = f"ws://127.0.0.1:{other.sockets[0].getsockname()[1]}/"
        async with other, following(tmp_path, RisLive(Turn()), url=url) as stream:
            await stream.until(lambda: stream.warned("trying again") == 1)

    run(test())


@pytest.mark.parametrize("status", [302, 401, 403, 404])
def test_a_refusal_for_good_ends_it_and_a_redirect_is_one(tmp_path: Path, status: int) -> None:
    async def test() -> None:
        target = RisLive(Turn())
        async with target.up():
            server = RisLive(Turn(status=status, headers={"Location": target.url}))
            async with server.up():
                stream = Following(tmp_path, Subscription(), url=server.url)
                with pytest.raises(Refused, match=f"HTTP {status}"):
                    await stream.live.run(stream.stop)
            assert target.paths == [], "only the configured address is asked"

    run(test())


def test_a_refusal_after_a_connection_is_waited_out(tmp_path: Path) -> None:
    async def test() -> None:
        turns = Turn(then="close"), Turn(status=403), Turn(frames=[keepalive(START)])
        async with following(tmp_path, RisLive(*turns)) as stream:
            for attempt in (1, 2):
                await stream.until(lambda attempt=attempt: stream.warned("trying again") == attempt)  # type: ignore[misc]
                stream.time.move(2)
            await stream.until(lambda: len(stream.shown) == 1)

    run(test())


def test_garbage_is_counted_and_told_and_stops_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        whole = announce(START + 2, "192.0.2.0/24")
        nameless = announce(START + 1, "192.0.2.0/24", host="rrc00", path=["?"])
        frames: list[str | bytes] = ["{", b"\x00\xff", "[]", '{"type": "ris_gossip"}', nameless, *["null"] * 20, whole]
        async with following(tmp_path, RisLive(Turn(frames=frames))) as stream:
            await stream.until(lambda: len(stream.shown) == 1)
            assert stream.live.tally.unreadable == 25
            assert stream.warned("a frame that cannot be read") == 2, "the first and the tenth"
        assert stream.prefixes() == {"192.0.2.0/24"}
        assert ("rrc00", 1.0, 2.0, "lost: messages that cannot be read") in stream.gaps()

    run(test())


def test_a_frame_beyond_the_limit_costs_the_connection_alone(tmp_path: Path) -> None:
    async def test() -> None:
        turns = Turn(frames=["x" * 5000]), Turn(frames=[keepalive(START)])
        async with following(tmp_path, RisLive(*turns), frame_bytes=4096) as stream:
            await stream.until(lambda: stream.warned("message too big") == 1)
            stream.time.move(2)
            await stream.until(lambda: len(stream.shown) == 1)

    run(test())


def test_a_repetition_after_a_reconnect_is_counted_and_not_archived(tmp_path: Path) -> None:
    async def test() -> None:
        first, second = announce(START, "192.0.2.0/24"), announce(START + 1, "192.0.2.0/24")
        turns = Turn(frames=[first, first], then="close"), Turn(frames=[first, second])
        async with following(tmp_path, RisLive(*turns)) as stream:
            await stream.until(lambda: stream.warned("trying again") == 1)
            stream.time.move(2)
            await stream.until(lambda: len(stream.shown) == 2)
            assert stream.live.tally.duplicates == 2

    run(test())


def test_a_flood_and_a_stalled_disk_cost_messages_and_never_memory(tmp_path: Path) -> None:
    async def test() -> None:
        flood = [announce(START + n / 1000, f"10.{n // 256}.{n % 256}.0/24") for n in range(3000)]
        async with following(tmp_path, RisLive(Turn(frames=flood)), buffer_messages=100) as stream:
            stream.stall.clear()
            tally = stream.live.tally
            await stream.until(lambda: stream.warned("a message was dropped: the disk is too slow (1000 so far)") == 1)
            assert stream.live.buffer.most <= 100
            stream.stall.set()
            await stream.until(lambda: len(stream.shown) + tally.dropped == 3000)
            assert stream.live.buffer.most <= 100
        assert len(stream.prefixes()) == tally.messages == 3000 - tally.dropped
        lost = [gap for gap in stream.gaps() if "too slow" in gap[3]]
        missing = {frame.at - START for frame in map(read_frame, flood) if isinstance(frame, LiveMessage)} - {
            one.at - START for one in stream.shown
        }
        assert all(any(start <= at <= end for _, start, end, _ in lost) for at in missing)

    run(test())


def test_the_buffer_is_bounded_in_bytes_too() -> None:
    found = read_frame(announce(START, "192.0.2.0/24"))
    assert isinstance(found, LiveMessage)
    buffer = Buffer(messages=10, size=1000)
    assert [buffer.put(found, 400, START) for _ in range(4)] == [True, True, False, False]
    items = buffer.take()
    assert [type(item) for item in items] == [Arrived, Arrived, Missing]
    assert isinstance(items[-1], Missing)
    assert items[-1].count == 2
    assert buffer.put(found, 400, START)


def test_lost_messages_take_no_room_however_many_they_are() -> None:
    buffer = Buffer(messages=10, size=1000)
    for second in range(1000):
        buffer.lose("rrc00", START + second, "messages that cannot be read")
    (lost,) = buffer.take()
    assert lost == Missing("rrc00", START, START + 999, "messages that cannot be read", 1000)


def test_a_full_disk_ends_it_with_the_systems_own_words(tmp_path: Path) -> None:
    async def test() -> None:
        server = RisLive(Turn(frames=[keepalive(START)]))
        async with server.up():
            stream = Following(tmp_path, Subscription(), url=server.url)
            (tmp_path / "rrc00").write_bytes(b"")  # a file where the collector's folder should be
            with pytest.raises(OSError, match="rrc00"):
                await stream.live.run(stream.stop)

    run(test())


def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path, certificate: ssl.SSLContext) -> None:
    async def test() -> None:
        server = RisLive(Turn())
        async with server.up(ssl=certificate):
            stream = Following(tmp_path, Subscription(), url=server.url)
            with pytest.raises(Refused, match="certificate cannot be verified"):
                await stream.live.run(stream.stop)
        assert server.asked == []

    run(test())


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A server's context with a certificate that it signed itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize(
    "url",
    [
        "http://example.net/", "ws://", "rislive", "ws://host:99999/", "ws://host:0/",
        "ws://host/?token=letmein1#part", "ws://host/a b", "ws://host/\x1b[31m",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_a_wrong_call(url: str) -> None:
    with pytest.raises(WrongCall) as caught:
        check_url(url)
    assert "letmein1" not in str(caught.value)


@pytest.mark.parametrize("proxy", ["socks5://user:letmein1@127.0.0.1:1", "gopher://user:letmein1@127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_ends_it_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("https_proxy", proxy)

    async def test() -> None:
        with pytest.raises(Refused, match="proxy of the environment") as caught:
            async with connected("wss://live.example/", "tests", 1000):
                pass
        assert "letmein1" not in str(caught.value)

    asyncio.run(test())


@pytest.mark.parametrize("url", ["ws://a..b/", "ws://letmein1@127.0.0.1:1/"])
def test_an_address_that_cannot_be_asked_is_refused_without_its_secrets(url: str) -> None:
    async def test() -> None:
        with pytest.raises(Refused, match="not an address that can be asked") as caught:
            async with connected(url, "tests", 1000):
                pass
        assert "letmein1" not in str(caught.value)

    asyncio.run(test())


def test_no_secret_of_an_address_is_told() -> None:
    assert place("wss://user:word@live.example.net:8443/v1/?token=abc#x") == "wss://live.example.net:8443/v1/"
