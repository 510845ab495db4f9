"""The last resort, and who hears what a party is told: DESIGN.md 4.1.12, 4.1.13, 4.1.15."""

from dataclasses import replace

import pytest

from app.escalation.party import Asking, Party, PartyId
from app.protocols.kinds import OrganisationKind
from tests.escalation.network_samples import NOON, desk, network, organisation, person, point

LATE = ["17:00-09:00"]


def asked(answer: Asking) -> dict[str, list[str]]:
    """Contact points by the party that is asked."""
    return {a.party_id: [one.id for one in a.contact_points] for a in answer.asks}


def left_out(answer: Asking) -> dict[str, str]:
    return {party: reason.value for party, reason in answer.left_out}


# --- the accountable desk, 4.1.12 --------------------------------------------------------------


def accountable(*parties: Party, restricted: bool = False) -> Asking:
    return network(None, *parties).ask_accountable(NOON, restricted=restricted)


def test_all_persons_and_the_phone_of_the_accountable_desk_are_asked() -> None:
    phone = desk("city-desk", "mori", "ono", organisation="city", points=[point("p")])
    assert asked(accountable(phone)) == {"mori": ["mori-1"], "ono": ["ono-1"], "city-desk": ["p"]}


def test_accountable_desk_is_asked_even_while_it_is_closed() -> None:
    shut = desk("city-desk", "mori", organisation="city", hours=LATE)
    assert asked(accountable(shut)) == {"mori": ["mori-1"]}


def test_hours_of_contact_points_give_way_when_no_other_is_left() -> None:
    late = person("mori", "city", points=[point("late", hours=LATE)])
    # while another can be used, hours are kept
    assert asked(accountable(late)) == {"ono": ["ono-1"]}
    # when none is left, a last resort is never silent
    alone = (late, person("ono", "city", points=[]))
    assert asked(accountable(*alone)) == {"mori": ["late"]}


def test_family_of_the_accountable_desk_is_kept_out() -> None:
    mixed = desk("city-desk", "mori", "son", organisation="city")
    late = person("mori", "city", points=[point("late", hours=LATE)])
    answer = accountable(mixed, late, person("son", "family"), restricted=True)
    # The son's contact point is the only usable one, and does not count.
    assert asked(answer) == {"mori": ["late"]}
    assert left_out(answer) == {"son": "restricted"}


def test_retired_persons_of_the_accountable_desk_are_not_asked() -> None:
    gone = [replace(person(one, "city"), is_retired=True) for one in ("mori", "ono")]
    assert asked(accountable(*gone)) == {}


def test_municipality_itself_can_be_accountable() -> None:
    city = replace(
        organisation("city", [point("town-hall")]),
        person_ids=(PartyId("mori"),),
        organisation_kind=OrganisationKind.MUNICIPALITY,
    )
    sample = replace(network(None, city), accountable=PartyId("city"))
    answer = sample.ask_accountable(NOON, restricted=False)
    assert asked(answer) == {"mori": ["mori-1"], "city": ["town-hall"]}


# --- who hears what a party is told ------------------------------------------------------------

HEARERS = {
    # a person themselves
    "person": ("sato", {"sato": ["sato-1"]}),
    # a desk: who is on duty there, and its phone
    "desk": ("night", {"sato": ["sato-1"], "night": ["p"]}),
    # a desk that is closed: nobody
    "closed desk": ("shut", {}),
    # an organisation: its own contact points
    "organisation": ("midori", {"midori": ["office"]}),
    # an organisation without one
    "mute organisation": ("aoi", {}),
}


@pytest.mark.parametrize(("party", "expected"), HEARERS.values(), ids=HEARERS)
def test_who_hears_what_a_party_is_told(party: str, expected: dict[str, list[str]]) -> None:
    sample = network(
        None,
        desk("night", "sato", points=[point("p")]),
        desk("shut", "sato", hours=LATE),
        person("sato"),
        organisation("midori", [point("office")]),
        organisation("aoi"),
    )
    assert asked(sample.tell(PartyId(party), NOON, restricted=False)) == expected
