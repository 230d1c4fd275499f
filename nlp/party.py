"""Parties by themselves: their ids, what they may be in a claim, and what frames ask of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from nlp.model import Entity, EntityType

ORGS = {EntityType.ORG, EntityType.ASN}
PLACES = {EntityType.COUNTRY, EntityType.PLACE, EntityType.NORP}
KINDS: dict[str, set[EntityType]] = {
    "network": ORGS | PLACES,
    "affected": ORGS | PLACES | {EntityType.CABLE, EntityType.IXP},
    "attacked": ORGS | {EntityType.CABLE},
    "victim": ORGS | PLACES | {EntityType.CABLE, EntityType.IXP},
    "authority": ORGS | PLACES | {EntityType.PERSON},
    "party": ORGS | {EntityType.PERSON, EntityType.COUNTRY},
    "service": ORGS | PLACES | {EntityType.WORK},
    "cable": {EntityType.CABLE},
    "country": {EntityType.COUNTRY},
    "speaker": {EntityType.ORG, EntityType.PERSON},
}
"""What may stand in a role, by the frames' kinds; who measures may be a `victim`, and is not `affected`."""


class Networks(Protocol):
    """What claims ask of the registry."""

    def sole_network(self, country: str) -> int | str | None: ...

    def is_monitor(self, id: str) -> bool: ...  # noqa: A002


@dataclass(frozen=True, slots=True)
class Party:
    """An entity in a role: its id, the mention it was read from and where in the text."""

    id: str
    entity: Entity


def entity_id(entity: Entity) -> str:
    """The entity's id, or a slug of its words where it is not linked: a party that is named is never lost."""
    if entity.id:
        return entity.id
    slug = re.sub(r"[^\w]+", "-", entity.text.casefold()).strip("-")
    return f"{entity.type.value.lower()}:{slug}"


def is_network(entity: Entity) -> bool:
    """True for an AS number and for a company known by one."""
    return entity.type in ORGS and re.fullmatch(r"AS\d+", entity_id(entity)) is not None


def network_of(registry: Networks, country: str) -> str | None:
    """The only network of a country (`AS…`), None where it has more, is not known, or is not a country."""
    if re.fullmatch(r"[A-Z]{2}", country) is None:
        return None
    found = registry.sole_network(country)
    return found if found is None or isinstance(found, str) else f"AS{found}"


def labels_of(entity: Entity) -> Iterator[str]:
    """What frames may ask of a mention: its type, its words, and whether it is a network, another body or a place."""
    yield entity.type.value
    yield entity.text.casefold()
    if entity.type in ORGS:
        yield from ("ORG", "NET" if is_network(entity) else "BODY")
        if entity.id is None and entity.type is EntityType.ORG:
            yield "UNLINKED"
    if entity.type in PLACES:
        yield "PLACE"
