"""Claims and verdicts as JSON: what `routewire verify` reads and prints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from crawler.errors import Permanent
from indexer.claimtime import claimed, stamp
from indexer.correlate import MAX_ASN
from indexer.model import Verdict
from indexer.prefixes import prefix_of
from nlp.model import TYPES, Claim, Modality, Polarity

# Modalities of the taxonomy that a claim here does not tell apart.
SAME_MODALITY = {"attributed": Modality.ALLEGED, "inferred": Modality.LIKELY}
ROLES = frozenset({"actor", "target"})

AS_ID = re.compile(r"ASN?\s?(\d+)", re.IGNORECASE)
# What can only be meant as an address or a prefix. Ids of other things begin with a word and a colon (`org:…`).
OTHER_ID = re.compile(r"(?=[0-9a-f_-]*[g-z_-])[a-z0-9_-]+:", re.IGNORECASE)
ADDRESS = re.compile(r".*/.*|\d+(?:\.\d+){2,}|[0-9a-f]*(?::[0-9a-f]*){2,}", re.IGNORECASE | re.DOTALL)

_Word = TypeVar("_Word", bound=StrEnum)


def claim_from_json(row: object) -> tuple[str, Claim]:
    """The id and the claim of one row in the form of the gold annotations, with `id`.

    Raises `Permanent` that names the field and what is wrong with it. Fields that are not known are left aside.
    """
    if not isinstance(row, Mapping):
        raise Permanent("a claim is a JSON object", remedy='write one object a line, {"id": …, "type": …, …}')
    name = row.get("id")
    if not isinstance(name, str | int) or isinstance(name, bool) or not str(name).strip():
        raise Permanent("the claim has no `id`", remedy="give each claim an id of its own")
    reader = _Reader(row, str(name))
    kind = reader.text("type")
    if not kind:
        raise reader.wrong("type", "is missing", "name a claim type, such as transit_added")
    if kind not in TYPES:
        raise reader.wrong("type", f"is {kind!r}, which is no claim type", f"write one of {', '.join(sorted(TYPES))}")
    reader.order("start_utc", "end_utc")
    return str(name), Claim(
        id=str(name),
        type=kind,
        actor=reader.party("actor"),
        target=reader.party("target"),
        quote=reader.text("quote") or "",
        quote_span=reader.span(),
        other=reader.parties("other"),
        place=reader.text("place"),
        start_utc=reader.time("start_utc"),
        end_utc=reader.time("end_utc"),
        precision=reader.text("precision"),
        polarity=reader.word("polarity", Polarity, Polarity.ASSERTED),
        modality=reader.word("modality", Modality, Modality.ACTUAL),
        attribution=reader.texts("attribution"),
        quantity=reader.text("quantity"),
        exclusive=reader.flag("exclusive"),
        first_ever=reader.flag("first_ever"),
        background=reader.flag("background"),
        likely=reader.likely(),
    )


class _Reader:
    """Reads the fields of one row and says which one is wrong."""

    def __init__(self, row: Mapping[str, object], name: str) -> None:
        self.row, self.name = row, name

    def wrong(self, field: str, what: str, remedy: str) -> Permanent:
        return Permanent(f"`{field}` {what}", subject=f"claim {self.name}", remedy=remedy)

    def text(self, field: str) -> str | None:
        value = self.row.get(field)
        if value is not None and not isinstance(value, str):
            raise self.wrong(field, f"is {value!r}, not a text", "write a string or null")
        return value or None

    def texts(self, field: str) -> tuple[str, ...]:
        value = self.row.get(field) or []
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.wrong(field, f"is {value!r}, not a list of texts", "write a list of strings")
        return tuple(value)

    def flag(self, field: str) -> bool:
        value = self.row.get(field) or False
        if not isinstance(value, bool):
            raise self.wrong(field, f"is {value!r}", "write true or false")
        return value

    def party(self, field: str) -> str | None:
        value = self.text(field)
        return self.network(field, value) if value is not None else None

    def parties(self, field: str) -> tuple[str, ...]:
        return tuple(self.network(field, value) for value in self.texts(field))

    def network(self, field: str, value: str) -> str:
        """The id, if it is of no network or of one that can be: a slip in it would be passed over without a word."""
        value = value.strip()
        if found := AS_ID.fullmatch(value):
            digits = found[1].lstrip("0")
            if not digits or len(digits) > len(str(MAX_ASN)) or int(digits) > MAX_ASN:
                remedy = f"AS numbers go from AS1 to AS{MAX_ASN}"
                raise self.wrong(field, f"holds {value[:40]!r}, which is no AS number", remedy)
        elif ADDRESS.fullmatch(value) and not OTHER_ID.match(value) and prefix_of(value) is None:
            raise self.wrong(field, f"holds {value[:60]!r}, which is no prefix", "write prefixes as in 192.0.2.0/24")
        return value

    def order(self, first: str, last: str) -> None:
        start, end = (claimed(self.time(field), None) for field in (first, last))
        if start is not None and end is not None and end.end <= start.start:
            raise self.wrong(last, f"is {end.text!r}, before `{first}` ({start.text})", "give an end after the start")

    def time(self, field: str) -> str | None:
        value = self.text(field)
        if value is not None and claimed(value, None) is None:
            remedy = "write UTC, cut to what is known: 2017, 2017-10, 2017-10-01 or 2017-10-01T09:08:00Z"
            raise self.wrong(field, f"is {value!r}, which is no time", remedy)
        return value

    def word(self, field: str, words: type[_Word], default: _Word) -> _Word:
        value = self.text(field)
        if value is None:
            return default
        same = SAME_MODALITY.get(value) if words is Modality else None
        known = {str(w): w for w in words}
        if value not in known and same is None:
            raise self.wrong(field, f"is {value!r}", f"write one of {', '.join(known)}")
        return words(str(same)) if same else known[value]

    def span(self) -> tuple[int, int]:
        value = self.row.get("quote_span")
        if value is None:
            return (0, 0)
        if not isinstance(value, list) or len(value) != 2 or not all(type(v) is int for v in value):
            raise self.wrong("quote_span", f"is {value!r}", "write [start, end]")
        return (value[0], value[1])

    def likely(self) -> tuple[tuple[str, str], ...]:
        value = self.row.get("likely") or {}
        pairs = list(value.items()) if isinstance(value, Mapping) else value
        if not isinstance(pairs, list) or not all(
            isinstance(p, list | tuple) and len(p) == 2 and p[0] in ROLES and isinstance(p[1], str) for p in pairs
        ):
            raise self.wrong("likely", f"is {value!r}", 'write {"actor": "AS…"} or {"target": "AS…"}')
        return tuple((str(role), self.network("likely", str(asn))) for role, asn in pairs)


def verdict_to_json(verdict: Verdict) -> dict[str, object]:
    """The verdict as the contract has it. `coverage.collectors` is a count."""
    coverage, correction = verdict.coverage, verdict.correction
    gaps = [
        {"collector": g.collector, "start": stamp(g.start), "end": stamp(g.end), "reason": g.reason}
        for g in (coverage.gaps if coverage else ())
    ]
    return {
        "claim_id": verdict.claim_id,
        "verdict": str(verdict.verdict),
        "reasons": list(verdict.reasons),
        "correction": (
            {"field": correction.field, "stated": correction.stated, "actual": correction.actual}
            if correction
            else None
        ),
        "delta_s": verdict.delta_s,
        "prefixes_matched": verdict.prefixes_matched,
        "prefixes_total": verdict.prefixes_total,
        "peers_seen": verdict.peers_seen,
        "peers_total": verdict.peers_total,
        "events": list(verdict.events),
        "coverage": {"collectors": len(coverage.collectors) if coverage else 0, "gaps": gaps},
    }
