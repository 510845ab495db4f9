from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from fastapi import Request
from starlette.exceptions import HTTPException

from app.commands.acts import EnRouteBody, NoteBody, ResolveBody
from app.installation.answer import FieldsInvalid
from app.pages.sent import Sent, parse_act, read_sent, refuse_prefetch, wants_json

NOW = datetime(2026, 11, 20, 18, 12, tzinfo=UTC)  # 03:12 in Japan
FORM = "application/x-www-form-urlencoded"


def request(headers: Mapping[str, str], body: bytes = b"") -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw}, receive)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"Accept": "*/*"}, False),
        ({"Accept": "application/json"}, True),
        ({"Accept": "application/problem+json"}, True),
        ({"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, False),  # a browser
        ({"Accept": "text/html, application/json;q=0.9"}, False),
        ({"Accept": "application/json, text/html;q=0.5"}, True),
        ({"Accept": "application/json;q=0"}, False),
        # A program that says nothing of its answer is answered as it speaks.
        ({"Content-Type": "application/json"}, True),
        ({"Content-Type": "application/json", "Accept": "text/html"}, False),
        ({"Content-Type": FORM}, False),
    ],
    ids=str,
)
def test_a_program_is_known_by_what_it_accepts(headers: dict[str, str], expected: bool) -> None:  # noqa: FBT001  # a table's column
    assert wants_json(request(headers)) is expected


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "Prefetch"},
        {"X-Purpose": "preview"},
    ],
    ids=str,
)
def test_reading_ahead_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(HTTPException) as refused:
        refuse_prefetch(request(headers))
    assert refused.value.status_code == 403


def test_whoever_means_it_is_let_through() -> None:
    refuse_prefetch(request({"Sec-Fetch-Mode": "navigate"}))


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("", b"", {}),
        (FORM, b"", {}),
        ("application/json", b"", {}),
        (FORM, b"reason=%E9%81%A0%E3%81%84", {"reason": "遠い"}),
        (FORM + "; charset=utf-8", b"reason=+x+&note=", {"reason": "x"}),  # left empty: absent
        (FORM, b"note=a%0D%0Ab", {"note": "a\nb"}),  # browsers end lines as mail does
        ("application/json; charset=utf-8", '{"note": " 無事 "}'.encode(), {"note": "無事"}),
        ("application/json", b'{"party_id": null}', {"party_id": None}),
    ],
    ids=range(8),
)
async def test_fields_are_read_from_forms_and_json(
    content_type: str, body: bytes, expected: dict[str, object]
) -> None:
    sent = await read_sent(request({"Content-Type": content_type}, body))
    assert sent.fields == expected


@pytest.mark.parametrize(
    ("content_type", "body", "pointer"),
    [
        ("application/json", b"{", ""),
        ("application/json", b"[]", ""),
        ("application/json", b"\xff", ""),
        ("application/json", b"[" * 100_000, ""),  # deeper than the reader goes
        (FORM, b"reason=%FF", ""),  # not UTF-8
        (FORM, "reason=遠い".encode(), ""),  # not encoded
        (FORM, b"&".join(b"a%d=" % n for n in range(51)), ""),
        (FORM, b"reason=a&reason=b", "/reason"),
        ("application/json", b'{"reason": "a", "reason": "b"}', "/reason"),
        ("application/json", b'{"eta": NaN}', ""),
    ],
    ids=range(10),
)
async def test_what_cannot_be_read_is_refused(content_type: str, body: bytes, pointer: str) -> None:
    with pytest.raises(FieldsInvalid) as refused:
        await read_sent(request({"Content-Type": content_type}, body))
    assert [one.pointer for one in refused.value.errors] == [pointer]


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x"])
async def test_other_bodies_are_415(content_type: str) -> None:
    with pytest.raises(HTTPException) as refused:
        await read_sent(request({"Content-Type": content_type}, b"x=1"))
    assert refused.value.status_code == 415


