import base64
import gzip
import hashlib
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import Permanent, Transient, WrongCall
from crawler.http.courtesy import LONGEST_PAUSE_S
from crawler.http.service import Forbidden, NotThere, Service
from tests.misbehaving import Misbehaving, Reply

Replies = dict[str, Reply | list[Reply]]

BODY = bytes(range(256)) * 4000
WHOLE = hashlib.sha256(BODY).hexdigest()
NAMED = {"ETag": '"one"'}


@contextmanager
def served(replies: Replies, **options: Any) -> Iterator[tuple[Misbehaving, Service, list[float]]]:
    pauses: list[float] = []
    with Misbehaving(replies) as site:
        settings = {"allow_private": True, "tries": 3, "timeout_s": 5.0, "pause": pauses.append, **options}
        with Service("monitor", site.url, **settings) as service:
            yield site, service, pauses


def test_an_answer_is_asked_for_again_until_it_comes() -> None:
    ill = [Reply(status=503), Reply(fault="close"), Reply(body=b'{"peers": 3}')]
    with served({"/data": ill}) as (site, service, pauses):
        assert service.json("data", {"resource": "AS64500"}) == {"peers": 3}
    assert [request.params for request in site.requests] == [{"resource": ["AS64500"]}] * 3
    assert len(pauses) == 2
    assert pauses[0] < pauses[1]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 522])
def test_a_service_that_stays_out_is_a_passing_failure_that_says_so(status: int) -> None:
    with served({"/data": Reply(status=status)}) as (site, service, _), pytest.raises(Transient) as failure:
        service.json("data")
    assert len(site.requests) == 3
    assert f"answered {status}" in str(failure.value)
    assert "3 times" in str(failure.value)


@pytest.mark.parametrize(
    ("status", "kind"), [(400, Permanent), (401, Forbidden), (403, Forbidden), (404, NotThere), (410, NotThere)]
)
def test_a_refusal_is_not_asked_again_and_carries_the_services_words(status: int, kind: type[Permanent]) -> None:
    reply = Reply(status=status, body=b'{"error": "no such\n resource"}', headers={"Content-Type": "application/json"})
    with served({"/data": reply}) as (site, service, pauses), pytest.raises(kind, match="no such resource") as failure:
        service.json("data")
    assert len(site.requests) == 1
    assert pauses == []
    assert failure.value.remedy


def test_nobody_listening_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with (
        Service("monitor", url, allow_private=True, tries=2, pause=lambda _: None) as service,
        pytest.raises(Transient, match=r"connection failed.*2 times"),
    ):
        service.text("")


@pytest.mark.parametrize("fault", ["hang", "stall"])
def test_silence_ends_in_time(fault: str) -> None:
    with (
        served({"/data": Reply(body=b"{}", fault=fault)}, timeout_s=0.2, tries=1) as (_, service, _),
        pytest.raises(Transient, match="did not answer in time"),
    ):
        service.json("data")


def test_a_service_that_drips_is_left() -> None:
    """Each byte comes in time, the answer never would."""
    reply = Reply(body=bytes(10_000), fault="drip")
    with (
        served({"/data": reply}, timeout_s=0.05, tries=1) as (_, service, _),
        pytest.raises(Transient, match="did not answer in time"),
    ):
        service.text("data")


@pytest.mark.parametrize("fault", ["cut", "long"])
def test_a_cut_answer_is_never_taken_for_a_whole_one(fault: str) -> None:
    with served({"/data": [Reply(body=b"[1, 2]", fault=fault), Reply(body=b"[1, 2]")]}) as (_, service, _):
        assert service.json("data") == [1, 2]
    with served({"/data": Reply(body=b"1234", fault=fault)}) as (_, service, _), pytest.raises(Transient):
        service.text("data")


def test_the_pause_that_is_asked_for_in_seconds_is_made() -> None:
    replies = [Reply(status=429, headers={"Retry-After": "7"}), Reply(body=b"1")]
    with served({"/data": replies}) as (_, service, pauses):
        assert service.json("data") == 1
    assert pauses == [7.0]


def test_the_pause_that_is_asked_for_as_a_date_is_made() -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    with served({"/data": [Reply(status=503, headers={"Retry-After": when}), Reply(body=b"1")]}) as (
        _,
        service,
        pauses,
    ):
        assert service.json("data") == 1
    assert 30 < pauses[0] <= 60


