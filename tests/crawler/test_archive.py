import gzip
import subprocess
import sys
import zlib
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from crawler.archive import ArchiveWriter, read_capture, read_record
from crawler.encoding import decode_body
from crawler.errors import Permanent
from crawler.model import WarcRef
from tests.crawler.exchanges import PAGE, capture, exchange


def writer(folder: Path, max_bytes: int = 1_000_000) -> ArchiveWriter:
    return ArchiveWriter(folder, software="routewire/test", max_bytes=max_bytes)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.warc.gz"))


def warcio_check(path: Path) -> int:
    return subprocess.run([sys.executable, "-m", "warcio.cli", "check", path], check=False).returncode


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    with writer(tmp_path) as archive:
        _, ref = archive.append(exchange())
        headers, body = read_capture(tmp_path, ref)
    assert body == PAGE
    assert ("Content-Type", "text/html") in headers


def test_an_exchange_is_request_metadata_and_response_that_name_each_other(tmp_path: Path) -> None:
    with writer(tmp_path) as archive:
        record_id, _ = archive.append(exchange(via="http://press.example/old"))
    with files(tmp_path)[0].open("rb") as file:
        records = [(record.rec_type, record.rec_headers, record.raw_stream.read()) for record in ArchiveIterator(file)]
    assert [kind for kind, _, _ in records] == ["warcinfo", "request", "metadata", "response"]
    assert records[3][1].get_header("WARC-Record-ID") == f"<urn:uuid:{record_id}>"
    assert all(names.get_header("WARC-Concurrent-To") == f"<urn:uuid:{record_id}>" for _, names, _ in records[1:3])
    assert {names.protocol for _, names, _ in records} == {"WARC/1.1"}
    metadata = records[2][2].decode()
    assert "via: http://press.example/old" in metadata
    assert "routewire-source: press" in metadata
    assert "routewire-kind: page" in metadata


def test_warcio_finds_nothing_wrong_with_any_kind_of_record(tmp_path: Path) -> None:
    with writer(tmp_path) as archive:
        record_id, ref = archive.append(exchange())
        known = capture(record_id, ref)
        archive.append(exchange(status=304, body=b""), known)
        archive.append(exchange(), known)
        archive.append(exchange(status=204, body=b""))
        archive.append(exchange(body=gzip.compress(PAGE), headers=(("Content-Encoding", "gzip"),)))
        archive.append(exchange(body=PAGE[:5], truncated="disconnect"))
        archive.append(exchange(headers=(("X-Ünusual", "Größe"), ("Content-Length", "7"))))
    assert warcio_check(files(tmp_path)[0]) == 0


def test_bytes_are_kept_as_they_were_encoded_and_read_decoded(tmp_path: Path) -> None:
    encoded = gzip.compress(PAGE)
    with writer(tmp_path) as archive:
        _, ref = archive.append(exchange(body=encoded, headers=(("Content-Encoding", "gzip"),)))
    assert read_record(tmp_path, ref)[1] == encoded
    assert read_capture(tmp_path, ref)[1] == PAGE


def test_an_unchanged_answer_refers_to_the_one_that_holds_the_body(tmp_path: Path) -> None:
    with writer(tmp_path) as archive:
        record_id, ref = archive.append(exchange())
        known = capture(record_id, ref)
        _, not_modified = archive.append(exchange(status=304, body=b""), known)
        _, same_bytes = archive.append(exchange(), known)
        _, other_bytes = archive.append(exchange(body=PAGE + b"!"), known)
    profiles = []
    for place in (not_modified, same_bytes):
        record, body = read_record(tmp_path, place)
        assert record.rec_type == "revisit"
        assert body == b""
        assert record.rec_headers.get_header("WARC-Refers-To") == f"<urn:uuid:{record_id}>"
        assert record.rec_headers.get_header("WARC-Refers-To-Date") == "2026-03-01T12:00:00.000000Z"
        profiles.append(record.rec_headers.get_header("WARC-Profile").rpartition("/")[2])
    assert profiles == ["server-not-modified", "identical-payload-digest"]
    assert read_capture(tmp_path, other_bytes)[1] == PAGE + b"!"


