"""A network's lost prefixes to outages: all lost at once, or a part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crawler.routing.state import Seen

Stretch = tuple[float, float | None]


@dataclass(frozen=True, slots=True)
class Loss:
    """When a prefix was lost, and its withdrawals in order of time."""

    prefix: str
    stretches: tuple[Stretch, ...]
    withdrawals: tuple[Seen, ...]

    def withdrawn_by(self, at: float) -> dict[int, Seen]:
        """By peer, the withdrawal that stood at `at`."""
        return {seen.peer: seen for seen in self.withdrawals if seen.at <= at}

    def lost_at(self, at: float) -> bool:
        return any(start <= at and (end is None or at < end) for start, end in self.stretches)


def outages(
    losses: Sequence[Loss], prefixes: int, least: float, min_s: float
) -> Iterator[tuple[bool, float, float | None, list[Loss]]]:
    """Whether it is total, from, to (None: to the end of the data), and what was lost in it.

    A network of `prefixes` prefixes is out where all are lost, partly out where `least` or more are. Less than `min_s`
    seconds is none.
    """
    times = sorted({at for loss in losses for stretch in loss.stretches for at in stretch if at is not None})
    for total in (True, False):
        found: list[Stretch] = []
        for at, after in zip(times, [*times, None][1:], strict=True):
            lost = sum(loss.lost_at(at) for loss in losses)
            if lost != prefixes if total else not least <= lost < prefixes:
                continue
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], after)
            else:
                found.append((at, after))
        for start, end in found:
            if end is None or end - start >= min_s:
                yield total, start, end, [loss for loss in losses if loss.lost_at(start)]
