"""What reading makes of a document: entities, times and claims, each with its span and the reason for it.

Offsets count Unicode code points of the document's text; `end` is exclusive. A claim's times are UTC and cut to what
the text supports: `2006-05` for "in May 2006", `2017-10-01T09:08:00Z` for a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is read: a document's text with what is known of it. `published` anchors its relative times.

    `published_precision` is `day` where the clock of `published` means nothing. `country` is the source's, if known.
    """

    id: str
    text: str
    title: str = ""
    url: str | None = None
    published: datetime | None = None
    published_precision: str | None = None
    lang: str | None = None
    country: str | None = None


class EntityType(StrEnum):
    ORG = "ORG"
    COUNTRY = "COUNTRY"
    NORP = "NORP"
    PLACE = "PLACE"
    PERSON = "PERSON"
    ASN = "ASN"
    PREFIX = "PREFIX"
    CABLE = "CABLE"
    IXP = "IXP"
    EVENT = "EVENT"
    WORK = "WORK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A mention, linked where the link is supported.

    `id` is `AS<number>`, an ISO 3166-1 alpha-2 code, or `<kind>:<slug>`; None is "not linked". `reason` says how the
    link was made (`printed`, `alias`, `declared`, `country`, `only network of KP`, ...), `score` from 0 to 1 how
    sure it is, `candidates` what else it could be. `likely` is set on an AS number that disagrees with the name
    beside it:
    the number that the name points to; `id` stays as printed. `country` is ISO 3166-1 alpha-2.
    """

    text: str
    type: EntityType
    start: int
    end: int
    id: str | None = None
    reason: str = ""
    score: float = 1.0
    country: str | None = None
    candidates: tuple[str, ...] = ()
    likely: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpan:
    """A time expression and what it means. `granularity` is `second`, `minute`, `minute-approx`, `hour`, `hour-approx`,
    `part-of-day`, `day`, `week`, `month` or `year`; `tz` an IANA zone or None where none was used; `why` says how it
    was resolved. `start_utc` is None for an expression that could not be placed."""

    text: str
    start: int
    end: int
    start_utc: str | None
    end_utc: str | None = None
    granularity: str | None = None
    tz: str | None = None
    why: str = ""


class Polarity(StrEnum):
    ASSERTED = "asserted"
    NEGATED = "negated"
    DENIED = "denied"
    QUESTIONED = "questioned"
    UNKNOWN = "unknown"


class Modality(StrEnum):
    ACTUAL = "actual"
    ANNOUNCED = "announced"
    PLANNED = "planned"
    LIKELY = "likely"
    ALLEGED = "alleged"
    HYPOTHETICAL = "hypothetical"


TYPES = frozenset(
    {
        "transit_added", "transit_removed", "transit_state", "peering_added", "peering_removed", "peering_state",
        "peering_dispute", "rerouting", "origin_hijack", "route_leak", "outage_start", "outage_end", "outage_state",
        "shutdown_ordered", "service_block", "cable_cut", "cable_repaired", "cable_activated", "cable_planned",
        "agreement", "ownership_change", "ownership_state", "sanction_disconnect", "registry_change", "attack",
        "mitigation", "cause", "measurement", "infrastructure_state", "capacity_state", "prediction", "correction",
    }
)  # fmt: skip
"""The claim types of the evaluation's taxonomy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One statement about the network: `actor` does, `target` undergoes, as entity ids (None: not said).

    `id` is unique inside its annotation (`c1`, ...). `type` is one of `TYPES`. `other` holds further parties
    and the prefixes that the claim names. `attribution` holds the ids of who says so, empty for the publisher itself.
    `quantity` is the figure as printed (`60 % of traffic`). `exclusive` marks "only", "sole", "first ever"; with
    `first_ever` the second. `likely` maps `actor` or `target` to the AS number that its name points to, where the
    printed one disagrees.
    """

    id: str
    type: str
    actor: str | None
    target: str | None
    quote: str
    quote_span: tuple[int, int]
    other: tuple[str, ...] = ()
    place: str | None = None
    start_utc: str | None = None
    end_utc: str | None = None
    precision: str | None = None
    polarity: Polarity = Polarity.ASSERTED
    modality: Modality = Modality.ACTUAL
    attribution: tuple[str, ...] = ()
    quantity: str | None = None
    exclusive: bool = False
    first_ever: bool = False
    background: bool = False
    likely: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A document read by one version of the pipeline.

    `depth` is `full` where the language has a syntactic model, `cues` where claims come from curated cues alone, `none`
    where the language has neither. `relevant` is False for an article on another subject, which has no claims. `flags`
    tells people what was done to read it: what was cut off, which words made it relevant.
    """

    id: str
    lang: str
    version: str
    depth: str
    relevant: bool
    entities: tuple[Entity, ...] = ()
    times: tuple[TimeSpan, ...] = ()
    claims: tuple[Claim, ...] = ()
    flags: tuple[str, ...] = ()
