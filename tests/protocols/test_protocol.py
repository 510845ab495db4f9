"""The protocol document: what it says, and what that means for an incident."""

import hashlib
import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocols.calendar import Day, Hours
from app.protocols.kinds import IncidentType, Severity
from app.protocols.protocol import Condition, Protocol, parse_protocol
from tests.protocols.documents import night, smallest, with_step, with_when

# --- what is read ----------------------------------------------------------------------------


def test_a_document_that_uses_every_member_is_read_as_it_says() -> None:
    protocol = parse_protocol(night())
    first, _, last = protocol.variants[0].steps
    assert protocol.zone == ZoneInfo("Asia/Tokyo")
    assert protocol.approvals[0].approved_on == date(2026, 10, 1)
    assert protocol.variants[0].when == (
        Condition(
            types=(IncidentType.FALL, IncidentType.NO_RESPONSE),
            severities=(Severity.CRITICAL, Severity.HIGH),
            days=(Day.SAT, Day.SUN, Day.HOLIDAY, Day.YEAR_END),
            hours=Hours.parse(["18:00-08:30"]),
        ),
    )
    assert (first.ack_within_seconds, first.remind_every_seconds) == (120, None)
    assert (first.asked, first.inform, first.on_decline) == (
        ("NIGHT-DESK", "HELPER"),
        ("SON",),
        "last",
    )
    assert (last.person, last.desk, last.asked) == ("CHIEF", "CITY-DESK", ("CHIEF",))
    assert parse_protocol(protocol.document()) == protocol


def test_what_is_left_out_has_the_stated_default() -> None:
    assert parse_protocol(smallest()).document() == {
        "title": "緊急時対応",
        "timezone": "Asia/Tokyo",
        "accountable": "D",
        "accountable_remind_every_seconds": 60,
        "approvals": [],
        "variants": [
            {
                "name": "全て",
                "rounds": 1,
                "steps": [
                    {
                        "desk": "D",
                        "ack_within_seconds": 180,
                        "remind_every_seconds": 60,
                        "arrive_within_seconds": 1800,
                        "inform": [],
                        "also_page": [],
                        "on_decline": "next",
                    }
                ],
            }
        ],
        "repeat_window_seconds": 0,
        "offer_within_seconds": 300,
    }


def test_a_date_object_as_yaml_readers_make_it_is_a_date() -> None:
    document = night()
    document["approvals"][0]["approved_on"] = date(2026, 10, 1)
    assert parse_protocol(document) == parse_protocol(night())


def test_text_is_kept_composed_and_without_space_around_it() -> None:
    protocol = parse_protocol(smallest(title=" か\u3099ん "))
    assert protocol.title == "がん"


def test_a_protocol_is_immutable_and_hashable() -> None:
    protocol = parse_protocol(night())
    assert hash(protocol) == hash(parse_protocol(night()))
    with pytest.raises(ValueError, match="frozen"):
        protocol.title = "x"  # type: ignore[misc]  # that it is refused is the point


def test_ids_that_it_names_are_listed() -> None:
    protocol = parse_protocol(night())
    assert protocol.party_ids() == {
        "CITY-DESK",
        "NIGHT-DESK",
        "DAY-DESK",
        "CHIEF",
        "SON",
        "HELPER",
    }
    assert parse_protocol(smallest(accountable="A")).party_ids() == {"A", "D"}


@pytest.mark.parametrize(
    ("organisation", "on", "is_approved"),
    [
        ("MIDORI", "2026-10-31", False),  # the day before
        ("MIDORI", "2026-11-01", True),  # on the day
        ("MIDORI", "2027-11-01", True),
        ("AOBA", "2026-11-01", False),
    ],
)
def test_an_approval_counts_from_its_day(organisation: str, on: str, *, is_approved: bool) -> None:
    protocol = parse_protocol(night())
    assert protocol.is_approved(organisation, date.fromisoformat(on)) is is_approved


# --- which variant applies -------------------------------------------------------------------

MONDAY_TEN = "2026-11-16T10:00"