@pytest.mark.parametrize("text", ["soon", "-3", "Wed, 99 Foo 2024", "²"])
def test_where_the_pause_cannot_be_read_our_own_is_made(text: str) -> None:
    replies = [Reply(status=429, headers={"Retry-After": text.encode().decode("latin-1")}), Reply(body=b"1")]
    with served({"/data": replies}) as (_, service, pauses):
        assert service.json("data") == 1
    assert 0 < pauses[0] < 2


@pytest.mark.parametrize("asked", [str(int(LONGEST_PAUSE_S) + 3600), "9" * 400])
def test_a_pause_too_long_for_a_command_says_when_to_come_again(asked: str) -> None:
    reply = Reply(status=429, headers={"Retry-After": asked})
    with served({"/data": reply}) as (site, service, pauses), pytest.raises(Transient, match="429") as failure:
        service.json("data")
    assert re.fullmatch(r"try again after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", failure.value.remedy)
    assert (len(site.requests), pauses) == (1, [])


def test_a_pause_holds_for_every_thread() -> None:
    """While one waits as it was told, another does not slip past it."""
    told, go = threading.Event(), threading.Event()
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        told.set()
        assert go.wait(20)

    replies: Replies = {
        "/one": [Reply(status=429, headers={"Retry-After": "50"}), Reply(body=b"1")],
        "/two": Reply(body=b"2"),
    }
    with (
        Misbehaving(replies) as site,
        ThreadPoolExecutor(2) as pool,
        Service("monitor", site.url, allow_private=True, pause=pause) as service,
    ):
        one = pool.submit(service.json, "one")
        assert told.wait(20)
        told.clear()
        two = pool.submit(service.json, "two")
        assert told.wait(20)
        assert [request.path for request in site.requests] == ["/one"]
        go.set()
        assert (one.result(), two.result()) == (1, 2)
    assert pauses[0] == 50.0
    assert 40 < pauses[1] <= 50


def test_trouble_with_one_address_holds_up_no_other() -> None:
    told, go = threading.Event(), threading.Event()

    def pause(_: float) -> None:
        told.set()
        assert go.wait(20)

    replies: Replies = {"/one": [Reply(status=500), Reply(body=b"1")], "/two": Reply(body=b"2")}
    with (
        Misbehaving(replies) as site,
        ThreadPoolExecutor(1) as pool,
        Service("monitor", site.url, allow_private=True, pause=pause) as service,
    ):
        one = pool.submit(service.json, "one")
        assert told.wait(20)
        assert service.json("two") == 2
        go.set()
        assert one.result() == 1


def test_requests_start_at_the_pace_that_was_set() -> None:
    with served({"/data": Reply(body=b"1")}, interval_s=30.0) as (_, service, pauses):
        for _ in range(3):
            service.json("data")
    assert len(pauses) == 2
    assert 20 < pauses[0] <= 30
    assert 50 < pauses[1] <= 60


def test_no_more_requests_at_once_than_was_set() -> None:
    replies: Replies = {f"/{number}": Reply(body=b"1") for number in range(12)}
    with (
        Misbehaving(replies, meet=3) as site,
        ThreadPoolExecutor(12) as pool,
        Service("monitor", site.url, allow_private=True, at_once=3) as service,
    ):
        assert list(pool.map(service.json, [str(number) for number in range(12)])) == [1] * 12
    assert site.most_at_once == 3


@pytest.mark.parametrize("body", [b"<html>maintenance", b"", b"[1, 2", b"\xff\xfe\xfd", b"[" * 100_000])
def test_what_is_no_json_is_told_with_its_beginning(body: bytes) -> None:
    with served({"/data": Reply(body=body)}) as (_, service, _), pytest.raises(Transient, match="no JSON") as failure:
        service.json("data")
    assert len(str(failure.value)) < 400


def test_a_packed_answer_is_unpacked() -> None:
    reply = Reply(body=gzip.compress("Ελλάδα".encode() * 1000), headers={"Content-Encoding": "gzip"})
    with served({"/data": reply}) as (_, service, _):
        assert service.text("data") == "Ελλάδα" * 1000


def test_a_packed_answer_of_several_members_is_read_to_its_end() -> None:
    reply = Reply(body=gzip.compress(b"one ") + gzip.compress(b"two"), headers={"Content-Encoding": "gzip"})
    with served({"/data": reply}) as (_, service, _):
        assert service.text("data") == "one two"


