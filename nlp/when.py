"""Which time expression a claim stands under, and what two claims' times say of each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nlp.model import TimeSpan
from nlp.reading import Reading
from nlp.syntax import clause_head, clause_of, part_of
from nlp.trees import Token

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_NUMBER = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "half": 0}
_UNTIL = re.compile(r"\b(?:until|till|til)\b", re.IGNORECASE)
_LASTING = re.compile(r"\bfor\s+(?:about|around|roughly|nearly|almost|some|more than|at least|over)?\s*(\w+)\s+"
                      r"(second|minute|hour|day|week)s?\b", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class When:
    """A claim's interval, cut to what the text supports; `precision` is the granularity of `start`."""

    start: str | None = None
    end: str | None = None
    precision: str | None = None


def when(trigger: Token, reading: Reading) -> When:
    """The time of the claim on `trigger`: its clause's, else the nearest of its sentence."""
    part = part_of(trigger)
    placed = {i: t for i, t in reading.times.items() if t.start_utc and part.start <= i < part.end}
    clause = clause_of(trigger)
    own = {token.i for token in clause}
    mine = {i: t for i, t in placed.items() if i in own}
    pool = mine or ({} if _is_apart(clause_head(trigger)) else _outside(placed, trigger))
    ends = {i: t for i, t in placed.items() if _UNTIL.search(reading.lead(i))}
    starts = {i: t for i, t in pool.items() if i not in ends}
    last = next(iter(ends.values()), None)
    if not starts:
        return When(end=last.start_utc if last and pool else None)
    best = _best(starts, trigger)
    end = best.end_utc or (last.start_utc if last and last.start > best.start else None)
    if end is None and "T" in (best.start_utc or ""):
        end = _lasting(best.start_utc or "", reading.told(clause))
    return When(best.start_utc, end, best.granularity)


def _outside(times: Mapping[int, TimeSpan], trigger: Token) -> dict[int, TimeSpan]:
    """`times` without those of clauses that only describe somebody: "the cable, laid in 2007, was cut"."""
    heads = {i: clause_head(trigger.doc[i]) for i in times}
    return {
        i: time
        for i, time in times.items()
        if heads[i].dep_ not in {"acl", "relcl"} or heads[i] == trigger or heads[i].is_ancestor(trigger)
    }


def _is_apart(head: Token) -> bool:
    """True for the clause behind "after" or "before", which has another time than its sentence."""
    return any(
        child.dep_ == "mark" and child.lower_ in {"after", "before", "until", "since"} for child in head.children
    )


def _best(times: Mapping[int, TimeSpan], trigger: Token) -> TimeSpan:
    """The nearest time; of those on the same day as it the most precise: "on Sunday ... at 07:59 UTC" is one time."""
    order = [times[i] for i in sorted(times, key=lambda i: abs(i - trigger.i))]
    nearest = order[0].start_utc or ""
    if "T" in nearest:
        return order[0]
    clocked = (t for t in order if "T" in (t.start_utc or "") and (t.start_utc or "").startswith(nearest[:10]))
    return next(clocked, order[0])


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
