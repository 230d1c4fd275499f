"""What goes out as JSON comes back the same."""

import json
from pathlib import Path

from crawler.routing.codec import (
    coverage_from_json,
    coverage_to_json,
    event_from_json,
    event_to_json,
    spell_from_json,
    spell_to_json,
)
from crawler.routing.observe import observe
from ops.demo.routes import END, START, write_archive


def test_events_spells_and_coverage_come_back_as_they_were(tmp_path: Path) -> None:
    write_archive(tmp_path, without_files=["rrc12/2017.10/updates.2017100?.1[0-9]*"])
    view = observe(tmp_path, START, END, countries=["KP"])
    assert any(event.prefix_ends for event in view.events)
    assert view.spells
    assert view.coverage.gaps
    for event in view.events:
        assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event
    for spell in view.spells:
        assert spell_from_json(json.loads(json.dumps(spell_to_json(spell)))) == spell
    assert coverage_from_json(json.loads(json.dumps(coverage_to_json(view.coverage)))) == view.coverage