def test_a_packed_answer_that_was_cut_is_not_taken() -> None:
    reply = Reply(body=gzip.compress(BODY)[:-20], headers={"Content-Encoding": "gzip"})
    with served({"/data": reply}) as (_, service, _), pytest.raises(Transient, match="damaged"):
        service.text("data")


def test_a_bomb_is_stopped_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50 << 20), 1)
    with (
        served({"/data": Reply(body=bomb, headers={"Content-Encoding": "gzip"})}) as (_, service, _),
        pytest.raises(Permanent, match="larger than 1,000,000 bytes"),
    ):
        service.json("data", limit_bytes=1_000_000)


def test_an_endless_answer_is_stopped_at_the_limit(tmp_path: Path) -> None:
    with served({"/data": Reply(fault="endless")}) as (_, service, _):
        asked: tuple[Callable[[], object], ...] = (
            lambda: service.text("data", limit_bytes=1 << 20),
            lambda: service.download("data", tmp_path / "file", limit_bytes=1 << 20),
        )
        for ask in asked:
            with pytest.raises(Permanent, match="larger than"):
                ask()
    assert list(tmp_path.iterdir()) == []


def test_a_coding_that_was_not_asked_for_is_refused() -> None:
    with (
        served({"/data": Reply(body=b"x", headers={"Content-Encoding": "br"})}) as (_, service, _),
        pytest.raises(Permanent, match="br"),
    ):
        service.text("data")


def test_redirects_are_followed_a_few_times() -> None:
    replies: Replies = {
        "/old": Reply(status=301, headers={"Location": "/new?page=2"}),
        "/new?page=2": Reply(body=b'"here"'),
        "/round": Reply(status=302, headers={"Location": "/round"}),
    }
    with served(replies) as (site, service, _):
        assert service.json("old") == "here"
        with pytest.raises(Permanent, match="more than 5 times"):
            service.json("round")
    assert len(site.asked("/round")) == 6


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://10.0.0.1/", "not an address of the public internet"),
        ("http://169.254.169.254/latest/meta-data", "not an address of the public internet"),
        ("http://localhost/", "name of this machine"),
        ("http://user:word@example.com/", "user names"),
        ("file:///etc/passwd", "scheme"),
        ("http://[::1]/", "not an address of the public internet"),
        ("http://example.com:22/", "port"),
    ],
)
def test_a_redirect_into_a_private_network_is_not_followed(location: str, why: str) -> None:
    with (
        served({"/data": Reply(status=302, headers={"Location": location})}) as (site, service, _),
        pytest.raises(Permanent, match=why),
    ):
        service.json("data")
    assert len(site.requests) == 1


def test_a_name_is_judged_by_what_it_resolves_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        assert host == "service.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with (
        Service("monitor", "http://service.example", tries=1) as service,
        pytest.raises(Permanent, match=r"leads to 127\.0\.0\.1, which is not an address of the public internet"),
    ):
        service.json("data")


