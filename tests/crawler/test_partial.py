from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import Permanent
from crawler.http.partial import Downloaded, Incomplete, PartialFile


class Cut(Exception):
    """The connection ended."""


class Server:
    """Answers as RFC 9110 asks, until it is cut."""

    def __init__(self, body: bytes, tag: str) -> None:
        self.body, self.tag = body, tag

    def send(self, part: PartialFile, after: int | None, step: int) -> Downloaded:
        wanted = part.wanted("")
        start = int(wanted["Range"][6:-1]) if wanted.get("If-Range") == self.tag else 0
        if "Range" in wanted and start and start >= len(self.body):
            return part.take(416, {"Content-Range": f"bytes */{len(self.body)}"}, iter(()), None)
        headers = {"ETag": self.tag, "Content-Length": str(len(self.body) - start)}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        return part.take(206 if start else 200, headers, self.chunks(start, after, step), None)

    def chunks(self, start: int, after: int | None, step: int) -> Iterator[bytes]:
        end = len(self.body) if after is None else min(start + after, len(self.body))
        for at in range(start, end, step):
            yield self.body[at : min(at + step, end)]
        if after is not None:
            raise Cut


@given(
    st.binary(max_size=300),
    st.lists(st.tuples(st.integers(0, 120), st.booleans()), max_size=8),
    st.integers(1, 64),
)
def test_however_often_it_is_cut_or_changed_the_file_is_the_last_one(
    body: bytes, cuts: list[tuple[int, bool]], step: int
) -> None:
    with TemporaryDirectory() as folder:
        target = Path(folder) / "file"
        server = Server(body, '"0"')
        for number, (after, changes) in enumerate(cuts):
            if changes:
                server = Server(server.body[::-1] + b"!", f'"{number + 1}"')
            with suppress(Cut):
                server.send(PartialFile(target, limit_bytes=1000, subject="file"), after, step)
                break  # all had come before the last cut
            assert not target.exists()
        else:
            server.send(PartialFile(target, limit_bytes=1000, subject="file"), None, step)
        assert target.read_bytes() == server.body
        assert [path.name for path in Path(folder).iterdir()] == ["file"]


def test_a_part_from_another_place_is_thrown_away(tmp_path: Path) -> None:
    part = PartialFile(tmp_path / "file", limit_bytes=1000, subject="file")
    with pytest.raises(Cut):
        Server(b"0123456789", '"0"').send(part, 4, 4)
    with pytest.raises(Incomplete):
        part.take(206, {"Content-Range": "bytes 2-9/10", "ETag": '"0"'}, iter([b"23456789"]), None)
    assert part.wanted("") == {}


def test_a_server_that_promises_too_much_is_not_listened_to(tmp_path: Path) -> None:
    part = PartialFile(tmp_path / "file", limit_bytes=1000, subject="file")

    def nothing() -> Iterator[bytes]:
        raise AssertionError
        yield b""

    with pytest.raises(Permanent, match="larger than 1,000 bytes"):
        part.take(200, {"Content-Length": "1001"}, nothing(), None)


@pytest.mark.parametrize(
    ("status", "headers"),
    [(304, {}), (416, {"Content-Range": "bytes */0"}), (206, {"Content-Range": "bytes 0-3/4"})],
)
def test_an_answer_to_what_was_not_asked_is_none(tmp_path: Path, status: int, headers: dict[str, str]) -> None:
    target = tmp_path / "file"
    (tmp_path / ".part-file").write_bytes(b"left by a server that named no version")
    part = PartialFile(target, limit_bytes=100, subject="file")
    assert part.wanted("") == {}
    with pytest.raises(Incomplete, match=f"answered {status}"):
        part.take(status, headers, iter([b"rest"]), None)
    assert not target.exists()
