"""Annotations and texts to and from JSON: the evaluation's form, with what else is known beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from crawler.errors import Permanent
from nlp.model import Annotation, Claim, Entity, EntityType, Modality, Polarity, Text, TimeSpan

Json = dict[str, Any]


def annotation_to_json(annotation: Annotation) -> Json:
    """`annotation` as a JSON object: `id`, `entities`, `times`, `claims` as the evaluation has them, and `lang`,
    `version`, `depth`, `relevant`, `flags`; an entity's `reason`, `score`, `country`, `candidates`, `likely` and a
    time's `why` say where each came from."""
    return {
        "id": annotation.id,
        "lang": annotation.lang,
        "version": annotation.version,
        "depth": annotation.depth,
        "relevant": annotation.relevant,
        "flags": list(annotation.flags),
        "entities": [_entity_to_json(entity) for entity in annotation.entities],
        "times": [_time_to_json(time) for time in annotation.times],
        "claims": [claim_to_json(claim) for claim in annotation.claims],
    }


def _entity_to_json(entity: Entity) -> Json:
    return {
        "text": entity.text,
        "type": entity.type.value,
        "id": entity.id,
        "start": entity.start,
        "end": entity.end,
        "reason": entity.reason,
        "score": entity.score,
        "country": entity.country,
        "candidates": list(entity.candidates),
        "likely": entity.likely,
    }


def _time_to_json(time: TimeSpan) -> Json:
    return {
        "text": time.text,
        "start": time.start,
        "end": time.end,
        "start_utc": time.start_utc,
        "end_utc": time.end_utc,
        "granularity": time.granularity,
        "tz": time.tz,
        "why": time.why,
    }


def claim_to_json(claim: Claim) -> Json:
    """One claim; `likely` maps a role to the AS number that its name points to."""
    return {
        "id": claim.id,
        "type": claim.type,
        "actor": claim.actor,
        "target": claim.target,
        "other": list(claim.other),
        "place": claim.place,
        "start_utc": claim.start_utc,
        "end_utc": claim.end_utc,
        "precision": claim.precision,
        "polarity": claim.polarity.value,
        "modality": claim.modality.value,
        "attribution": list(claim.attribution),
        "quote": claim.quote,
        "quote_span": list(claim.quote_span),
        "quantity": claim.quantity,
        "exclusive": claim.exclusive,
        "first_ever": claim.first_ever,
        "background": claim.background,
        "likely": dict(claim.likely),
    }


def annotation_from_json(row: Mapping[str, Any]) -> Annotation:
    """The annotation that `annotation_to_json` wrote; gold documents too. Raises Permanent for another form."""
    subject = f"annotation {row.get('id', '?')}"
    try:
        return Annotation(
            id=str(row["id"]),
            lang=row.get("lang") or "",
            version=row.get("version", ""),
            depth=row.get("depth", ""),
            relevant=bool(row.get("relevant", True)),
            flags=tuple(row.get("flags", ())),
            entities=tuple(_entity_from_json(item) for item in row.get("entities", ())),
            times=tuple(TimeSpan(**_only(item, TimeSpan)) for item in row.get("times", ())),
            claims=tuple(claim_from_json(item) for item in row.get("claims", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        remedy = "give the form of an annotation as `routewire annotate` prints it"
        raise Permanent("is not an annotation", subject=subject, remedy=remedy) from error


def _only(item: Mapping[str, Any], kind: type) -> Json:
    return {name: item[name] for name in kind.__dataclass_fields__ if name in item}  # type: ignore[attr-defined]


def _entity_from_json(item: Mapping[str, Any]) -> Entity:
    values = _only(item, Entity)
    return Entity(**{**values, "type": EntityType(item["type"]), "candidates": tuple(item.get("candidates", ()))})


def claim_from_json(item: Mapping[str, Any]) -> Claim:
    """A claim as written by `claim_to_json` or by hand; raises KeyError, TypeError or ValueError for another form."""
    values = _only(item, Claim)
    span = item.get("quote_span") or (0, 0)
    attribution = (
        source.get("source") if isinstance(source, dict) else source for source in item.get("attribution", ())
    )
    values |= {
        "quote": item.get("quote", ""),
        "quote_span": (int(span[0]), int(span[1])),
        "other": tuple(item.get("other", ())),
        "polarity": Polarity(item.get("polarity", "asserted")),
        "modality": Modality(item.get("modality", "actual")),
        "attribution": tuple(source for source in attribution if source),
        "likely": tuple(sorted(dict(item.get("likely", {})).items())),
    }
    return Claim(**values)


def text_from_json(row: object) -> Text:
    """A text to annotate from `{"id", "url", "title", "published", "lang", "text"}`; `id` and `text` must be there.

    Raises Permanent, saying which field is wrong.
    """
    if not isinstance(row, dict):
        raise Permanent("is not a JSON object", subject="line", remedy='give {"id": …, "text": …}')
    subject = f"text {row.get('id', '?')}"
    if not isinstance(row.get("id"), str | int) or isinstance(row.get("id"), bool) or row["id"] == "":
        raise Permanent("has no id", subject=subject, remedy="give `id`, a string")
    if not isinstance(row.get("text"), str):
        raise Permanent("has no text", subject=subject, remedy="give `text`, a string")
    for name in ("title", "url", "lang", "published", "country"):
        if row.get(name) is not None and not isinstance(row[name], str):
            raise Permanent(f"`{name}` is not a string", subject=subject, remedy="give a string or null")
    published, precision = _published(row.get("published"), subject)
    return Text(
        id=str(row["id"]),
        text=row["text"],
        title=row.get("title") or "",
        url=row.get("url"),
        published=published,
        published_precision=row.get("published_precision") or precision,
        lang=row.get("lang"),
        country=row.get("country"),
    )


def _published(value: str | None, subject: str) -> tuple[datetime | None, str | None]:
    """An aware UTC time and its precision; a time without a zone is taken as UTC."""
    if not value:
        return None, None
    try:
        if len(value) == len("2017-10-02"):
            day = date.fromisoformat(value)
            return datetime(day.year, day.month, day.day, tzinfo=UTC), "day"
        moment = datetime.fromisoformat(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC), "second"
    except (ValueError, OverflowError) as error:
        remedy = "give an ISO 8601 date or time, like 2017-10-02 or 2017-10-02T09:30:00Z"
        raise Permanent(f"`published` is not a time: {value!r}", subject=subject, remedy=remedy) from error
