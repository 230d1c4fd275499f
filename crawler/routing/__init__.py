"""Routing data: MRT files become elements, elements become state, state becomes events."""
