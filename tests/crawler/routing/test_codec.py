"""What scripts read of an event: every field that is promised, as JSON can carry it."""

from __future__ import annotations

import json
from pathlib import Path

from crawler.routing.codec import event_to_json
from crawler.routing.observe import observe
from ops.demo.routes import END, START, write_archive

PROMISED = {
    "id", "kind", "prefixes", "origin_asn", "upstream_asn", "offender_asn", "countries", "first_seen", "last_seen",
    "peers_seen", "peers_total", "collectors", "rpki", "gaps", "evidence",
}  # fmt: skip


def test_an_event_has_what_is_promised_and_survives_json(tmp_path: Path) -> None:
    write_archive(tmp_path, without_files=("rrc12/*/updates.20171001.03*",))
    view = observe(tmp_path, START, END)
    assert view.events
    for event in view.events:
        row = event_to_json(event)
        assert set(row) >= PROMISED
        assert json.loads(json.dumps(row)) == row
        assert row["first_seen"].endswith("Z")
        assert [gap["collector"] for gap in row["gaps"]] == [gap.collector for gap in event.gaps]
        assert {"file", "record", "peer_asn", "as_path"} <= set(row["evidence"][0])
