"""The body of an answer, as it comes: never more in memory than was allowed, never a part taken for the whole."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator

import httpx

from crawler.errors import Permanent
from crawler.http.partial import Incomplete

_GZIP = zlib.MAX_WBITS | 16
_STEP_BYTES = 1 << 20
# A server that sends less than this, over ten timeouts, is stalled in all but name.
_SLOWEST_BYTES_PER_S = 100


def whole(answer: httpx.Response, *, limit_bytes: int, timeout_s: float, subject: str) -> bytes:
    """The body, unpacked where it came as gzip, of at most `limit_bytes` after that.

    Raises `Permanent` where it is larger or packed in another way, `Incomplete` where the packing is damaged.
    """
    coding = answer.headers.get("Content-Encoding", "identity").lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        remedy = "look whether a proxy between here and the service changes its answers"
        raise Permanent(f"came as {coding!r}, which was not asked for", subject=subject, remedy=remedy)
    chunks = paced(answer, timeout_s)
    body = bytearray()
    try:
        for chunk in _gunzipped(chunks) if "gzip" in coding else chunks:
            body += chunk
            if len(body) > limit_bytes:
                remedy = "ask for less at once, a shorter window or fewer networks"
                raise Permanent(f"the answer is larger than {limit_bytes:,} bytes", subject=subject, remedy=remedy)
    except zlib.error:
        raise Incomplete("the compressed answer is damaged", subject=subject) from None
    return bytes(body)


def paced(answer: httpx.Response, timeout_s: float) -> Iterator[bytes]:
    """The body as sent; a server that drips ends like one that hangs."""
    begun, size = time.monotonic(), 0
    for chunk in answer.iter_raw():
        size += len(chunk)
        spent = time.monotonic() - begun
        if spent > 10 * timeout_s and size < spent * _SLOWEST_BYTES_PER_S:
            raise httpx.ReadTimeout("drips")
        yield chunk


def _gunzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """At most a mebibyte at a time, however well it was packed. Raises `zlib.error` where it is damaged or cut."""
    decoder = zlib.decompressobj(wbits=_GZIP)
    for chunk in chunks:
        while chunk:
            if decoder.eof:  # several members may follow each other
                decoder = zlib.decompressobj(wbits=_GZIP)
            yield decoder.decompress(chunk, _STEP_BYTES)
            chunk = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    yield decoder.flush()
    if not decoder.eof:
        raise zlib.error("cut")
