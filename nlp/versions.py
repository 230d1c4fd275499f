"""The version of the reading, part of every annotation: raise it when a text would be read otherwise."""

from __future__ import annotations

PIPELINE = "3"
