"""Collectors' archives: what files there are, what is missing, and how they are fetched."""
