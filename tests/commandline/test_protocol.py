"""`protocol check` and `protocol simulate` without a database."""

import json
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

from app.__main__ import cli
from tests.commandline.files import alone, written
from tests.documents import blocks, section
from tests.keys import key_file

NOWHERE = {"RENRAKUMO_DATABASE_URL": "sqlite:///nowhere/renrakumo.db", "LANG": "C"}


def run(*arguments: str, environment: Mapping[str, str] = NOWHERE) -> Result:
    return CliRunner().invoke(cli, ["protocol", *arguments], env=dict(environment))


@pytest.mark.parametrize("name", ["protocol.yaml", "protocol.json", "protocol"])
def test_a_file_that_brings_everybody_along_needs_no_database(tmp_path: Path, name: str) -> None:
    found = run("check", written(tmp_path, alone(), name), "--lang", "ja")
    assert (found.exit_code, found.stderr) == (0, "")
    assert "点検結果: 佐藤様 緊急時対応" in found.stdout
    assert "どの段階にも呼び出せる人がいます。" in found.stdout
    assert "看護師 佐藤が呼び出されるまで: 0秒" in found.stdout
    assert not Path("nowhere").exists()


def test_the_file_of_the_documents_can_be_checked_and_simulated(tmp_path: Path) -> None:
    (example,) = blocks(section("operations", "Protocols on the command line"), "yaml")
    file = written(tmp_path, example)
    found = run("check", file, "--lang", "ja")
    assert (found.exit_code, found.stderr) == (1, "")
    # By day nobody is on duty; every other night the second nurse cannot be reached.
    assert "「いつでも」の1段目: 当番者がいない" in found.stdout
    assert "「いつでも」の1段目: 使える連絡先がない" in found.stdout
    told = run("simulate", file, "--type", "fall", "--answer", "sato:40:decline")
    assert told.exit_code == 0


def test_gaps_are_told_by_the_exit_code(tmp_path: Path) -> None:
    found = run("check", written(tmp_path, alone(hours=["17:00-09:00"])), "--lang", "en")
    assert found.exit_code == 1
    assert "every day, day, 09:00 to 17:00: " in found.stdout


def test_a_roster_of_the_file_says_who_is_on_duty(tmp_path: Path) -> None:
    rotation = {"name": "夜勤", "persons": ["sato"], "starts_on": "2026-01-01"}
    weekdays = rotation | {"days": ["mon", "tue", "wed", "thu", "fri"]}
    assert run("check", written(tmp_path, alone(roster={"rotations": [rotation]}))).exit_code == 0
    found = run("check", written(tmp_path, alone(roster={"rotations": [weekdays]})), "--lang", "ja")
    assert found.exit_code == 1
    assert "当番者がいない" in found.stdout


def test_errors_of_the_protocol_are_told_by_the_exit_code(tmp_path: Path) -> None:
    file = alone()
    file["protocol"] |= {"accountable": "nobody", "title": ""}
    found = run("check", written(tmp_path, file), "--lang", "ja")
    assert found.exit_code == 1
    assert "- 表題: 空にはできません。" in found.stdout
    assert "- 最終責任者: この機関・担当は登録されていません。" in found.stdout


def test_the_language_is_that_of_the_terminal(tmp_path: Path) -> None:
    file = written(tmp_path, alone())
    assert "Check of: " in run("check", file).stdout
    japanese = run("check", file, environment={**NOWHERE, "LANG": "ja_JP.UTF-8"})
    assert "点検結果: " in japanese.stdout


def test_it_answers_programs_with_what_the_api_answers(tmp_path: Path) -> None:
    found = run("check", written(tmp_path, alone()), "--format", "json")
    report = json.loads(found.stdout)
    assert (report["ok"], report["errors"], report["gap_count"]) == (True, [], 0)
    assert report["worst_case"]["accountable_holds_after_seconds"] == 300


def test_it_draws_a_week(tmp_path: Path) -> None:
    file = written(tmp_path, alone())
    found = run("check", file, "--format", "svg", "--lang", "ja")
    assert found.exit_code == 0
    root = ET.fromstring(found.stdout.encode())  # noqa: S314  # our own
    assert root.tag.endswith("svg")
    refused = run("check", file, "--format", "svg", "--week", "2020-01-01", "--lang", "ja")
    assert refused.exit_code == 2
    assert "対象期間の日付でなければなりません" in refused.stderr
    assert run("check", file, "--format", "svg", "--week", "Monday").exit_code == 2


def test_it_tells_what_would_happen(tmp_path: Path) -> None:
    arguments = ("simulate", written(tmp_path, alone()), "--type", "fall", "--lang", "ja")
    answers = ("--answer", "sato:40:decline", "--answer", "takahashi:100:acknowledge")
    found = run(*arguments, "--at", "2026-11-24T03:00:00+09:00", *answers)
    assert (found.exit_code, found.stderr) == (0, "")
    assert "試行: 転倒・転落（高）、2026年11月24日(火) 03:00に報告" in found.stdout
    assert "0:00:40  看護師 佐藤: 対応できません" in found.stdout
    assert "0:01:40  高橋 係長が対応責任者になる（対応を引き受けた）" in found.stdout
    # A coordinator has no party; the severity is the type's unless it is said.
    found = run(*arguments, "--severity", "low", "--answer", ":10:escalate", "--format", "json")
    past = json.loads(found.stdout)
    assert next(one["after_seconds"] for one in past["timeline"] if one["step"] == 2) == 10
    found = run(*arguments, "--answer", ":10.5:escalate", "--format", "json")
    past = json.loads(found.stdout)
    assert next(one["after_seconds"] for one in past["timeline"] if one["step"] == 2) == 10.5


