"""Every sentence of the rooms that find something wrong has its Japanese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from app.escalation import refusals
from app.foresight.speaking import wording
from app.foresight.speaking.catalogue import PARTS, SENTENCES
from app.foresight.speaking.incoming import INCOMING
from app.foresight.speaking.sentences import in_words
from app.protocols.authoring.labels import Said

APP = Path(__file__).parents[2] / "app"
# The files whose sentences a report, a picture or the command line may carry.
SOURCES = (
    *(f"protocols/{name}.py" for name in ("calendar", "document", "fields", "problems")),
    *(f"protocols/{name}.py" for name in ("protocol", "publication", "wording")),
    *("cover/check.py", "foresight/examined.py", "commands/protocols/reporting.py"),
    *("rosters/fields.py", "rosters/roster.py", "commandline/town.py", "commandline/reading.py"),
    "commandline/protocol.py",
    *(f"rosters/icalendars/{name}.py" for name in ("placing", "reading", "rule", "source")),
    *("rosters/icalendars/zone_names.py", "commands/exchange/calendars.py"),
    *("channels/network_guard.py", "channels/inbox.py", "commands/rosters/writing.py"),
)
_SENTENCE = re.compile(r"(?s)[A-Z\"7].* .*\.")


def sentences(source: str) -> Iterator[str]:
    """The texts of a source that look like sentences and are no docstrings, variables as 7."""
    tree = ast.parse(source)
    silent = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    silent |= {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        text = said(node)
        if text is not None and id(node) not in silent and _SENTENCE.fullmatch(text):
            yield text


def said(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        # What the library's words are formatted with is written as in an f-string.
        return re.sub(r"\{\w+\}", "7", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values
        )
    return None


@pytest.mark.parametrize("name", SOURCES)
def test_every_sentence_of_a_file_has_its_japanese(name: str) -> None:
    found = list(sentences((APP / name).read_text()))
    # `app/foresight/speaking/catalogue.py` lacks a row for these:
    assert [one for one in found if in_words(one, "ja", {}) == one] == []


def test_the_measure_finds_what_is_said() -> None:
    source = '''"""A docstring is silent."""
def f(x):
    raise ValueError(f"Must be at most {x}.")
    yield "No such party is known here."
    return "no sentence"
'''
    assert list(sentences(source)) == ["Must be at most 7.", "No such party is known here."]


def test_every_refusal_of_an_act_has_its_japanese() -> None:
    said = [one.__doc__ or "" for one in vars(refusals).values() if isinstance(one, type)]
    assert len(said) > 5
    assert [one for one in said if in_words(one, "ja", {}) == one] == []


@pytest.mark.parametrize(
    "table", [SENTENCES, INCOMING, PARTS], ids=["sentences", "incoming", "parts"]
)
def test_both_languages_have_the_same_variable_parts(table: dict[str, str]) -> None:
    for english, japanese in table.items():
        assert parts(english) == parts(japanese), english


def test_both_languages_of_the_wording_have_the_same_variable_parts() -> None:
    for name, one in vars(wording).items():
        if isinstance(one, Said):
            assert parts(one.ja) == parts(one.en), name


def parts(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        # Without a variable part, with one, with two.
        ("Must be a list.", "リストでなければなりません。"),
        ("The list is too long: at most 20.", "リストが長すぎます（20個まで）。"),
        ("Must lie in the years 1970 to 2199.", "1970年から2199年の間でなければなりません。"),
        # A part that is words itself.
        (
            "Must be a desk or a person; this is an organisation.",
            "当番窓口か担当者を指定してください。これは機関です。",
        ),
        (
            "Nobody can be asked here for 64 h 5 min of the horizon; see `gaps`.",
            "対象期間のうち 64時間5分 は、この段階でだれも呼び出せません（「空き」を参照）。",
        ),
        # Ids are said as names.
        (
            "Contact point c1 is never open while p1 is asked here.",
            "この段階で佐藤を呼び出す間、連絡先 email が使える時間はありません。",
        ),
        # Braces in what was written do no harm.
        (
            'The day ends at 24:00: "{0}" goes beyond it.',
            "一日は24:00までです。「{0}」は超えています。",
        ),
        # What is in no catalogue stays as it is.
        ("Something new is wrong.", "Something new is wrong."),
    ],
)
def test_a_sentence_is_said_in_japanese(english: str, japanese: str) -> None:
    assert in_words(english, "ja", {"p1": "佐藤", "c1": "email"}) == japanese


def test_names_stand_for_ids_in_english_too() -> None:
    said = "Contact point c1 is never open while p1 is asked here."
    assert in_words(said, "en", {"p1": "Sato"}) == (
        "Contact point c1 is never open while Sato is asked here."
    )
