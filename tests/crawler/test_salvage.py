import gzip
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archive import ArchiveWriter, read_capture
from crawler.errors import Permanent, RoutewireError
from crawler.model import FetchJob, FetchResult, Outcome, ResourceKind, SourceKind
from crawler.salvage import ingest, recover
from tests.crawler.exchanges import JOB, PAGE, SOURCE, exchange
from tests.crawler.test_archive import files, warcio_check

RSS = b"<rss version='2.0'><channel><item><title>One</title><link>http://press.example/1</link></item></channel></rss>"


def nothing(capture_id: str) -> bool:
    return False


def leave_open(folder: Path, exchanges: int = 2) -> Path:
    """An archive file as a killed writer leaves it: closed by the system, the mark still there."""
    archive = ArchiveWriter(folder, software="routewire/test")
    for number in range(exchanges):
        archive.append(exchange(body=PAGE + b"%d" % number))
    path = files(folder)[0]
    archive.close()
    path.with_name(f"{path.name}.open").touch()
    return path


def recovered(folder: Path) -> list[FetchResult]:
    return list(recover(folder, {"press": SOURCE}, nothing))


def test_answers_that_were_not_recorded_come_back(tmp_path: Path) -> None:
    leave_open(tmp_path)
    first, second = recovered(tmp_path)
    assert first.capture.outcome is Outcome.FETCHED
    assert first.job == JOB
    assert first.capture.warc is not None
    assert second.capture.warc is not None
    assert read_capture(tmp_path, second.capture.warc)[1] == PAGE + b"1"
    assert recovered(tmp_path) == []


def test_what_the_record_knows_does_not_come_again(tmp_path: Path) -> None:
    path = leave_open(tmp_path)
    first, _ = recovered(tmp_path)
    path.with_name(f"{path.name}.open").touch()
    assert len(list(recover(tmp_path, {"press": SOURCE}, lambda capture_id: capture_id == first.capture.id))) == 1


def test_a_listing_comes_back_with_its_entries(tmp_path: Path) -> None:
    job = FetchJob(url="http://press.example/feed", source_id="press", kind=ResourceKind.LISTING)
    archive = ArchiveWriter(tmp_path, software="routewire/test")
    archive.append(exchange(job=job, purpose="listing", url=job.url, body=RSS))
    archive.close()
    files(tmp_path)[0].with_name(files(tmp_path)[0].name + ".open").touch()
    (result,) = recovered(tmp_path)
    assert [entry.title for entry in result.entries] == ["One"]


def test_redirects_and_robots_are_no_results(tmp_path: Path) -> None:
    archive = ArchiveWriter(tmp_path, software="routewire/test")
    archive.append(exchange(purpose="robots"))
    archive.append(exchange(status=302, headers=(("Location", "/b"),)))
    archive.close()
    files(tmp_path)[0].with_name(files(tmp_path)[0].name + ".open").touch()
    assert recovered(tmp_path) == []


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path, software="routewire/test") as archive:
        archive.append(exchange())
        assert recovered(tmp_path) == []
        _, ref = archive.append(exchange())
        assert read_capture(tmp_path, ref)[1] == PAGE


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_wherever_it_was_cut_the_whole_part_stays_and_the_rest_is_kept_beside(tmp_path: Path, share: float) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    path = leave_open(tmp_path)
    whole = path.read_bytes()
    cut = int(len(whole) * share)
    path.write_bytes(whole[:cut])
    results = recovered(tmp_path)
    torn = b"".join(part.read_bytes() for part in tmp_path.glob("*.torn"))
    assert path.read_bytes() + torn == whole[:cut]
    assert len(results) == sum(result.capture.warc is not None for result in results) <= 2
    assert warcio_check_quietly(path)
    assert not list(tmp_path.glob("*.open"))


