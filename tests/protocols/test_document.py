"""From the text of a document to its data, JSON and YAML alike."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.protocols.document import NotJson, read_json, read_text
from app.protocols.protocol import Protocol, ProtocolInvalid, parse_protocol, parse_protocol_text
from tests.protocols.documents import night, smallest

# The document of DESIGN.md 6.3, with ids for its placeholders.
DESIGN = """\
title: 佐藤様 緊急時対応
timezone: Asia/Tokyo
accountable: D1                         # 最終責任者: open 24 h, never exhausted
accountable_remind_every_seconds: 60
approvals:
  - organisation: P1
    approved_by: 山田 管理者
    approved_on: 2026-11-01
    reference: 協定書 第12号
variants:
  - name: 休日の転倒・安否不明
    when:
      types: [fall, no_response]
      severities: [critical, high]
      days: [sat, sun, holiday, year_end]
    rounds: 2
    steps:
      - desk: D1
        ack_within_seconds: 180
        remind_every_seconds: 60
        arrive_within_seconds: 1800
        inform: [F1]
        also_page: [N1]
        on_decline: next
  - name: 平日昼間
    steps: [{desk: D1, remind_every_seconds: ~}]
"""


def refusal(text: bytes | str, *, is_yaml: bool) -> str:
    with pytest.raises(ProtocolInvalid) as refused:
        parse_protocol_text(text, yaml=is_yaml)
    return str(refused.value)


def test_the_document_of_the_design_is_read_from_yaml() -> None:
    protocol = parse_protocol_text(DESIGN, yaml=True)
    assert protocol.approvals[0].approved_on.isoformat() == "2026-11-01"
    assert protocol.variants[1].steps[0].remind_every_seconds is None
    # The same as through an ordinary YAML reader, which makes dates of dates.
    assert protocol == parse_protocol(yaml.safe_load(DESIGN))


def test_json_and_yaml_of_one_document_give_the_same_protocol() -> None:
    from_json = parse_protocol_text(json.dumps(night()), yaml=False)
    from_yaml = parse_protocol_text(yaml.safe_dump(night(), allow_unicode=True), yaml=True)
    assert from_json == from_yaml == parse_protocol(night())


def test_json_text_is_yaml_text() -> None:
    assert parse_protocol_text(json.dumps(night()), yaml=True) == parse_protocol(night())


@pytest.mark.parametrize("mark", ["", "\ufeff"])  # some editors begin a file with one
def test_bytes_are_read_as_utf_8(mark: str) -> None:
    text = (mark + json.dumps(smallest(), ensure_ascii=False)).encode()
    assert parse_protocol_text(text, yaml=False) == parse_protocol(smallest())


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("no", "no"),  # not a boolean
        ("2026-11-01", "2026-11-01"),  # not a date
        ("0180", "0180"),  # not octal
        ("3:00", "3:00"),  # not sixty times three
        ("1.5", "1.5"),
        (".inf", ".inf"),
        ("'12'", "12"),  # quoted: text
        ('"true"', "true"),
        ("<<", "<<"),
    ],
)
def test_plain_yaml_words_that_json_does_not_know_are_text(written: str, title: str) -> None:
    text = DESIGN.replace("佐藤様 緊急時対応", written)
    assert parse_protocol_text(text, yaml=True).title == title


@pytest.mark.parametrize("written", ["true", "Null", "~", "", "12", "-3", "[a]", "{a: b}"])
def test_a_yaml_value_of_another_type_is_no_text(written: str) -> None:
    text = DESIGN.replace("佐藤様 緊急時対応", written)
    assert refusal(text, is_yaml=True) == "/title: Must be text."


@pytest.mark.parametrize("written", ["0180", "0x10", "1_000", "3:00", "'180'", "1e2", "true"])
def test_a_yaml_number_that_readers_disagree_on_is_no_number(written: str) -> None:
    text = DESIGN.replace("ack_within_seconds: 180", f"ack_within_seconds: {written}")
    assert refusal(text, is_yaml=True).endswith("/ack_within_seconds: Must be a whole number.")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("{} {}", "not JSON"),
        ("null", "Must be an object"),
        ('{"title": NaN}', "NaN is not a number"),
        ('{"title": -Infinity}', "-Infinity is not a number"),
        ('{"title": 1, "title": 1}', "/title: This field is given more than once"),
        ('{"variants": [{"name": 1, "name": 1}]}', "/variants/0/name: This field is given"),
        ('{"\\ud800": 1, "\\ud800": 2}', "/: The names of an object"),  # no pointer can write it
        ('{"\\ud800": 1}', "must be Unicode text"),
        ('{"title": "\\udfff"}', "/title: Must be Unicode text"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 40 + "]" * 40, "nested too deeply"),
        ('{"title": ' + "9" * 5_000 + "}", "not JSON"),
        (b'{"title": "\xff"}', "not UTF-8"),
        ("\ud800", "not UTF-8"),
        ('"' + "x" * 262_143 + '"', "larger than 262144 bytes"),
        ("[" + "0," * 60_000 + "0]", "too large"),
        ('{"variants": [' + "{}," * 41 + "{}]}", "/variants: The list is too long: at most 20."),
    ],
    ids=range(19),
)
def test_json_that_cannot_be_trusted_is_refused(text: bytes | str, sentence: str) -> None:
    assert sentence in refusal(text, is_yaml=False)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Must be an object"),
        ("# only a comment", "Must be an object"),
        ("title", "Must be an object"),
        ("a: b: c", "not YAML: mapping values are not allowed"),
        ("\n\n[", "not YAML"),
        ("a: 1\n---\nb: 2", "more than one YAML document"),
        ("title: a\ntimezone: UTC\ntitle: a", "/title: This field is given more than once"),
        ("variants: [{name: a, 'name': a}]", "/variants/0/name: This field is given"),
        ("a: &x 1", "Anchors and aliases are not read; write the value out (line 1)"),
        ("&x a: 1", "Anchors and aliases"),
        ("a: 1\nb: *x", "write the value out (line 2)"),
        ("*x : 1", "Anchors and aliases"),
        ("&x [*x]", "Anchors and aliases"),
        ("title: !!str 12", "Tags are not read"),
        ("title: !!python/object:os.system x", "Tags are not read"),
        ("title: ! 12", "Tags are not read"),
        ("!!set {a, b}", "Tags are not read"),
        ("[a]: 1", "name must be text (line 1)"),
        ("? {a: b}\n: 1", "name must be text (line 1)"),
        ("[" * 40 + "]" * 40, "nested too deeply"),
        ("[" * 100_000, "nested too deeply"),
        ("- " * 1_000, "nested too deeply"),
        ('title: "\\UFFFFFFFF"', "The document "),
        ('title: "\\ud800"', "Unicode"),
        ("title: \x00", "character that YAML does not allow"),
        (b"title: \xff", "not UTF-8"),
        ("title: " + "x" * 262_144, "larger than 262144 bytes"),
        ("[" + "0," * 60_000 + "0]", "The document is too large."),
    ],
    ids=range(28),
)
def test_yaml_that_cannot_be_trusted_is_refused(text: bytes | str, sentence: str) -> None:
    assert sentence in refusal(text, is_yaml=True)


TWICE = '{"a": 1, "a": 2, "b/~": [{"c": 1, "c": 2, "c": 3}, {"c": 1}], "d": {"e": {}}}'


@pytest.mark.parametrize("is_yaml", [True, False])
def test_every_member_that_is_repeated_is_named_once_at_its_pointer(*, is_yaml: bool) -> None:
    written = read_text(TWICE, is_yaml=is_yaml)
    assert written.data == json.loads(TWICE)  # the last one counts, as everywhere
    found = [(one.pointer, one.detail) for one in written.problems()]
    twice = "This field is given more than once; give it once."
    assert found == [("/a", twice), ("/b~1~0/0/c", twice)]
    assert read_text('{"a": {"b": 1}, "b": [{"a": 1}, {"a": 1}]}', is_yaml=is_yaml).repeated == ()


def test_a_member_within_one_that_is_overwritten_is_not_looked_for() -> None:
    # What the first `a` held is gone; no other object may be taken for it.
    text = '{"a": {"b": 1, "b": 2}, "a": {"b": 1}, "c": {"b": 1}}'
    assert read_json(text).repeated == (("a",),)


def test_a_text_that_repeats_without_end_is_not_searched_without_end() -> None:
    text = "[" + ",".join(['{"a": 1, "a": 1}'] * 1_100) + "]"
    assert len(read_json(text).repeated) == 1_000


def test_all_problems_of_a_repeating_document_are_named_together() -> None:
    text = '{"title": "a", "title": "", "timezone": "Asia/Edo", "accountable": "D"}'
    found = refusal(text, is_yaml=False)
    assert [one.split(": ")[0] for one in found.split("; /")] == [
        "/title",
        "title",
        "timezone",
        "variants",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{\n  x", "it cannot be read from line 2, column 3 on"),
        ("[1e999]", "1e999 is too large a number"),
        ("[NaN]", "NaN is not a number in JSON"),
        ("9" * 5_000, "it holds a number with too many digits"),
        ("[" * 100_000, "it is nested too deeply"),
    ],
    ids=range(5),
)
def test_why_a_text_is_not_json_is_said_in_our_words(text: str, why: str) -> None:
    with pytest.raises(NotJson) as refused:
        read_json(text)
    assert str(refused.value) == why


yaml_pieces = st.sampled_from(
    [*"[]{},?#:'\"|>-!&*\t\n x", ": ", "- ", "title", "&a ", "*a", "!!int ", "\\x", "\\UFFFFFFFF"]
)


@pytest.mark.parametrize("is_yaml", [True, False])
@given(text=st.one_of(st.text(), st.binary(), st.lists(yaml_pieces, max_size=30).map("".join)))
def test_any_text_is_read_or_refused_and_nothing_else(text: bytes | str, *, is_yaml: bool) -> None:
    try:
        protocol = parse_protocol_text(text, yaml=is_yaml)
    except ProtocolInvalid:
        return
    assert isinstance(protocol, Protocol)
