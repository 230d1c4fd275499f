"""Other people's answers read with care, and told in their own words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from crawler.errors import Transient

Row = Mapping[str, Any]

# More parties than this in one event are told in its words alone: the product of all would be invented pairs.
MOST_PAIRS = 8
UNFIT = "try again later; if it stays so, the service has changed its form"
_TOKEN_LIKE = re.compile(r"[\w.-]{24,}")


def event_id(*facts: object) -> str:
    return hashlib.sha256("|".join(map(str, facts)).encode()).hexdigest()[:16]


def pairs(victims: Iterable[int], attackers: Iterable[int]) -> list[tuple[int | None, int | None]]:
    """Each victim with each attacker, None for a side without any; where they are many, one pair of what is sure."""
    left: list[int | None] = [*sorted(set(victims))] or [None]
    right: list[int | None] = [*sorted(set(attackers))] or [None]
    if len(left) * len(right) <= MOST_PAIRS:
        return [(one, other) for one in left for other in right]
    return [(left[0] if len(left) == 1 else None, right[0] if len(right) == 1 else None)]


def listed(value: object, what: str) -> list[Any]:
    """`value` as a list. Raises `Transient` where the service sent something else: that is no empty answer."""
    if not isinstance(value, list):
        raise Transient(f"the answer has no list of {what}", remedy=UNFIT)
    return value


def mapped(value: object, what: str) -> dict[str, Any]:
    """`value` as an object. Raises `Transient` where the service sent something else."""
    if not isinstance(value, dict):
        raise Transient(f"the answer has no {what}", remedy=UNFIT)
    return value


def said(words: object) -> str:
    """A service's own words on one line, short, without what may be a token that it repeats."""
    return _TOKEN_LIKE.sub("…", " ".join(str(words).split()))[:300]


def text_of(what: str, **parts: object) -> str:
    """A source's fields as it gave them: `what: name=value …`; what it left out is left out."""
    told = " ".join(f"{name}={_short(value)}" for name, value in parts.items() if value not in (None, "", [], ()))
    return f"{what}: {told}"


def _short(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else " ".join(str(value).split())
    return text if len(text) <= 400 else f"{text[:399]}…"


def from_unix(value: object) -> datetime:
    """Seconds since the epoch. Raises `TypeError`, `ValueError` or `OverflowError`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("no time")
    return datetime.fromtimestamp(float(value), UTC)


def from_iso(value: object) -> datetime:
    """ISO 8601; without a zone it is UTC, as all these services mean it. Raises `TypeError` or `ValueError`."""
    if not isinstance(value, str):
        raise TypeError("no time")
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def asn_of(value: object) -> int:
    """An AS number, given as a number or as text. Raises `ValueError`."""
    number = int(str(value).upper().removeprefix("AS"))
    if not 0 < number < 2**32:
        raise ValueError("no AS number")
    return number
