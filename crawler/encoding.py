"""HTTP headers and the content codings of a body (gzip, deflate, br), undone within a bound."""

from __future__ import annotations

import zlib

import brotli

from crawler.errors import Permanent

Headers = tuple[tuple[str, str], ...]

MAX_BODY_BYTES = 20_000_000


def header(headers: Headers, name: str) -> str | None:
    """The first value of a header, whatever the case of its name."""
    return next((value for key, value in headers if key.lower() == name.lower()), None)


def decode_body(headers: Headers, body: bytes, *, subject: str, limit: int = MAX_BODY_BYTES) -> bytes:
    """The body without its Content-Encoding (gzip, deflate, br).

    Raises Permanent for an encoding that is unknown, data that does not decode, or more than `limit` bytes.
    """
    encodings = [part.strip().lower() for part in (header(headers, "content-encoding") or "").split(",")]
    for encoding in reversed([name for name in encodings if name not in ("", "identity")]):
        body = _decoded(encoding, body, subject, limit)
    if len(body) > limit:
        raise _too_large(subject, limit)
    return body


def _too_large(subject: str, limit: int) -> Permanent:
    return Permanent(f"the body is larger than {limit} bytes", subject=subject, remedy="raise the limit of body sizes")


def _decoded(encoding: str, body: bytes, subject: str, limit: int) -> bytes:
    try:
        if encoding in ("gzip", "x-gzip"):
            return _gunzip(body, subject, limit)
        if encoding == "deflate":
            return _inflate(body, zlib.MAX_WBITS if body[:1] == b"\x78" else -zlib.MAX_WBITS, subject, limit)[0]
        if encoding == "br":
            return _unbrotli(body, subject, limit)
    except (zlib.error, brotli.error) as error:
        raise Permanent(f"the body is not {encoding}", subject=subject, remedy="it is fetched again later") from error
    raise Permanent(f"content-encoding {encoding!r} is not known", subject=subject, remedy="the source must send gzip")


def _gunzip(body: bytes, subject: str, limit: int) -> bytes:
    out = b""
    while body:
        member, body = _inflate(body, zlib.MAX_WBITS | 16, subject, limit - len(out))
        out += member
        body = body.lstrip(b"\0")
    return out


def _inflate(body: bytes, window: int, subject: str, limit: int) -> tuple[bytes, bytes]:
    decoder = zlib.decompressobj(window)
    out = decoder.decompress(body, limit + 1)
    if len(out) > limit:
        raise _too_large(subject, limit)
    if not decoder.eof:
        raise zlib.error("the data ends too early")
    return out, decoder.unused_data


def _unbrotli(body: bytes, subject: str, limit: int) -> bytes:
    decoder = brotli.Decompressor()
    out: bytes = decoder.process(body, output_buffer_limit=limit + 1)
    if len(out) > limit:
        raise _too_large(subject, limit)
    if not decoder.is_finished():
        raise brotli.error("the data ends too early")
    return out
