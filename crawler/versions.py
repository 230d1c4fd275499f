"""Versions of the code whose results are kept. Raise one when its code gives other results: what older code made is due
again, and is replaced when the new result is there.
"""

from __future__ import annotations

EXTRACTOR = "1"
DETECTOR = "2"
