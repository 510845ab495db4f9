"""A protocol with gaps of several sorts, examined at a fixed instant."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from app.escalation.network import Network
from app.escalation.party import PartyId
from app.foresight.examined import Examined, examine
from app.protocols.problems import Problem
from app.protocols.publication import Report
from app.rosters.history import Version
from app.rosters.roster import parse_roster
from tests.escalation.network_samples import desk, document, network, person, point

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # a Friday, 12:00 in Tokyo
NOTHING_AGAINST = Report(errors=(), warnings=())
SINCE = datetime(2026, 10, 1, tzinfo=UTC)


def office_hours() -> Network:
    """The day desk from 9 to 17 for two minutes, then the night desk by its roster.

    On weekend nights nobody takes turns, and from April on nothing is planned.
    """
    plan = {
        "rotations": [
            {
                "name": "夜勤",
                "persons": ["sato", "tanaka"],
                "starts_on": "2026-11-01",
                "hours": ["17:00-09:00"],
                "days": ["weekday", "holiday", "year_end"],
            },
            {
                "name": "日中",
                "persons": ["tanaka"],
                "starts_on": "2026-11-01",
                "hours": ["09:00-17:00"],
            },
        ],
        "planned_until": "2027-03-31",
    }
    roster = Version(number=1, document=parse_roster(plan), effective_from=SINCE, recorded_at=SINCE)
    night = replace(desk("night", "sato", "tanaka"), roster=(roster,))
    steps = [{"desk": "day", "name": "日勤", "ack_within_seconds": 120}, {"desk": "night"}]
    return network(
        document(variants=[{"name": "いつでも", "steps": steps}]),
        desk("day", "suzuki", hours=["09:00-17:00"]),
        night,
        replace(person("suzuki"), name="看護師 鈴木"),
        person("sato"),
        person("tanaka", points=[point("tanaka-1", delay=30)]),
    )


def without_gaps() -> Network:
    """The city's desk alone, which is there day and night."""
    return network(document({"desk": "city-desk"}))


@lru_cache(maxsize=1)
def examined() -> Examined:
    """What there is to say of the first of them."""
    warning = Problem(
        pointer="/variants/0/steps/0/desk",
        detail="Its organisation has not approved: it is asked, but never holds.",
    )
    report = Report(errors=(), warnings=(warning,))
    return examine(office_hours(), report, NOW)


def named(text: str) -> Network:
    """A network whose title, variant, step and persons are all called so."""
    found = network(
        document(
            title=text,
            variants=[{"name": text, "steps": [{"name": text, "desk": "day"}]}],
        ),
        desk("day", "suzuki", hours=["09:00-17:00"]),
        replace(person("suzuki"), name=text),
    )
    renamed = replace(found.parties[PartyId("day")], name=text)
    return replace(found, parties={**found.parties, renamed.id: renamed})
