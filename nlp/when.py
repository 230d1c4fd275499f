"""Which time expression a claim stands under, and what two claims' times say of each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from spacy.tokens import Token

from nlp.model import TimeSpan
from nlp.syntax import clause_of

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_NUMBER = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "half": 0}
_LASTING = re.compile(r"\bfor\s+(?:about|around|roughly|nearly|almost|some|more than|at least|over)?\s*(\w+)\s+"
                      r"(second|minute|hour|day|week)s?\b", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class When:
    """A claim's interval, cut to what the text supports; `precision` is the granularity of `start`."""

    start: str | None = None
    end: str | None = None
    precision: str | None = None


def when(trigger: Token, times: Sequence[TimeSpan]) -> When:
    """The time of the claim on `trigger`: its clause's, else the nearest of its sentence."""
    sent = trigger.sent
    inside = [t for t in times if t.start_utc and sent.start_char <= t.start < sent.end_char]
    if not inside:
        return When()
    clause = clause_of(trigger)
    low, high = clause[0].idx, clause[-1].idx + len(clause[-1])
    own = {token.i for token in clause}
    mine = [t for t in inside if any(token.i in own for token in _tokens(trigger, t))]
    pool = mine or [t for t in inside if low <= t.start < high] or inside
    text = trigger.doc.text
    ends = [
        t for t in inside if re.search(r"\b(?:until|till|til)\W+(?:\w+\W+){0,3}$", text[max(0, t.start - 40) : t.start])
    ]
    starts = [t for t in pool if t not in ends]
    if not starts:
        return When(end=ends[0].start_utc) if ends and ends[0] in pool else When()
    best = _best(starts, trigger)
    end = best.end_utc or (ends[0].start_utc if ends and ends[0].start > best.start else None)
    if end is None and "T" in (best.start_utc or ""):
        end = _lasting(best.start_utc or "", text[low:high])
    return When(best.start_utc, end, best.granularity)


def _tokens(trigger: Token, time: TimeSpan) -> list[Token]:
    span = trigger.doc.char_span(time.start, time.end, alignment_mode="expand")
    return list(span) if span is not None else []


def _best(times: Sequence[TimeSpan], trigger: Token) -> TimeSpan:
    """The nearest time; of those on the same day as it the most precise: "on Sunday ... at 07:59 UTC" is one time."""
    nearest = min(times, key=lambda t: min(abs(t.start - trigger.idx), abs(t.end - trigger.idx)))
    day = (nearest.start_utc or "")[:10]
    same = [t for t in times if (t.start_utc or "").startswith(day) or day.startswith(t.start_utc or "-")]
    clocked = [t for t in same if "T" in (t.start_utc or "")]
    if "T" in (nearest.start_utc or "") or not clocked:
        return nearest
    return min(clocked, key=lambda t: abs(t.start - trigger.idx))


def _lasting(start: str, clause: str) -> str | None:
    """The end of "from 07:59 UTC for 17 minutes"."""
    found = _LASTING.search(clause)
    if found is None:
        return None
    word = found[1].lower()
    count = int(word) if word.isdigit() else _NUMBER.get(word, 0)
    if not count or count > 10_000:
        return None
    begin = datetime.fromisoformat(start).astimezone(UTC)
    end = begin + timedelta(seconds=count * UNITS[found[2].lower()])
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


def compatible(a: str | None, b: str | None) -> bool:
    """True where two starts may be the same moment: one is unknown, or one only says the other less finely."""
    if a is None or b is None:
        return True
    a, b = a.removesuffix("Z"), b.removesuffix("Z")
    return a.startswith(b) or b.startswith(a)
