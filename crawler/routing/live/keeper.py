"""What becomes of a live stream's messages on the disk: archived, or counted and told as gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crawler.routing.live.archive import LiveArchive
from crawler.routing.live.buffer import Arrived, Item, Missing
from crawler.routing.live.frames import LiveMessage
from crawler.routing.live.hearing import Hearing

_FAR_S = 3600.0  # a message's time that is so far from ours is a wrong one


@dataclass(slots=True)
class Tally:
    """What happened so far, in messages. `dropped` found no room in the buffer, `refused` no place in a file;
    `rebuilt` had no raw message that could be read. `last_at` is the time of the last one.
    """

    messages: int = 0
    routes: int = 0
    rebuilt: int = 0
    duplicates: int = 0
    unreadable: int = 0
    dropped: int = 0
    refused: int = 0
    connections: int = 0
    files: int = 0
    salvaged: int = 0
    last_at: float | None = None


class Keeper:
    """The end of the buffer; not for several threads at once. `show` gets each message and the name of its file."""

    def __init__(
        self, archive: LiveArchive, hearing: Hearing, tally: Tally, show: Callable[[LiveMessage, str], None]
    ) -> None:
        self._archive, self._hearing, self._tally, self._show = archive, hearing, tally, show

    def salvage(self) -> None:
        self._tally.salvaged = self._archive.salvage()

    def store(self, items: Iterable[Item], now: float) -> list[str]:
        """Gives what a person must know. `now` is our clock, after all of the items."""
        hearing, told = self._hearing, []
        for item in items:
            if isinstance(item, Arrived):
                told += self._write(item.message, item.now)
            elif isinstance(item, Missing):
                self._lose(item, now)
            elif item.off is None:
                hearing.looking(item.now)
            else:
                hearing.blind(item.off)
        self._archive.flush()
        closed_to = self._archive.close_due(now)
        if closed_to is not None:
            hearing.settle(closed_to)
        self._tally.files = self._archive.files
        silent = hearing.fallen_silent(now)
        return [*told, f"nothing is heard of {', '.join(silent)}"] if silent else told

    def close(self, now: float) -> None:
        """All files are whole afterwards, and what follows is a gap."""
        try:
            self._hearing.end(now)
        finally:
            self._archive.close()
            self._tally.files = self._archive.files

    def _write(self, message: LiveMessage, now: float) -> list[str]:
        tally = self._tally
        refusal = self._archive.write(message, now)
        if refusal is not None:
            tally.refused += 1
            self._lose(Missing(message.collector, message.at, message.at, refusal), now)
            return [f"lost: {refusal} ({message.collector})"] if tally.refused == 1 else []
        self._hearing.heard(message.collector, message.at, now)
        tally.messages += 1
        tally.routes += len(message.announced) + len(message.withdrawn)
        tally.rebuilt += message.rebuilt
        tally.last_at = message.at
        self._show(message, self._archive.name_of(message))
        return []

    def _lose(self, missing: Missing, now: float) -> None:
        if abs(missing.start - now) > _FAR_S or abs(missing.end - now) > _FAR_S:
            missing.start = missing.end = now
        self._hearing.lost(missing)