@pytest.mark.parametrize(
    ("act", "fields", "pointer"),
    [
        ("acknowledge", {"eta": "x"}, "/eta"),  # not of this act
        ("acknowledge", {"on_behalf_of": "x"}, "/on_behalf_of"),  # not by a link
        ("decline", {"reason": "x" * 4001}, "/reason"),
        ("decline", {"reason": "a\x00b"}, "/reason"),
        ("decline", {"reason": "a\ud800b"}, "/reason"),
        ("decline", {"reason": "a\u202eb"}, "/reason"),  # turns what follows
        ("decline", {"reason": "a\x1bb"}, "/reason"),
        ("decline", {"reason": 7}, "/reason"),
        ("decline", {"a/b~c": "x"}, "/a~1b~0c"),
        ("resolve", {}, "/outcome"),
        ("resolve", {"outcome": "fine"}, "/outcome"),
        ("hand_over", {}, "/to_party_id"),
        ("note", {}, "/text"),
        ("external_called", {"service": "999"}, "/service"),
        ("en_route", {"eta": "2026-11-21T03:40:00"}, "/eta"),  # whose time?
        ("en_route", {"eta": "soon"}, "/eta"),
        ("en_route", {"eta_minutes": "10"}, "/eta_minutes"),  # of forms alone
    ],
    ids=range(17),
)
def test_wrong_fields_are_named(act: str, fields: dict[str, object], pointer: str) -> None:
    with pytest.raises(FieldsInvalid) as refused:
        parse_act(act, Sent(fields=fields), NOW)
    assert [one.pointer for one in refused.value.errors] == [pointer]


def test_texts_may_be_four_thousand_characters() -> None:
    body = parse_act("resolve", Sent(fields={"outcome": "other", "note": "あ" * 4000}), NOW)
    assert isinstance(body, ResolveBody)


@pytest.mark.parametrize("name", ["text", "note"])
def test_a_note_is_a_text_by_either_name(name: str) -> None:
    body = parse_act("note", Sent(fields={name: "無事"}), NOW)
    assert isinstance(body, NoteBody)
    assert body.text == "無事"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"eta_minutes": "15"}, datetime(2026, 11, 20, 18, 27, tzinfo=UTC)),
        ({"eta_time": "03:40"}, datetime(2026, 11, 20, 18, 40, tzinfo=UTC)),
        ({"eta_time": "15:12"}, datetime(2026, 11, 21, 6, 12, tzinfo=UTC)),  # the last allowed
        # A chip was pressed while a time stood in the field: the chip counts.
        ({"eta_minutes": "10", "eta_time": "04:00"}, datetime(2026, 11, 20, 18, 22, tzinfo=UTC)),
        ({"eta": "2026-11-21T03:40:00+09:00"}, datetime(2026, 11, 20, 18, 40, tzinfo=UTC)),
    ],
    ids=str,
)
def test_a_form_says_when_in_minutes_or_by_the_clock(
    fields: dict[str, object], expected: datetime | None
) -> None:
    body = parse_act("en_route", Sent(fields=fields, is_form=True), NOW)
    assert isinstance(body, EnRouteBody)
    assert body.eta == expected


def test_a_time_after_midnight_is_tomorrows() -> None:
    late = datetime(2026, 11, 20, 14, 50, tzinfo=UTC)  # 23:50 in Japan
    body = parse_act("en_route", Sent(fields={"eta_time": "00:20"}, is_form=True), late)
    assert isinstance(body, EnRouteBody)
    assert body.eta == datetime(2026, 11, 20, 15, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"eta_minutes": "0"}, "/eta_minutes"),
        ({"eta_minutes": "1441"}, "/eta_minutes"),
        ({"eta_minutes": "-5"}, "/eta_minutes"),
        ({"eta_minutes": "abc"}, "/eta_minutes"),
        ({"eta_time": "03:11"}, "/eta_time"),  # a minute ago: a slip, not tomorrow night
        ({"eta_time": "24:00"}, "/eta_time"),
        ({"eta_time": "soon"}, "/eta_time"),
    ],
    ids=str,
)
def test_an_impossible_arrival_is_refused(fields: dict[str, object], pointer: str) -> None:
    with pytest.raises(FieldsInvalid) as refused:
        parse_act("en_route", Sent(fields=fields, is_form=True), NOW)
    assert [one.pointer for one in refused.value.errors] == [pointer]
