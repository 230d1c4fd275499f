"""Who does and who undergoes: the parties in a frame's slots, and what the document said before where one is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nlp.frames import BEYOND, Labels, Match
from nlp.model import Claim, EntityType
from nlp.parties import COMPANY, COUNTRY, Cast
from nlp.party import ORGS, PLACES, Party, is_network
from nlp.syntax import clause_head, phrase, subjects
from nlp.trees import Span, Token

ONLY = {"org": ORGS, "place": PLACES, "cable": {EntityType.CABLE}}
"""What a slot marked `!org`, `!place` or `!cable` may hold."""
ANNOUNCED = {"announcement", "route", "prefix", "prefixe"}
"""What a hijacker puts into the world and others pass on or drop."""


@dataclass(slots=True)
class Memory:
    """What the document spoke of before, for parties that a clause leaves out; `families` has the last target of the
    claims of a family: of outages, of cables."""

    pairs: dict[str, Party] = field(default_factory=dict)
    part: dict[str, str] = field(default_factory=dict)
    target: Party | None = None
    families: dict[str, Party] = field(default_factory=dict)
    peers: tuple[Party, Party] | None = None
    told: set[str] = field(default_factory=set)


def labels_of(labels: Labels, sentence: Span, cast: Cast, memory: Memory) -> Labels:
    """The mentions' labels with the parts that the document gave them, pronouns' too.

    CARRIER, NEWCOMER, PEER, LEAKER, HIJACKER and VICTIM are parties; HIJACKED is what a hijacker announced, LEAKED what
    was leaked.
    """
    out = {**labels, BEYOND["told"]: frozenset(memory.told)}
    parts = set(memory.part.values())
    announced = {"HIJACKED"} if "HIJACKER" in parts else {"LEAKED"} if "LEAKER" in parts else set()
    for token in sentence:
        if announced and _is_announced(token):
            out[token.i] = out.get(token.i, frozenset()) | announced
        entity = cast.by_token.get(token.i)
        if entity is None and cast.is_cable(token):
            out[token.i] = out.get(token.i, frozenset()) | {"CABLE"}
        if entity is None and (token.tag_.startswith("PRP") or token.lemma_.lower() in COMPANY | COUNTRY):
            entity = next((p.entity for p in cast.parties(token, "network")), None)
        if entity is None:
            if cast.carrier and cast.is_path(token):
                out[token.i] = out.get(token.i, frozenset()) | {"CARRIER"}
            continue
        own = {"NET"} if is_network(entity) else {"PLACE"} if entity.type in PLACES else set()
        part = memory.part.get(cast.ids[id(entity)]) or _newcomer(cast.ids[id(entity)], own, memory)
        out[token.i] = out.get(token.i, frozenset()) | own | ({part} if part else set())
    return out


def _newcomer(party: str, own: set[str], memory: Memory) -> str | None:
    """NEWCOMER for a network that no claim named yet, where the document has told who carries whom."""
    known = memory.target is not None and memory.target.id == party
    return "NEWCOMER" if own == {"NET"} and not known and "CARRIER" in memory.part.values() else None


def _is_announced(token: Token) -> bool:
    """True for "the announcement" and "it" as an object: of a hijack, once one was told."""
    return token.lemma_.lower() in ANNOUNCED or (token.lower_ in {"it", "them"} and token.dep_ == "dobj")


def role(match: Match, names: Sequence[str], kind: str, cast: Cast, avoid: Party | None) -> list[Party]:
    """The parties of the first slot that holds one, the role's own first; not `avoid` nor what only describes it."""
    for name in names:
        slot, _, only = name.partition("!")
        second = slot.endswith("+")
        found: list[Party] = []
        for head in match.slots.get(slot.rstrip("+"), ()):
            if avoid and not second and cast.describes(head, avoid):
                continue
            parties = cast.parties(head, kind, named=bool(only))
            found += [p for p in parties if p.id not in {f.id for f in found}]
        if only:
            found = [p for p in found if p.entity.type in ONLY[only]]
        if second:
            found = found[1:]
        found = [p for p in found if avoid is None or p.id != avoid.id]
        if found:
            return found
    return []


def enumerated(match: Match, kind: str, cast: Cast) -> list[Party]:
    """Who is named behind the clause: "four cables were cut: A, B and C", "several were, among them A"."""
    rest = [token for token in match.trigger.sent if token.i > match.trigger.i]
    opens = (
        token
        for token in rest
        if token.lower_ in {":", "including", "namely"}
        or (token.lower_ == "among" and any(c.lower_ in {"them", "these", "those"} for c in token.children))
    )
    after = next((token.i for token in opens), None)
    found = [cast.by_token[t.i] for t in rest if after is not None and t.i > after and t.i in cast.by_token]
    named = [e for e in found if cast.fits(e, kind) and e.type not in PLACES]
    first = next((t.i for t in rest if named and cast.by_token.get(t.i) is named[0]), None)
    return [cast.party(e) for e in (*cast.named(first), *named[1:])] if first is not None else []


