"""What a text claims: typed statements with parties, time, stance and the words that say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from spacy.tokens import Doc

from nlp import roles
from nlp.causes import causes, mishaps
from nlp.cues import find_cue_claims
from nlp.explained import EVENTS, Reasons, explained, overlap
from nlp.frames import Match, matches
from nlp.gapping import gapped
from nlp.merge import merge
from nlp.model import Claim, Entity, EntityType, Modality, Polarity, Text, TimeSpan
from nlp.neighbours import dated, told_next
from nlp.outlook import outlooks
from nlp.parties import Cast
from nlp.party import PLACES, Networks, Party, is_network, network_of
from nlp.reading import Reading, read
from nlp.stance import stance
from nlp.trees import Span
from nlp.when import when

STATES = {"transit_state", "peering_state", "ownership_state", "outage_state", "capacity_state", "outage_start"}
"""Types that give way to a happening that the same sentence tells of the same parties."""
STANDING_FACTS = {"infrastructure_state", "capacity_state"}
"""Types on one network's own: whoever else stands in the sentence is no party."""
OTHERS = {"customer", "client", "peer", "neighbour", "neighbor", "partner"}
UNDOES = {"withdraw", "pull", "retract", "stop", "unplug", "remove", "correct"}
"""What whoever leaked or hijacked does to end it, where nobody else is named: "the routes were withdrawn"."""
OLD_DAYS = 60
"""A claim that starts longer than this before the publication is told as background."""
_FIRST = re.compile(
    r"\bfirst\b[^.]{0,40}\bever\b|\bfor the first time\b|\bfirst-ever\b|\bnever before\b", re.IGNORECASE
)
_ADJECTIVE = r"(?:internet|transit|international|external|foreign|remaining|known|global|upstream|working|land|one)"
_ONLY = re.compile(
    rf"\b(?:only|sole|single|exclusive|lone)\s+(?:{_ADJECTIVE}\s+){{0,2}}"
    r"(?:providers?|upstreams?|suppliers?|routes?|paths?|links?|connections?|carriers?|way|gateways?|exit|transit)\b"
    r"|\ball\s+(?:of\s+)?(?:(?:the|its|their|international|external|foreign|internet)\s+){0,3}(?:traffic|routes|connections)\b"
    r"|(?<!not )\b(?:only|solely|exclusively)\s+(?:through|via|over|by|on|from)\b|\w\s+alone\b",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\b(?:about|around|some|nearly|almost|roughly|more than|over|at least)?\s?"
    r"(?:\d+(?:[.,]\d+)?\s?(?:%|per\s?cent|percent)|(?:two|three)[- ](?:thirds|quarters)|half|a (?:third|quarter))"
    r"(?:\s+of\s+(?:the\s+|its\s+|their\s+)?(?:[\w’'-]+\s+){0,3}?(?:traffic|prefixes|routes|networks|capacity|bandwidth))"
    r"|\b(?:the\s+)?(?:remaining|other)\s+\d+(?:[.,]\d+)?\s?(?:%|per\s?cent|percent)",
    re.IGNORECASE,
)


MAX_WORDS = 250
"""Words of a sentence that is read for claims: no press sentence is longer, and the time to read one grows with its
square."""


def find_claims(
    text: Text,
    doc: Doc | None,
    entities: Sequence[Entity],
    times: Sequence[TimeSpan],
    lang: str,
    registry: Networks,
) -> tuple[Claim, ...]:
    """The claims of `text`, in its order, with ids `c1`, `c2`, ...

    With `doc`, parsed by the model of its language, roles come from the sentence's structure; without, from the cues of
    `lang`, and from none where the language has no cues.
    """
    if doc is None:
        return _numbered(merge(find_cue_claims(text, entities, times, lang, registry)))
    reading = read(doc, entities, times)
    cast = Cast(reading, registry)
    memory = roles.Memory()
    found: list[Claim] = []
    for sentence in reading.doc.sents:
        if len(sentence) > MAX_WORDS:
            continue
        found += _measured(_distinct(_drawn(text, sentence, cast, memory)))
    sentences = [reading.span(list(sentence)) for sentence in reading.doc.sents]
    whole = merge(told_next(text.text, found, sentences, entities, times))
    return _numbered(dated(text.text, whole, sentences, times, lambda start: not _is_old(text, start)))


def _drawn(text: Text, sentence: Span, cast: Cast, memory: roles.Memory) -> list[Claim]:
    """A claim for each word of the sentence that states one, by the first frame whose roles can be filled."""
    out: list[Claim] = []
    reasons = Reasons()
    labels = roles.labels_of(cast.labels, sentence, cast, memory)
    for token in sentence:
        stated = _stated(text, matches(token, labels), cast, memory)
        for match in mishaps(token, told=any(claim.type in EVENTS for claim in stated)):
            stated = reasons.passing(_first(text, [match], cast, memory), stated)
        for claim in [*stated, *(more for first in stated for more in gapped(first, token, cast))]:
            out.append(claim)
            roles.remember(memory, claim, cast)
            labels = roles.labels_of(cast.labels, sentence, cast, memory)
        for match in causes(token, labels):
            reasons.given(_first(text, [match], cast, memory), match)
    out += reasons.told(out)
    expected = (_first(text, outlooks(token, labels), cast, memory) for token in sentence)
    told = [claim.quote_span for claim in out]
    return out + [claim for claim in expected if claim and not any(overlap(claim.quote_span, span) for span in told)]


