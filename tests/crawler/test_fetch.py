import gzip
import multiprocessing
import os
import signal
import socket
from collections import Counter
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from unittest.mock import patch

import pytest
from twisted.internet._resolver import GAIResolver
from warcio.archiveiterator import ArchiveIterator

from crawler.archive import read_capture
from crawler.errors import Permanent, Transient
from crawler.fetch import crawl
from crawler.model import FetchJob, FetchResult, Outcome, ResourceKind, Source, SourceKind
from crawler.salvage import recover
from tests.crawler.crawling import QUICK, run_crawl
from tests.crawler.test_archive import files, warcio_check
from tests.site import Answer, Site, html

FEED = b"""<rss version="2.0"><channel><title>P</title>
<item><title>One</title><link>http://press.example/1</link></item>
<item><title>Two</title><link>http://press.example/2</link></item></channel></rss>"""
HTML = {"Content-Type": "text/html"}
BIG = b"<p>" + b"x" * 50_000


def source(site: Site, kind: SourceKind = SourceKind.FEED, source_id: str = "press") -> Source:
    url = "http://press.example/feed"
    return Source(id=source_id, name="P", kind=kind, url=url, role="press", licence="x", gateway=site.gateway)


def page(url: str, source_id: str = "press", etag: str | None = None, known: str | None = None) -> FetchJob:
    return FetchJob(url=url, source_id=source_id, kind=ResourceKind.PAGE, etag=etag, known_digest=known)


def listing(url: str = "http://press.example/feed") -> FetchJob:
    return FetchJob(url=url, source_id="press", kind=ResourceKind.LISTING)


def pages_of(result: FetchResult) -> list[FetchJob]:
    """What a sink does with a listing: each page that it names is fetched in the same run."""
    return [page(entry.url) for entry in result.entries]


FAULTS: dict[str, tuple[Answer, Outcome, str]] = {
    "reset": (Answer(fault="reset"), Outcome.UNREACHABLE, "broke off before an answer"),
    "close": (Answer(fault="close"), Outcome.UNREACHABLE, "broke off before an answer"),
    "hang": (Answer(fault="hang"), Outcome.UNREACHABLE, "within 2 s"),
    "half": (Answer(body=BIG, headers=HTML, fault="half"), Outcome.FAILED, "ended before the body did"),
    "short": (Answer(body=BIG, headers=HTML, fault="short"), Outcome.FAILED, "ended before the body did"),
    "stall": (Answer(body=BIG, headers=HTML, fault="stall"), Outcome.FAILED, "did not end within 2 s"),
    "endless": (Answer(body=BIG, headers=HTML, fault="endless"), Outcome.FAILED, "larger than the limit"),
    "huge": (Answer(body=BIG * 9, headers=HTML), Outcome.FAILED, "larger than the limit"),
    "bomb": (
        Answer(body=gzip.compress(BIG * 20), headers={**HTML, "Content-Encoding": "gzip"}),
        Outcome.FAILED,
        "larger than 200000 bytes",
    ),
    "bad-gzip": (Answer(body=BIG, headers={**HTML, "Content-Encoding": "gzip"}), Outcome.FAILED, "not gzip"),
    "pdf": (Answer(body=b"%PDF", headers={"Content-Type": "application/pdf"}), Outcome.FAILED, "application/pdf"),
    "empty": (Answer(headers=HTML), Outcome.FAILED, "empty"),
    "loop": (Answer(status=302, headers={"Location": "/loop"}), Outcome.FAILED, "more than 5 redirects"),
    "inward": (Answer(status=302, headers={"Location": "http://127.0.0.1/"}), Outcome.REFUSED, "a redirect led there"),
    "other-port": (Answer(status=301, headers={"Location": "http://press.example:8080/"}), Outcome.REFUSED, "port"),
    "odd-scheme": (Answer(status=302, headers={"Location": "ftp://x.example/"}), Outcome.FAILED, "usable Location"),
    "missing": (Answer(status=404), Outcome.FAILED, "HTTP 404"),
    "gone": (Answer(status=410), Outcome.GONE, "HTTP 410"),
    "forbidden": (Answer(status=403), Outcome.FAILED, "HTTP 403"),
    "broken": (Answer(status=500), Outcome.FAILED, "HTTP 500"),
    "odd-304": (Answer(status=304), Outcome.FAILED, "asked for the whole"),
    "private/page": (html("No", "robots"), Outcome.REFUSED, "robots.txt of faults.example forbids it"),
}


