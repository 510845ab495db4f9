"""Protocol documents to begin a test with."""

from copy import deepcopy
from typing import Any

Document = dict[str, Any]

NIGHT: Document = {
    "title": "佐藤様 緊急時対応",
    "timezone": "Asia/Tokyo",
    "accountable": "CITY-DESK",
    "accountable_remind_every_seconds": 60,
    "approvals": [
        {
            "organisation": "CITY",
            "approved_by": "高橋 課長",
            "approved_on": "2026-10-01",
            "reference": "協定書 第12号",
        },
        {"organisation": "MIDORI", "approved_by": "山田 管理者", "approved_on": "2026-11-01"},
    ],
    "variants": [
        {
            "name": "休日の転倒・安否不明",
            "when": {
                "types": ["fall", "no_response"],
                "severities": ["critical", "high"],
                "days": ["sat", "sun", "holiday", "year_end"],
                "hours": ["18:00-08:30"],
            },
            "rounds": 2,
            "steps": [
                {
                    "name": "first",
                    "desk": "NIGHT-DESK",
                    "ack_within_seconds": 120,
                    "remind_every_seconds": None,
                    "arrive_within_seconds": 900,
                    "inform": ["SON"],
                    "also_page": ["HELPER"],
                    "on_decline": "last",
                },
                {"desk": "DAY-DESK"},
                {"name": "last", "person": "CHIEF", "desk": "CITY-DESK"},
            ],
        },
        {"name": "平日昼間", "steps": [{"desk": "DAY-DESK"}]},
    ],
    "repeat_window_seconds": 600,
    "offer_within_seconds": 240,
}


def night() -> Document:
    """A document that uses every member; a new copy each time."""
    return deepcopy(NIGHT)


def smallest(**changes: object) -> Document:
    """A document with nothing that may be left out, and these changes."""
    variants = [{"name": "全て", "steps": [{"desk": "D"}]}]
    return {"title": "緊急時対応", "accountable": "D", "variants": variants} | changes


def with_step(**members: object) -> Document:
    """The smallest document with this only step; without a desk or person it is the desk D."""
    own = {} if {"desk", "person"} & members.keys() else {"desk": "D"}
    return smallest(variants=[{"name": "全て", "steps": [own | members]}])


def with_when(when: object) -> Document:
    """The smallest document, with a first variant for this condition."""
    first = {"name": "特別", "when": when, "steps": [{"desk": "S"}]}
    return smallest(variants=[first, {"name": "全て", "steps": [{"desk": "D"}]}])
