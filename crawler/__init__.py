"""The outside world: fetched pages become captures and documents, routing data becomes events."""
