"""What is refused and what is warned of when a protocol is published."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.protocols.calendar import Hours
from app.protocols.draft import Kind
from app.protocols.protocol import parse_protocol
from app.protocols.publication import KnownParty, Report, check_publication
from tests.protocols.documents import Document, night

TODAY = date(2026, 11, 14)
Parties = Mapping[str, KnownParty]


def party(
    party_id: str, kind: Kind, organisation_id: str, *desk_ids: str, contacts: int = 0
) -> KnownParty:
    return KnownParty(
        id=party_id,
        kind=kind,
        organisation_id=organisation_id,
        hours=Hours.always,
        retired=False,
        desk_ids=frozenset(desk_ids),
        contact_hours=(Hours.always,) * contacts,
    )


TOWN = {
    one.id: one
    for one in (
        party("CITY", "organisation", "CITY"),
        party("MIDORI", "organisation", "MIDORI"),
        party("AOBA", "organisation", "AOBA"),
        party("CITY-DESK", "desk", "CITY", contacts=1),
        party("NIGHT-DESK", "desk", "MIDORI"),
        party("DAY-DESK", "desk", "MIDORI"),
        party("CLERK", "person", "CITY", "CITY-DESK", contacts=1),
        party("NURSE", "person", "MIDORI", "NIGHT-DESK", contacts=2),
        party("LEADER", "person", "MIDORI", "DAY-DESK", contacts=1),
        party("CHIEF", "person", "MIDORI", contacts=1),
        party("HELPER", "person", "AOBA", contacts=1),
        party("SON", "person", "AOBA", contacts=1),
    )
}


def town(**changes: dict[str, object] | None) -> Parties:
    """The town with some parties changed, or taken away; "CITY_DESK" is the id CITY-DESK."""
    parties = dict(TOWN)
    for name, change in changes.items():
        party_id = name.replace("_", "-")
        if change is None:
            del parties[party_id]
        else:
            parties[party_id] = replace(parties[party_id], **change)  # type: ignore[arg-type]  # by name
    return parties


def publish(document: Document | None = None, parties: Parties = TOWN) -> Report:
    protocol = parse_protocol(document if document is not None else night())
    return check_publication(protocol, parties, published_on=TODAY)


def errors(document: Document | None = None, parties: Parties = TOWN) -> list[str]:
    return [one.pointer for one in publish(document, parties).errors]


def warnings(document: Document | None = None, parties: Parties = TOWN) -> list[str]:
    return [one.pointer for one in publish(document, parties).warnings]


def changed(path: str, value: object) -> Document:
    """The document with the member at a JSON pointer set."""
    document = night()
    here: Any = document
    *way, last = (int(part) if part.isdigit() else part for part in path.strip("/").split("/"))
    for part in way:
        here = here[part]
    here[last] = value
    return document


STEP = "/variants/0/steps/0"
DAY_STEP = "/variants/0/steps/1"
LAST_STEP = "/variants/0/steps/2"
MIDORI_DESKS = [f"{STEP}/desk", f"{DAY_STEP}/desk", "/variants/1/steps/0/desk"]


def test_a_sound_protocol_has_neither_errors_nor_warnings() -> None:
    assert publish() == Report(errors=(), warnings=())


@pytest.mark.parametrize(
    ("path", "named", "sentence"),
    [
        ("/accountable", "FOREIGN", "No such party"),
        ("/accountable", "CLERK", "Must be a desk; this is a person."),
        ("/accountable", "CITY", "Must be a desk; this is an organisation."),
        ("/approvals/1/organisation", "FOREIGN", "No such party"),
        ("/approvals/1/organisation", "DAY-DESK", "Must be an organisation; this is a desk."),
        (f"{STEP}/desk", "FOREIGN", "No such party"),
        (f"{STEP}/desk", "NURSE", "Must be a desk; this is a person."),
        (f"{STEP}/inform/0", "FOREIGN", "No such party"),
        (f"{STEP}/also_page/0", "FOREIGN", "No such party"),
        (f"{STEP}/also_page/0", "AOBA", "Must be a desk or a person; this is an organisation."),
        (f"{LAST_STEP}/person", "FOREIGN", "No such party"),
        (f"{LAST_STEP}/person", "DAY-DESK", "Must be a person; this is a desk."),
        (f"{LAST_STEP}/desk", "FOREIGN", "No such party"),  # a person's step names a desk, too
        ("/variants/1/steps/0/desk", "FOREIGN", "No such party"),
    ],
)
def test_whoever_is_unknown_or_of_the_wrong_kind_is_refused_at_the_pointer(
    path: str, named: str, sentence: str
) -> None:
    [problem] = publish(changed(path, named)).errors
    assert problem.pointer == path
    assert sentence in problem.detail


@pytest.mark.parametrize(
    ("member", "named"),
    [("inform/0", "AOBA"), ("inform/0", "DAY-DESK"), ("also_page/0", "DAY-DESK")],
)
def test_any_party_may_be_informed_and_a_desk_paged_too(member: str, named: str) -> None:
    assert errors(changed(f"{STEP}/{member}", named)) == []


@pytest.mark.parametrize(
    ("retired", "pointers"),
    [
        ("CITY_DESK", ["/accountable", f"{LAST_STEP}/desk"]),
        ("MIDORI", ["/approvals/1/organisation"]),
        ("DAY_DESK", [f"{DAY_STEP}/desk", "/variants/1/steps/0/desk"]),
        ("SON", [f"{STEP}/inform/0"]),
        ("HELPER", [f"{STEP}/also_page/0"]),
        ("CHIEF", [f"{LAST_STEP}/person"]),
        ("NURSE", []),  # of a desk that is named: she is only not counted
    ],
)
def test_a_retired_party_is_refused_wherever_it_is_named(retired: str, pointers: list[str]) -> None:
    change: dict[str, object] = {"retired": True}
    parties = town(**{retired: change})
    assert errors(parties=parties) == pointers
    assert {one.detail for one in publish(parties=parties).errors} <= {"This party is retired."}


def test_all_problems_are_named_in_document_order() -> None:
    nobody = {"CITY-DESK": TOWN["CITY-DESK"]}
    assert errors(changed(f"{STEP}/desk", "FOREIGN"), nobody) == [
        "/approvals/0/organisation",
        "/approvals/1/organisation",
        f"{STEP}/desk",
        f"{STEP}/inform/0",
        f"{STEP}/also_page/0",
        f"{DAY_STEP}/desk",
        f"{LAST_STEP}/person",
        "/variants/1/steps/0/desk",
    ]


# On the day of publication it counts, a day later it does not.
@pytest.mark.parametrize(
    ("approved_on", "is_refused"), [("2026-11-14", False), ("2026-11-15", True)]
)
def test_the_accountable_desk_s_organisation_must_have_approved(
    approved_on: str, *, is_refused: bool
) -> None:
    document = changed("/approvals/0/approved_on", approved_on)
    assert errors(document) == (["/accountable"] if is_refused else [])


def test_the_approval_of_another_organisation_is_not_enough() -> None:
    document = changed("/approvals/0/organisation", "AOBA")
    [problem] = publish(document).errors
    assert problem.pointer == "/accountable"
    assert "not approved" in problem.detail


DAY, NIGHT = Hours.parse(["08:30-18:00"]), Hours.parse(["18:00-08:30"])
EVENING = Hours.parse(["18:01-08:30"])


@pytest.mark.parametrize(
    ("desk", "clerk", "sentence"),
    [
        ({"hours": Hours.parse(["08:30-18:00", "18:00-08:30"])}, {}, None),
        ({"hours": DAY}, {}, "must be open 24 hours"),
        ({"hours": EVENING}, {}, "must be open 24 hours"),
        ({"contact_hours": ()}, {}, None),  # the clerk's are enough
        ({}, {"contact_hours": ()}, None),  # the desk's own are enough
        ({"contact_hours": (DAY,)}, {"contact_hours": (NIGHT,)}, None),  # together all day
        ({"contact_hours": (DAY, NIGHT)}, {"contact_hours": ()}, None),
        ({"contact_hours": (DAY,)}, {"contact_hours": (EVENING,)}, "At some hours"),
        ({"contact_hours": (DAY,)}, {"contact_hours": (NIGHT,), "retired": True}, "At some hours"),
        ({"contact_hours": (DAY,)}, {"desk_ids": frozenset()}, "At some hours"),  # not its person
        ({"contact_hours": ()}, {"contact_hours": ()}, "have no contact point"),
        ({"contact_hours": ()}, {"retired": True}, "have no contact point"),
    ],
)
def test_the_accountable_desk_must_be_reachable_at_every_hour(
    desk: dict[str, object], clerk: dict[str, object], sentence: str | None
) -> None:
    found = publish(parties=town(CITY_DESK=desk, CLERK=clerk)).errors
    assert [one.pointer for one in found] == (["/accountable"] if sentence else [])
    assert all((sentence or "") in one.detail for one in found)


def test_everything_wrong_with_the_accountable_desk_is_named() -> None:
    document = night()
    del document["approvals"][0]
    parties = town(CITY_DESK={"hours": DAY, "contact_hours": ()}, CLERK={"contact_hours": ()})
    assert errors(document, parties) == ["/accountable"] * 3


@pytest.mark.parametrize(
    ("path", "value", "pointers"),
    [
        # a day that has not come is no approval yet: those who rely on it are named as well
        (
            "/approvals/1/approved_on",
            "2026-11-15",
            ["/approvals/1/approved_on", *MIDORI_DESKS],
        ),
        ("/approvals/1/approved_on", "2026-11-14", []),
        (f"{STEP}/inform", ["SON", "AOBA", "SON"], [f"{STEP}/inform/2"]),
        (f"{STEP}/also_page", ["HELPER", "HELPER"], [f"{STEP}/also_page/1"]),
        (f"{STEP}/also_page", ["NIGHT-DESK"], [f"{STEP}/also_page/0"]),  # the step's own desk
        (f"{STEP}/also_page", ["NURSE"], [f"{STEP}/also_page/0"]),  # a person of that desk
        (f"{LAST_STEP}/also_page", ["CHIEF"], [f"{LAST_STEP}/also_page/0"]),
        (f"{LAST_STEP}/also_page", ["CLERK"], []),  # beside a person the desk is not asked
        (f"{DAY_STEP}/also_page", ["HELPER"], [f"{DAY_STEP}/also_page/0"]),  # asked in step 1
        (f"{LAST_STEP}/person", "HELPER", [f"{LAST_STEP}/person"]),
        (f"{LAST_STEP}/person", "NURSE", [f"{LAST_STEP}/person"]),  # through her desk in step 1
        (f"{DAY_STEP}/desk", "NIGHT-DESK", [f"{DAY_STEP}/desk"]),
        ("/variants/1/steps/0/desk", "NIGHT-DESK", []),  # another variant is another matter
        (f"{STEP}/remind_every_seconds", 119, []),
        (f"{STEP}/remind_every_seconds", 120, [f"{STEP}/remind_every_seconds"]),
        (f"{STEP}/remind_every_seconds", None, []),
    ],
    ids=range(16),
)
def test_a_document_worth_a_second_look_is_warned_of(
    path: str, value: object, pointers: list[str]
) -> None:
    report = publish(changed(path, value))
    assert report.is_ok
    assert [one.pointer for one in report.warnings] == pointers


def test_the_same_approval_twice_is_warned_of_and_a_renewed_one_is_not() -> None:
    document = night()
    renewed = document["approvals"][1] | {"approved_on": "2026-11-10"}
    document["approvals"] += [renewed, dict(renewed)]
    assert warnings(document) == ["/approvals/3"]


def test_a_desk_whose_organisation_has_not_approved_is_warned_of_wherever_it_would_hold() -> None:
    document = night()
    del document["approvals"][1]
    assert warnings(document) == MIDORI_DESKS
    document["variants"][0]["steps"][2]["desk"] = "DAY-DESK"  # beside a person, too
    assert warnings(document) == sorted([*MIDORI_DESKS, f"{LAST_STEP}/desk"])


def test_a_desk_without_persons_is_warned_of() -> None:
    parties = town(CLERK=None, NURSE={"retired": True}, NIGHT_DESK={"contact_hours": (DAY,)})
    assert warnings(parties=parties) == ["/accountable", f"{STEP}/desk"]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"NURSE": {"contact_hours": ()}}, []),  # the helper is asked in parallel
        ({"NURSE": {"contact_hours": ()}, "HELPER": {"contact_hours": ()}}, [STEP]),
        ({"LEADER": {"contact_hours": ()}}, [DAY_STEP, "/variants/1/steps/0"]),
        ({"LEADER": {"contact_hours": ()}, "DAY_DESK": {"contact_hours": (DAY,)}}, []),
        ({"CHIEF": {"contact_hours": ()}}, [LAST_STEP]),
    ],
    ids=range(5),
)
def test_a_step_by_which_nobody_can_be_reached_is_warned_of(
    changes: dict[str, dict[str, object] | None], pointers: list[str]
) -> None:
    assert warnings(parties=town(**changes)) == pointers


def test_warnings_come_in_document_order() -> None:
    parties = town(NURSE={"contact_hours": ()}, HELPER={"contact_hours": ()})
    document = changed(f"{STEP}/remind_every_seconds", 120)
    document["variants"][0]["steps"][0]["inform"] = ["SON", "SON"]
    found = warnings(document, parties)
    assert found == [STEP, f"{STEP}/remind_every_seconds", f"{STEP}/inform/1"]