def test_of_several_addresses_one_that_may_be_reached_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name answers once: what was judged is what is connected to, and no private address of it is ever tried."""
    tried: list[object] = []

    def connect(address: object, *_: object, **__: object) -> socket.socket:
        tried.append(address)
        raise OSError("unreachable")

    answers = ["10.0.0.7", "192.88.99.1", "8.8.8.8", "::ffff:127.0.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (text, 80)) for text in answers])
    monkeypatch.setattr(socket, "create_connection", connect)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with (
        Service("monitor", "http://service.example", tries=1) as service,
        pytest.raises(Transient, match="connection failed"),
    ):
        service.json("data")
    assert ("8.8.8.8", 80) in tried
    assert all(address not in str(tried) for address in ("10.0.0.7", "127.0.0.1"))


def test_a_token_goes_to_its_own_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    replies: Replies = {
        "http://service.example/data": Reply(status=302, headers={"Location": "http://other.example/data"}),
        "http://other.example/data": Reply(body=b"1"),
    }
    with Misbehaving(replies) as gateway:
        monkeypatch.setenv("http_proxy", gateway.url)
        with Service("monitor", "http://service.example", headers={"X-Api-Key": "letmein1"}, tries=1) as service:
            assert service.json("data") == 1
            assert service.json("http://other.example/data") == 1
    assert [request.headers.get("X-Api-Key") for request in gateway.requests] == ["letmein1", None, None]


def test_a_near_service_is_asked_without_the_environments_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:3128")
    with served({"/data": Reply(body=b"1")}) as (_, service, _):
        assert service.json("data") == 1


def test_no_failure_and_no_log_tells_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    told = base64.b64encode(b"letmein").decode()
    echo = Reply(status=400, body=f"bad {told} and appname".encode(), headers={"Content-Type": "text/plain"})
    replies: Replies = {
        "/e": echo,
        "/h": Reply(body=f"<{told}>".encode()),
        "/c": Reply(fault="close"),
    }
    texts = []
    with served(replies, headers={"Authorization": f"Bearer {told}"}) as (_, service, _):
        texts.append(repr(service))
        for path in "ehc":
            with pytest.raises((Permanent, Transient)) as failure:
                service.json(path, {"sourceapp": "appname", "apikey": told, "asn": "AS64500"})
            texts.append(str(failure.value) + repr(failure.value))
    assert all("AS64500" in text for text in texts[1:])
    for text in [*texts, *(record.getMessage() for record in caplog.records)]:
        assert told not in text
        assert "appname" not in text


def test_a_failure_is_one_line_whatever_the_service_says() -> None:
    rude = Reply(status=400, body=b"no\x1b[2J\r\nroutewire: all is well", headers={"Content-Type": "text/plain"})
    replies: Replies = {"/data": Reply(status=302, headers={"Location": "/a%0Ab?c=%0Dd"}), "/a%0Ab": rude}
    with served(replies) as (_, service, _), pytest.raises(Permanent, match="all is well") as failure:
        service.json("data")
    assert str(failure.value).isprintable()


def test_a_token_that_cannot_be_sent_is_told_without_it() -> None:
    with pytest.raises(Permanent, match="Authorization") as failure:
        Service("monitor", "https://service.example", headers={"Authorization": "Bearer letmein\n"})
    assert "letmein" not in str(failure.value)


def test_a_file_comes_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "file"
    with served({"/f": Reply(body=BODY, headers=NAMED)}) as (_, service, _):
        seen: list[tuple[int, int | None]] = []
        got = service.download(
            "f", target, limit_bytes=len(BODY), progress=lambda size, total: seen.append((size, total))
        )
    assert (got.bytes, got.sha256, got.resumed, got.validator) == (len(BODY), WHOLE, 0, '"one"')
    assert target.read_bytes() == BODY
    assert seen[-1] == (len(BODY), len(BODY))
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_a_half_file_is_gone_on_with(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with served({"/f": [Reply(body=BODY, headers=NAMED, fault="cut"), Reply(body=BODY, headers=NAMED)]}) as (
        site,
        service,
        _,
    ):
        got = service.download("f", target, limit_bytes=len(BODY))
    half = len(BODY) // 2
    assert site.requests[1].headers["Range"] == f"bytes={half}-"
    assert (got.resumed, got.sha256) == (half, WHOLE)
    assert target.read_bytes() == BODY


def cut_then(replies: list[Reply], tmp_path: Path, headers: dict[str, str] = NAMED) -> tuple[Misbehaving, Path]:
    """Half of a file came, the process ended; then another asks."""
    target = tmp_path / "file"
    with served({"/f": [Reply(body=BODY, headers=headers, fault="cut"), *replies]}, tries=1) as (site, service, _):
        with pytest.raises(Transient):
            service.download("f", target, limit_bytes=1 << 24)
        assert not target.exists()
        service.download("f", target, limit_bytes=1 << 24)
    return site, target


OTHER = BODY[::-1]


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (Reply(body=BODY, headers=NAMED, ranges=False), BODY),
        (Reply(body=OTHER, headers={"ETag": '"two"'}), OTHER),
        (Reply(body=OTHER), OTHER),
    ],
    ids=["ranges are ignored", "another file by now", "nothing says which file it is"],
)
def test_a_half_file_that_cannot_be_gone_on_with_is_fetched_anew(tmp_path: Path, reply: Reply, body: bytes) -> None:
    _, target = cut_then([reply], tmp_path)
    assert target.read_bytes() == body


def test_a_part_of_another_file_is_not_joined_to_the_first(tmp_path: Path) -> None:
    """A server that ignores If-Range and sends the rest of what it has now."""
    half = len(BODY) // 2
    span = {"Content-Range": f"bytes {half}-{len(BODY) - 1}/{len(BODY)}", "ETag": '"two"'}
    wrong = Reply(status=206, body=OTHER[half:], headers=span)
    target = tmp_path / "file"
    replies = [Reply(body=BODY, headers=NAMED, fault="cut"), wrong, Reply(body=OTHER, headers={"ETag": '"two"'})]
    with served({"/f": replies}) as (_, service, _):
        service.download("f", target, limit_bytes=1 << 24)
    assert target.read_bytes() == OTHER


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"one"'}])
def test_without_a_strong_name_a_half_file_is_not_kept_on(tmp_path: Path, headers: dict[str, str]) -> None:
    site, target = cut_then([Reply(body=BODY, headers=headers)], tmp_path, headers)
    assert "Range" not in site.requests[1].headers
    assert target.read_bytes() == BODY


def test_a_date_names_a_file_as_well(tmp_path: Path) -> None:
    dated = {"Last-Modified": "Mon, 01 Jul 2024 00:05:00 GMT"}
    site, target = cut_then([Reply(body=BODY, headers=dated)], tmp_path, dated)
    assert site.requests[1].headers["If-Range"] == dated["Last-Modified"]
    assert target.read_bytes() == BODY


def test_a_file_that_was_all_there_but_not_yet_in_its_place(tmp_path: Path) -> None:
    (tmp_path / ".part-file").write_bytes(BODY)
    (tmp_path / ".part-file.of").write_text('"one"')
    with served({"/f": Reply(body=BODY, headers=NAMED)}) as (_, service, _):
        got = service.download("f", tmp_path / "file", limit_bytes=1 << 24)
    assert (got.bytes, got.resumed, got.sha256) == (len(BODY), len(BODY), WHOLE)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_unchanged_file_is_not_sent_again(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with served({"/f": Reply(body=BODY, headers=NAMED)}) as (_, service, _):
        first = service.download("f", target, limit_bytes=1 << 24)
        assert service.download("f", target, limit_bytes=1 << 24, validator=first.validator).unchanged
        target.unlink()
        assert service.download("f", target, limit_bytes=1 << 24, validator=first.validator).bytes == len(BODY)


def test_a_file_over_the_limit_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    with (
        served({"/f": Reply(body=BODY, headers=NAMED)}) as (_, service, _),
        pytest.raises(Permanent, match="larger than 1,000 bytes"),
    ):
        service.download("f", target, limit_bytes=1000)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert target.read_bytes() == b"old"


def test_a_packed_file_is_kept_as_it_is_sent(tmp_path: Path) -> None:
    packed = gzip.compress(b"text")
    with served({"/f": Reply(body=packed, headers={"Content-Encoding": "gzip"})}) as (site, service, _):
        service.download("f", tmp_path / "f.gz", limit_bytes=1000)
    assert (tmp_path / "f.gz").read_bytes() == packed
    assert site.requests[0].headers["Accept-Encoding"] == "identity"


def test_an_address_that_is_none_is_told() -> None:
    with (
        Service("monitor", "https://service.example") as service,
        pytest.raises(Permanent, match="not a valid address"),
    ):
        service.json("http://[::1")


@pytest.mark.parametrize("proxy", ["socks5://user:letmein1@127.0.0.1:1080", "gopher://user:letmein1@127.0.0.1:70"])
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(Permanent, match="proxy of the environment") as caught:
        Service("monitor", "http://service.example")
    assert "letmein1" not in f"{caught.value} {caught.value.remedy}"


@pytest.mark.parametrize("base", ["http://service.example/?token=letmein1", "http://service.example/#letmein1"])
def test_the_address_of_a_service_has_no_query(base: str) -> None:
    with pytest.raises(WrongCall) as caught:
        Service("monitor", base)
    assert "letmein1" not in str(caught.value)


def test_what_a_check_refuses_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    def refuse(file: Path) -> None:
        raise Permanent(f"is {file.read_bytes()!r}")

    target = tmp_path / "data"
    target.write_bytes(b"old")
    with (
        Misbehaving({"/data": Reply(body=b"new")}) as site,
        Service("archive", site.url, allow_private=True) as service,
        pytest.raises(Permanent, match="new"),
    ):
        service.download("data", target, limit_bytes=100, check=refuse)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert target.read_bytes() == b"old"
