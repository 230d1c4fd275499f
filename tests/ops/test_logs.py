"""No secret reaches a log line."""

from __future__ import annotations

from ops.logs import redact


def test_passwords_in_addresses_and_secret_fields_are_hidden() -> None:
    event = {
        "error": "cannot reach smtp://me:hunter2@mail.example:587",
        "password": "hunter2",
        "url": "http://a.example/x@y",
    }
    assert redact(None, "info", event) == {
        "error": "cannot reach smtp://***@mail.example:587",
        "password": "***",
        "url": "http://a.example/x@y",
    }