@pytest.mark.parametrize(
    ("when", "local", "applies"),
    [
        ({"types": ["fall", "missing"]}, MONDAY_TEN, True),
        ({"types": ["missing"]}, MONDAY_TEN, False),
        ({"severities": ["high"]}, MONDAY_TEN, True),
        ({"severities": ["critical"]}, MONDAY_TEN, False),
        ({"types": ["fall"], "severities": ["critical"]}, MONDAY_TEN, False),  # all members
        ([{"types": ["missing"]}, {"severities": ["high"]}], MONDAY_TEN, True),  # any condition
        ({"days": ["mon"]}, MONDAY_TEN, True),
        ({"days": ["weekday"]}, MONDAY_TEN, True),
        ({"days": ["tue", "sun"]}, MONDAY_TEN, False),
        ({"days": ["mon"]}, "2026-11-17T00:00", False),
        ({"days": ["holiday"]}, "2026-11-23T00:00", True),  # 勤労感謝の日
        ({"days": ["holiday"]}, "2026-11-23T23:59", True),
        ({"days": ["holiday"]}, "2026-11-24T00:00", False),
        ({"days": ["weekday"]}, "2026-11-23T10:00", False),
        ({"days": ["year_end"]}, "2027-01-03T10:00", True),
        ({"hours": ["09:00-17:00"]}, MONDAY_TEN, True),
        ({"hours": ["09:00-17:00"]}, "2026-11-16T17:00", False),
        ({"hours": "24h"}, MONDAY_TEN, True),
        ({"days": ["fri"], "hours": ["18:00-08:30"]}, "2026-11-13T18:00", True),
        ({"days": ["fri"], "hours": ["18:00-08:30"]}, "2026-11-14T02:00", True),  # Friday's night
        ({"days": ["fri"], "hours": ["18:00-08:30"]}, "2026-11-14T08:30", False),
        ({"days": ["fri"], "hours": ["18:00-08:30"]}, "2026-11-14T18:00", False),  # Saturday's
        ({"days": ["fri"], "hours": ["18:00-08:30"]}, "2026-11-13T02:00", False),  # Thursday's
        ({"days": ["sat"], "hours": ["18:00-08:30"]}, "2026-11-14T02:00", False),
        ({"days": ["sat"], "hours": ["18:00-24:00", "00:00-08:30"]}, "2026-11-14T02:00", True),
        ({"days": ["year_end"], "hours": ["22:00-06:00"]}, "2027-01-04T05:59", True),
    ],
)
def test_a_condition_applies_when_all_its_members_match(
    when: object, local: str, *, applies: bool
) -> None:
    protocol = parse_protocol(with_when(when))
    at = datetime.fromisoformat(local).replace(tzinfo=protocol.zone).astimezone(UTC)
    chosen = protocol.variant_for(IncidentType.FALL, Severity.HIGH, at)
    assert chosen == (0 if applies else 1)


def test_local_time_is_that_of_the_protocol_s_zone() -> None:
    at = datetime(2026, 11, 16, 0, 30, tzinfo=UTC)  # 09:30 in Tokyo, Sunday 19:30 in New York
    office = with_when({"days": ["mon"], "hours": ["09:00-17:00"]})
    tokyo, new_york = (
        parse_protocol(office | {"timezone": zone}) for zone in ("Asia/Tokyo", "America/New_York")
    )
    assert tokyo.variant_for(IncidentType.FALL, Severity.HIGH, at) == 0
    assert new_york.variant_for(IncidentType.FALL, Severity.HIGH, at) == 1


@given(
    st.sampled_from(IncidentType),
    st.sampled_from(Severity),
    st.datetimes(
        min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        timezones=st.just(UTC),
    ),
)
def test_for_every_incident_at_every_instant_some_variant_applies(
    incident_type: IncidentType, severity: Severity, at: datetime
) -> None:
    assert parse_protocol(night()).variant_for(incident_type, severity, at) in {0, 1}


# --- normal form, digest, schema -------------------------------------------------------------


def shuffled(value: object, draw: st.DrawFn) -> object:
    if isinstance(value, dict):
        names = draw(st.permutations(list(value)))
        return {name: shuffled(value[name], draw) for name in names}
    return [shuffled(one, draw) for one in value] if isinstance(value, list) else value


@st.composite
def shuffled_documents(draw: st.DrawFn) -> object:
    return shuffled(night(), draw)


@given(shuffled_documents())
def test_the_digest_does_not_depend_on_the_order_of_members(document: object) -> None:
    assert parse_protocol(document).digest() == parse_protocol(night()).digest()


def test_the_digest_does_not_depend_on_how_a_default_is_written() -> None:
    written_out = parse_protocol(smallest()).document()
    assert parse_protocol(written_out).digest() == parse_protocol(smallest()).digest()
    single = with_when({"days": ["sun"]})
    listed = with_when([{"days": ["sun"]}])
    assert parse_protocol(single).digest() == parse_protocol(listed).digest()
    assert parse_protocol(listed).document()["variants"][0]["when"] == {"days": ["sun"]}


def test_the_digest_is_sha_256_of_the_canonical_form() -> None:
    protocol = parse_protocol(smallest(title="T"))
    # This document holds no number or key for which RFC 8785 and sorted compact JSON differ.
    canonical = json.dumps(
        protocol.document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert protocol.digest() == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize("member", ["title", "accountable", "offer_within_seconds"])
def test_the_digest_changes_with_every_member(member: str) -> None:
    changed = night()
    changed[member] = 7 if member.endswith("seconds") else "x"
    assert parse_protocol(changed).digest() != parse_protocol(night()).digest()


def test_the_published_schema_accepts_what_is_read_and_refuses_what_is_not() -> None:
    validator = jsonschema_rs.validator_for(Protocol.model_json_schema())
    for document in (night(), smallest(), with_when([{"days": ["sun"]}, {"hours": "24h"}])):
        assert validator.is_valid(document)
        assert validator.is_valid(parse_protocol(document).document())
    for document in (
        {},
        with_step(ack_within_seconds=0),
        with_step(desk_id="D"),
        with_when({"hours": ["25:00-26:00"]}),
        smallest(variants=[{"name": "全て", "steps": [{"name": "nobody"}]}]),
    ):
        assert not validator.is_valid(document)
