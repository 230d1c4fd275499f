"""Claims from our own sentences: what is found, what is not there, and how it is said."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.claims import find_claims
from nlp.model import TYPES, Claim, Entity, EntityType, Polarity, Text, TimeSpan
from nlp.models import MODELS, tokens

TABLE = Path(__file__).with_name("claim_sentences.tsv")
UNSCORED = {"prediction", "correction", "measurement", "infrastructure_state", "capacity_state", "cause"}
_MARK = re.compile(r"\[([^]|]+)\|(\w+)\|([^]]+)\]|\{([^}|]+)\|([^}]+)\}")


class Registry:
    """A registry that knows one country with one network, and who measures."""

    def sole_network(self, country: str) -> str | None:
        return {"TO": "AS9905"}.get(country)

    def is_monitor(self, id: str) -> bool:  # noqa: A002
        return id in {"org:kentik", "org:netblocks"}


def marked(source: str) -> tuple[str, list[Entity], list[TimeSpan]]:
    """A text out of a line with its mentions and times marked."""
    out, done = "", 0
    entities: list[Entity] = []
    times: list[TimeSpan] = []
    for mark in _MARK.finditer(source):
        out += source[done : mark.start()]
        start = len(out)
        if mark[1]:
            out += mark[1]
            entities.append(Entity(text=mark[1], type=EntityType(mark[2]), start=start, end=len(out), id=mark[3]))
        else:
            out += mark[4]
            fine = "minute" if "T" in mark[5] else {4: "year", 7: "month"}.get(len(mark[5]), "day")
            times.append(TimeSpan(text=mark[4], start=start, end=len(out), start_utc=mark[5], granularity=fine))
        done = mark.end()
    return out + source[done:], entities, times


def claims_of(source: str, lang: str = "en", *, published: datetime | None = None) -> tuple[Claim, ...]:
    body, entities, times = marked(source)
    doc = tokens(body, lang) if lang in MODELS else None
    text = Text(id="t", text=body, lang=lang, published=published)
    return find_claims(text, doc, entities, times, lang, Registry())


def cases() -> list[tuple[str, str, list[tuple[str, ...]]]]:
    out = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            lang, source, wanted = line.split("\t")
            out.append((lang, source, [_row(row.split()) for row in wanted.split("; ") if row]))
    return out


def _row(words: list[str]) -> tuple[str, ...]:
    return (*words, *("asserted", "actual")[len(words) - 2 :])


def told(claim: Claim) -> tuple[str, ...]:
    target = claim.place if claim.place == "TO" else claim.target
    return (claim.type, f"{claim.actor or '-'}>{target or '-'}", claim.polarity.value, claim.modality.value)


def score() -> tuple[list[str], int, int, int]:
    """What differs, and right, found and wanted claims of the table."""
    differ, right, found, wanted = [], 0, 0, 0
    for lang, source, rows in cases():
        got = {told(c) for c in claims_of(source, lang) if c.type not in UNSCORED}
        right, found, wanted = right + len(got & set(rows)), found + len(got), wanted + len(rows)
        if got != set(rows):
            differ.append(f"{lang} {marked(source)[0]}\n    wanted {rows}\n    got    {sorted(got)}")
    return differ, right, found, wanted


def test_our_sentences_are_read() -> None:
    differ, right, found, wanted = score()
    assert right / found >= 0.94, "\n".join(differ)
    assert right / wanted >= 0.92, "\n".join(differ)


def test_every_type_in_the_table_is_a_type() -> None:
    assert {row[0] for _, _, rows in cases() for row in rows} <= TYPES


def only(source: str, lang: str = "en", *, published: datetime | None = None) -> Claim:
    (claim,) = (c for c in claims_of(source, lang, published=published) if c.type not in UNSCORED)
    return claim


def test_a_claim_points_at_its_words() -> None:
    source = "[Liquid|ORG|AS30844] was praised. [Sparkle|ORG|AS6762] stopped carrying the traffic of [LTT|ORG|AS21003]."
    claim = only(source)
    body = marked(source)[0]
    assert body[slice(*claim.quote_span)] == claim.quote == "Sparkle stopped carrying the traffic of LTT"


def test_an_only_network_stands_for_its_country() -> None:
    claim = only("[Tonga|COUNTRY|TO] gained a second route through [Telstra|ORG|AS4637].")
    assert (claim.target, claim.place) == ("AS9905", "TO")


def test_a_name_and_its_number_are_one_party() -> None:
    claim = only("[Sparkle|ORG|AS6762] ([AS6762|ASN|AS6762]) began routing traffic for [LTT|ORG|AS21003].")
    assert (claim.actor, claim.target, claim.other) == ("AS6762", "AS21003", ())


def test_a_wrong_number_is_kept_as_printed_with_the_likely_one() -> None:
    body, entities, times = marked(
        "[Sparkle|ORG|AS6762] began routing traffic for [LTT|ORG|AS21003] ([AS21030|ASN|AS21030])."
    )
    entities[2] = replace(entities[2], likely="AS21003")
    (claim,) = find_claims(Text(id="t", text=body), tokens(body, "en"), entities, times, "en", Registry())
    assert claim.target == "AS21030"
    assert claim.likely == (("target", "AS21003"),)


def test_who_says_so() -> None:
    assert only("According to [Kentik|ORG|org:kentik], [Chad|COUNTRY|TD] went offline.").attribution == ("org:kentik",)
    assert only("[Chad|COUNTRY|TD] went offline, [NetBlocks|ORG|org:netblocks] said.").attribution == ("org:netblocks",)
    assert only("[Chad|COUNTRY|TD] went offline.").attribution == ()


def test_the_denier_is_named() -> None:
    claim = only("[Sparkle|ORG|AS6762] denied that it had stopped carrying [LTT|ORG|AS21003]'s traffic.")
    assert (claim.polarity, claim.attribution) == (Polarity.DENIED, ("AS6762",))


def test_only_and_first_ever_are_marked() -> None:
    assert only("[LTT|ORG|AS21003] is reachable only through [Sparkle|ORG|AS6762].").exclusive
    first = only("[LTT|ORG|AS21003] gained the first second link ever through [Sparkle|ORG|AS6762].")
    assert first.first_ever


def test_prefixes_are_other_parties() -> None:
    source = (
        "[Sparkle|ORG|AS6762] appeared as a transit provider for two routes of [LTT|ORG|AS21003]: "
        "[41.208.64.0/24|PREFIX|41.208.64.0/24] and [41.208.65.0/24|PREFIX|41.208.65.0/24]."
    )
    assert only(source).other == ("41.208.64.0/24", "41.208.65.0/24")


def test_a_share_is_a_measurement() -> None:
    found = claims_of("About 60 % of the traffic of [Ucom|ORG|AS44395] moved to [Arelion|ORG|AS1299].")
    (share,) = (c for c in found if c.type == "measurement")
    assert (share.quantity, share.actor, share.target) == ("About 60 % of the traffic", "AS1299", "AS44395")


def test_the_remaining_share_is_a_measurement_alone() -> None:
    found = claims_of("[Arelion|ORG|AS1299] carries the remaining 30 % for [Ucom|ORG|AS44395].")
    assert [(c.type, c.quantity) for c in found] == [("measurement", "the remaining 30 %")]


CHANGE = "[Ucom|ORG|AS44395] gained a second link through [Arelion|ORG|AS1299] {on 3 May 2024|2024-05-03}. "


def test_what_had_been_since_a_year_ends_where_the_change_came() -> None:
    found = claims_of(
        CHANGE + "Since {2010|2010} [Ucom|ORG|AS44395] had relied on one single route, handled by [RETN|ORG|AS9002]."
    )
    (state,) = (c for c in found if c.type == "transit_state")
    assert (state.actor, state.start_utc, state.end_utc, state.exclusive) == ("AS9002", "2010", "2024-05-03", True)


def test_all_the_traffic_until_then_is_exclusive() -> None:
    found = claims_of(CHANGE + "Until then all traffic had passed through [RETN|ORG|AS9002].")
    (state,) = (c for c in found if c.type == "transit_state")
    assert (state.actor, state.start_utc, state.end_utc, state.exclusive) == ("AS9002", None, "2024-05-03", True)


def test_the_company_is_the_one_that_acts() -> None:
    found = claims_of(
        "[Sparkle|ORG|AS6762] began carrying traffic for [LTT|ORG|AS21003]. The company owns cables along the coast."
    )
    (state,) = (c for c in found if c.type == "infrastructure_state")
    assert state.actor == "AS6762"


def test_an_origin_of_its_own_prefixes_stands_alone() -> None:
    found = claims_of("[LTT|ORG|AS21003] announces four blocks, beside [Sparkle|ORG|AS6762].")
    (state,) = (c for c in found if c.type == "infrastructure_state")
    assert (state.actor, state.target, state.other) == ("AS21003", None, ())


def test_outages_that_are_counted_have_their_time() -> None:
    claim = only(
        "[Chad|COUNTRY|TD] suffered three short outages between {10:47|2024-05-03T10:47:00Z} and "
        "{12:26 UTC|2024-05-03T12:26:00Z}."
    )
    assert (claim.type, claim.target, claim.start_utc) == ("outage_start", "TD", "2024-05-03T10:47:00Z")


def test_old_news_is_background() -> None:
    source = "{In 2011|2011} [Egypt|COUNTRY|EG] went offline."
    assert only(source, published=datetime(2017, 10, 2, tzinfo=UTC)).background
    assert not only(source, published=datetime(2011, 2, 2, tzinfo=UTC)).background


def test_one_happening_told_twice_is_one_claim_with_the_finer_time() -> None:
    claim = only(
        "[Chad|COUNTRY|TD] went offline {on Tuesday|2020-07-21}. According to [Kentik|ORG|org:kentik], "
        "[Chad|COUNTRY|TD] went dark {at 16:00 UTC|2020-07-21T16:00:00Z}."
    )
    assert (claim.start_utc, claim.precision, claim.attribution) == ("2020-07-21T16:00:00Z", "minute", ("org:kentik",))


def test_two_happenings_stay_two() -> None:
    found = claims_of(
        "[Chad|COUNTRY|TD] went offline {on Tuesday|2020-07-21}. [Chad|COUNTRY|TD] went offline {on Friday|2020-07-24}."
    )
    assert [c.start_utc for c in found] == ["2020-07-21", "2020-07-24"]
    assert [c.id for c in found] == ["c1", "c2"]


def test_an_outage_ends_when_the_text_says_so() -> None:
    claim = only(
        "[Rogers|ORG|AS812] was offline {from 08:45 UTC|2022-07-08T08:45:00Z} until {23:00 UTC|2022-07-08T23:00:00Z}."
    )
    assert (claim.start_utc, claim.end_utc) == ("2022-07-08T08:45:00Z", "2022-07-08T23:00:00Z")


def test_a_carrier_that_comes_back_carries_the_same_customer() -> None:
    found = claims_of(
        "[Sparkle|ORG|AS6762] began carrying traffic for [LTT|ORG|AS21003] {at 09:00 UTC|2023-02-01T09:00:00Z}. "
        "[Sparkle|ORG|AS6762] vanished {at 10:00 UTC|2023-02-01T10:00:00Z}. "
        "It came back {at 11:00 UTC|2023-02-01T11:00:00Z}."
    )
    assert [(c.type, c.actor, c.target) for c in found] == [
        ("transit_added", "AS6762", "AS21003"),
        ("transit_removed", "AS6762", "AS21003"),
        ("transit_added", "AS6762", "AS21003"),
    ]


def explained(source: str) -> tuple[str, str, str] | None:
    """Type of what the first cause of `source` explains, its polarity and modality."""
    found = claims_of(source)
    by_id = {c.id: c.type for c in found}
    return next(((by_id[c.target or ""], c.polarity.value, c.modality.value) for c in found if c.type == "cause"), None)


def test_a_cause_points_to_what_it_explains() -> None:
    cut = "[Chad|COUNTRY|TD] went offline {on Tuesday|2020-07-21}. "
    actual = ("outage_start", "asserted", "actual")
    assert explained(cut + "A storm caused the outage.") == actual
    assert explained(cut + "The outage was due to a storm.") == actual
    assert explained("Owing to a storm, [Chad|COUNTRY|TD] went offline.") == actual
    assert explained(cut + "It came back {on Friday|2020-07-24}. The cause was a storm.") == actual
    assert explained(cut + "A storm is blamed for the failure.") == ("outage_start", "asserted", "alleged")
    assert explained(cut + "The reason is still unclear.") == ("outage_start", "unknown", "actual")
    assert explained(cut + "The storm caused floods.") is None
    assert explained("The cause was a storm.") is None


def test_what_is_expected_is_a_prediction() -> None:
    said = "The new cable would make [Chad|COUNTRY|TD] less dependent, [Ali Deby|PERSON|person:ali-deby] said."
    (claim,) = claims_of(said)
    assert (claim.type, claim.actor, claim.target) == ("prediction", None, "TD")
    assert (claim.modality.value, claim.attribution) == ("hypothetical", ("person:ali-deby",))
    assert claims_of("[Sparkle|ORG|AS6762] said it would help [Chad|COUNTRY|TD].") == ()


def test_a_correction_takes_back_what_its_sentence_repeats() -> None:
    (claim,) = claims_of("An earlier version of this article said that [Chad|COUNTRY|TD] had gone offline.")
    assert (claim.type, claim.actor) == ("correction", None)


def test_a_happening_is_on_the_day_that_the_story_is_at() -> None:
    source = (
        "[Chad|COUNTRY|TD] went offline {on Tuesday|2020-07-21}. Later an anchor cut the [WACS|CABLE|cable:wacs] cable."
    )
    (cut,) = (c for c in claims_of(source) if c.type == "cable_cut")
    assert (cut.start_utc, cut.precision) == ("2020-07-21", "day-approx")
    (cut,) = (c for c in claims_of(source.replace("Later an anchor", "Before that an anchor")) if c.type == "cable_cut")
    assert cut.start_utc is None


def test_a_headline_is_read_like_a_sentence() -> None:
    assert only("[Sparkle|ORG|AS6762] Stops Carrying [LTT|ORG|AS21003]").type == "transit_removed"
    assert only("[LTT|ORG|AS21003] Back Online After Storm").type == "outage_end"


def test_a_very_long_sentence_is_read_too() -> None:
    assert only("Beside the towns and villages, " * 60 + "[Chad|COUNTRY|TD] went offline.").target == "TD"


def test_a_language_without_cues_has_no_claims() -> None:
    assert claims_of("[平壌|PLACE|KP] …", "ja") == ()


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
@settings(max_examples=25, deadline=None)
def test_any_text_is_read(body: str) -> None:
    text = Text(id="t", text=body)
    mention = Entity(text=body[:3], type=EntityType.ORG, start=0, end=min(3, len(body)), id="AS64500")
    entities = (mention,) if body else ()
    for lang, doc in (("en", tokens(body, "en")), ("ru", None)):
        for claim in find_claims(text, doc, entities, (), lang, Registry()):
            assert body[slice(*claim.quote_span)] == claim.quote


@pytest.mark.parametrize(
    ("words", "polarity", "modality"),
    [
        ("Engineers pointed to seismic activity.", "asserted", "likely"),
        ("A dragged anchor is suspected.", "asserted", "likely"),
        ("The owner thinks that a maintenance window went wrong.", "asserted", "likely"),
        ("The owner ruled out an anchor.", "negated", "actual"),
        ("A fire in a landing station was to blame.", "asserted", "alleged"),
        ("The minister spoke of a technical fault.", "asserted", "alleged"),
        ("The break was the result of an earthquake.", "asserted", "actual"),
        ("Nobody knows why it happened.", "unknown", "actual"),
        ("What caused it is unclear.", "unknown", "actual"),
        ("An investigation into the cause is under way.", "unknown", "actual"),
    ],
)
def test_who_ascribes_supposes_or_rules_out_tells_of_a_cause(words: str, polarity: str, modality: str) -> None:
    cut = "The [FALCON|CABLE|cable:falcon] cable broke {on Monday|2020-07-20}. "
    assert explained(cut + words) == ("cable_cut", polarity, modality)


def test_what_a_mishap_did_is_the_cause() -> None:
    actual = ("cable_cut", "asserted", "actual")
    assert explained("An anchor cut the [FALCON|CABLE|cable:falcon] cable {on Monday|2020-07-20}.") == actual
    assert explained("The [FALCON|CABLE|cable:falcon] cable snapped after a volcano erupted.") == actual
    denied = "Ships did not cut the cable. The [FALCON|CABLE|cable:falcon] cable broke {on Monday|2020-07-20}."
    assert explained(denied) == ("cable_cut", "negated", "actual")
    assert explained("A repair ship cut the [FALCON|CABLE|cable:falcon] cable {on Monday|2020-07-20}.") is None
