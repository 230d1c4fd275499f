"""MRT files (RFC 6396) to columns and elements."""
