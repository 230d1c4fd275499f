"""The catalogue: which sources there are, checked when it is read."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import Permanent
from crawler.guard import refusal
from crawler.model import Source, SourceKind

BUNDLED = "crawler/data/sources.toml"

_TEXT = ("id", "name", "kind", "url", "role", "licence", "country", "language", "gateway", "note")
_REQUIRED = ("id", "name", "kind", "url", "role", "licence")
_SECONDS = ("poll_min_s", "poll_max_s")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_POLL_FLOOR_S = 60


def load_sources(path: Path | None = None) -> tuple[Source, ...]:
    """The sources of a TOML file with `[[source]]` tables, in its order; None reads the bundled catalogue.

    Raises Permanent that names file, row (counted from 1) and field at the first fault.
    """
    name = str(path) if path is not None else BUNDLED
    try:
        text = (
            path.read_text("utf-8") if path is not None else (files("crawler") / "data/sources.toml").read_text("utf-8")
        )
        rows = tomllib.loads(text).get("source", [])
    except OSError as error:
        raise Permanent("cannot be read", subject=name, remedy="give the path of a sources file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Permanent("is not TOML", subject=name, remedy="correct the line that the cause names") from error
    if not isinstance(rows, list) or not rows:
        raise Permanent("names no source", subject=name, remedy="add a [[source]] table")
    sources: dict[str, Source] = {}
    for number, row in enumerate(rows, 1):
        source = _source(row, f"{name}: source {number}")
        if source.id in sources:
            raise _fault(f"{name}: source {number}", "id", f"{source.id!r} is taken", "give each source its own id")
        sources[source.id] = source
    return tuple(sources.values())


def _fault(where: str, field: str, message: str, remedy: str) -> Permanent:
    return Permanent(message, subject=f"{where}, field {field}", remedy=remedy)


def _source(row: object, where: str) -> Source:
    if not isinstance(row, dict):
        raise Permanent("is not a table", subject=where, remedy="write [[source]] and one `field = value` a line")
    if isinstance(row.get("id"), str):
        where = f"{where} ({row['id']})"
    _check_types(row, where)
    _check_values(row, where)
    source = Source(**{**row, "kind": SourceKind(row["kind"])})
    if not _POLL_FLOOR_S <= source.poll_min_s <= source.poll_max_s:
        message = f"{source.poll_min_s} s to {source.poll_max_s} s does not fit"
        raise _fault(where, "poll_min_s", message, f"give {_POLL_FLOOR_S} <= poll_min_s <= poll_max_s")
    return source


def _check_types(row: dict[str, Any], where: str) -> None:
    known = {*_TEXT, *_SECONDS, "reexport"}
    for field in row:
        if field not in known:
            raise _fault(where, field, "is not known", f"use one of {', '.join(sorted(known))}")
    for field in _REQUIRED:
        if field not in row:
            raise _fault(where, field, "is missing", f'add `{field} = "…"`')
    for field, value in row.items():
        wanted = bool if field == "reexport" else int if field in _SECONDS else str
        if type(value) is not wanted or value == "":
            kind = {bool: "true or false", int: "a whole number of seconds", str: "text in quotes"}[wanted]
            raise _fault(where, field, f"{value!r} does not fit", f"write {kind}")


def _check_values(row: dict[str, Any], where: str) -> None:
    if not _ID.fullmatch(row["id"]):
        raise _fault(where, "id", f"{row['id']!r} does not fit", "use a-z, 0-9 and single hyphens")
    if row["kind"] not in set(SourceKind):
        raise _fault(where, "kind", f"{row['kind']!r} is not known", f"use one of {', '.join(SourceKind)}")
    if (reason := refusal(row["url"])) is not None:
        raise _fault(where, "url", reason, "give the public http or https address of the feed or page")
    if "country" in row and not _COUNTRY.fullmatch(row["country"]):
        raise _fault(where, "country", f"{row['country']!r} does not fit", "use the two letters of ISO 3166, as in KR")
    if "language" in row and not _LANGUAGE.fullmatch(row["language"]):
        raise _fault(where, "language", f"{row['language']!r} does not fit", "use the code of ISO 639, as in en")
    if "gateway" in row and not _is_gateway(row["gateway"]):
        raise _fault(where, "gateway", f"{row['gateway']!r} does not fit", "write http://HOST:PORT of an HTTP proxy")


def _is_gateway(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme == "http" and bool(parts.hostname) and parts.port is not None and parts.path in ("", "/")
    except ValueError:
        return False
