"""Who stands in a slot: mentions, nominals ("the operator") and pronouns, resolved to entity ids."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from nlp.frames import BEYOND
from nlp.model import Entity, EntityType
from nlp.party import KINDS, ORGS, PLACES, Networks, Party, entity_id, is_network, labels_of
from nlp.pieces import DATELINE
from nlp.reading import Reading
from nlp.syntax import is_clause, phrase
from nlp.trees import Token

COMPANY = {
    "operator", "carrier", "company", "provider", "firm", "isp", "telco", "telecom", "network", "incumbent", "group",
    "upstream", "giant",
}  # fmt: skip
CUSTOMER = {"operator", "isp", "telco", "incumbent", "network"}
"""Words for a company that is rather carried than a carrier."""
COUNTRY = {"country", "nation", "state", "island", "republic", "kingdom", "territory"}
CABLE = {"cable", "system", "line", "link", "fibre", "fiber"}
"""Words for the cable that the text speaks of."""
LINE = {"line", "link", "fibre", "fiber", "system"}
"""Of these those that mean a cable where one was spoken of."""
PATH = {"path", "route", "link", "transit"}
PAIR = {"two", "both", "sides", "pair"}
GOVERNMENT = {
    "government",
    "authority",
    "authorities",
    "ministry",
    "regulator",
    "army",
    "military",
    "officials",
    "junta",
}
_OF_PLACE = re.compile(r"(?: \([^()]*\))? (?:of|in|from) ")
NEAR = 500
"""Characters before its sentence in which a pronoun looks for a subject."""
SPEAKERS = {"we", "us"}
SAY = {"say", "tell", "insist", "add", "write", "state", "note", "announce", "explain", "stress", "reply", "maintain"}
"""Verbs over the words of whoever is "we" in them."""
PRONOUNS = {"it", "its", "they", "their", "them", "itself"}


def _is_owner(noun: Token) -> bool:
    """True for the "owner" of "X, the owner of Y": Y is another."""
    return noun.dep_ == "appos" and noun.lemma_ in {"owner", "parent", "shareholder", "buyer"}


def _participles(noun: Token) -> list[Token]:
    """The "run" of "the link run by X"."""
    return [c for c in noun.children if c.dep_ == "acl" and (c.tag_ == "VBN" or c.lemma_ == "belong")]


class Cast:
    """The mentions of one document by token, and what its nominals and pronouns stand for."""

    carrier: Party | None = None
    """Whose path, route or link was spoken of last: "the path was withdrawn"."""
    topic: Party | None = None
    """Whom the last claim on routes was about."""
    actor: Party | None = None
    """Who did what the last claim on routes tells, None where it says nobody."""

    spoke_of_cable = False
    """Whether the last claim was about a cable."""

    def __init__(self, reading: Reading, registry: Networks) -> None:
        self.registry = registry
        self.reading = reading
        self.by_token = reading.entities
        self.entities = tuple(reading.all_entities())
        self.ids = {id(e): entity_id(e) for e in self.entities}
        dateline = DATELINE.match(reading.source)
        self.spoken = tuple(e for e in self.entities if not dateline or e.start >= dateline.end())
        self.subjects = {id(e) for i in self.by_token if self._is_subject(reading.doc[i]) for e in self.named(i)}

    def named(self, i: int) -> tuple[Entity, ...]:
        """The mentions that token `i` stands for: several where it is an enumeration."""
        entity = self.by_token.get(i)
        return self.reading.lists.get(i, (entity,)) if entity is not None else ()

    @staticmethod
    def _is_subject(token: Token) -> bool:
        for _ in range(4):
            if token.dep_ in {"nsubj", "nsubjpass"}:
                return True
            if token.dep_ not in {"compound", "appos", "conj", "amod", "poss"}:
                return False
            token = token.head
        return False

    @cached_property
    def first(self) -> dict[str, Party]:
        """By its id the mention that names a party first."""
        return {self.ids[id(e)]: self.party(e) for e in reversed(self.entities)}

    @cached_property
    def labels(self) -> dict[int, frozenset[str]]:
        """Per token the labels that frames ask for, and the mention's words, which the plain text hides."""
        words = {form for token in self.reading.doc for form in (token.lemma_.lower(), token.lower_)}
        out: dict[int, frozenset[str]] = {BEYOND["document"]: frozenset(words)}
        for i in self.reading.times:
            if self.reading.lead(i).startswith("since"):
                out[i] = frozenset({"SINCE"})
        for i in self.by_token:
            out[i] = frozenset(label for entity in self.named(i) for label in labels_of(entity))
        return out

    def party(self, entity: Entity) -> Party:
        return Party(self.ids[id(entity)], entity)

    def fits(self, entity: Entity, kind: str) -> bool:
        """True where `entity` may stand in a role of `kind`; who measures is no party to what is measured."""
        if entity.type not in KINDS[kind]:
            return False
        return (
            kind in {"speaker", "party", "victim"}
            or is_network(entity)
            or not self.registry.is_monitor(self.ids[id(entity)])
        )

    def parties(self, head: Token, kind: str, *, named: bool = False) -> list[Party]:
        """The distinct parties of the noun phrase of `head`, nearest first; adjectives of a country last.

        With `named` the "its" of "lost its routes" is none.
        """
        words = [item for item in phrase(head) if not named or item.tag_ != "PRP$"]
        found = self._in(words, kind) or self._behind_comma(head, kind)
        if head.lemma_.lower() in COMPANY and head.i not in self.by_token:
            found.sort(key=lambda party: party.entity.type in PLACES)  # "a network in Brazil, AS65001"
        return found or [
            p for item in phrase(head) for clause in _participles(item) for p in self._in(clause.subtree, kind)
        ]

    def _behind_comma(self, head: Token, kind: str) -> list[Party]:
        """The X of "a hosting company, X," where the parser does not see that they are one."""
        after = head.doc[head.i + 1 : head.i + 3]
        if head.lemma_.lower() not in COMPANY or len(after) < 2 or after[0].text != ",":
            return []
        entity = self.by_token.get(after[1].i)
        return [self.party(entity)] if entity and is_network(entity) and self.fits(entity, kind) else []

    def _in(self, tokens: Iterable[Token], kind: str) -> list[Party]:
        found: list[tuple[int, Party]] = []
        for token in tokens:
            for rank, party in self._of_token(token, kind):
                if party.id not in {p.id for _, p in found}:
                    found.append((rank, party))
        return [party for _, party in sorted(found, key=lambda item: item[0])]

    def _of_token(self, token: Token, kind: str) -> Iterator[tuple[int, Party]]:
        if token.i in self.by_token:
            for entity in self.named(token.i):
                if self.fits(entity, kind) and not self._is_epithet(entity, token):
                    yield self._rank(entity, token), self._nominal(entity, token, kind)
            return
        if self._is_pair(token) and kind in {"network", "party", "cable"}:
            yield from ((1, self.party(e)) for e in self._last_two(token, kind))
        elif kind == "network" and self.is_path(token) and self.carrier:
            yield 2, self.carrier
        elif found := self._stood_for(token, kind):
            yield 1, self.party(found)

    @staticmethod
    def _is_pair(token: Token) -> bool:
        """True for "the two" and "both carriers"."""
        if token.lower_ in PAIR:
            return token.dep_ not in {"nummod", "det"}
        return token.lemma_.lower() in COMPANY and any(c.lower_ in {"two", "both"} for c in token.children)

    def _stood_for(self, token: Token, kind: str) -> Entity | None:
        """What a pronoun or a nominal stands for; None for any other word, and where nothing fits."""
        word, lemma = token.lower_, token.lemma_.lower()
        if token.tag_ in {"WP$", "WDT", "WP"}:
            return self._antecedent(token, kind)
        if token.tag_.startswith("PRP"):
            return self._meant(token, kind) if word in PRONOUNS else self._speaker(token, kind)
        if not self._is_definite(token):
            return None
        if kind == "authority" and word in GOVERNMENT:
            return self._governed(token)
        if lemma in COMPANY and kind != "cable":
            return None if self._is_of_country(token) or self._is_of_others(token) else self._company(token)
        if word in COUNTRY:
            return self._country(token, kind)
        if word not in CABLE or (kind != "cable" and word not in {"cable", "system"}):
            return None
        found = self.before(token, lambda e: e.type is EntityType.CABLE and self.fits(e, kind))
        return None if found and self._is_overtaken(found, token) else found

    def is_cable(self, token: Token) -> bool:
        """True for "it", "both" and "the line" where the last subject was a cable, or what the last claim was about."""
        if token.lower_ in LINE and self._is_definite(token):
            return self.spoke_of_cable
        if token.lower_ not in {"it", "they", "both"} or token.dep_ not in {"nsubj", "nsubjpass", "dobj"}:
            return False
        here, sent = self.reading.starts[token.i], self.reading.starts[token.sent.start]
        before = [e for e in self.spoken if e.end <= here and id(e) in self.subjects]
        cables = [e for e in self.spoken if e.end <= here and e.type is EntityType.CABLE and e.start >= sent - NEAR]
        if not cables or any(e.type is not EntityType.CABLE and e.start >= sent for e in before):
            return False
        return self.spoke_of_cable or before[-1:] == cables[-1:]

    def is_path(self, token: Token) -> bool:
        """True for "the path" as a subject: what a carrier was said to offer stands for the carrier."""
        return token.lemma_.lower() in PATH and token.dep_ in {"nsubj", "nsubjpass"} and self._is_definite(token)

    def _is_of_country(self, token: Token) -> bool:
        return any(self.by_token[c.i].type in PLACES for c in token.children if c.i in self.by_token)

    def _antecedent(self, token: Token, kind: str) -> Entity | None:
        """Whom the "whose" or "to which" of a relative clause means: what the clause hangs on."""
        clause = next((up for up in token.ancestors if up.dep_ == "relcl"), None)
        found = (self.by_token.get(item.i) for item in phrase(clause.head)) if clause is not None else ()
        return next((e for e in found if e and self.fits(e, kind)), None)

    def _is_of_others(self, token: Token) -> bool:
        """True for "the network of banks": whose it is is told, and no mention."""
        owners = (c for prep in token.children if prep.lower_ == "of" for c in prep.children if c.dep_ == "pobj")
        return any(not any(item.i in self.by_token for item in phrase(owner)) for owner in owners)

    def _meant(self, token: Token, kind: str) -> Entity | None:
        """Whom a pronoun stands for: a subject just before it, whom the last claim was about, the last named."""

        def good(entity: Entity) -> bool:
            return self.fits(entity, kind) and entity.type is not EntityType.NORP

        subject = self.subject_before(token, good)
        if subject is None and self.topic and good(self.topic.entity):
            return self.topic.entity
        return subject or self._owner(self.before(token, good), good)

    def _owner(self, place: Entity | None, good: Callable[[Entity], bool]) -> Entity | None:
        """The X of "X (AS65001) of India": who is spoken of, not the place that only describes it."""
        if place is None or place.type not in PLACES:
            return place
        source = self.reading.source
        for entity in reversed([e for e in self.entities if e.end <= place.start and e.type in ORGS and good(e)]):
            return entity if _OF_PLACE.fullmatch(source[entity.end : place.start]) else place
        return place

    def _speaker(self, token: Token, kind: str) -> Entity | None:
        """Whom "we" means: the subject of the verb of saying above it."""
        if token.lower_ not in SPEAKERS:
            return None
        for up in token.ancestors:
            for child in up.children:
                if child.dep_ == "nsubj" and child.i != token.i and up.lemma_ in SAY and not token.is_ancestor(child):
                    found = (self.by_token.get(item.i) for item in phrase(child))
                    return next((e for e in found if e and self.fits(e, kind)), None)
        return None

    def _governed(self, token: Token) -> Entity | None:
        """Whose "the government" is: the country that its sentence names, else the one named most before."""
        if self._is_of_country(token):
            return None
        here = (self.by_token.get(item.i) for item in token.sent)
        named = [e for e in here if e and e.type is EntityType.COUNTRY]
        return named[0] if named else self._country(token, "country")

    def _company(self, token: Token) -> Entity | None:
        """The network last named; for an object not the one that is its sentence's subject.

        "The operator" that something is done to is rather whom the last claim was about than who carries it; as a
        subject the company of a claim's two is rather the one that acts.
        """
        start = self.reading.starts[token.sent.start]
        about = self.topic.entity if self.topic else None
        if about and is_network(about) and token.lemma_.lower() in CUSTOMER and token.dep_ == "pobj":
            return about
        if about and token.lemma_.lower() == "network" and token.dep_ in {"nsubj", "nsubjpass"}:
            return about  # a country's network too
        found = self.before(token, lambda e: is_network(e) and (e.start < start or id(e) not in self.subjects))
        acts = self.actor if token.dep_ == "nsubj" and found and about else None
        if acts and about and found and is_network(acts.entity) and self.ids[id(found)] == entity_id(about):
            return acts.entity
        return found

    def _country(self, token: Token, kind: str) -> Entity | None:
        """The country that the document names most, of those named before `token`; the last one of equals."""
        here = self.reading.starts[token.i]
        earlier = [e for e in self.spoken if e.end <= here and e.type is EntityType.COUNTRY and self.fits(e, kind)]
        count = Counter(self.ids[id(e)] for e in self.entities)
        return max(earlier, key=lambda e: (count[self.ids[id(e)]], e.start), default=None)

    def _is_overtaken(self, cable: Entity, token: Token) -> bool:
        """True where the text speaks of a cable without a name between `cable` and `token`: "the cable" is that one."""
        doc, starts = self.reading.doc, self.reading.starts
        return any(
            other.lemma_.lower() in CABLE and any(c.lower_ in {"a", "another", "second"} for c in other.children)
            for other in doc[: token.i]
            if starts[other.i] > cable.end and other.i not in self.by_token
        )

    @staticmethod
    def _is_definite(token: Token) -> bool:
        return any(c.lower_ in {"the", "that", "this"} for c in token.children if c.dep_ == "det")

    def _is_epithet(self, entity: Entity, token: Token) -> bool:
        """True for the "Russian" of "the Russian carrier X": a word on another party, not one itself."""
        if entity.type is not EntityType.NORP:
            return False
        head = token.head
        return head.i in self.by_token or any(c.i in self.by_token and c.dep_ == "appos" for c in head.children)

    @staticmethod
    def _rank(entity: Entity, token: Token) -> int:
        if entity.type is EntityType.NORP:
            return 3
        return 2 if token.dep_ in {"compound", "poss"} and entity.type in PLACES else 0

    def _nominal(self, entity: Entity, token: Token, kind: str) -> Party:
        """ "a Russian firm" is the Russian company that the document names, where it names just one."""
        one = token.head.lemma_.lower() in COMPANY and token.head.tag_ != "NNS"
        if entity.type in PLACES and one and kind != "cable":
            ids = {
                self.ids[id(e)]: e
                for e in self.entities
                if is_network(e) and e.country and e.country == (entity.country or entity.id)
            }
            if len(ids) == 1:
                return self.party(next(iter(ids.values())))
        return self.party(entity)

    def _last_two(self, token: Token, kind: str) -> list[Entity]:
        """The two networks or cables that "the two" and "both" stand for, in the text's order."""
        here = self.reading.starts[token.i]
        found: dict[str, Entity] = {}
        fitting = (e for e in self.spoken if (e.type is EntityType.CABLE if kind == "cable" else is_network(e)))
        for entity in reversed([e for e in fitting if e.end <= here]):
            found.setdefault(self.ids[id(entity)], entity)
        return sorted(list(found.values())[:2], key=lambda e: e.start) if len(found) > 1 else []

    def before(self, token: Token, good: Callable[[Entity], bool]) -> Entity | None:
        """The last fitting mention before `token`."""
        here = self.reading.starts[token.i]
        return next((e for e in reversed(self.spoken) if e.end <= here and good(e)), None)

    def subject_before(self, token: Token, good: Callable[[Entity], bool]) -> Entity | None:
        """The last fitting mention that is a subject of this sentence or of those just before it."""
        here, start = self.reading.starts[token.i], self.reading.starts[token.sent.start] - NEAR
        subjects = (e for e in reversed(self.spoken) if start <= e.start and e.end <= here and id(e) in self.subjects)
        return next((e for e in subjects if good(e)), None)

    def describes(self, head: Token, party: Party) -> bool:
        """True where `head` stands inside the noun phrase of `party`: the "Hong Kong" of "PCCW of Hong Kong"."""
        token = head
        while token.head != token and not is_clause(token) and not _is_owner(token):
            token = token.head
            if party.entity in self.named(token.i):
                return True
        return False

    def prominent(self, kind: str, avoid: set[str]) -> Party | None:
        """The party that the document speaks of most, the first named of equals; towns last."""
        count: Counter[str] = Counter()
        first: dict[str, Entity] = {}
        for entity in self.spoken:
            if self.fits(entity, kind) and entity.type is not EntityType.NORP and self.ids[id(entity)] not in avoid:
                count[self.ids[id(entity)]] += 1
                first.setdefault(self.ids[id(entity)], entity)
        linked = {k: n for k, n in count.items() if is_network(first[k]) or first[k].type in PLACES}
        if not linked:
            return None
        best = max(linked, key=lambda k: (not k.startswith("place:"), linked[k], -first[k].start))
        return Party(best, first[best])
