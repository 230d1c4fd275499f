"""Which collectors of a live stream were heard, and since when one was not: what was not heard is a gap.

Two clocks: a gap is told in the collector's, silence is measured in ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from crawler.routing.live.archive import STEP_S
from crawler.routing.live.buffer import Missing

Write = Callable[[str, float, float, str], None]


class Hearing:
    """Gaps go to `write`: collector, start, end (seconds since the epoch), reason.

    Until `looking` is called and after `blind`, nothing that is heard ends a gap: a filter that the server has not
    confirmed shows nothing of what it should show.
    """

    def __init__(self, write: Write, collectors: Iterable[str], now: float, silence: float) -> None:
        self._write = write
        self._silence = silence
        self._looking_since: float | None = None
        self._told_silent: set[str] = set()
        self._heard: dict[str, float] = {}
        self._seen_to: dict[str, float] = {}
        self._why: dict[str, str] = {}
        self._lost: dict[tuple[str, str], Missing] = {}
        for collector in collectors:
            self._meet(collector, now, now)

    def heard(self, collector: str, at: float, now: float) -> None:
        """`at` is the message's time, `now` is ours when it came."""
        if collector not in self._heard:
            self._meet(collector, at, now)
        if now - self._heard[collector] > self._silence:
            self._why.setdefault(collector, self._silent)
        self._heard[collector] = max(now, self._heard[collector])
        self._told_silent.discard(collector)
        if self._looking_since is None:
            return
        why = self._why.pop(collector, None)
        if why is not None:  # a message that was long under way does not show that we were looking when it was sent
            self._tell(collector, max(at, self._looking_since), why)
        self._seen_to[collector] = max(at, self._seen_to[collector])

    def lost(self, missing: Missing) -> None:
        """Messages of one reason are told as one span, with the next file."""
        known = self._lost.setdefault((missing.collector, missing.reason), missing)
        if known is not missing:
            known.start, known.end = min(known.start, missing.start), max(known.end, missing.end)
            known.count += missing.count

    def looking(self, now: float) -> None:
        self._looking_since = now

    def blind(self, reason: str) -> None:
        """The stream is off: nothing is heard of any collector until it is back."""
        self._looking_since = None
        for collector in self._heard:
            self._why.setdefault(collector, reason)

    def fallen_silent(self, now: float) -> list[str]:
        """The collectors of which too long nothing was heard while we were looking, each told once."""
        since = self._looking_since
        if since is None:
            return []
        silent = {c for c, at in self._heard.items() if now - max(at, since) > self._silence}
        for collector in silent:
            self._why.setdefault(collector, self._silent)
        found = sorted(silent - self._told_silent)
        self._told_silent |= silent
        return found

    def settle(self, to: float) -> None:
        """Writes what is known of the time before `to`: lost messages, and gaps that go on."""
        for lost in self._lost.values():
            self._write(lost.collector, lost.start, lost.end + 1.0, f"lost: {lost.reason}")
        self._lost.clear()
        for collector, why in self._why.items():
            self._tell(collector, to, why)

    def end(self, now: float) -> None:
        """Nothing is heard after this: each collector's last file is not a whole one."""
        for collector in self._heard:
            self._why.setdefault(collector, "the live stream was ended")
        self.settle((now // STEP_S + 1) * STEP_S)

    @property
    def _silent(self) -> str:
        return f"nothing was heard of the collector for more than {self._silence:.0f} s"

    def _meet(self, collector: str, at: float, now: float) -> None:
        self._heard[collector] = now
        self._seen_to[collector] = at // STEP_S * STEP_S
        self._why[collector] = "the live stream had not begun"

    def _tell(self, collector: str, to: float, why: str) -> None:
        if to > self._seen_to[collector]:
            self._write(collector, self._seen_to[collector], to, why)
            self._seen_to[collector] = to
