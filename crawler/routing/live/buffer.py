"""What waits between the socket of a live stream and the disk: bounded in messages and in bytes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from crawler.routing.live.frames import LiveMessage


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message, and when it came by our clock (seconds since the epoch)."""

    message: LiveMessage
    now: float


@dataclass(slots=True)
class Missing:
    """`count` messages of a collector that are not archived, from `start` to `end` by its clock."""

    collector: str
    start: float
    end: float
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Turned:
    """The stream is on again since `now` by our clock (`off` is None), or off, and why."""

    off: str | None
    now: float


Item = Arrived | Missing | Turned


class Buffer:
    """`most` is the largest number of messages that it ever held. All on one event loop."""

    def __init__(self, messages: int, size: int) -> None:
        self.most = 0
        self._messages, self._bytes = messages, size
        self._items: list[Item] = []
        self._missing: dict[tuple[str, str], Missing] = {}
        self._held = self._size = 0
        self._news = asyncio.Event()

    def put(self, message: LiveMessage, size: int, now: float) -> bool:
        """False where there is no room: the message is dropped, and `Missing` with the next `take`."""
        if self._held >= self._messages or self._size + size > self._bytes:
            self.lose(message.collector, message.at, "messages for which the disk was too slow")
            return False
        self._held, self._size = self._held + 1, self._size + size
        self.most = max(self.most, self._held)
        self.tell(Arrived(message, now))
        return True

    def lose(self, collector: str, at: float, reason: str) -> None:
        """Notes a message that cannot be kept: one `Missing` a collector and reason, however many there are."""
        missing = self._missing.setdefault((collector, reason), Missing(collector, at, at, reason, 0))
        missing.start, missing.end = min(missing.start, at), max(missing.end, at)
        missing.count += 1
        self.wake()

    def tell(self, item: Item) -> None:
        """Adds what is not bounded, for it is rare."""
        self._items.append(item)
        self.wake()

    def wake(self) -> None:
        """Ends a wait for news, if without any."""
        self._news.set()

    async def news(self) -> None:
        await self._news.wait()
        self._news.clear()

    def take(self) -> list[Item]:
        """All that waits, in order, and then what was lost meanwhile."""
        items: list[Item] = [*self._items, *self._missing.values()]
        self._items, self._missing = [], {}
        self._held = self._size = 0
        return items
