"""Runs a crawl the way that `ops` does: in a fresh process, because a reactor starts only once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from crawler.config import CrawlSettings
from crawler.fetch import crawl
from crawler.model import FetchJob, FetchResult, Source

QUICK = CrawlSettings(delay_s=0, throttle=False, timeout_s=2, max_body_bytes=200_000)


def run_crawl(
    jobs: Sequence[FetchJob],
    sources: Sequence[Source],
    archive_dir: Path,
    settings: CrawlSettings = QUICK,
    *,
    follow: Callable[[FetchResult], list[FetchJob]] | None = None,
) -> list[FetchResult]:
    """The results in the order in which the sink was called; fails with what the crawl raised.

    `follow` gives the jobs that the sink returns; it must be a function of a module.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_child, args=(theirs, jobs, sources, archive_dir, settings, follow))
    child.start()
    theirs.close()
    results: list[FetchResult] = []
    try:
        while isinstance(message := ours.recv(), FetchResult):
            results.append(message)
    finally:
        ours.close()
        child.join(30)
    if isinstance(message, BaseException):
        raise message
    return results


def _child(
    pipe: Connection,
    jobs: Sequence[FetchJob],
    sources: Sequence[Source],
    archive_dir: Path,
    settings: CrawlSettings,
    follow: Callable[[FetchResult], list[FetchJob]] | None,
) -> None:
    def sink(result: FetchResult) -> list[FetchJob]:
        pipe.send(result)
        return follow(result) if follow is not None else []

    by_id: Mapping[str, Source] = {source.id: source for source in sources}
    try:
        crawl(jobs, by_id, archive_dir, sink, settings)
    except BaseException as error:
        pipe.send(error)
        raise
    pipe.send(None)
