"""Networks drawn at random whose desks have rosters and whose variants have hours and days."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from app.escalation.network import Network
from app.escalation.party import PartyId
from app.protocols.kinds import IncidentType, Severity
from app.rosters.history import Version
from app.rosters.roster import parse_roster
from tests.escalation.drawn_networks import (
    ASKED,
    DESKS,
    PERSONS,
    city_parties,
    directories,
    variants,
)
from tests.escalation.network_samples import document, network

ZONES = ("Asia/Tokyo", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
# Around the nights on which the clocks of those zones change, and around the turn of the year.
BEGINS = (
    datetime(2026, 12, 27, tzinfo=UTC),
    datetime(2027, 3, 12, tzinfo=UTC),
    datetime(2027, 3, 27, tzinfo=UTC),
    datetime(2027, 4, 2, tzinfo=UTC),
    datetime(2026, 10, 23, tzinfo=UTC),
    datetime(2026, 10, 30, tzinfo=UTC),
)
DAYS = ("mon", "tue", "sat", "sun", "weekday", "holiday", "year_end")
HOURS = ("24h", ["08:30-17:30"], ["17:30-08:30"], ["00:00-02:30", "21:00-24:00"])
TYPES = (IncidentType.FALL, IncidentType.LOW_BATTERY, IncidentType.ABUSE_SUSPECTED)


@st.composite
def towns(draw: st.DrawFn) -> Network:
    """A network with a protocol of one to three variants, at the clock of any zone."""
    parties = {**draw(directories()), **{one.id: one for one in city_parties(draw)}}
    for desk_id in DESKS:
        if draw(st.booleans()):
            party = parties[PartyId(desk_id)]
            versions = draw(rosters(tuple(party.person_ids) or ("m1",)))
            parties[party.id] = replace(party, roster=versions)
    zone = draw(st.sampled_from(ZONES))
    return network(draw(protocols(zone)), *parties.values())


@st.composite
def protocols(draw: st.DrawFn, zone: str) -> dict[str, object]:
    """A document whose first variants apply at some hours, on some days, to some types."""
    special = [
        {"name": f"variant-{number}", "when": draw(conditions())} | draw(slow_variants())
        for number in range(draw(st.integers(0, 2)))
    ]
    closing = {"name": "全て"} | draw(slow_variants())
    return document(variants=[*special, closing], timezone=zone)


@st.composite
def slow_variants(draw: st.DrawFn) -> dict[str, object]:
    """Steps that last long enough for a shift to end meanwhile, some of a second tier."""
    drawn: dict[str, Any] = draw(variants())
    steps = [
        {
            **step,
            "ack_within_seconds": draw(st.sampled_from((60, 3_600, 14_400))),
            "remind_every_seconds": draw(st.sampled_from((None, 3_600))),
            "tier": draw(st.sampled_from((1, 1, 2))),
            "when_busy": draw(st.sampled_from(("ask", "pass"))),
        }
        for step in drawn["steps"]
    ]
    return {"rounds": min(drawn["rounds"], 2), "steps": steps}


@st.composite
def conditions(draw: st.DrawFn) -> list[Mapping[str, object]]:
    """One condition, or two of which any suffices."""
    return [
        {
            "hours": draw(st.sampled_from(HOURS)),
            **draw(st.sampled_from(({}, {"days": [draw(st.sampled_from(DAYS))]}))),
            **draw(st.sampled_from(({}, {"types": [draw(st.sampled_from(TYPES)).value]}))),
            **draw(st.sampled_from(({}, {"severities": ["critical", "high"]}))),
        }
        for _ in range(draw(st.integers(1, 2)))
    ]


@st.composite
def rosters(draw: st.DrawFn, persons: tuple[str, ...]) -> tuple[Version, ...]:
    """One or two versions of a roster; the second begins in the midst of the horizon."""
    since = datetime(2026, 9, 1, tzinfo=UTC)
    found = [since, draw(st.sampled_from(BEGINS)) + timedelta(hours=draw(st.integers(0, 40)))]
    return tuple(
        Version(
            number=number,
            document=parse_roster(draw(roster_documents(persons))),
            effective_from=at,
            recorded_at=since,
        )
        for number, at in enumerate(found[: draw(st.integers(1, 2))], 1)
    )


@st.composite
def roster_documents(draw: st.DrawFn, persons: tuple[str, ...]) -> dict[str, object]:
    """Rotations with hours and days, single shifts, overrides, perhaps an end of the plan."""
    begin = draw(st.sampled_from(BEGINS))
    return {
        "timezone": draw(st.sampled_from(ZONES)),
        "rotations": [
            {
                "name": f"rotation-{number}",
                "tier": draw(st.integers(1, 2)),
                "persons": [draw(st.sampled_from(persons)) for _ in range(draw(st.integers(1, 3)))],
                "starts_on": "2026-09-07",
                "every": draw(st.sampled_from(("day", "week", {"days": 3}))),
                "hand_over": draw(st.sampled_from(("02:30", "09:00"))),
                "hours": draw(st.sampled_from(HOURS)),
                **draw(st.sampled_from(({}, {"days": [draw(st.sampled_from(DAYS))]}))),
            }
            for number in range(draw(st.integers(0, 2)))
        ],
        "shifts": [draw(timed(begin, person=st.sampled_from(persons)))] * draw(st.integers(0, 1)),
        "overrides": [draw(timed(begin, person=st.sampled_from((*persons, None))))]
        * draw(st.integers(0, 1)),
        **draw(st.sampled_from(({}, {"planned_until": (begin.date()).isoformat()}))),
    }


@st.composite
def timed(
    draw: st.DrawFn, begin: datetime, *, person: st.SearchStrategy[str | None]
) -> dict[str, object]:
    """Something that lasts some hours, within the first days of a horizon."""
    at = begin + timedelta(minutes=draw(st.integers(0, 4_000)))
    ends = at + timedelta(minutes=draw(st.integers(1, 2_000)))
    who = draw(person)
    times: dict[str, object] = {"from": at.isoformat(), "to": ends.isoformat()}
    return times | ({"person": who} if who else {})


@st.composite
def kinds_of_incident(draw: st.DrawFn) -> tuple[IncidentType, Severity]:
    """What is reported."""
    return draw(st.sampled_from(TYPES)), draw(st.sampled_from((Severity.HIGH, Severity.LOW)))


__all__ = ["ASKED", "BEGINS", "PERSONS", "kinds_of_incident", "towns"]
