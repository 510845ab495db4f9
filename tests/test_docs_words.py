"""The closed sets in the documents are those of the program, none more, none less."""

import json
import re
from itertools import chain
from typing import Final

import pytest

from app.auth import Role
from app.channels import CHANNELS
from app.channels.channel import MESSAGE_TYPES, RESPONDER_DATA
from app.commands.acts import ACTS, ActBody
from app.commands.audit.disclosure import fields_for_holder
from app.commands.audit.verify import Check
from app.escalation import decision
from app.escalation.decision import MessageKind, Result
from app.escalation.incident import Status
from app.ledger.entry import parse_leaf
from app.ledger.verify import Rule
from app.ledger.words import HOLDER_CHANGES, OF_LOGS, Cause, EntryType
from app.protocols.kinds import (
    IncidentType,
    OrganisationKind,
    Outcome,
    Severity,
    default_severity,
    label,
)
from app.store.contact.check import CheckState
from app.writer.message import LINKS
from tests.documents import TEXT, coded, json_examples, rows, section, table, words
from tests.escalation.acts_table import act_rows
from tests.ledger import golden

NEVER: Final = re.compile(
    r"^Words of the format .*?never writes?: (.*?)\.$", re.MULTILINE | re.DOTALL
)


def test_incident_types_have_their_words_and_severities() -> None:
    assert rows("api", "`type`", "日本語") == [
        [f"`{one}`", label(one, "ja"), f"`{default_severity(one)}`"] for one in IncidentType
    ]


@pytest.mark.parametrize(("heading", "codes"), [("outcome", Outcome), ("kind", OrganisationKind)])
def test_closed_set_has_its_words(
    heading: str, codes: type[Outcome] | type[OrganisationKind]
) -> None:
    listed = rows("api", f"`{heading}`", "日本語")
    assert listed == [[f"`{one}`", label(one, "ja")] for one in codes]


def test_severities_are_listed_gravest_first() -> None:
    [listed] = re.findall(r"^Severities, gravest first: (.*)\.$", TEXT["api"], re.MULTILINE)
    assert words(listed) == sorted(Severity, key=lambda one: -one.rank)


def test_statuses_and_results_are_those_of_the_machine() -> None:
    assert coded("concepts", "`status`") == list(Status)
    assert coded("api", "`result`") == list(Result)


def test_causes_that_change_the_holder_are_explained() -> None:
    causes = list(decision.Cause)
    changing = causes[: causes.index(decision.Cause.RESTRICTED)]
    assert coded("concepts", "`cause`") == changing


def test_words_of_the_ledger_are_all_listed_written_or_not() -> None:
    text = section("ledger", "Entry types and causes")
    written = set(coded("ledger", "Type"))
    others = {EntryType.BOUND, EntryType.ERASED}
    assert written == {*decision.EntryType, *others, *OF_LOGS}
    types, causes = NEVER.findall(text)
    assert set(words(types)) == set(EntryType) - written
    grounds = {Cause.REQUESTED, Cause.RETENTION_ENDED}
    assert set(words(causes)) == set(Cause) - set(decision.Cause) - grounds
    told = text.partition("Causes of a change")[2].partition("Words of the format")[0]
    assert set(decision.Cause) | grounds <= set(words(told))


def test_leaf_has_the_members_that_are_described() -> None:
    assert parse_leaf(golden.GOLDEN) == golden.GOLDEN_LEAF
    assert sorted(coded("ledger", "Member", "Form")) == sorted(json.loads(golden.GOLDEN))
    changing = re.search(r"^Only (.*) change the holder", TEXT["ledger"], re.MULTILINE)
    assert changing
    assert set(words(changing[1])) == HOLDER_CHANGES


def test_findings_of_verify_are_explained() -> None:
    assert coded("ledger", "Finding") == [*Rule, *Check]


def test_roles_and_channels_are_those_of_the_program() -> None:
    assert coded("api", "Role") == list(Role)
    assert table("api", "Request", "operator")[0][1:] == list(Role)
    [channel] = [row for row in rows("api", "Field", "Default") if row[0] == "`channel`"]
    assert words(channel[2]) == list(CHANNELS)


