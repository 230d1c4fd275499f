"""The record, the search index and the join of claims with routing events."""
