"""Every sentence of the rooms that find something wrong, or refuse, has its Japanese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from app.ledger.speaking.codes import BASES, CAUSES, TYPES
from app.ledger.speaking.sentences import CATALOGUES, has_row
from app.ledger.words import Basis, Cause, EntryType

APP = Path(__file__).parents[3] / "app"
# The rooms and files whose sentences a report or a command of `ledger` may carry.
ROOMS = (
    *("ledger", "offline", "sealing", "vault", "commands/audit", "database/reading.py"),
    *("installation/secrets.py", "engine/deposit.py", "commands/ledgers/containers.py"),
    *("commands/ledgers/export.py", "commandline/ledger.py", "commandline/ledger_life.py"),
    "commandline/erasure.py",
)
# These say both languages themselves, or are the catalogues.
BILINGUAL = ("offline/wording", "commands/audit/verify.py", "ledger/speaking/")
# Which of their texts are read by programs, or only by whoever reads the program.
SILENT = {
    # Lines of files and texts that are signed.
    *(
        "cosignature/v1\ntime {}\n{}",
        "log {}",
        "witness {} {}",
        "quorum {}",
        "extra {}",
        "index {}",
    ),
    *("extra ", "index ", "old ", "old {}", "([0-9a-f]{})  ([0-9A-Za-z./_-]+)"),
    # Purposes for which keys are derived, and settings of a connection.
    *("renrakumo {}", "renrakumo {} key\n{}", "data key wrapping", "blind index", "own data"),
    *("PRAGMA query_only=ON", "PRAGMA busy_timeout=5000"),
    # Held against a pseudonym, and equal to none.
    "unbound {}",
    # What is asked of the file of leaf hashes that are looked for.
    "CREATE TABLE missing (hash BLOB PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT OR IGNORE INTO missing VALUES (?, ?)",
    "DELETE FROM missing WHERE hash = ?",
    "SELECT place FROM missing ORDER BY place",
    # Names of options, and nothing else.
    "--checkpoint, --vkey, --witness, --tsa-ca, --former",
    # Said within typer's own words, which are English.
    "say whom it is for",
    # The name of who erases, in the log of the server.
    "command line",
    # Answered by the API, in English.
    "Auditors know persons by pseudonyms and cannot ask for one.",
}
# What stands before a fragment where it is put together with its beginning.
BEGINNINGS = ("", "7 ", "/7: ")


def files() -> Iterator[str]:
    for room in ROOMS:
        path = APP / room
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            name = file.relative_to(APP).as_posix()
            if not name.startswith(BILINGUAL):
                yield name


def texts(source: str) -> Iterator[str]:
    """The texts of a source with a space in them, {} for each variable part.

    Not docstrings, help texts, names of options and what only an assertion says.
    """
    tree = ast.parse(source)
    silent = {id(one) for node in ast.walk(tree) for one in _unsaid(node)}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = re.sub(r"\{\w+\}", "{}", node.value)
        elif isinstance(node, ast.JoinedStr):
            text = "".join(
                str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values
            )
        else:
            continue
        if " " in text and re.search("[A-Za-z]", text):
            yield text


def _unsaid(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Expr(value=ast.Constant() as docstring):
            yield docstring
        case ast.JoinedStr(values=parts):
            # Its own text is taken whole; formats are no texts.
            yield from (one for one in parts if isinstance(one, ast.Constant))
            yield from (
                one.format_spec
                for one in parts
                if isinstance(one, ast.FormattedValue) and one.format_spec
            )
        case ast.Assert(msg=ast.expr() as message):
            yield message
        case ast.keyword(arg="help", value=value):
            yield value
        case _:
            return


def lacking(source: str) -> list[str]:
    return [
        text
        for text in texts(source)
        if text not in SILENT
        and not any(is_said(start + text.replace("{}", "7")) for start in BEGINNINGS)
    ]


def is_said(text: str) -> bool:
    """Whether it has a row, or each of the parts with ": " between them."""
    if has_row(text) or not re.search("[A-Za-z]", text):
        return True
    before, colon, after = text.partition(": ")
    return bool(colon) and is_said(before) and is_said(after)


@pytest.mark.parametrize("name", list(files()))
def test_every_sentence_of_a_file_has_its_japanese(name: str) -> None:
    # A catalogue of app/ledger/speaking lacks a row for these:
    assert lacking((APP / name).read_text()) == []


def test_each_silent_text_is_still_there() -> None:
    there = {text for name in files() for text in texts((APP / name).read_text())}
    assert SILENT - there == set()


def test_the_measure_finds_what_is_said() -> None:
    source = '''"""A docstring is silent."""
def f(x):
    assert x, "an assertion is for us"
    raise ValueError(f"the {x:,} things are new")
    yield "of another incident than the first entry"
    return x if x else "something is wrong"
'''
    assert lacking(source) == ["the {} things are new", "something is wrong"]


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=range(len(CATALOGUES)))
def test_both_languages_have_the_same_variable_parts(catalogue: dict[str, str]) -> None:
    for english, japanese in catalogue.items():
        # What a library says of an error is left out where it adds nothing.
        assert parts(english) - {"error", "number"} <= parts(japanese) <= parts(english), english


def parts(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_no_sentence_stands_in_two_catalogues() -> None:
    rows = [english for one in CATALOGUES for english in one]
    assert len(rows) == len(set(rows))


def test_every_word_of_the_ledger_has_its_japanese() -> None:
    assert {*TYPES, *CAUSES, *BASES} == {*EntryType, *Cause, *Basis}
    assert (len(TYPES), len(CAUSES), len(BASES)) == (len(EntryType), len(Cause), len(Basis))