def _stated(text: Text, found: Sequence[Match], cast: Cast, memory: roles.Memory) -> list[Claim]:
    """What one word states: the claim of the first frame whose roles can be filled, and those told beside it."""
    first = _first(text, [match for match in found if not match.frame.beside], cast, memory)
    if first is None:
        return []
    others = (_claim(text, match, cast, memory) for match in found if match.frame.beside)
    return [first, *(claim for claim in others if claim)]


def _first(text: Text, found: Iterable[Match], cast: Cast, memory: roles.Memory) -> Claim | None:
    claims = (_claim(text, match, cast, memory) for match in found)
    return next((claim for claim in claims if claim is not None), None)


def _numbered(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """`claims` in order with their ids; each cause points to what it explains, and one that explains nothing goes."""
    ordered = sorted(claims, key=lambda c: (c.quote_span, c.type))
    events = [claim for claim in ordered if claim.type in EVENTS]
    effects = {id(c): explained(c, events) for c in ordered if c.type == "cause"}
    kept = [claim for claim in ordered if claim.type != "cause" or effects[id(claim)]]
    ids = {id(claim): f"c{n}" for n, claim in enumerate(kept, 1)}
    return tuple(
        replace(claim, id=ids[id(claim)], target=ids[id(event)] if (event := effects.get(id(claim))) else claim.target)
        for claim in kept
    )


def _distinct(claims: Sequence[Claim]) -> list[Claim]:
    """One sentence's claims, where one happening may answer to several words: the fuller and narrower one stays.

    A sentence that corrects another tells nothing else: what it repeats was wrong.
    """
    claims = [claim for claim in claims if claim.type == "correction"] or claims
    out: list[Claim] = []
    for claim in sorted(
        claims,
        key=lambda c: (c.type in STATES, c.type != "route_leak", -((c.actor is not None) + (c.target is not None))),
    ):
        if not any(_covers(known, claim) for known in out):
            out.append(claim)
    return sorted(out, key=lambda c: c.quote_span)


def _measured(claims: Sequence[Claim]) -> list[Claim]:
    """A share of the traffic is a measurement of its own; that one moved or goes one way says no more."""
    out: list[Claim] = []
    for claim in claims:
        on_traffic = claim.type.startswith(("transit", "rerouting"))
        share = _SHARE.search(claim.quote) if on_traffic else None
        if share is None or claim.type not in {"rerouting", "transit_state"}:
            out.append(claim)
        if share is not None:
            out.append(replace(claim, type="measurement", quantity=share[0].strip()))
    return out


def _covers(known: Claim, claim: Claim) -> bool:
    same_pair = (known.actor, known.target) == (claim.actor, claim.target)
    if known.type == claim.type:
        if claim.actor is not None and claim.actor == known.target:
            return True
        return known.quote_span == claim.quote_span and (claim.actor is None or claim.actor == known.actor)
    if known.type.startswith("transit_") and claim.type == "transit_state":
        return same_pair
    if known.type.startswith("peering_") and claim.type == "peering_state":
        return claim.actor is None or claim.target is None or same_pair
    if known.type == "shutdown_ordered" and claim.type == "outage_start":
        return known.target == claim.target or claim.target is None or claim.modality is Modality.PLANNED
    if known.type == "route_leak" and claim.type == "transit_added":
        return True
    if known.type in {"sanction_disconnect", "rerouting"}:
        return claim.type.startswith("transit_") and bool({known.actor, known.target} & {claim.actor, claim.target})
    return False


def _claim(text: Text, match: Match, cast: Cast, memory: roles.Memory) -> Claim | None:
    frame = match.frame
    actors = roles.role(match, frame.actor, frame.actor_kind, cast, avoid=None)
    if match.type in {"route_leak", "origin_hijack"} and any(h.lemma_ in OTHERS for h in match.slots.get("subj", ())):
        actors = []  # "a customer of X leaked" says nothing of X
    if match.type == "mitigation" and not actors and match.trigger.lemma_ in UNDOES:
        actors = roles.culprit(cast, memory)
    if match.type.startswith("transit"):
        actors = [party for party in actors if not party.id.startswith("place:")]  # a town carries nobody
    targets = roles.role(match, frame.target, frame.target_kind, cast, avoid=actors[0] if actors else None)
    actor = actors[0] if actors else None
    inherited = not targets
    if inherited and frame.target_kind in {"cable", "affected"}:
        targets = roles.enumerated(match, frame.target_kind, cast)
        inherited = not targets
    if inherited and (frame.inherit or roles.names_prefix(match, frame.target, cast)):
        targets = roles.inherited(match, actor, cast, memory)
    if match.type in {"peering_added", "peering_removed"} and actor is None and not targets and memory.peers:
        actor, targets = memory.peers[0], [memory.peers[1]]
    if not _is_enough(frame.need, actor, targets):
        return None
    target = targets[0] if targets else None
    quote = _quote(text, match, cast.reading)
    time = when(match.trigger, cast.reading)
    said = stance(
        match.trigger,
        [*match.slots.get("subj", ()), *match.slots.get("obj", ())],
        cast,
        actor.id if actor else None,
    )
    named = any(token.i in cast.by_token for token in match.clause)
    if said.modality is Modality.HYPOTHETICAL and (inherited or not named):
        return None  # a general remark: "a country can be cut off"
    start, end = quote
    claim = Claim(
        id="",
        type=_begun(text, match, cast, time.start),
        actor=actor.id if actor else None,
        target=target.id if target else None,
        quote=text.text[start:end],
        quote_span=quote,
        other=_others(match, actors, targets, cast, quote),
        start_utc=time.start,
        end_utc=time.end,
        precision=time.precision,
        polarity=Polarity(frame.polarity) if frame.polarity else said.polarity,
        modality=_modality(match, said.modality),
        attribution=said.attribution,
        exclusive=match.type == "transit_state" and _ONLY.search(cast.reading.told(match.clause)) is not None,
        first_ever=_FIRST.search(match.trigger.sent.text) is not None,
        background=_is_old(text, time.start),
        likely=tuple(
            (role, p.entity.likely) for role, p in (("actor", actor), ("target", target)) if p and p.entity.likely
        ),
    )
    return _placed(claim, target, match, cast)


def _begun(text: Text, match: Match, cast: Cast, start: str | None) -> str:
    """The match's type; "since Tuesday X has carried Y" tells that it began, "since 2010" what has long been so."""
    since = any("SINCE" in cast.labels.get(token.i, ()) for token in match.clause)
    news = start is not None and len(start) >= len("2017-10-01") and not _is_old(text, start)
    return match.frame.start if since and news and match.type == match.frame.type and match.frame.start else match.type


def _modality(match: Match, said: Modality) -> Modality:
    """The frame's, else what the sentence says; a block that is ordered is one, as a shutdown is."""
    if match.frame.modality:
        return Modality(match.frame.modality)
    ordered = match.type == "service_block" and "orderer" in match.slots
    return Modality.ACTUAL if ordered and said in {Modality.PLANNED, Modality.ANNOUNCED} else said


def _is_enough(need: str, actor: Party | None, targets: Sequence[Party]) -> bool:
    if need == "both":
        return actor is not None and bool(targets)
    if need == "actor":
        return actor is not None
    if need == "target":
        return bool(targets)
    return need == "none" or actor is not None or bool(targets)


def _quote(text: Text, match: Match, reading: Reading) -> tuple[int, int]:
    """The clause of the trigger, without the blanks and stops at its ends and the word that joins it to another."""
    clause = [t for t in match.clause if not t.is_space]
    while len(clause) > 1 and (clause[0].dep_ in {"mark", "cc"} or clause[0].is_punct):
        clause = clause[1:]
    while len(clause) > 1 and clause[-1].dep_ == "cc":
        clause = clause[:-1]
    start, end = reading.span(clause)
    return start, start + len(text.text[start:end].rstrip(" .;:,\n"))


def _others(
    match: Match, actors: Sequence[Party], targets: Sequence[Party], cast: Cast, quote: tuple[int, int]
) -> tuple[str, ...]:
    """Further parties of the roles' slots, and the prefixes that the clause names."""
    taken = {p.id for p in (*actors[:1], *targets[:1])}
    homes = {p.entity.country for p in (*actors[:1], *targets[:1])}
    further = () if match.type in STANDING_FACTS else (*targets[1:], *actors[1:])
    ids = [p.id for p in further if p.id not in homes]
    if match.type.startswith("cable"):
        ids += [p.id for head in match.slots.get("between", ()) for p in cast.parties(head, "affected")]
    ids += [cast.ids[id(e)] for e in cast.entities if e.type is EntityType.PREFIX and quote[0] <= e.start < quote[1]]
    return tuple(x for x in dict.fromkeys(ids) if x not in taken)


def _placed(claim: Claim, target: Party | None, match: Match, cast: Cast) -> Claim:
    """Sets the place, and the only network of a country for the country."""
    if target is None:
        places = [e for e in cast.entities if e.type in PLACES and claim.quote_span[0] <= e.start < claim.quote_span[1]]
        return replace(claim, place=cast.ids[id(places[0])] if places else None)
    network = network_of(cast.registry, target.id)
    if network and not claim.type.startswith(("shutdown", "service", "sanction", "agreement", "ownership", "cable")):
        return replace(claim, target=network, place=target.id)
    if target.entity.type in PLACES:
        return replace(claim, place=target.entity.country or target.id)
    if is_network(target.entity):
        return replace(claim, place=target.entity.country)
    return claim


def _is_old(text: Text, start: str | None) -> bool:
    if text.published is None or start is None:
        return False
    year, month, day = (int(x) for x in (*start[:10].split("-"), "12", "28")[:3])
    days = (text.published.year - year) * 365 + (text.published.month - month) * 30 + (text.published.day - day)
    return days > OLD_DAYS
