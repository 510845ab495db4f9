"""What sheets meet is said in Japanese; cells are read as people write them."""

import re
from zoneinfo import ZoneInfo

import pytest

from app.commands.sheets.rows import ImportKind
from app.protocols.fields import zone_name
from app.routes.exchange.columns import COLUMNS, read_header
from app.routes.exchange.reading import SheetInvalid, read_rows
from app.routes.exchange.wording import said_in

TOKYO = ZoneInfo(zone_name("Asia/Tokyo"))
# Every way in which a cell can be wrong, by kind of sheet.
WRONG = (
    ("organisations", "name,kind", ",provider"),
    ("organisations", "name,kind", "a,色"),
    ("organisations", "name,kind", "x" * 201 + ",provider"),
    ("organisations", "id,name,kind", "あ,a,provider"),
    ("organisations", "name,kind,municipalities", "a,provider," + "x;" * 60),
    ("desks", "name,hours", "a,朝"),
    ("desks", "name,hours", "a,09:00-09:00"),
    ("desks", "name,hours", "a,09:00-24:30"),
    ("desks", "name,hours", "a," + "09:00-10:00;" * 30),
    ("desks", "name", "\u3164"),
    ("contact-points", "channel,delay_seconds", "email,長い"),
    ("contact-points", "channel,delay_seconds", "email,-1"),
    ("contact-points", "channel,delay_seconds", "email,999999"),
    ("clients", "name,birth_date", "a,昭和10年"),
    ("clients", "name,birth_date", "a,2026/2/30"),
    ("clients", "name,phones", "a,なし"),
    ("clients", "name,service_from,service_to", "a,2026/2/3,2026/2/1"),
    ("clients", "name,family_phone", "a,なし"),
    ("rosters", "desk,person,from,to", "a,b,きのう,2026/2/3 1:00"),
    ("rosters", "desk,person,from,to", "a,b,2026/2/3 25:00,2026/2/4 1:00"),
    ("rosters", "desk,person,from,to", "a,b,2026/2/3 2:00,2026/2/3 1:00"),
    ("rosters", "desk,person,from,to,tier", "a,b,2026/2/3 2:00,2026/2/3 3:00,9"),
)


@pytest.mark.parametrize(("kind", "header", "row"), WRONG, ids=range(len(WRONG)))
def test_every_sentence_of_a_cell_has_its_japanese(kind: str, header: str, row: str) -> None:
    content = f"{header}\n{row}\n,,,\n".encode()
    read = read_rows(ImportKind(kind), content, charset=None, zone=TOKYO)
    assert read.errors
    for one in read.errors:
        assert said_in("en", one.detail) == one.detail
        assert re.search("[ぁ-ん]", said_in("ja", one.detail)), one.detail


@pytest.mark.parametrize(
    "content",
    [
        *(
            b"",
            b"\xff\xfea",
            b"name\n",
            b"name,kind,name\n",
            b"name,kind,colour\n",
            b'name,kind\n"a"b,c',
            b"name,kind\n",
        ),
        *(
            b"name,kind\n\x81\x0a",
            b"name,kind\n" + b"a,provider\n" * 201,
            b"name,kind\n" + b"x" * 10_001,
        ),
    ],
    ids=range(10),
)
def test_every_sentence_of_a_file_has_its_japanese(content: bytes) -> None:
    with pytest.raises(SheetInvalid) as caught:
        read_rows(ImportKind.ORGANISATIONS, content, charset=None, zone=TOKYO)
    assert re.search("[ぁ-ん]", said_in("ja", caught.value.detail)), caught.value.detail


@pytest.mark.parametrize("kind", ImportKind)
def test_every_name_of_a_column_stands_for_one_field(kind: ImportKind) -> None:
    for column in COLUMNS[kind]:
        for name in (
            column.field,
            *column.names,
            f" {column.field.upper()}＊",
            f"{column.field}（必須）",
        ):
            [found] = read_header(kind, [name]).columns
            assert found == column, name


def test_what_has_no_japanese_is_said_in_english() -> None:
    assert said_in("ja", "Something else.") == "Something else."


@pytest.mark.parametrize(
    "sentence",
    [
        # What an address is refused for, and what there is already.
        "This is not a web address.",
        "The host is not known.",
        "The port is between 1 and 65535.",
        "An inbox has no address: leave it empty.",
        "This is not an e-mail address such as name@example.jp.",
        "A signing secret is `whsec_` and the base64 of 24 to 64 bytes.",
        "Only a desk has hours.",
        "Only a person has desks.",
        "It still serves clients in 01a2.",
        "Is not one of the organisations in served_by.",
        "The protocol of client 01a2, version 7, falls back on it (/accountable).",
        "So do 3 that you may not see.",
        "Names nobody: with this roster nobody would ever be on duty for the desk.",
    ],
)
def test_what_refuses_a_row_beyond_its_cells_has_its_japanese(sentence: str) -> None:
    assert re.search("[ぁ-ん]", said_in("ja", sentence))
    assert said_in("en", sentence) == sentence
