"""Files that bring their directory along."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

File = dict[str, Any]

WEBHOOK = [{"channel": "webhook"}]
ALONE: File = {
    "protocol": {
        "title": "佐藤様 緊急時対応",
        "accountable": "office",
        "approvals": [
            {"organisation": "city", "approved_by": "高橋 課長", "approved_on": "2026-10-01"},
            {"organisation": "midori", "approved_by": "山田 管理者", "approved_on": "2026-10-01"},
        ],
        "variants": [
            {
                "name": "いつでも",
                "steps": [{"desk": "night", "ack_within_seconds": 120}, {"desk": "office"}],
            }
        ],
    },
    "directory": {
        "organisations": [
            {"id": "city", "name": "A市", "kind": "municipality"},
            {"id": "midori", "name": "みどり訪問看護", "kind": "provider"},
        ],
        "desks": [
            {"id": "office", "organisation": "city", "name": "市 緊急窓口"},
            {"id": "night", "organisation": "midori", "name": "夜間当番"},
        ],
        "persons": [
            {
                "id": "takahashi",
                "organisation": "city",
                "name": "高橋 係長",
                "desks": ["office"],
                "contact_points": WEBHOOK,
            },
            {
                "id": "sato",
                "organisation": "midori",
                "name": "看護師 佐藤",
                "desks": ["night"],
                "contact_points": WEBHOOK,
            },
        ],
    },
}


def alone(**night: object) -> File:
    """A file that can be checked by itself; `night` are members of its first desk."""
    found = deepcopy(ALONE)
    found["directory"]["desks"][1].update(night)
    return found


def written(folder: Path, data: object, name: str = "protocol.yaml") -> str:
    """The path of a file that says this, as YAML or, by its name, as JSON."""
    path = folder / name
    if isinstance(data, str):
        path.write_text(data, "utf-8")
    elif name.endswith(".json"):
        path.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    else:
        # Copied, so that nothing is written as an alias of something else.
        plain = json.loads(json.dumps(data))
        path.write_text(yaml.safe_dump(plain, allow_unicode=True), "utf-8")
    return str(path)
