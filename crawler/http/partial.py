"""A file on its way: what came so far is kept beside the target and gone on with, by RFC 9110's ranges."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import Permanent, Transient

# (bytes so far, bytes in all; None: not known)
Progress = Callable[[int, int | None], None]
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """`bytes` and `sha256` are of the whole file, `resumed` of how many bytes an earlier attempt had left.

    `validator` is the server's strong ETag or, without one, its Last-Modified ("" where it names neither);
    `last_modified` that header as it came. With `unchanged` nothing came: bytes, sha256 and resumed are empty, and the
    file is what the caller has.
    """

    bytes: int = 0
    sha256: str = ""
    resumed: int = 0
    validator: str = ""
    last_modified: str = ""
    unchanged: bool = False


class Incomplete(Transient):
    """The attempt did not give the file; what came is kept where it can be of use."""


class PartialFile:
    """The half file of `target`: `.part-NAME`, and `.part-NAME.of` with the validator of what it is a part of.

    No reader that looks for a file's name at the start of a name, or after a dot, takes the half for the whole.
    """

    def __init__(
        self, target: Path, *, limit_bytes: int, subject: str, check: Callable[[Path], None] | None = None
    ) -> None:
        self._target = target
        self._part = target.with_name(f".part-{target.name}")
        self._of = target.with_name(f".part-{target.name}.of")
        self._limit_bytes = limit_bytes
        self._subject = subject
        self._looked_at = check
        self._may_be_same = False  # whether the last question was for a change alone

    def wanted(self, validator: str) -> dict[str, str]:
        """The headers that ask for the rest of a half file, or for the file if it is not what `validator` names."""
        size, of = self._held()
        self._may_be_same = not size and bool(validator) and self._target.exists()
        if size:
            return {"Range": f"bytes={size}-", "If-Range": of}
        if not self._may_be_same:
            return {}
        return {"If-None-Match" if _is_tag(validator) else "If-Modified-Since": validator}

    def take(
        self,
        status: int,
        headers: Mapping[str, str],
        chunks: Iterator[bytes],
        progress: Progress | None,
    ) -> Downloaded:
        """Writes the body of an answer and, when all is there, moves it in place. Raises `Incomplete`, `Permanent`."""
        modified = headers.get("Last-Modified", "")
        if status == 304 and self._may_be_same:
            return Downloaded(unchanged=True, validator=_validator(headers), last_modified=modified)
        held, of = self._held()
        span = _RANGE.fullmatch(headers.get("Content-Range", "").strip())
        if status == 304 or (status != 200 and not held):
            raise Incomplete(f"answered {status}, which was not asked for", subject=self._subject)
        if status == 416 and span and span[2] == str(held):
            return self._finish(Downloaded(bytes=held, sha256=self._hashed().hexdigest(), resumed=held, validator=of))
        same = span is not None and span[1] == str(held) and _validator(headers) in ("", of)
        if status == 416 or (status == 206 and not same):
            self.forget()
            raise Incomplete("did not have the part that was asked for", subject=self._subject)
        if status == 200:
            held, of = 0, _validator(headers)
            self._begin(of)
        total = _total(status, headers, span)
        self._check(total or 0)
        size, sha256 = self._write(chunks, held, total, progress)
        if total is not None and size != total:
            self.forget()
            raise Incomplete(f"sent {size:,} bytes of {total:,}", subject=self._subject)
        found = Downloaded(bytes=size, sha256=sha256, resumed=held, validator=of, last_modified=modified)
        return self._finish(found)

    def _write(
        self, chunks: Iterator[bytes], size: int, total: int | None, progress: Progress | None
    ) -> tuple[int, str]:
        """Adds to the half file, each chunk at once: what came is there, however the process ends."""
        digest = self._hashed()
        with self._part.open("ab") as part:
            for chunk in chunks:
                part.write(chunk)
                part.flush()
                digest.update(chunk)
                size += len(chunk)
                self._check(size)
                if progress is not None:
                    progress(size, total)
            os.fsync(part.fileno())
        return size, digest.hexdigest()

    def forget(self) -> None:
        self._of.unlink(missing_ok=True)
        self._part.unlink(missing_ok=True)

    def _held(self) -> tuple[int, str]:
        """Bytes that can be gone on with and the validator that they belong to; (0, "") where there are none."""
        try:
            of, size = self._of.read_text(encoding="ascii"), self._part.stat().st_size
        except (FileNotFoundError, UnicodeDecodeError):
            return 0, ""
        return (size, of) if of else (0, "")

    def _begin(self, validator: str) -> None:
        """Empties the part before its validator changes: no moment has bytes of one file under the name of another."""
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._of.unlink(missing_ok=True)
        self._part.write_bytes(b"")
        self._of.write_text(validator, encoding="ascii")

    def _check(self, size: int) -> None:
        if size > self._limit_bytes:
            self.forget()
            remedy = "raise the limit where the file may be that large"
            raise Permanent(f"is larger than {self._limit_bytes:,} bytes", subject=self._subject, remedy=remedy)

    def _hashed(self) -> hashlib._Hash:
        with self._part.open("rb") as part:
            return hashlib.file_digest(part, "sha256")

    def _finish(self, found: Downloaded) -> Downloaded:
        if self._looked_at is not None:
            try:
                self._looked_at(self._part)
            except Permanent:
                self.forget()
                raise
        self._part.replace(self._target)
        self._of.unlink(missing_ok=True)
        return found


def _total(status: int, headers: Mapping[str, str], span: re.Match[str] | None) -> int | None:
    text = span[2] if status == 206 and span else headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _is_tag(validator: str) -> bool:
    return validator.startswith('"')


def _validator(headers: Mapping[str, str]) -> str:
    """What If-Range takes: a strong tag, else a date. A weak tag does not promise the same bytes."""
    tag = headers.get("ETag", "")
    found = tag if _is_tag(tag) else headers.get("Last-Modified", "")
    return found if found.isascii() and found.isprintable() else ""
