"""Lines that were broken for their length, as in mail: the sentence goes on, and no line break ends it."""

from __future__ import annotations

import re

from nlp.tables import words

GOES_ON = words("from of the to by in at on and or via with for a an its that which between through after before into")
"""Words that end no headline and no sentence."""
WRAPPED = 55
"""A line of fewer characters may end for another reason, a headline's end for one."""
_BREAK = re.compile(r"(?<![\r\n])\r?\n(?=[^\s•*·–-])")
_LAST = re.compile(r"[^\W\d_]+$")


def unwrapped(text: str) -> str:
    """`text` with a blank for each line break inside a sentence; as long as it was, so that offsets hold.

    A sentence goes on where the next line begins small, where a line ends with a word that nothing ends with, and where
    a long line ends with a comma or with a small word.
    """
    out, done, line = [], 0, 0
    for found in _BREAK.finditer(text):
        start, end = found.span()
        out.append(text[done:start])
        goes_on = text[end].islower() or _goes_on(text, line, start)
        out.append(" " * (end - start) if goes_on else found[0])
        done = line = end
    return "".join([*out, text[done:]])


def _goes_on(text: str, line: int, end: int) -> bool:
    last = _LAST.search(text, max(line, end - 20), end)
    if last and last[0] in GOES_ON:
        return True
    return end - line >= WRAPPED and (text[end - 1] == "," or bool(last and last[0].islower()))
