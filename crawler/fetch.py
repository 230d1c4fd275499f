"""Runs fetch jobs: one Scrapy process, polite to each host, every answer in the archive first."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import CrawlerProcess
from scrapy.utils.reactor import is_reactor_installed

from crawler.archive import ArchiveWriter
from crawler.config import CrawlSettings
from crawler.errors import Permanent
from crawler.model import Capture, FetchJob, Source
from crawler.spiders.context import CrawlContext, Known, Sink
from crawler.spiders.jobs import JobSpider
from crawler.spiders.resolver import GATEWAYS_SETTING

_MIDDLEWARES = {
    "crawler.spiders.middlewares.GuardMiddleware": 50,
    "crawler.spiders.middlewares.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "crawler.spiders.middlewares.ArchiveMiddleware": 900,
}


def nothing_known(job: FetchJob) -> Capture | None:
    """Knows no earlier capture of any job: each body is then stored whole, and a 304 does not say of what."""
    return None


def crawl(
    jobs: Sequence[FetchJob],
    sources: Mapping[str, Source],
    archive_dir: Path,
    sink: Sink,
    settings: CrawlSettings,
    *,
    known: Known = nothing_known,
) -> None:
    """Does `jobs` and those that `sink` returns, and comes back when none is left.

    `sink` is called in this process and thread, once a job, with its one outcome, after the answer is durable in the
    archive; what it returns is done in the same run. `known(job)` gives the last capture of the job's address with a
    body, so that an unchanged answer becomes a revisit of it.

    Runs once in a process, in its main thread: a reactor cannot be started again. SIGTERM and SIGINT let what is under
    way end and return; jobs without a call of `sink` were not done. Raises what `sink` raised, Transient where the
    archive cannot be written, Permanent where a crawl has run in this process.
    """
    if is_reactor_installed():
        raise Permanent("a crawl has run in this process", remedy="start a fresh process for each crawl")
    if not jobs:
        return
    with ArchiveWriter(archive_dir, software=settings.user_agent, max_bytes=settings.max_file_bytes) as writer:
        context = CrawlContext(jobs=jobs, sources=sources, settings=settings, writer=writer, sink=sink, known=known)
        with _quiet():
            process = CrawlerProcess(_scrapy_settings(settings, sources))
            process.crawl(JobSpider, context=context)
            logging.getLogger("scrapy").setLevel(logging.WARNING)
        process.start()
    if context.failure is not None:
        raise context.failure


@contextmanager
def _quiet() -> Iterator[None]:
    """Scrapy sets its own level to DEBUG and tells its versions and settings while it starts."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(before)


def _scrapy_settings(settings: CrawlSettings, sources: Mapping[str, Source]) -> dict[str, Any]:
    gateways = {source.gateway for source in sources.values() if source.gateway is not None}
    return {
        "USER_AGENT": settings.user_agent,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/atom+xml,application/rss+xml,*/*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
        },
        "CONCURRENT_REQUESTS": settings.concurrent_hosts,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": settings.delay_s,
        "AUTOTHROTTLE_ENABLED": settings.throttle,
        "AUTOTHROTTLE_START_DELAY": settings.delay_s,
        "DOWNLOAD_TIMEOUT": settings.timeout_s,
        # The archive middleware bounds the body and keeps what came of it; a cut body is kept and told.
        "DOWNLOAD_MAXSIZE": 0,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": False,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "REDIRECT_MAX_TIMES": settings.max_redirects,
        "REFERRER_POLICY": "no-referrer",
        "TWISTED_DNS_RESOLVER": "crawler.spiders.resolver.GuardedResolver",
        GATEWAYS_SETTING: [(parts.hostname, parts.port) for parts in map(urlsplit, gateways)],
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "DOWNLOADER_MIDDLEWARES": _MIDDLEWARES,
        "SPIDER_MIDDLEWARES_BASE": {"scrapy.spidermiddlewares.referer.RefererMiddleware": 700},
        "EXTENSIONS_BASE": {"scrapy.extensions.throttle.AutoThrottle": 0},
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "LOG_INSTALL_ROOT_HANDLER": False,
        "STATS_DUMP": False,
    }
