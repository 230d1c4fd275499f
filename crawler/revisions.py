"""Edits and deletions of a document, told sentence by sentence. Nothing here forgets a version."""

from __future__ import annotations

import re
from datetime import datetime
from difflib import SequenceMatcher

from crawler.model import Capture, Change, Document, Revision, RevisionKind

# A sentence ends at a stop before white space and something that can start one, or at a line's end. An abbreviation
# that is cut in two does no harm: both halves are compared, and put together again.
_SENTENCE = re.compile(r".+?(?:(?<=[.!?…])[\"'”’»)\]]*\s+(?=[\"'“‘«(\[]*[^\W_a-zа-я])|(?<=[。！？])|\n+|\Z)", re.DOTALL)


def revise(old: Document, new: Document, at: datetime) -> Revision | None:
    """How `new` differs from `old`, or None where title and text are the same but for white space.

    `new` carries its own version. `changes` covers both texts from the title on, in order: the `before` sides make up
    the old one, the `after` sides the new one.
    """
    if old.content_hash == new.content_hash:
        return None
    return Revision(
        document_id=old.id,
        kind=RevisionKind.EDITED,
        from_version=old.version,
        to_version=new.version,
        capture_id=new.capture_id,
        at=at,
        changes=differences(_units(old), _units(new)),
    )


def removed(document: Document, capture: Capture) -> Revision:
    """The page was taken down: `capture` is the answer that says so. The last version of its text stays."""
    return _same_text(document, capture, RevisionKind.REMOVED)


def restored(document: Document, capture: Capture) -> Revision:
    """The page is back as it was. One that came back with another text is an edit beside this."""
    return _same_text(document, capture, RevisionKind.RESTORED)


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with the white space that follows it, so that joined they are the text."""
    return [match[0] for match in _SENTENCE.finditer(text)]


def differences(before: list[str], after: list[str]) -> tuple[Change, ...]:
    """The steps from one list of sentences to another; white space alone is no difference."""
    matcher = SequenceMatcher(None, [_fold(s) for s in before], [_fold(s) for s in after], autojunk=False)
    return tuple(
        Change(op, "".join(before[i1:i2]).strip(), "".join(after[j1:j2]).strip())
        for op, i1, i2, j1, j2 in matcher.get_opcodes()
    )


def _units(document: Document) -> list[str]:
    return [document.title + "\n", *sentences(document.text)]


def _fold(sentence: str) -> str:
    return " ".join(sentence.split())


def _same_text(document: Document, capture: Capture, kind: RevisionKind) -> Revision:
    return Revision(
        document_id=document.id,
        kind=kind,
        from_version=document.version,
        to_version=document.version,
        capture_id=capture.id,
        at=capture.fetched_at,
    )