class Faults:
    """One crawl of every fault, which most tests here look at."""

    def __init__(self, folder: Path) -> None:
        base = "http://faults.example/"
        answers: dict[str, Answer | list[Answer]] = {base + name: answer for name, (answer, _, _) in FAULTS.items()}
        answers[base + "robots.txt"] = Answer(body=b"User-agent: *\nDisallow: /private/\n")
        answers[base + "fine"] = html("Fine", "After all the others.")
        self.folder = folder
        with Site(answers) as site:
            jobs = [page(base + name) for name in [*FAULTS, "fine"]]
            jobs += [page(url, "direct") for url in ("http://127.0.0.1/", "not an address", "http://nowhere.example/")]
            jobs.append(page(base + "whose", "nobody"))
            direct = replace(source(site), id="direct", gateway=None)
            self.results = run_crawl(jobs, [source(site), direct], folder)
            self.asked = site.urls()
        self.by_url = {result.job.url.removeprefix(base): result for result in self.results}


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Faults:
    return Faults(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_ends_in_its_outcome_and_says_why(faults: Faults, name: str) -> None:
    _, outcome, words = FAULTS[name]
    capture = faults.by_url[name].capture
    assert capture.outcome is outcome
    assert words in (capture.error or "")


def test_each_job_has_one_outcome_and_the_others_go_on(faults: Faults) -> None:
    assert set(Counter(result.job.url for result in faults.results).values()) == {1}
    assert len(faults.results) == len(FAULTS) + 5
    assert faults.by_url["fine"].capture.outcome is Outcome.FETCHED


def test_what_must_not_be_fetched_is_not_asked(faults: Faults) -> None:
    assert faults.by_url["http://127.0.0.1/"].capture.outcome is Outcome.REFUSED
    assert faults.by_url["not an address"].capture.outcome is Outcome.REFUSED
    assert not [url for url in faults.asked if "private" in url or "127.0.0.1" in url or "8080" in url]


def test_a_job_of_an_unknown_source_is_told(faults: Faults) -> None:
    capture = faults.by_url["whose"].capture
    assert (capture.outcome, capture.error) == (Outcome.REFUSED, "the source 'nobody' is not in the catalogue")


def test_a_name_without_address_is_unreachable(faults: Faults) -> None:
    capture = faults.by_url["http://nowhere.example/"].capture
    assert (capture.outcome, capture.status, capture.warc) == (Outcome.UNREACHABLE, None, None)
    assert "nowhere.example" in (capture.error or "")


def test_what_came_of_a_broken_body_is_in_the_archive(faults: Faults) -> None:
    for name in ("half", "short", "endless"):
        capture = faults.by_url[name].capture
        assert capture.warc is not None
        _, body = read_capture(faults.folder, capture.warc)
        assert body[:9] == BIG[:9]


def test_the_archive_of_all_faults_is_sound_and_holds_every_answer(faults: Faults) -> None:
    (path,) = files(faults.folder)
    assert warcio_check(path) == 0
    with path.open("rb") as file:
        stored = Counter(
            record.rec_headers.get_header("WARC-Target-URI")
            for record in ArchiveIterator(file)
            if record.rec_type in {"response", "revisit"}
        )
    assert stored["http://faults.example/robots.txt"] == 1
    assert stored["http://faults.example/loop"] == 6
    assert stored["http://faults.example/inward"] == 1
    answered = {result.capture.id for result in faults.results if result.capture.warc is not None}
    assert len(answered) == sum(result.capture.status is not None for result in faults.results)


def test_a_feed_names_pages_that_are_fetched_in_the_same_run(tmp_path: Path) -> None:
    answers: dict[str, Answer | list[Answer]] = {
        "http://press.example/feed": Answer(body=FEED, headers={"ETag": '"f"', "Content-Type": "application/rss+xml"}),
        "http://press.example/1": html("One", "A first text.", ETag='"1"'),
        "http://press.example/2": Answer(
            body=gzip.compress(b"<p>A second text."), headers={**HTML, "Content-Encoding": "gzip"}
        ),
    }
    with Site(answers) as site:
        results = run_crawl([listing()], [source(site)], tmp_path, follow=pages_of)
        agents = {asked.headers["User-Agent"] for asked in site.asked}
    assert [entry.title for entry in results[0].entries] == ["One", "Two"]
    assert (results[0].capture.etag, results[1].capture.etag) == ('"f"', '"1"')
    assert [result.capture.outcome for result in results] == [Outcome.FETCHED] * 3
    assert agents == {QUICK.user_agent}
    bodies = [read_capture(tmp_path, result.capture.warc)[1] for result in results if result.capture.warc]
    assert b"A first text." in bodies[1]
    assert bodies[2] == b"<p>A second text."


def test_validators_are_sent_and_304_or_the_same_body_is_unchanged(tmp_path: Path) -> None:
    tagged, plain = "http://press.example/tagged", "http://press.example/plain"
    with Site({tagged: html("T", "x", ETag='"1"'), plain: html("P", "y")}) as site:
        first = {
            result.job.url: result.capture
            for result in run_crawl([page(tagged), page(plain)], [source(site)], tmp_path)
        }
        again = [
            page(tagged, etag='"1"', known=first[tagged].payload_digest),
            page(plain, known=first[plain].payload_digest),
        ]
        second = run_crawl(again, [source(site)], tmp_path)
    assert [(result.capture.outcome, result.capture.status) for result in second] == [
        (Outcome.UNCHANGED, 304),
        (Outcome.UNCHANGED, 200),
    ]
    assert second[0].capture.payload_digest == first[tagged].payload_digest
    assert all(warcio_check(path) == 0 for path in files(tmp_path))


def test_a_redirect_is_followed_captured_hop_by_hop_and_told(tmp_path: Path) -> None:
    answers: dict[str, Answer | list[Answer]] = {
        "http://press.example/old": Answer(status=301, headers={"Location": "http://new.example/a"}),
        "http://new.example/a": Answer(status=308, headers={"Location": "/b"}),
        "http://new.example/b": html("B", "here"),
        "http://press.example/for-now": Answer(status=302, headers={"Location": "/c"}),
        "http://press.example/c": html("C", "there"),
    }
    with Site(answers) as site:
        jobs = [page("http://press.example/old"), page("http://press.example/for-now")]
        moved, passing = sorted(run_crawl(jobs, [source(site)], tmp_path), key=lambda result: not result.moved)
        hosts = [asked.url for asked in site.asked if asked.url.endswith("robots.txt")]
    assert (moved.capture.location, moved.moved) == ("http://new.example/b", True)
    assert (passing.capture.location, passing.moved) == ("http://press.example/c", False)
    assert sorted(hosts) == ["http://new.example/robots.txt", "http://press.example/robots.txt"]
    with files(tmp_path)[0].open("rb") as file:
        via = [record.raw_stream.read() for record in ArchiveIterator(file) if record.rec_type == "metadata"]
    assert any(b"via: http://new.example/a" in fields for fields in via)


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_asks_for_a_pause_is_left_alone_and_the_others_are_not(tmp_path: Path, status: int) -> None:
    busy, other = "http://busy.example", "http://other.example"
    answers: dict[str, Answer | list[Answer]] = {
        f"{busy}/1": Answer(status=status, headers={"Retry-After": "120"}),
        f"{other}/1": html("O", "fine"),
    }
    with Site(answers) as site:
        jobs = [page(f"{busy}/{number}") for number in range(1, 4)] + [page(f"{other}/1")]
        results = {result.job.url: result for result in run_crawl(jobs, [source(site)], tmp_path)}
        asked = site.urls()
    assert sorted(asked) == [f"{busy}/1", f"{other}/1"]
    assert {results[f"{busy}/{number}"].retry_after_s for number in range(1, 4)} == {120}
    assert results[f"{busy}/1"].capture.outcome is Outcome.FAILED
    assert results[f"{busy}/2"].capture.outcome is Outcome.UNREACHABLE
    assert "asked for a pause of 120 s" in (results[f"{busy}/2"].capture.error or "")
    assert results[f"{other}/1"].capture.outcome is Outcome.FETCHED


def test_a_host_whose_robots_txt_is_in_trouble_is_not_crawled(tmp_path: Path) -> None:
    answers: dict[str, Answer | list[Answer]] = {
        "http://press.example/robots.txt": Answer(status=500),
        "http://press.example/1": html("One", "x"),
    }
    with Site(answers) as site:
        (result,) = run_crawl([page("http://press.example/1")], [source(site)], tmp_path)
        assert site.urls() == []
    assert result.capture.outcome is Outcome.UNREACHABLE
    assert result.capture.error == "robots.txt: HTTP 500 Internal Server Error"


def test_the_sitemaps_of_an_index_are_read_before_the_job_ends(tmp_path: Path) -> None:
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    index = "".join(f"<sitemap><loc>/{name}.xml</loc></sitemap>" for name in ("a", "b", "none"))
    answers: dict[str, Answer | list[Answer]] = {
        "http://press.example/feed": Answer(body=f"<sitemapindex {names}>{index}</sitemapindex>".encode()),
        **{
            f"http://press.example/{name}.xml": Answer(
                body=f"<urlset {names}><url><loc>/{name}</loc></url></urlset>".encode()
            )
            for name in ("a", "b")
        },
    }
    with Site(answers) as site:
        (result,) = run_crawl([listing()], [source(site, SourceKind.SITEMAP)], tmp_path)
    assert [entry.url for entry in result.entries] == ["http://press.example/a", "http://press.example/b"]
    assert result.capture.outcome is Outcome.FETCHED
    assert result.capture.error == "http://press.example/none.xml: HTTP 404 Not Found"


def test_one_request_at_a_time_reaches_a_host(tmp_path: Path) -> None:
    urls = [f"http://press.example/{number}" for number in range(12)]
    with Site({url: html("T", url) for url in urls}) as site:
        run_crawl([page(url) for url in urls], [source(site)], tmp_path)
        assert site.urls() == urls
        assert site.most_at_once == 1


def test_the_crawl_delay_of_robots_txt_is_kept_by_a_crawl_that_throttles_itself(tmp_path: Path) -> None:
    urls = [f"http://press.example/{number}" for number in range(3)]
    answers: dict[str, Answer | list[Answer]] = {url: html("T", url) for url in urls}
    answers["http://press.example/robots.txt"] = Answer(body=b"User-agent: *\nCrawl-delay: 0.3\n")
    with Site(answers) as site:
        run_crawl([page(url) for url in urls], [source(site)], tmp_path, replace(QUICK, throttle=True))
        times = [asked.at for asked in site.asked]
    assert len(times) == 4
    assert times[-1] - times[0] >= 0.6, "three delays, of which a slow machine may make one look short"


def raise_on_listing(result: FetchResult) -> list[FetchJob]:
    raise ValueError("the record is full")


def test_what_the_sink_raises_ends_the_crawl_and_comes_out(tmp_path: Path) -> None:
    site = Site({"http://press.example/1": html("One", "x")})
    with site, pytest.raises(ValueError, match="record is full"):
        run_crawl([page("http://press.example/1")], [source(site)], tmp_path, follow=raise_on_listing)


def test_an_archive_that_cannot_be_written_ends_the_crawl(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    site = Site({"http://press.example/1": html("One", "x")})
    with site, pytest.raises(Transient, match="the archive cannot be written"):
        run_crawl([page("http://press.example/1")], [source(site)], tmp_path / "file")


def crawl_twice(folder: Path, gateway: str) -> None:
    made = Source(
        id="press",
        name="P",
        kind=SourceKind.FEED,
        url="http://press.example/feed",
        role="p",
        licence="x",
        gateway=gateway,
    )
    jobs = [page("http://press.example/1")]
    crawl(jobs, {"press": made}, folder, lambda result: [], QUICK)
    try:
        crawl(jobs, {"press": made}, folder, lambda result: [], QUICK)
    except Permanent as error:
        os._exit(7 if "fresh process" in str(error) else 1)


def test_a_second_crawl_in_a_process_is_told_to_take_another(tmp_path: Path) -> None:
    with Site() as site:
        child = multiprocessing.get_context("spawn").Process(target=crawl_twice, args=(tmp_path, site.gateway))
        child.start()
        child.join(30)
    assert child.exitcode == 7


def crawl_rebinding(folder: Path, pipe: Connection) -> None:
    """A crawl whose DNS answers for every name are addresses of this machine."""
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]
    # Twisted's resolver takes the function as a default when its class is made.
    with patch.object(GAIResolver.__init__, "__defaults__", (None, lambda *arguments: answers)):
        made = Source(id="press", name="P", kind=SourceKind.FEED, url="http://x.example/", role="p", licence="x")

        def sink(result: FetchResult) -> list[FetchJob]:
            pipe.send(result)
            return []

        crawl([page("http://rebinding.example/")], {"press": made}, folder, sink, QUICK)


def test_a_name_that_leads_into_this_machine_is_refused(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=crawl_rebinding, args=(tmp_path, theirs))
    child.start()
    theirs.close()
    result = ours.recv()
    ours.close()
    child.join(30)
    assert result.capture.outcome is Outcome.REFUSED
    assert "127.0.0.1, which is not an address of the public internet" in result.capture.error


def crawl_forever(folder: Path, gateway: str) -> None:
    """A crawl whose record is never written: what its archive holds is all that is left of it."""
    made = Source(
        id="press",
        name="P",
        kind=SourceKind.FEED,
        url="http://press.example/feed",
        role="p",
        licence="x",
        gateway=gateway,
    )
    jobs = [page(f"http://press.example/{number}") for number in range(6)]
    crawl(jobs, {"press": made}, folder, lambda result: [], replace(QUICK, timeout_s=30))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 0)])
