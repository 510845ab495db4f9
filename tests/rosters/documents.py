"""Roster documents for tests, as plain data."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.rosters.roster import Roster, parse_roster

Document = dict[str, Any]


def rotation(**members: object) -> Document:
    return {"name": "夜勤", "persons": ["sato"], "starts_on": "2026-11-01", **members}


def shift(person: str, begin: str, end: str, **members: object) -> Document:
    return {"person": person, "from": f"{begin}Z", "to": f"{end}Z", **members}


def override(begin: str, end: str, **members: object) -> Document:
    return {"from": f"{begin}Z", "to": f"{end}Z", **members}


def roster(*rotations: Mapping[str, object], **members: object) -> Roster:
    return parse_roster({"rotations": list(rotations), **members})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