def test_messages_and_their_links_are_listed() -> None:
    listed = {words(row[0])[0]: words(row[2]) for row in rows("api", "`type`", "To")}
    kinds = zip(MESSAGE_TYPES, MessageKind, strict=True)
    assert listed == {name: list(LINKS.get(kind, ())) for name, kind in kinds}


def test_example_of_a_message_says_nothing_that_none_may_say() -> None:
    [example] = [one for one in json_examples("api") if one.get("type") == "incident.paged"]
    assert set(example["data"]) <= {*RESPONDER_DATA, "links"}
    assert tuple(example["data"]["links"]) == LINKS[MessageKind.PAGED]


def test_acts_have_the_fields_that_are_described() -> None:
    listed = {words(row[0])[0]: row[2] for row in rows("api", "Act", "日本語")}
    assert list(listed) == list(ACTS)
    for act, cell in listed.items():
        fields = ACTS[act].model_fields.keys() - ActBody.model_fields.keys()
        values = {"119", "110", "7119", "other", IncidentType.TEST}
        assert set(words(cell)) - values == fields, act
        required = {name for name in fields if ACTS[act].model_fields[name].is_required()}
        assert set(re.findall(r"`(\w+)` \(required", cell)) == required, act


# Who is meant by a word of the table, among the actors of tests/escalation/acts_table.py.
MEANT: Final = {
    "asked": {"now", "before", "offered"},
    "any person": {"now", "before", "never", "offered"},
    "everybody": {"holder", "now", "before", "never", "offered", "coordinator", "reporter"},
    "holder": {"holder"},
    "offered": {"offered"},
    "coordinator": {"coordinator"},
    "reporter": {"reporter"},
    "409": set[str](),
}


@pytest.mark.parametrize(
    ("column", "status"),
    [
        (1, "triggered"),
        (1, "exhausted"),
        (2, "acknowledged"),
        (3, "en_route"),
        (4, "arrived"),
        (5, "resolved"),
        (5, "cancelled"),
    ],
)
def test_who_may_act_is_what_the_machine_allows(column: int, status: str) -> None:
    listed = rows("api", "Act", "`triggered`")
    told = {words(row[0])[0]: meant(row[column], status) for row in listed}
    allowed: dict[str, set[str]] = {act: set() for act in ACTS}
    for row in act_rows():
        if row.status == status and row.refusal is None:
            allowed[row.act].add(row.actor)
    assert told == allowed


def meant(cell: str, status: str) -> set[str]:
    """Whom a cell means; once somebody has accepted, the holder is a person too."""
    names = cell.split(", ")
    held_by_a_person = status not in {"triggered", "exhausted"}
    also = {"holder"} if held_by_a_person and "any person" in names else set[str]()
    return set(chain(also, *(MEANT[one] for one in names)))


# By the words of the table; what an entry of the incident says is no field of the client.
FIELDS: Final = {
    "name": "name",
    "kana": "kana",
    "address": "address",
    "key and entry": "key_and_entry",
    "fire headquarters' number": "fire_headquarters_number",
    "telephone numbers of the client": "phones",
    "risks": "risks",
    "allergies": "allergies",
    "family contacts": "family_contacts",
    "birth date": "birth_date",
    "physician": "physician",
    "care notes": "care_notes",
}


@pytest.mark.parametrize(
    ("column", "kinds"),
    [
        (2, {"provider", "medical", "support_centre", "municipality"}),
        (3, {"family"}),
        (4, {"volunteer_group", "operator"}),
    ],
)
def test_personal_fields_are_shown_at_the_stage_that_is_described(
    column: int, kinds: set[str]
) -> None:
    listed = rows("security", "", "Asked, offered")
    told = {
        one: row[column]
        for row in listed
        for one in (FIELDS.get(part) for part in row[0].split(", "))
        if one
    }
    assert set(told) == set(FIELDS.values())
    for kind in map(OrganisationKind, kinds):
        for has_arrived in (False, True):
            shown = {one for one, when in told.items() if when == "yes"}
            shown |= {one for one, when in told.items() if has_arrived and "arrival" in when}
            fields = fields_for_holder(kind, has_arrived=has_arrived, is_restricted=False)
            assert fields == shown, (kind, has_arrived)


def test_states_of_contact_points_are_those_of_the_program() -> None:
    assert coded("api", "`state`", "Meaning") == list(CheckState)
