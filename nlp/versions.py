"""The version of the reading, part of every annotation and apart from the models: raise it when a text reads otherwise."""

from __future__ import annotations

PIPELINE = "1"