def names_prefix(match: Match, names: Sequence[str], cast: Cast) -> bool:
    """True where a prefix stands in the target's place: its holder is meant."""
    heads = [head for name in names for head in match.slots.get(name.rstrip("+").partition("!")[0], ())]
    mentions = (cast.by_token.get(token.i) for head in heads for token in phrase(head))
    return any(e is not None and e.type is EntityType.PREFIX for e in mentions)


def inherited(match: Match, actor: Party | None, cast: Cast, memory: Memory) -> list[Party]:
    """Who undergoes what the clause says without naming it.

    An order's country; the customer that its carrier is known to have; the sentence's subject; what was spoken of last;
    what the document is about.
    """
    kind, avoid = match.frame.target_kind, {actor.id} if actor else set()
    found: Party | None = None
    if match.type == "shutdown_ordered":
        found = cast.prominent("country", set()) or (actor if actor and actor.entity.type in PLACES else None)
    if found is None and actor and actor.id in memory.pairs:
        found = memory.pairs[actor.id]
    if found is None:
        found = next((p for p in [*_owners(match, cast, kind), *_topics(match, cast, kind)] if p.id not in avoid), None)
    for last in (memory.families.get(family(match.type)), memory.target):
        if found is None and last and last.id not in avoid and _is_routed(last, kind) and cast.fits(last.entity, kind):
            found = last
    found = found or cast.prominent(kind, avoid)
    if found and match.type == "origin_hijack" and found.entity.type in PLACES:
        return []  # whose prefixes they were is not told by where somebody sits
    return [found] if found else []


def _is_routed(party: Party, kind: str) -> bool:
    """False for a bank whose customers were cut off where a network is meant: its prefixes are a network's."""
    return kind != "network" or is_network(party.entity) or party.entity.type in PLACES


def family(kind: str) -> str:
    """`outage` for `outage_start` and `outage_end`."""
    return kind.partition("_")[0]


def culprit(cast: Cast, memory: Memory) -> list[Party]:
    """Who hijacked or leaked last: whoever else would withdraw it is named."""
    parts = {who for who, part in memory.part.items() if part in {"HIJACKER", "LEAKER"}}
    return [cast.party(e) for e in reversed(cast.entities) if cast.ids[id(e)] in parts][:1]


def _owners(match: Match, cast: Cast, kind: str) -> list[Party]:
    """Whom the "its" of "its upstream" means, where the upstream acts."""
    owners = (c for head in match.slots.get("subj", ()) for c in head.children if c.tag_ == "PRP$")
    return [p for owner in owners for p in cast.parties(owner, kind)]


def _topics(match: Match, cast: Cast, kind: str) -> list[Party]:
    """The networks and places in the subject of the sentence's main verb."""
    head = clause_head(match.trigger)
    if head.dep_ == "advcl" or (head.dep_ == "conj" and any(c.dep_ in {"nsubj", "nsubjpass"} for c in head.children)):
        return []
    heads = subjects(match.trigger.sent.root)
    found = [p for head in heads for p in cast.parties(head, kind)]
    return [p for p in found if is_network(p.entity) or p.entity.type in PLACES]


def remember(memory: Memory, claim: Claim, cast: Cast) -> None:
    memory.told.add(claim.type)
    cast.spoke_of_cable = family(claim.type) == "cable"
    named = cast.first
    party = named.get(claim.target or "") or named.get(claim.place or "")
    routing = claim.type.startswith(("transit", "outage", "origin", "peering", "rerouting", "route"))
    if party is not None and claim.target is not None:
        memory.families[family(claim.type)] = party
    if party is not None and routing and claim.target is not None:
        memory.target = cast.topic = party
        cast.actor = named.get(claim.actor or "")
        if claim.actor:
            memory.pairs[claim.actor] = party
    if claim.actor and claim.type.startswith("transit"):
        memory.part[claim.actor] = "CARRIER"
        cast.carrier = named.get(claim.actor or "")
    if claim.type.startswith("peering") and claim.actor in named and claim.target in named:
        memory.peers = named[claim.actor], named[claim.target]
        memory.part |= {claim.actor: "PEER", claim.target: "PEER"}
        memory.pairs[claim.target] = named[claim.actor]
    if claim.type == "route_leak" and claim.actor:
        memory.part[claim.actor] = "LEAKER"
    if claim.type == "origin_hijack":
        memory.part |= {who: part for who, part in ((claim.actor, "HIJACKER"), (claim.target, "VICTIM")) if who}
