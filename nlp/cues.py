"""Claims in languages without a syntactic model."""

from __future__ import annotations

from collections.abc import Sequence

from nlp.model import Claim, Entity, Text, TimeSpan
from nlp.parties import Networks


def find_cue_claims(
    text: Text, entities: Sequence[Entity], times: Sequence[TimeSpan], lang: str, registry: Networks
) -> list[Claim]:
    return []