def warcio_check_quietly(path: Path) -> bool:
    """The same test as `warcio check`, without a process: each member whole, each digest right."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests=True):
            record.content_stream().read()
            if record.digest_checker.passed is False:
                return False
    return True


def foreign(path: Path, pages: list[tuple[str, bytes]], *, members: bool = True, compressed: bool = True) -> None:
    """A WARC 1.0 file as another tool writes it, a gzip member a record or one for all."""
    buffer = BytesIO()
    writer = WARCWriter(buffer, gzip=members and compressed)
    writer.write_record(writer.create_warcinfo_record("theirs", {"software": "another"}))
    for url, body in pages:
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
        payload = BytesIO(body)
        record = writer.create_warc_record(url, "response", payload=payload, length=len(body), http_headers=headers)
        writer.write_record(record)
    data = buffer.getvalue()
    path.write_bytes(gzip.compress(data) if compressed and not members else data)


def ingested(path: Path, folder: Path) -> tuple[list[FetchResult], list[RoutewireError]]:
    told: list[RoutewireError] = []
    with ArchiveWriter(folder, software="routewire/test") as archive:
        return list(ingest(path, SOURCE, archive, nothing, told.append)), told


PAGES = [(f"http://old.example/{number}", b"<p>page %d " % number + bytes(range(97, 123)) * 50) for number in range(4)]


@pytest.mark.parametrize(("members", "compressed"), [(True, True), (False, True), (False, False)])
def test_pages_of_any_warc_are_copied_into_the_archive(tmp_path: Path, members: bool, compressed: bool) -> None:
    theirs = tmp_path / "theirs.warc.gz"
    foreign(theirs, PAGES, members=members, compressed=compressed)
    results, told = ingested(theirs, tmp_path / "archive")
    theirs.unlink()
    assert told == []
    assert [result.capture.url for result in results] == [url for url, _ in PAGES]
    for result, (_, body) in zip(results, PAGES, strict=True):
        assert result.capture.warc is not None
        assert read_capture(tmp_path / "archive", result.capture.warc)[1] == body
    assert warcio_check(files(tmp_path / "archive")[0]) == 0


@pytest.mark.parametrize(("members", "compressed"), [(True, True), (False, True), (False, False)])
def test_a_cut_file_gives_what_is_whole_and_says_where_it_ends(tmp_path: Path, members: bool, compressed: bool) -> None:
    theirs = tmp_path / "theirs.warc.gz"
    foreign(theirs, PAGES, members=members, compressed=compressed)
    theirs.write_bytes(theirs.read_bytes()[:-60])
    results, told = ingested(theirs, tmp_path / "archive")
    assert len(results) == 3
    assert len(told) == 1
    assert "theirs.warc.gz at" in str(told[0])
    assert "fetch the file again" in str(told[0])


def test_a_damaged_record_is_told_and_those_after_it_are_taken(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.warc.gz"
    foreign(theirs, PAGES)
    data = bytearray(theirs.read_bytes())
    second = data.index(b"\x1f\x8b\x08", data.index(b"\x1f\x8b\x08", 10) + 10)
    data[second + 40 : second + 60] = bytes(20)
    theirs.write_bytes(data)
    results, told = ingested(theirs, tmp_path / "archive")
    assert [result.capture.url[-1] for result in results] == ["0", "2", "3"]
    assert len(told) == 1


def test_the_same_file_twice_gives_nothing_new(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.warc.gz"
    foreign(theirs, PAGES)
    first, _ = ingested(theirs, tmp_path / "archive")
    ids = {result.capture.id for result in first}
    with ArchiveWriter(tmp_path / "archive", software="routewire/test") as archive:
        assert list(ingest(theirs, SOURCE, archive, ids.__contains__, lambda fault: None)) == []


def test_a_file_that_is_no_warc_is_told(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.warc"
    theirs.write_bytes(b"<html>not an archive</html>\n" * 10)
    results, told = ingested(theirs, tmp_path / "archive")
    assert results == []
    assert "not a WARC record" in str(told[0])
    with pytest.raises(Permanent, match="cannot be read"):
        ingested(tmp_path / "none.warc", tmp_path / "archive")


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.booleans(), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8))
def test_no_damage_ends_in_anything_but_pages_and_words(
    tmp_path: Path, compressed: bool, damage: list[tuple[float, int]]
) -> None:
    theirs = tmp_path / "theirs.warc.gz"
    foreign(theirs, PAGES, compressed=compressed)
    data = bytearray(theirs.read_bytes())
    for place, value in damage:
        data[int(place * len(data))] = value
    theirs.write_bytes(data)
    results, told = ingested(theirs, tmp_path / "archive")
    assert len(results) + len(told) <= len(PAGES) * 3
    assert all(fault.remedy for fault in told)


def test_a_sitemap_source_is_no_obstacle_to_recovery(tmp_path: Path) -> None:
    leave_open(tmp_path)
    results = list(recover(tmp_path, {"press": replace(SOURCE, kind=SourceKind.SITEMAP)}, nothing))
    assert len(results) == 2
