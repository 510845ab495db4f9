"""Who can be asked, and which desk holds: DESIGN.md 4.1.1, 4.1.2, 4.1.5, 4.1.15."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.escalation.network import Network
from app.escalation.party import Asking, LeftOut, Party, PartyId
from app.protocols.protocol import Step
from tests.escalation.network_samples import (
    NOON,
    desk,
    document,
    network,
    person,
    point,
)

NIGHT = NOON + timedelta(hours=11)  # 23:00 in Tokyo
SHUT = ["09:00-17:00"]
LATE = ["17:00-09:00"]


def asking(
    *parties: Party, at: datetime = NOON, restricted: bool = False, **step: object
) -> Asking:
    """Whom a step asks."""
    sample = network(document(step), *parties)
    return sample.ask_step(only_step(sample), at, restricted=restricted)


def only_step(sample: Network) -> Step:
    assert sample.protocol
    return sample.protocol.variants[0].steps[0]


def asked(answer: Asking) -> dict[str, list[str]]:
    """Contact points by the party that is asked."""
    return {a.party_id: [one.id for one in a.contact_points] for a in answer.asks}


def left_out(answer: Asking) -> dict[str, str]:
    return {party: reason.value for party, reason in answer.left_out}


# --- 4.1.1: the desk that holds ----------------------------------------------------------------

HOLDERS = {
    # its organisation has approved
    "approved": ({"desk": "night"}, "night"),
    # it has not: asked, but never holder
    "not approved": ({"desk": "foreign"}, "city-desk"),
    # a step that names a person
    "person": ({"person": "sato"}, "city-desk"),
    # … and a desk beside it
    "person and desk": ({"person": "sato", "desk": "night"}, "night"),
    # … a desk without approval beside it
    "person and foreign desk": ({"person": "sato", "desk": "foreign"}, "city-desk"),
    # a desk that was retired after publication answers for nobody
    "retired": ({"desk": "gone"}, "city-desk"),
    # a desk that the directory does not know
    "unknown": ({"desk": "nowhere"}, "city-desk"),
}


@pytest.mark.parametrize(("step", "holder"), HOLDERS.values(), ids=HOLDERS)
def test_desk_of_a_step_holds_if_it_agreed(step: dict[str, object], holder: str) -> None:
    sample = network(
        document(step),
        desk("night", "sato"),
        desk("foreign", organisation="aoi"),
        replace(desk("gone"), is_retired=True),
        person("sato"),
    )
    assert sample.desk_of(only_step(sample)) == holder


def test_without_a_step_the_accountable_desk_holds() -> None:
    assert network(None).desk_of(None) == "city-desk"


def test_desk_of_the_family_does_not_hold_where_family_is_kept_out() -> None:
    sample = replace(
        network(document({"desk": "home"}), desk("home", organisation="family")),
        approved=frozenset({PartyId("home")}),
    )
    assert sample.desk_of(only_step(sample)) == "home"
    assert sample.desk_of(only_step(sample), restricted=True) == "city-desk"


# --- who a step asks ---------------------------------------------------------------------------


def test_desk_without_roster_has_all_its_persons_on_duty() -> None:
    answer = asking(desk("night", "sato", "tanaka"), person("sato"), person("tanaka"), desk="night")
    assert asked(answer) == {"sato": ["sato-1"], "tanaka": ["tanaka-1"]}
    assert left_out(answer) == {}


def test_open_desk_is_asked_by_its_own_phone_too() -> None:
    answer = asking(desk("night", "sato", points=[point("p")]), person("sato"), desk="night")
    assert asked(answer) == {"sato": ["sato-1"], "night": ["p"]}


def test_desk_alone_with_its_phone_can_be_asked() -> None:
    assert asked(asking(desk("night", points=[point("p")]), desk="night")) == {"night": ["p"]}


def test_person_is_asked_whatever_their_desk_and_roster_say() -> None:
    answer = asking(desk("night", "sato", hours=LATE), person("sato"), person="sato")
    assert asked(answer) == {"sato": ["sato-1"]}


def test_desk_beside_a_person_is_not_asked() -> None:
    parties = (desk("night", "tanaka"), person("tanaka"), person("sato"))
    assert asked(asking(*parties, person="sato", desk="night")) == {"sato": ["sato-1"]}


def test_everybody_is_asked_once() -> None:
    parties = (desk("night", "sato"), person("sato"), person("kato"))
    answer = asking(*parties, desk="night", also_page=["kato", "sato", "night"])
    assert list(asked(answer)) == ["sato", "kato"]


def test_only_contact_points_usable_now_are_used() -> None:
    ladder = [point("a"), point("b", delay=60, hours=LATE), point("c", hours=SHUT)]
    assert asked(asking(person("sato", points=ladder), person="sato")) == {"sato": ["a", "c"]}
    by_night = asking(person("sato", points=ladder), person="sato", at=NIGHT)
    assert asked(by_night) == {"sato": ["a", "b"]}


def test_hours_are_read_in_the_zone_of_the_protocol() -> None:
    # 03:00 UTC is noon in Tokyo and 22:00 of the day before in New York.
    utc = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    parties = (desk("night", "sato", hours=["21:00-23:00"]), person("sato"))
    new_york = network(document({"desk": "night"}, timezone="America/New_York"), *parties)
    tokyo = network(document({"desk": "night"}), *parties)
    assert new_york.ask_step(only_step(new_york), utc, restricted=False).asks
    assert not tokyo.ask_step(only_step(tokyo), utc, restricted=False).asks


# --- who is left out, and why ------------------------------------------------------------------

LEFT_OUT = {
    # the desk is closed
    "closed": ([desk("night", "sato", hours=LATE), person("sato")], {"night": "nobody_on_duty"}),
    # closed: its phone does not ring either
    "closed with phone": (
        [desk("night", hours=LATE, points=[point("p")])],
        {"night": "nobody_on_duty"},
    ),
    # nobody works there
    "nobody there": ([desk("night")], {"night": "nobody_on_duty"}),
    # the desk itself has been retired
    "retired desk": (
        [replace(desk("night", "sato"), is_retired=True), person("sato")],
        {"night": "nobody_on_duty"},
    ),
    # the only person has been retired
    "retired person": (
        [desk("night", "sato"), replace(person("sato"), is_retired=True)],
        {"night": "nobody_on_duty"},
    ),
    # on duty, but without a contact point
    "no contact point": (
        [desk("night", "sato"), person("sato", points=[])],
        {"sato": "unreachable"},
    ),
    # on duty, but no contact point may be used at this hour
    "outside hours": (
        [desk("night", "sato"), person("sato", points=[point("x", hours=LATE)])],
        {"sato": "unreachable"},
    ),
    # a phone of the desk that may not be used at this hour is named too
    "phone outside hours": (
        [desk("night", points=[point("p", hours=LATE)])],
        {"night": "unreachable"},
    ),
    # the directory does not know it
    "unknown": ([], {"night": "nobody_on_duty"}),
}


@pytest.mark.parametrize(("parties", "expected"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_nobody_can_be_asked_and_the_reason_is_named(
    parties: list[Party], expected: dict[str, str]
) -> None:
    answer = asking(*parties, desk="night")
    assert asked(answer) == {}
    assert left_out(answer) == expected


def test_who_is_left_out_is_named_beside_who_is_asked() -> None:
    parties = (desk("night", "sato", "mute"), person("sato"), person("mute", points=[]))
    answer = asking(*parties, desk="night", also_page=["shut"])
    assert asked(answer) == {"sato": ["sato-1"]}
    assert left_out(answer) == {"mute": "unreachable", "shut": "nobody_on_duty"}


def test_retired_person_named_by_a_step_is_unreachable() -> None:
    answer = asking(replace(person("sato"), is_retired=True), person="sato")
    assert left_out(answer) == {"sato": "unreachable"}


def test_family_is_left_out_only_where_it_is_kept_out() -> None:
    son = person("son", "family")
    assert asked(asking(son, person="son")) == {"son": ["son-1"]}
    answer = asking(son, person="son", restricted=True)
    assert (asked(answer), left_out(answer)) == ({}, {"son": "restricted"})


REASONS = {
    # somebody is there but cannot be reached: nearer than somebody shut out, than nobody at all
    "unreachable": (
        [LeftOut.NOBODY_ON_DUTY, LeftOut.RESTRICTED, LeftOut.UNREACHABLE],
        "unreachable",
    ),
    "restricted": ([LeftOut.RESTRICTED, LeftOut.NOBODY_ON_DUTY], "restricted"),
    "nobody": ([LeftOut.NOBODY_ON_DUTY], "nobody_on_duty"),
    # nothing was left out because nothing was named
    "nothing": ([], "nobody_on_duty"),
}


@pytest.mark.parametrize(("reasons", "expected"), REASONS.values(), ids=REASONS)
def test_reason_for_asking_nobody(reasons: list[LeftOut], expected: str) -> None:
    pairs = tuple((PartyId(str(number)), reason) for number, reason in enumerate(reasons))
    assert Asking(asks=(), left_out=pairs).reason == expected
