"""RIPEstat's calls and their common envelope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from crawler.errors import Permanent, Transient
from crawler.http.service import Service
from crawler.monitors.reading import mapped, said

SOURCE_APP = "routewire"
# From one table of RIS to the next.
STEP = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Calls:
    """`warn` takes the warnings that answers carry."""

    service: Service
    base_url: str
    warn: Callable[[str], None]

    def data(self, call: str, params: dict[str, Any]) -> dict[str, Any]:
        """A call's data. Raises `Permanent` for a refusal, `Transient` for any other error, whatever HTTP says."""
        answer = mapped(self.service.json(f"{call}/data.json", {**params, "sourceapp": SOURCE_APP}), "envelope")
        messages = [(str(kind), said(text)) for kind, text in answer.get("messages") or ()]
        errors = "; ".join(text for kind, text in messages if kind == "error")
        code, standing = answer.get("status_code"), str(answer.get("data_call_status", ""))
        if answer.get("status") != "ok" or errors or standing.startswith("maintenance"):
            what = f"answered with status {said(answer.get('status'))}, {said(standing)}: {errors or 'no word why'}"
            refused = isinstance(code, int) and 400 <= code < 500 and code != 429
            raise (Permanent if refused else Transient)(what, subject=call, remedy="look at what is asked for")
        for kind, text in messages:
            if kind == "warning":
                self.warn(f"RIPEstat, {call}: {text}")
        return mapped(answer.get("data"), "data")

    def address(self, call: str, params: dict[str, Any]) -> str:
        """Where anybody may look a call up again."""
        return f"{self.base_url}{call}/data.json?{urlencode(params, safe='/:,')}"


def iso(moment: datetime) -> str:
    """To the second, in UTC without a zone, as RIPEstat writes times."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
