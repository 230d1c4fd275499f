"""What an operator may set of the crawl."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.archive import MAX_FILE_BYTES
from crawler.encoding import MAX_BODY_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSettings:
    """How a crawl behaves.

    `delay_s` is the pause between two requests to a host; it grows with the host's own slowness where `throttle` is
    set, and with the Crawl-delay of its robots.txt up to `max_crawl_delay_s`. `timeout_s` bounds a whole answer,
    `max_body_bytes` its body both before and after decoding. `max_parts` is how many sitemaps of an index are read.
    Whoever polls the public web sets `user_agent` to a name with an address where site owners can complain.
    """

    user_agent: str = "routewire/0.1"
    delay_s: float = 1.0
    throttle: bool = True
    max_crawl_delay_s: float = 60.0
    timeout_s: float = 30.0
    max_body_bytes: int = MAX_BODY_BYTES
    max_redirects: int = 5
    max_parts: int = 5
    concurrent_hosts: int = 16
    max_file_bytes: int = MAX_FILE_BYTES
