"""The limits of every member of a protocol document, both sides."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from app.protocols.fields import lines
from app.protocols.protocol import Protocol, ProtocolInvalid, parse_protocol
from tests.protocols.documents import Document, smallest, with_step, with_when

_STEP = "/variants/0/steps/0"


def in_variant(**members: object) -> Document:
    return smallest(variants=[{"name": "全て", "steps": [{"desk": "D"}]} | members])


def in_approval(**members: object) -> Document:
    approval = {"organisation": "O", "approved_by": "山田", "approved_on": "2026-11-01"}
    return smallest(approvals=[approval | members])


Build = Callable[..., Document]


@pytest.mark.parametrize(
    ("build", "member", "value"),
    [
        (smallest, "title", "あ" * 200),
        (smallest, "timezone", "America/Argentina/Ushuaia"),
        (smallest, "timezone", "UTC"),
        (smallest, "accountable", "x" * 100),
        (smallest, "accountable_remind_every_seconds", 1),
        (smallest, "accountable_remind_every_seconds", 600),
        (smallest, "repeat_window_seconds", 0),
        (smallest, "repeat_window_seconds", 86_400),
        (smallest, "offer_within_seconds", 1),
        (smallest, "offer_within_seconds", 86_400),
        (smallest, "approvals", []),
        (smallest, "variants", [{"name": "全て", "steps": [{"desk": "D"}]}]),
        (in_approval, "reference", None),
        (in_approval, "approved_on", "2028-02-29"),
        (in_variant, "when", None),
        (in_variant, "rounds", 1),
        (in_variant, "rounds", 10),
        (in_variant, "steps", [{"desk": "D"}] * 20),
        (with_step, "person", "N"),  # without a desk the accountable one holds
        (with_step, "ack_within_seconds", 1),
        (with_step, "ack_within_seconds", 86_400),
        (with_step, "remind_every_seconds", 1),
        (with_step, "remind_every_seconds", 86_400),
        (with_step, "remind_every_seconds", None),
        (with_step, "arrive_within_seconds", 1),
        (with_step, "arrive_within_seconds", 86_400),
        (with_step, "inform", [f"P{number}" for number in range(20)]),
        (with_step, "also_page", [f"P{number}" for number in range(20)]),
        (with_step, "name", "第一段階"),
        (with_step, "on_decline", "next"),
    ],
)
def test_a_value_at_its_limit_is_accepted(build: Build, member: str, value: object) -> None:
    assert isinstance(parse_protocol(build(**{member: value})), Protocol)


@pytest.mark.parametrize(
    ("build", "member", "value", "pointer", "sentence"),
    [
        (smallest, "title", "", "/title", "Must not be empty."),
        (smallest, "title", " \u3000 ", "/title", "Must not be empty."),
        (smallest, "title", "あ" * 201, "/title", "Must be at most 200 characters."),
        (smallest, "title", "a\nb", "/title", "control characters: holds U+000A."),
        (smallest, "title", 12, "/title", "Must be text."),
        (smallest, "timezone", "Asia/Edo", "/timezone", "time zone"),
        (smallest, "timezone", "Asia", "/timezone", "time zone"),  # a folder of zones
        (smallest, "timezone", "localtime", "/timezone", "time zone"),  # differs by machine
        (smallest, "timezone", "right/Asia/Tokyo", "/timezone", "time zone"),
        (smallest, "timezone", "../../etc/passwd", "/timezone", "time zone"),
        (smallest, "timezone", "x" * 180, "/timezone", "time zone"),
        (smallest, "timezone", None, "/timezone", "Must be text."),
        (smallest, "accountable", None, "/accountable", "Must be text."),
        (smallest, "accountable", "", "/accountable", "Must not be empty."),
        (smallest, "accountable", "a b", "/accountable", "Must be an id"),
        (smallest, "accountable", "x" * 101, "/accountable", "Must be at most 100 characters."),
        (smallest, "accountable_remind_every_seconds", 0, "", "Must be at least 1."),
        (smallest, "accountable_remind_every_seconds", 601, "", "Must be at most 600."),
        (smallest, "accountable_remind_every_seconds", None, "", "Must be a whole number."),
        (smallest, "repeat_window_seconds", -1, "", "Must be at least 0."),
        (smallest, "repeat_window_seconds", 86_401, "", "Must be at most 86400."),
        (smallest, "offer_within_seconds", 0, "", "Must be at least 1."),
        (smallest, "offer_within_seconds", 86_401, "", "Must be at most 86400."),
        (smallest, "approvals", None, "/approvals", "Must be a list."),
        (smallest, "approvals", ["O"], "/approvals/0", "Must be an object."),
        (smallest, "variants", [], "/variants", "too short"),
        (smallest, "variants", {}, "/variants", "Must be a list."),
        (smallest, "review_on", "2027-01-01", "/review_on", "There is no such field."),
        (smallest, "a/b~c", 1, "/a~1b~0c", "There is no such field."),
        (in_approval, "approved_by", "", "/approvals/0/approved_by", "Must not be empty."),
        (in_approval, "approved_on", "2026-02-29", "/approvals/0/approved_on", "no such day"),
        (in_approval, "approved_on", "20261101", "/approvals/0/approved_on", "Must be a date"),
        (in_approval, "approved_on", 1_793_491_200, "/approvals/0/approved_on", "Must be a date"),
        (
            in_approval,
            "approved_on",
            datetime(2026, 11, 1, tzinfo=UTC),
            "/approvals/0/approved_on",
            "Must be a date",
        ),
        (in_variant, "name", None, "/variants/0/name", "Must be text."),
        (in_variant, "rounds", 0, "/variants/0/rounds", "Must be at least 1."),
        (in_variant, "rounds", 11, "/variants/0/rounds", "Must be at most 10."),
        (in_variant, "rounds", True, "/variants/0/rounds", "Must be a whole number."),
        (in_variant, "steps", [], "/variants/0/steps", "too short"),
        (in_variant, "steps", [{"desk": "D"}] * 21, "/variants/0/steps", "too long: at most 20"),
        (with_step, "desk", 7, f"{_STEP}/desk", "Must be text."),
        (with_step, "desk", None, _STEP, "Must name a desk or a person."),
        (with_step, "ack_within_seconds", 0, "", "Must be at least 1."),
        (with_step, "ack_within_seconds", 86_401, "", "Must be at most 86400."),
        (with_step, "ack_within_seconds", "180", "", "Must be a whole number."),
        (with_step, "ack_within_seconds", True, "", "Must be a whole number."),
        (with_step, "ack_within_seconds", 180.0, "", "Must be a whole number."),
        (with_step, "ack_within_seconds", float("nan"), "", "Must be a whole number."),
        (with_step, "ack_within_seconds", None, "", "Must be a whole number."),
        (with_step, "remind_every_seconds", 0, "", "Must be at least 1."),
        (with_step, "remind_every_seconds", 86_401, "", "Must be at most 86400."),
        (with_step, "arrive_within_seconds", 0, "", "Must be at least 1."),
        (with_step, "arrive_within_seconds", 86_401, "", "Must be at most 86400."),
        (with_step, "inform", "P", f"{_STEP}/inform", "Must be a list."),
        (with_step, "inform", ["P", 1], f"{_STEP}/inform/1", "Must be text."),
        (with_step, "inform", ["P"] * 21, f"{_STEP}/inform", "too long: at most 20"),
        (with_step, "also_page", ["P"] * 21, f"{_STEP}/also_page", "too long: at most 20"),
        (with_step, "on_decline", "later", f"{_STEP}/on_decline", "a later step"),
        (with_step, "on_decline", None, f"{_STEP}/on_decline", "Must be text."),
        (with_step, "inform", ["P"] * 1_000, f"{_STEP}/inform", "too long: at most 20"),
        (with_step, "name", "next", f"{_STEP}/name", "on_decline"),
        (with_when, "when", {}, "/variants/0/when", "at least one of"),
        (with_when, "when", [], "/variants/0/when", "too short"),
        (with_when, "when", [{"days": ["mon"]}, {}], "/variants/0/when/1", "at least one of"),
        (with_when, "when", "always", "/variants/0/when", "Must be a list."),
        (with_when, "when", {"types": []}, "/variants/0/when/types", "too short"),
        (with_when, "when", {"types": ["fall"] * 41}, "/variants/0/when/types", "at most 40"),
        (with_when, "when", {"types": ["flood"]}, "/variants/0/when/types/0", "Must be one of"),
        (with_when, "when", {"days": ["noday"]}, "/variants/0/when/days/0", "Must be one of"),
        (with_when, "when", {"severities": [4]}, "/variants/0/when/severities/0", "one of"),
        (with_when, "when", {"hours": "18:00-08:30"}, "/variants/0/when/hours", 'Must be "24h"'),
        (with_when, "when", {"zone": "UTC"}, "/variants/0/when/zone", "no such field"),
    ],
)
def test_a_value_beyond_its_limit_is_refused_at_its_pointer(
    build: Build, member: str, value: object, pointer: str, sentence: str
) -> None:
    where = pointer or (f"/{member}" if build is smallest else f"{_STEP}/{member}")
    with pytest.raises(ProtocolInvalid) as refusal:
        parse_protocol(build(**{member: value}))
    found = {one.pointer: one.detail for one in refusal.value.problems}
    assert sentence in found[where]


# Every place of a document that people write words in.
WORDS: list[tuple[Build, str, str]] = [
    (smallest, "title", "/title"),
    (in_approval, "approved_by", "/approvals/0/approved_by"),
    (in_approval, "reference", "/approvals/0/reference"),
    (in_variant, "name", "/variants/0/name"),
    (with_step, "name", f"{_STEP}/name"),
]


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\u202a", "U+202A"),  # turns the direction of what follows
        ("\u202e", "U+202E"),
        ("\u2066", "U+2066"),
        ("\u2069", "U+2069"),
        ("\x00", "U+0000"),
        ("\t", "U+0009"),
        ("\n", "U+000A"),
        ("\x1b", "U+001B"),
        ("\x7f", "U+007F"),
        ("\x9b", "U+009B"),
        ("\u2028", "U+2028"),  # ends a line
        ("\u2029", "U+2029"),  # ends a paragraph
        ("\u200b", "U+200B"),  # has no width
        ("\u200e", "U+200E"),  # marks a direction
        ("\u200f", "U+200F"),
        ("\u061c", "U+061C"),
        ("\ufeff", "U+FEFF"),
        ("\u206a", "U+206A"),
        ("\U000e0041", "U+E0041"),
        ("\u202f", None),  # the neighbours
        ("\u2065", None),
        ("\u200c", None),  # keeps letters apart
        ("\u200d", None),  # joins emoji
        ("\ufe0f", None),  # chooses how the character before it looks
        ("\U000e0100", None),
        ("\ue000", None),  # 外字
        ("\u3000", None),
        ("\xa1", None),
    ],
)
def test_what_cannot_be_seen_is_in_no_word_of_a_document(character: str, code: str | None) -> None:
    for build, member, pointer in WORDS:
        try:
            parse_protocol(build(**{member: f"a{character}b"}))
        except ProtocolInvalid as refusal:
            found = {one.pointer: one.detail for one in refusal.problems}
        else:
            found = {}
        sentence = f"Must be one line without control characters: holds {code}."
        assert found == ({} if code is None else {pointer: sentence}), member


@pytest.mark.parametrize(
    ("name", "is_name"),
    [
        ("\u200d", False),  # joins nothing
        ("\u200c \u200d", False),
        ("\ufe0f", False),  # chooses how nothing looks
        ("\u3164", False),  # fillers
        ("\u2800", False),
        ("\u0301", False),  # an accent on nothing
        ("\u3164あ", True),
        ("ー", True),
        ("\ue000", True),  # 外字
        ("葛\U000e0100", True),
        ("👩\u200d⚕\ufe0f", True),
    ],
)
def test_a_name_holds_something_that_can_be_seen(name: str, *, is_name: bool) -> None:
    for build, member, pointer in WORDS:
        try:
            parse_protocol(build(**{member: name}))
        except ProtocolInvalid as refusal:
            found = {one.pointer: one.detail for one in refusal.problems}
        else:
            found = {}
        sentence = "Must hold at least one character that can be seen."
        assert found == ({} if is_name else {pointer: sentence}), member


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("一\n二\t三", "一\n二\t三"),
        ("一\r\n二", "一\n二"),  # lines end as on Unix
        ("一\r二", "U+000D"),
        ("一\x0b二", "U+000B"),
        ("一\u202e二", "U+202E"),
        ("一\u2067二", "U+2067"),
        ("一\x85二", "U+0085"),
        ("一\ud800二", "U+D800"),
    ],
)
def test_lines_hold_breaks_and_tabs_and_nothing_else_that_cannot_be_seen(
    text: str, read: str
) -> None:
    if not read.startswith("U+"):
        assert lines(text) == read
        return
    with pytest.raises(ValueError, match=f"control characters: holds {re.escape(read)}[.]$"):
        lines(text)
