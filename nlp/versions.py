"""The version of the reading, apart from the models that it loads: raise it when a text would be read otherwise."""

from __future__ import annotations

PIPELINE = "1"