def test_what_a_stopped_crawl_fetched_is_not_lost(tmp_path: Path, number: signal.Signals, code: int) -> None:
    answers: dict[str, Answer | list[Answer]] = {
        f"http://press.example/{n}": html(f"Page {n}", "A text." * n) for n in range(4)
    }
    answers["http://press.example/4"] = Answer(fault="hang")
    with Site(answers) as site:
        child = multiprocessing.get_context("spawn").Process(target=crawl_forever, args=(tmp_path, site.gateway))
        child.start()
        assert site.hung.wait(30)
        assert child.pid is not None
        os.kill(child.pid, number)
        if number == signal.SIGTERM:
            site.released.set()
        child.join(30)
        assert child.exitcode == code
        made = source(site)
        results = list(recover(tmp_path, {"press": made}, lambda capture_id: False))
    if number == signal.SIGTERM:
        assert results == []
    else:
        assert [result.capture.outcome for result in results] == [Outcome.FETCHED] * 4
        for n, result in enumerate(results):
            assert result.job.url == f"http://press.example/{n}"
            assert result.capture.warc is not None
            assert f"Page {n}".encode() in read_capture(tmp_path, result.capture.warc)[1]
    assert all(warcio_check(path) == 0 for path in files(tmp_path))
    assert not list(tmp_path.glob("*.open"))
