"""Finds the times of a text and says what each means in UTC.

A library that reads one phrase at a time cannot know that "around 17:38 local Pyongyang time on Sunday evening" is
2017-10-01T09:08Z: the day comes from publication, the zone from the place, the offset from the zone's history, and a
clock alone from what was told before. Pure: the same text with the same hints gives the same times.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nlp.model import Text, TimeSpan
from nlp.script import plain
from nlp.timecalendar import Calendar
from nlp.timeparse import Layout, read_expressions
from nlp.timeplace import place_all
from nlp.timesettle import Settler
from nlp.timewords import words_of
from nlp.timezones import Places, ZoneHint

WATCHER_MAX = 80  # characters before a place in which somebody is said to sit there
_WATCHER = re.compile(
    r"(?:\b(?:said|says|told|according to)\s(?:[^\W\d]\w*[\s-]){1,6}(?:in|of|from)"
    r"|\b(?:[Ee]ngineers?|[Aa]nalysts?|[Rr]esearchers?|[Ee]xperts?|[Oo]bservers?|[Rr]eporters?)\s(?:in|from))"
    r"\s(?:the\s)?(?:[^\W\d]\w*(?:,|\sand)\s)?$"
)

__all__ = ["ZoneHint", "find_times"]


def find_times(text: Text, zones: Sequence[ZoneHint], lang: str) -> tuple[TimeSpan, ...]:
    """The time expressions of `text.text`, in order, without overlap.

    `zones` are its mentions of places and countries with their IANA zones, in any order; an unknown zone is passed
    over. `lang` is an ISO 639-1 code; a language without a word table is read by its numbers alone.
    """
    read = plain(text.text)
    places, layout = Places([_weighed(hint, read) for hint in zones]), Layout(read)
    words = words_of(lang)
    found = read_expressions(read, words, places, layout)
    Settler(text.text, places, layout, words.home).settle(found)
    return tuple(place_all(Calendar(text, layout), found))


def _weighed(hint: ZoneHint, text: str) -> ZoneHint:
    """Where a speaker or a watcher sits is not where the story is: "said an analyst in London"."""
    beside = hint.sure and _WATCHER.search(text, max(0, hint.start - WATCHER_MAX), hint.start)
    return replace(hint, sure=False) if beside else hint
