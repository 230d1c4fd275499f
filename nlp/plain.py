"""Plain words for those of the field that a small English model reads wrongly."""

from __future__ import annotations

import re

ENGLISH = {
    "PERSON": "Smith",
    "COUNTRY": "France",
    "PLACE": "Paris",
    "NORP": "French",
    "ORG": "Google",
    "time": "yesterday",
}
"""Words that the model knows for what mentions are; any other type stands as a company."""
PREFIXED = re.compile(
    r"\b(?:de|re|un)-(?=peer|rout|announc|connect|block|advertis|originat|propagat|configur)", re.IGNORECASE
)
"""Hyphens that the tokenizer would make three words of."""
_PLAIN = {"peers": "trades", "peer": "trade", "peered": "traded"}
"""Verbs of the field that the model takes for nouns, with verbs that it knows, where "with" or "over" follows."""
_PLAIN_VERB = {
    "depeers": ("rejects", "depeer"), "depeer": ("reject", "depeer"), "depeered": ("rejected", "depeer"),
    "leaks": ("sends", "leak"), "hijacks": ("steals", "hijack"), "gains": ("receives", "gain"),
    "drops": ("rejects", "drop"), "cuts": ("breaks", "cut"), "swaps": ("replaces", "swap"),
    "feeds": ("supplies", "feed"), "ends": ("breaks", "end"), "filters": ("refuses", "filter"),
    "blocks": ("refuses", "block"), "reroutes": ("sends", "reroute"), "routes": ("sends", "route"),
    "multihomes": ("subscribes", "multihome"), "exchanges": ("shares", "exchange"),
    "interconnect": ("meet", "interconnect"), "interconnects": ("meets", "interconnect"),
}  # fmt: skip
"""The same for verbs right behind a name, where what follows is an object: the plain verb, and whose lemma it has."""
_BEFORE_OBJECT = re.compile(
    r"\s+(?!of\b|by\b|from\b|after\b|and\b|are\b|were\b|was\b|is\b|have\b|has\b|that\b|which\b|to\b|via\b|through\b|on\b|at\b|with\b|for\b|over\b)[\w(]"
)
_VERBAL = re.compile(
    r"\b(?:is|are|was|were|be|been|not|now|of|for|by|from|starts?|started|stop|stops|stopped|begin|begins|began|\w+ly)\s+$"
)
"""Behind these "peering" is a verb, or is read as well as one."""
_EXCHANGE = re.compile(r"\s+(?:\w+ )?(?:traffic|routes|packets)\b")
_HELD = {"occupied", "annexed", "besieged", "liberated"}
"""Participles before a place that the model takes for verbs."""
_BEHIND_VERB = re.compile(r"\s+(?:\w+ly\s+)?(?:with|over|at|in|across|directly)\b")


def plain_word(text: str, start: int, end: int, *, behind_name: bool, english: bool) -> tuple[str, str]:
    """The word for the parser, and its lemma where it is not the word's own."""
    word = PREFIXED.sub(lambda found: found[0][:-1], text[start:end])
    if word in _PLAIN and _BEHIND_VERB.match(text, end):
        return _PLAIN[word], "peer"
    if not english:
        return word, ""
    if behind_name and word in _PLAIN_VERB and _BEFORE_OBJECT.match(text, end):
        return _PLAIN_VERB[word]
    if word.lower() == "peering" and not _VERBAL.search(text[max(0, start - 20) : start]):
        return ("friendship" if word.islower() else "Friendship"), "peering"
    if behind_name and word == "exchange" and _EXCHANGE.match(text, end):
        return "share", word
    if word in _HELD and text[end + 1 : end + 2].isupper():
        return "northern", word
    return word, ""
