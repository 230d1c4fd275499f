"""What a request can get instead of an answer."""

from __future__ import annotations

from pydantic import BaseModel, Field

from crawler.errors import Permanent


class Problem(BaseModel):
    """Why there is no answer."""

    error: str = Field(description="what is wrong")
    subject: str = Field(description="with what: the id, the query or the parameter")
    remedy: str = Field(description="what to do about it")


class NotFound(Permanent):
    """The record has no such thing."""


def not_found(kind: str, item_id: str) -> NotFound:
    return NotFound(f"there is no such {kind}", subject=item_id, remedy="search for it")


class WrongRequest(Permanent):
    """A parameter that cannot be read."""
