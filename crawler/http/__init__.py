"""One polite, guarded client for all services that are asked over HTTP."""
