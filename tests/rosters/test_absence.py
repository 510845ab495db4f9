"""What an absence and a substitution make of a roster, instant by instant."""

from datetime import UTC, datetime, timedelta

import pytest

from app.rosters.changing.absence import (
    Change,
    Stretch,
    absences_of,
    clipped,
    lack_of,
    places_of,
    rewritten,
    stretches_of,
    taken_back,
)
from app.rosters.history import Version, on_duty_in
from app.rosters.roster import Roster, RosterInvalid, parse_roster

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
HOURS = range(72)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def shift(person: str, begin: float, end: float, tier: int = 1) -> dict[str, object]:
    return {"person": person, "from": at(begin), "to": at(end), "tier": tier}


def version(number: int, document: Roster, effective: float = -10) -> Version:
    return Version(
        number=number, document=document, effective_from=at(effective), recorded_at=at(-10)
    )


def persons(versions: tuple[Version, ...], hours: float) -> list[tuple[str, int]]:
    return [(duty.person, duty.tier) for duty in on_duty_in(versions, at(hours)) or ()]


NIGHTS = parse_roster(
    {
        "rotations": [
            {"name": "夜勤", "persons": ["sato", "ito"], "starts_on": "2026-11-18"},
            {"name": "控え", "persons": ["sato"], "starts_on": "2026-11-18", "tier": 2},
        ]
    }
)
# From the next day on.
LATER = parse_roster({"shifts": [shift("sato", 30, 40), shift("kato", 30, 35)]})


@pytest.mark.parametrize("substitute", [None, "kato"])
def test_whoever_is_away_is_off_and_everybody_else_stays(substitute: str | None) -> None:
    versions = (version(1, NIGHTS), version(2, LATER, effective=24))
    stretches = stretches_of(versions, "sato", at(2), at(60))
    change = Change(person="sato", substitute=substitute, stretches=stretches)
    added = rewritten(versions, [change], now=NOW, reason=None)
    assert [(one.number, one.effective_from) for one in added] == [(3, NOW), (4, at(24))]
    after = (*versions, *added)
    for hours in HOURS:
        expected = []
        for person, tier in persons(versions, hours):
            is_away = person == "sato" and 2 <= hours < 60
            if not is_away:
                expected.append((person, tier))
            elif substitute is not None:
                expected.append((substitute, tier))
        assert sorted(persons(after, hours)) == sorted(expected), hours
    # The past is answered as it was.
    assert persons(after, -1) == persons(versions, -1)


def test_lack_is_said_tier_by_tier_and_for_everybody() -> None:
    document = parse_roster(
        {
            "shifts": [
                shift("sato", 1, 6),
                shift("ito", 2, 3),
                shift("kato", 4, 5, tier=2),
                shift("gone", 1, 6),
            ]
        }
    )
    versions = (version(1, document),)
    stretches = stretches_of(versions, "sato", at(0), at(9))
    assert stretches == (Stretch(begins_at=at(1), ends_at=at(6), tier=1),)
    gone = Change(person="sato", substitute=None, stretches=stretches)
    after = (*versions, *rewritten(versions, [gone], now=NOW, reason=None))
    lack = lack_of(after, stretches, {"sato", "ito", "kato"})
    assert [(one.begins_at, one.ends_at) for one in lack.tiers] == [(at(1), at(2)), (at(3), at(6))]
    assert lack.everybody == ((at(1), at(2)), (at(3), at(4)), (at(5), at(6)))
    # Before the absence nothing lacks.
    assert lack_of(versions, stretches, {"sato"}).tiers == ()
    assert lack_of(versions, (), {"sato"}).everybody == ()


def test_what_has_ended_is_left_out_of_the_next_version() -> None:
    document = parse_roster({"shifts": [shift("sato", -9, -8), shift("sato", 1, 2)]})
    [added] = rewritten((version(1, document),), [], now=NOW, reason="x")
    assert [one.begins_at for one in added.document.shifts] == [at(1)]
    assert added.reason == "x"


def test_more_than_a_roster_may_hold_is_refused() -> None:
    stretches = tuple(
        Stretch(begins_at=at(one), ends_at=at(one + 0.5), tier=1) for one in range(1001)
    )
    change = Change(person="sato", substitute=None, stretches=stretches)
    with pytest.raises(RosterInvalid):
        rewritten((version(1, NIGHTS),), [change], now=NOW, reason=None)


def test_stretches_are_cut_at_an_instant() -> None:
    both = (
        Stretch(begins_at=at(1), ends_at=at(2), tier=1),
        Stretch(begins_at=at(3), ends_at=at(5), tier=1),
    )
    assert clipped(both, at(2)) == both[1:]
    assert clipped(both, at(4)) == (Stretch(begins_at=at(4), ends_at=at(5), tier=1),)
    assert stretches_of((version(1, LATER),), "sato", at(5), at(5)) == ()


def test_places_of_a_person_are_found() -> None:
    override = {"from": at(1), "to": at(2), "person": "sato", "replaces": "ito"}
    data = {**NIGHTS.document(), "shifts": [shift("sato", 1, 2)], "overrides": [override]}
    document = parse_roster(data)
    assert places_of(document, "sato") == (
        "/rotations/0/persons/0",
        "/rotations/1/persons/0",
        "/shifts/0/person",
        "/overrides/0/person",
    )
    assert places_of(document, "ito") == ("/rotations/0/persons/1", "/overrides/0/replaces")


def test_absence_that_is_taken_back_in_part_leaves_the_rest_and_others() -> None:
    overrides = [
        {"from": at(-4), "to": at(8), "replaces": "sato", "tier": 1},
        # A colleague stands in, and somebody else is away: neither is touched.
        {"from": at(2), "to": at(4), "replaces": "sato", "person": "kato", "tier": 1},
        {"from": at(1), "to": at(9), "replaces": "ito", "tier": 1},
    ]
    document = parse_roster({"shifts": [shift("sato", -5, 9)], "overrides": overrides})
    versions = (version(1, document),)
    assert absences_of(versions, "sato", NOW, at(90)) == ((NOW, at(8)),)
    after = (*versions, *taken_back(versions, "sato", (at(-9), at(6)), now=NOW))
    assert absences_of(after, "sato", NOW, at(90)) == ((at(6), at(8)),)
    expected = ["sato", "sato", "kato", "kato", "sato", "sato"]
    assert [persons(after, hours)[0][0] for hours in range(6)] == expected
    assert (persons(after, 7), persons(after, 8)) == ([], [("sato", 1)])
    # What was is answered as it was.
    assert persons(after, -1) == persons(versions, -1) == []
    assert len(after[-1].document.overrides) == 3
