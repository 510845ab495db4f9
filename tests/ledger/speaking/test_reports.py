"""What an auditor reads in Japanese, of what was really done to exports and databases."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.__main__ import cli
from app.commands.audit.verify import run_verify
from app.ledger.exports import layout
from app.ledger.speaking.sentences import said, said_of
from app.offline import verify
from app.offline.verify import run_verify_path, verify_path
from tests.keys import VAULT
from tests.ledger.judge.forged import Forger
from tests.ledger.judge.test_forgeries import FORGERIES, Tell
from tests.ledger.tampering import Story
from tests.ledger.test_attacks_export import ATTACKS, Attack, evidence, flips, honest
from tests.ledger.test_verify_database import ENTRY_HARMS, OTHER_HARMS, ROW_HARMS

# Words of English one after the other. Ids, names of files and formats, and codes stay.
ENGLISH = re.compile(r"[A-Za-z]{2,}[,;]? (?:[a-z]+ )*[a-z]{2,}")


def english_in(report: str) -> list[str]:
    return [line for line in report.splitlines() if ENGLISH.search(line)]


def test_the_measure_finds_english() -> None:
    assert english_in("署名: log.vkey: no signature by a known key\n位置 3 の記録 aGk+x Zm9v") == [
        "署名: log.vkey: no signature by a known key"
    ]


@pytest.mark.parametrize("attack", ATTACKS, ids=[one.name for one in ATTACKS])
def test_attack_on_an_export_is_told_in_japanese(attack: Attack, tmp_path: Path) -> None:
    folder, out = tmp_path / "export", io.StringIO()
    attack.do(folder)
    code = run_verify_path(folder, language="ja", out=out, shown=1_000)
    assert (code == verify.FOUND) == (attack.by is not None)
    assert english_in(out.getvalue()) == []


@pytest.mark.parametrize(("made", "every"), [(honest, 79), (evidence, 301)])
def test_whatever_byte_was_flipped_is_told_in_japanese(
    made: Callable[[Path], Path], every: int, tmp_path: Path
) -> None:
    folder = made(tmp_path)
    found = {
        (one.where, one.detail)
        for _ in flips(folder, every=every)
        for one in verify_path(folder).findings
    }
    assert len(found) > 20
    told = "\n".join(said_of(where, detail, "ja") for where, detail in found)
    assert english_in(told) == []


@pytest.mark.parametrize(
    ("story", "forge"), [one[1:3] for one in FORGERIES], ids=[one[0] for one in FORGERIES]
)
def test_forged_transfer_is_told_in_japanese(
    story: Tell, forge: Callable[[Forger], object]
) -> None:
    forger = story().forger()
    forge(forger)
    found = [said(detail, "ja") for _, detail in forger.judged().judge().faults]
    assert found
    assert english_in("\n".join(found)) == []


async def test_harms_to_a_database_are_told_in_japanese(file_story: Story, tmp_path: Path) -> None:
    told = ""
    for kind in ("rows", "state", "entries", "others"):
        story = file_story.copy_file(tmp_path / "harmed.db")
        for name, change, word in ROW_HARMS:
            if kind == ("state" if word == "state" else "rows"):
                statement = "UPDATE incident SET $change WHERE id = '$id'"
                await story.harm(statement, change=change, id=story.incidents[name])
        for type_, change, _ in ENTRY_HARMS[:-1] if kind == "entries" else ():
            statement = "UPDATE ledger_entry SET $change WHERE type = '$type'"
            await story.harm(statement, change=change, type=type_)
        await story.harm(*([one for one, _ in OTHER_HARMS] if kind == "others" else ()))
        out = io.StringIO()
        assert await run_verify(story.url, VAULT, language="ja", out=out) == 1
        told += out.getvalue()
    assert told.count("[") > 100
    assert english_in(told) == []


# What cannot be checked, and what is said of it.
UNUSABLE = {
    "nothing": "検証できませんでした: nonexist がありません",
    "no text": (
        "検証できませんでした: text は、フォルダでも、tar や zip のファイルでもないか、壊れています"
    ),
    "no key": "検証できませんでした: 検証用の鍵: base64 ではありません",
    "no checkpoint": (
        "検証できませんでした: text: 検証点ではありません: "
        "署名付きの文書: 署名の前に空行がありません"
    ),
    "no folder": "検証できませんでした: nonexist: ファイルがありません",
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_checked_is_said_in_japanese(name: str, tmp_path: Path) -> None:
    folder, text, gone = honest(tmp_path / "export"), tmp_path / "text", tmp_path / "nonexist"
    text.write_text("no archive\n")
    key = tmp_path / "vkey"
    key.write_text("a+b+c\n")
    arguments = {
        "nothing": [str(gone)],
        "no text": [str(text)],
        "no key": [str(folder), "--vkey", str(key)],
        "no checkpoint": [str(folder), "--checkpoint", str(text)],
        "no folder": [str(folder), "--checkpoint", str(gone)],
    }[name]
    ended = CliRunner().invoke(cli, ["ledger", "verify", *arguments, "--lang", "ja"])
    assert ended.exit_code == verify.NOT_CHECKED
    assert ended.output == UNUSABLE[name] + "\n"


def test_language_of_the_environment_is_taken(tmp_path: Path) -> None:
    arguments = ["ledger", "verify", str(honest(tmp_path))]
    for lang, word in (
        ("ja_JP.UTF-8", "検証点"),
        ("en_US.UTF-8", "Checkpoint"),
        ("", "Checkpoint"),
    ):
        assert word in CliRunner().invoke(cli, arguments, env={"LANG": lang}).output, lang


@pytest.mark.parametrize(
    "command",
    [
        ["ledger", "export", "x", "--municipality", "m"],
        ["ledger", "verify", "x"],
        ["ledger", "rotate-key", "--all"],
        ["ledger", "retire-key", "--all"],
        ["ledger", "succeed", "m"],
        ["ledger", "witness-key"],
        ["client", "erase", "c", "--ground", "requested", "--code", "1"],
    ],
    ids=" ".join,
)
def test_no_other_language_is_spoken(command: list[str]) -> None:
    ended = CliRunner().invoke(cli, [*command, "--lang", "fr"])
    assert ended.exit_code == 2
    assert "fr" in ended.output


def test_a_place_that_is_named_twice_is_said_once() -> None:
    missing = ("tile/0/000", "tile/0/000: missing")
    assert said_of(*missing, "en") == "tile/0/000: missing"
    assert said_of(*missing, "ja") == "tile/0/000: ファイルがありません"
    assert said("the verifier key: the verifier key: not base64", "en") == (
        "the verifier key: not base64"
    )


def test_what_has_no_row_stays_and_takes_no_time() -> None:
    assert said("something new: is wrong", "ja") == "something new: is wrong"
    long = "p1 is bound " * 20_000
    assert said(long, "ja") == long
    assert said(f"{layout.CHECKPOINT}: ", "ja") == "checkpoint: "
