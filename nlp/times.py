"""Finds the times of a text and says what each means in UTC.

A library that reads one phrase at a time cannot know that "around 17:38 local Pyongyang time on Sunday evening" is
2017-10-01T09:08Z: the day comes from publication, the zone from the place, the offset from the zone's history, and a
clock alone from what was told before. Pure: the same text with the same hints gives the same times.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlp.model import Text, TimeSpan
from nlp.script import plain
from nlp.timecalendar import Calendar
from nlp.timeparse import Layout, read_expressions
from nlp.timeplace import place_all
from nlp.timesettle import Settler
from nlp.timewords import words_of
from nlp.timezones import Places, ZoneHint

__all__ = ["ZoneHint", "find_times"]


def find_times(text: Text, zones: Sequence[ZoneHint], lang: str) -> tuple[TimeSpan, ...]:
    """The time expressions of `text.text`, in order, without overlap.

    `zones` are its mentions of places and countries with their IANA zones, in any order; an unknown zone is passed
    over. `lang` is an ISO 639-1 code; a language without a word table is read by its numbers alone.
    """
    read = plain(text.text)
    places, layout = Places(zones), Layout(read)
    words = words_of(lang)
    found = read_expressions(read, words, places, layout)
    Settler(text.text, places, layout, words.home).settle(found)
    return tuple(place_all(Calendar(text, layout), found))
