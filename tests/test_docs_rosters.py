"""What the documents say of rosters is what the program reads and refuses."""

import re
from collections.abc import Iterator
from typing import Any

from app.commands.rosters.additions import REIGNS_MAX
from app.commands.rosters.duty import AT_MOST
from app.rosters.roster import AT_ONCE_MAX, Roster, parse_roster
from tests.documents import json_examples, rows, section, words

Schema = dict[str, Any]


def members(schema: Schema, defs: Schema, path: str = "") -> Iterator[tuple[str, Schema, bool]]:
    """Every member of a roster: path, schema, whether it is required."""
    for name, member in schema["properties"].items():
        yield path + name, member, name in schema.get("required", ())
        for part in re.findall(r"#/\$defs/(Rotation|Shift|Override)\b", str(member)):
            yield from members(defs[part], defs, f"{path}{name}[].")


def meant(path: str, member: Schema, *, is_required: bool) -> str:
    """How the table writes the default."""
    if is_required:
        return "required"
    # What is written otherwise than it is kept.
    said = {"every": "day", "hand_over": "09:00", "hours": "24h", "days": "any"}
    default = said.get(path.rpartition(".")[2], member.get("default"))
    return "absent" if default is None else str(default)


def test_every_member_of_a_roster_is_listed_with_default_and_limits() -> None:
    schema = Roster.model_json_schema()
    listed = {words(row[0])[0]: row[1:] for row in rows("api", "Member of a roster")}
    described = list(members(schema, schema["$defs"]))
    assert list(listed) == [path for path, _, _ in described]
    for path, member, is_required in described:
        _, default, meaning = listed[path]
        assert default.strip("`") == meant(path, member, is_required=is_required), path
        options = member.get("anyOf", [member])
        for one in options:
            if one.get("type") == "integer":
                assert meaning.startswith(f"{one['minimum']} to {one['maximum']}"), path
            elif "maxItems" in one and "minItems" in one:
                assert meaning.startswith(f"{one['minItems']} to {one['maxItems']}"), path
            elif "maxItems" in one:
                assert meaning.startswith(f"at most {one['maxItems']:,}"), path
    for path in ("shifts", "overrides"):
        assert f"{AT_ONCE_MAX} over one instant" in listed[path][2]


def test_defaults_that_are_written_otherwise_are_those_of_the_program() -> None:
    rotation = {"name": "夜勤", "persons": ["sato"], "starts_on": "2026-11-01"}
    [read] = parse_roster({"rotations": [rotation]}).document()["rotations"]
    assert (read["every"], read["hand_over"], read["hours"]) == ("day", "09:00", "24h")


def test_example_of_a_roster_can_be_read() -> None:
    [example] = [one for one in json_examples("api") if "document" in one]
    roster = parse_roster(example["document"])
    assert roster.rotations
    assert roster.shifts
    assert roster.overrides


def test_limits_are_those_of_the_program() -> None:
    text = section("api", "Rosters")
    assert f"(at most {AT_MOST.days} days)" in text
    assert f"at most {REIGNS_MAX}, is repeated" in text
