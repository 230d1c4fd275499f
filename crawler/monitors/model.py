"""What a monitor is asked and what it gives: events in our form, never a claim to have looked where it did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crawler.routing.model import RoutingView


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A window (aware UTC, `end` exclusive) and the networks, prefixes and countries (ISO 3166-1 alpha-2) asked for."""

    start: datetime
    end: datetime
    asns: tuple[int, ...] = ()
    prefixes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        return not (self.asns or self.prefixes or self.countries)


class Monitor(Protocol):
    """One service. `id` is what events carry as `source`; `licence` what its words come under; `may_export` whether
    they may be passed on.
    """

    id: str
    name: str
    licence: str
    may_export: bool

    def view(self, question: Question) -> RoutingView:
        """What the service says of the question.

        Its coverage has no peers of ours; what the service could not give (an outage of it, a page that did not come,
        a limit) is a gap, with the monitor's id as the collector, so that it never looks as if nothing happened.
        Raises `Transient` where it gave nothing at all for now, `Permanent` where the question cannot be put to it.
        """
        ...
