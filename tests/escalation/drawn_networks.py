"""Contact networks drawn at random: any protocol that could be published, any directory beside it.

Three providers' worth of parties: midori and aoi (both may have approved or not), the family with
a desk of its own, and the city, whose desk is accountable and reachable at every hour.
"""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import strategies as st

from app.escalation.network import Network
from app.escalation.party import ContactPoint, Party, PartyId
from tests.escalation.network_samples import desk, document, network, organisation, person, point

PERSONS = {
    "m1": "midori",
    "m2": "midori",
    "a1": "aoi",
    "a2": "aoi",
    "f1": "family",
    "f2": "family",
    "c1": "city",
    "c2": "city",
}
DESKS = {"midori-1": "midori", "midori-2": "midori", "aoi-1": "aoi", "home": "family"}
ASKED = (*PERSONS, *DESKS)
TOLD = (*ASKED, "midori", "family")
HOURS = ("24h", "24h", ["09:00-17:00"], ["17:00-09:00"])
DELAYS = (0, 0, 30, 120)
APPROVED_ON = ("2026-10-01", "2026-10-01", "2026-12-01")  # the last: after publication


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A network with a protocol of one or two variants, or, seldom, without any."""
    parties = [*draw(directories()).values(), *city_parties(draw)]
    if draw(st.integers(0, 19)) == 0:
        return network(None, *parties)
    return network(draw(documents()), *parties)


@st.composite
def directories(draw: st.DrawFn) -> dict[PartyId, Party]:
    """Everybody but the city: contact points or none, hours, phones of desks."""
    parties = [
        person(name, house, draw(contact_points(name)))
        for name, house in PERSONS.items()
        if house != "city"
    ]
    for name, house in DESKS.items():
        own = sorted(draw(st.sets(st.sampled_from(sorted(PERSONS)), max_size=3)))
        phone = draw(contact_points(name)) if draw(st.integers(0, 3)) == 0 else []
        hours = draw(st.sampled_from(HOURS))
        parties.append(desk(name, *own, organisation=house, hours=hours, points=phone))
    parties.append(organisation("midori", [point("midori-0")]))
    parties.append(organisation("family"))
    return {party.id: party for party in parties}


@st.composite
def contact_points(draw: st.DrawFn, name: str) -> list[ContactPoint]:
    """None, one or two ways to reach a party."""
    return [
        point(
            f"{name}-{number}",
            delay=draw(st.sampled_from(DELAYS)),
            hours=draw(st.sampled_from(HOURS)),
        )
        for number in range(draw(st.sampled_from((0, 1, 1, 2))))
    ]


@st.composite
def documents(draw: st.DrawFn) -> dict[str, object]:
    """A protocol document: steps of every kind, approvals of some."""
    closing = {"name": "全て"} | draw(variants())
    critical = {"name": "重大", "when": {"severities": ["critical"]}} | draw(variants())
    approvals = [
        {
            "organisation": house,
            "approved_by": "x",
            "approved_on": draw(st.sampled_from(APPROVED_ON)),
        }
        for house in draw(st.sets(st.sampled_from(["midori", "aoi", "family"])))
    ]
    city = {"organisation": "city", "approved_by": "x", "approved_on": "2026-10-01"}
    return document(
        variants=[critical, closing],
        approvals=[city, *approvals],
        accountable_remind_every_seconds=draw(st.sampled_from((1, 45, 60, 400, 600))),
        offer_within_seconds=draw(st.sampled_from((30, 300))),
    )


@st.composite
def variants(draw: st.DrawFn) -> dict[str, object]:
    """One to four steps, one to three rounds."""
    count = draw(st.integers(1, 4))
    steps = [draw(steps_of(number, count)) for number in range(count)]
    return {"rounds": draw(st.integers(1, 3)), "steps": steps}


@st.composite
def steps_of(draw: st.DrawFn, number: int, count: int) -> Mapping[str, object]:
    """Step `number` of `count`: a desk, a person, or a person with a desk that holds."""
    desk_id, person_id = (
        draw(st.sampled_from(sorted(DESKS))),
        draw(st.sampled_from(sorted(PERSONS))),
    )
    own = draw(
        st.sampled_from(
            (
                {"desk": desk_id},
                {"desk": desk_id},
                {"person": person_id},
                {"desk": desk_id, "person": person_id},
            )
        )
    )
    later = [f"step-{one}" for one in range(number + 1, count)]
    return own | {
        "name": f"step-{number}",
        "ack_within_seconds": draw(st.sampled_from((30, 60, 180))),
        "remind_every_seconds": draw(st.sampled_from((None, 20, 60, 100))),
        "arrive_within_seconds": draw(st.sampled_from((60, 600, 1800))),
        "also_page": draw(st.lists(st.sampled_from(ASKED), unique=True, max_size=2)),
        "inform": draw(st.lists(st.sampled_from(TOLD), unique=True, max_size=2)),
        "on_decline": draw(st.sampled_from(["next", "next", *later])),
    }


def recovered(contact_network: Network) -> Network:
    """The same network with everybody there: nobody retired, a way to reach each, desks open."""
    parties = dict(contact_network.parties)
    for name, house in PERSONS.items():
        parties[PartyId(name)] = person(name, house)
    for name, house in DESKS.items():
        old = parties[PartyId(name)]
        parties[PartyId(name)] = desk(name, *old.person_ids, organisation=house)
    parties[PartyId("city-desk")] = desk("city-desk", "c1", "c2", organisation="city")
    return replace(contact_network, parties=parties)


def city_parties(draw: st.DrawFn) -> list[Party]:
    """The accountable desk: open always, and c1 can be reached at every hour."""
    own_phone = draw(contact_points("city-desk"))
    return [
        desk("city-desk", "c1", "c2", organisation="city", points=own_phone),
        person("c1", "city"),
        person("c2", "city", draw(contact_points("c2"))),
    ]
