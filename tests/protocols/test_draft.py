"""A refused document: what stands against publishing it is named with what is wrong with it."""

from collections.abc import Iterator
from datetime import date
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from app.protocols.draft import Draft
from app.protocols.problems import Problem, ProtocolInvalid
from app.protocols.protocol import parse_protocol
from app.protocols.publication import check_publication, check_refused
from tests.protocols.documents import Document, night
from tests.protocols.test_publication import STEP, TODAY, TOWN, Parties, town

NOT_APPROVED = "Its organisation has not approved this protocol on or before this day."


def refused(document: object) -> ProtocolInvalid:
    with pytest.raises(ProtocolInvalid) as caught:
        parse_protocol(document)
    return caught.value


def found(document: object, parties: Parties = TOWN) -> tuple[Problem, ...]:
    return check_refused(refused(document), parties, published_on=TODAY)


def pointers(document: object, parties: Parties = TOWN) -> list[str]:
    return [one.pointer for one in found(document, parties)]


def places(value: object, here: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Every (container, key, pointer) of a document."""
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(cast("list[Any]", value))
    for key, child in pairs:
        yield value, key, f"{here}/{key}"
        if isinstance(child, dict | list):
            yield from places(child, f"{here}/{key}")


def test_whatever_is_malformed_hides_no_party_elsewhere() -> None:
    unknown = check_publication(parse_protocol(night()), {}, published_on=TODAY).errors
    assert len(unknown) == 10
    for number, (_, _, pointer) in enumerate(list(places(night()))):
        document = night()
        container, key, _ = list(places(document))[number]
        container[key] = {"odd": [1]}
        elsewhere = {one for one in unknown if not f"{one.pointer}/".startswith(f"{pointer}/")}
        problems = found(document, {})
        assert elsewhere <= set(problems), pointer
        # And nothing is said of a party where there is none.
        parties = {one.pointer for one in problems if one.detail == "No such party is known here."}
        assert parties == {one.pointer for one in elsewhere}, pointer


def test_all_problems_are_named_in_document_order() -> None:
    document = night()
    document["title"] = "a\u202eb"
    document["owner"] = "x"
    document["approvals"][1]["organisation"] = "FOREIGN"
    document["variants"][0]["when"]["days"] = ["noday"]
    document["variants"][0]["steps"][0]["ack_within_seconds"] = "180"
    document["variants"][0]["steps"][0]["also_page"] = ["FOREIGN", 7, "NURSE"]
    document["variants"][0]["steps"][1] = {"inform": ["FOREIGN"]}
    document["variants"][1]["when"] = {"days": ["sun"]}
    assert pointers(document) == [
        "/title",
        "/approvals/1/organisation",
        "/variants",
        "/variants/0/when/days/0",
        f"{STEP}/ack_within_seconds",
        f"{STEP}/also_page/0",
        f"{STEP}/also_page/1",
        "/variants/0/steps/1",
        "/variants/0/steps/1/inform/0",
        "/owner",
    ]


@pytest.mark.parametrize(
    ("approvals", "is_refused"),
    [
        ([], True),
        (None, True),  # absent
        (7, False),  # whatever is in it
        ([7], False),
        ([{"organisation": "AOBA", "approved_by": ""}], True),  # not theirs, whatever else it says
        ([{"organisation": 7, "approved_by": "x", "approved_on": "2026-11-01"}], False),
        ([{"organisation": "CITY", "approved_by": "x", "approved_on": "soon"}], False),
        ([{"organisation": "CITY", "approved_by": "x"}], False),
        # Their approval is there; that nobody has signed it is another matter.
        ([{"organisation": "CITY", "approved_by": "", "approved_on": "2026-11-14"}], False),
        ([{"organisation": "CITY", "approved_by": "", "approved_on": "2026-11-15"}], True),
    ],
    ids=range(10),
)
def test_a_missing_approval_is_named_unless_it_may_be_what_cannot_be_read(
    approvals: object, *, is_refused: bool
) -> None:
    document = night() | {"title": "", "approvals": approvals}
    if approvals is None:
        del document["approvals"]
    details = {one.detail for one in found(document) if one.pointer == "/accountable"}
    assert details == ({NOT_APPROVED} if is_refused else set())


def test_a_desk_that_cannot_be_reached_is_named_whatever_else_is_wrong() -> None:
    parties = town(CITY_DESK={"contact_hours": ()}, CLERK={"contact_hours": ()})
    document = night() | {"timezone": "Asia/Edo"}
    assert pointers(document, parties) == ["/timezone", "/accountable"]


@pytest.mark.parametrize(
    ("change", "zone"),
    [
        ({}, "Asia/Tokyo"),
        ({"timezone": "Asia/Edo"}, "Asia/Tokyo"),
        ({"timezone": 7}, "Asia/Tokyo"),
        ({"timezone": " Europe/London "}, "Europe/London"),
    ],
    ids=range(4),
)
def test_the_local_day_is_that_of_the_zone_or_of_japan(change: Document, zone: str) -> None:
    invalid = refused({"title": ""} | change)
    assert Draft.of(invalid).zone == ZoneInfo(zone)
    assert Draft.of(parse_protocol(night() | {"timezone": "UTC"})).zone == ZoneInfo("UTC")


@pytest.mark.parametrize("document", [None, 7, "x", [], [night()], {"variants": 7}], ids=range(6))
def test_what_is_no_document_names_nobody(document: object) -> None:
    assert list(Draft.of(refused(document)).references()) == []
    assert found(document) == refused(document).problems


def test_a_list_that_is_too_long_is_not_looked_through() -> None:
    document = night()
    document["variants"][0]["steps"][0]["inform"] = ["FOREIGN"] * 21
    assert pointers(document) == [f"{STEP}/inform"]
    assert Draft.of(refused(document)).may_be_approved("CITY", date(2026, 11, 14))