def test_a_revisit_has_no_body_to_read(tmp_path: Path) -> None:
    with writer(tmp_path) as archive:
        _, ref = archive.append(exchange(status=304, body=b""))
    with pytest.raises(Permanent, match="revisit has no body"):
        read_capture(tmp_path, ref)


def test_the_whole_body_is_stored_again_where_the_known_one_is_lost(tmp_path: Path) -> None:
    lost = capture("0" * 32, WarcRef("lost.warc.gz", 0, 10))
    with writer(tmp_path) as archive:
        _, ref = archive.append(exchange(), lost)
    assert read_capture(tmp_path, ref)[1] == PAGE


def test_a_file_is_followed_by_another_at_its_limit(tmp_path: Path) -> None:
    with writer(tmp_path, max_bytes=2_000) as archive:
        refs = [archive.append(exchange())[1] for _ in range(6)]
    assert len({ref.file for ref in refs}) > 1
    assert {ref.file for ref in refs} == {path.name for path in files(tmp_path)}
    assert all(read_capture(tmp_path, ref)[1] == PAGE for ref in refs)


def test_a_closed_file_leaves_no_mark(tmp_path: Path) -> None:
    with writer(tmp_path) as archive:
        archive.append(exchange())
        assert list(tmp_path.glob("*.open"))
    assert not list(tmp_path.glob("*.open"))


def test_nothing_is_created_until_something_is_written(tmp_path: Path) -> None:
    with writer(tmp_path / "archive"):
        pass
    assert not (tmp_path / "archive").exists()


def test_a_missing_file_and_a_damaged_record_name_their_place(tmp_path: Path) -> None:
    with writer(tmp_path) as archive:
        _, ref = archive.append(exchange())
    path = tmp_path / ref.file
    data = bytearray(path.read_bytes())
    data[ref.offset + 30] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(Permanent, match=f"{ref.file} at {ref.offset}: the record is damaged"):
        read_capture(tmp_path, ref)
    with pytest.raises(Permanent, match=r"none\.warc\.gz at 0"):
        read_capture(tmp_path, WarcRef("none.warc.gz", 0, 10))


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "identity": bytes,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data)),
}


@pytest.mark.parametrize("encoding", ENCODERS)
def test_each_encoding_is_undone_within_the_limit(encoding: str) -> None:
    headers = (("content-encoding", encoding),)
    body = ENCODERS[encoding](PAGE * 100)
    assert decode_body(headers, body, subject="x") == PAGE * 100
    with pytest.raises(Permanent, match="larger than 1000 bytes"):
        decode_body(headers, body, subject="x", limit=1000)


def test_deflate_without_a_zlib_header_is_undone() -> None:
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    assert (
        decode_body((("Content-Encoding", "deflate"),), encoder.compress(PAGE) + encoder.flush(), subject="x") == PAGE
    )


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_cut_or_wrong_body_is_no_body(encoding: str) -> None:
    headers = (("Content-Encoding", encoding),)
    for body in (ENCODERS[encoding](PAGE * 100)[:-9], b"\x78 not encoded at all"):
        with pytest.raises(Permanent, match=f"the body is not {encoding}"):
            decode_body(headers, body, subject="x")


def test_an_unknown_encoding_is_named() -> None:
    with pytest.raises(Permanent, match="'zstd' is not known"):
        decode_body((("Content-Encoding", "zstd"),), b"", subject="x")


@given(st.binary(max_size=3_000))
def test_any_body_survives_gzip(body: bytes) -> None:
    assert decode_body((("Content-Encoding", "gzip"),), gzip.compress(body), subject="x") == body