def test_what_cannot_be_published_is_not_simulated(tmp_path: Path) -> None:
    file = alone()
    file["protocol"]["accountable"] = "nobody"
    found = run("simulate", written(tmp_path, file), "--type", "fall", "--lang", "ja")
    assert found.exit_code == 1
    assert "/accountable: この機関・担当は登録されていません。" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--answer", "sato:decline"], "is not PARTY:SECONDS:ACT"),
        (["--answer", "sato:17366400:decline"], "is not PARTY:SECONDS:ACT"),
        (["--answer", "sato:40.0001:decline"], "is not PARTY:SECONDS:ACT"),
        (["--answer", "sato:40:sleep"], "is not PARTY:SECONDS:ACT"),
        (["--answer", "suzuki:40:decline"], "The protocol names no suzuki"),
        (["--at", "tomorrow"], "--at: Must be an instant"),
        (["--format", "svg"], "A simulation is told as text or as json."),
    ],
)
def test_a_script_that_makes_no_sense_is_unusable(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    found = run("simulate", written(tmp_path, alone()), "--type", "fall", *arguments)
    assert found.exit_code == 2
    assert sentence in found.stderr


# What is wrong with a file, by the place that is named.
TWICE = {"id": "sato", "organisation": "midori", "name": "同じID"}
UNUSABLE = {
    "unknown member": ({"extra": 1}, "/extra: "),
    "no organisations": ({"directory": {"desks": []}}, "/directory/organisations: "),
    "no object": ({"directory": [1]}, "/directory: "),
}


@pytest.mark.parametrize(("change", "place"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_with_a_wrong_part_is_unusable(
    tmp_path: Path, change: Mapping[str, object], place: str
) -> None:
    found = run("check", written(tmp_path, {**alone(), **change}))
    assert found.exit_code == 2
    assert place in found.stderr


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"organisation": "nobody"}, "/directory/desks/1/organisation: "),
        ({"id": "office"}, "/directory/desks/1/id: "),
        ({"hours": ["9-17"]}, "/directory/desks/1/hours: "),
        (
            {"contact_points": [{"channel": "pigeon"}]},
            "/directory/desks/1/contact_points/0/channel",
        ),
        ({"contact_points": [{"channel": "webhook", "address": "x"}]}, "0/address: "),
        ({"roster": {"rotations": [{"name": "x"}]}}, "/directory/desks/1/roster/rotations/0/"),
        ({"unknown": True}, "/directory/desks/1/unknown: "),
        ({"name": " "}, "/directory/desks/1/name: "),
    ],
)
def test_a_directory_that_does_not_hold_together_is_unusable(
    tmp_path: Path, members: Mapping[str, object], place: str
) -> None:
    found = run("check", written(tmp_path, alone(**members)), "--lang", "ja")
    assert found.exit_code == 2
    assert place in found.stderr
    assert "`directory` の内容は使えません。" in found.stderr


def test_persons_of_no_desk_and_ids_that_come_twice_are_named(tmp_path: Path) -> None:
    file = alone()
    file["directory"]["persons"] += [TWICE | {"desks": ["nowhere"]}]
    found = run("check", written(tmp_path, file))
    assert found.exit_code == 2
    assert "/directory/persons/2/id: " in found.stderr
    assert "/directory/persons/2/desks/0: " in found.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "The file cannot be read."),
        ("a: 1\na: 2\n", "The file cannot be used."),
        ("title: only a protocol\n", "Say whose protocol it is"),
        ("", "Say whose protocol it is"),
        ("x" * 300_000, "The file cannot be read."),
    ],
    ids=["no YAML", "twice", "no directory", "empty", "too large"],
)
def test_a_text_that_says_too_little_is_unusable(tmp_path: Path, text: str, sentence: str) -> None:
    found = run("check", written(tmp_path, text))
    assert found.exit_code == 2
    assert sentence in found.stderr


def test_a_file_that_is_not_there_is_unusable(tmp_path: Path) -> None:
    found = run("check", str(tmp_path / "missing.yaml"))
    assert found.exit_code == 2
    assert "missing.yaml cannot be read: " in found.stderr
    assert run("check").exit_code == 2


def test_a_database_that_is_not_there_is_unusable(tmp_path: Path) -> None:
    environment = NOWHERE | {"RENRAKUMO_DATA_KEY_FILE": str(key_file(tmp_path))}
    file = written(tmp_path, alone()["protocol"])
    found = run("check", file, "--client", "c", environment=environment)
    assert found.exit_code == 2
    assert "renrakumo.db" in found.stderr
    both = run("check", "--client", "c", "--municipality", "m")
    assert (both.exit_code, "not both" in both.stderr) == (2, True)
