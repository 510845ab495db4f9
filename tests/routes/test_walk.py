"""The directory's part of the walk through the contract, word for word (DESIGN.md 6.4)."""

import re

from tests.routes.world import SECRET, Api


async def test_walk_through_the_directory(api: Api) -> None:
    made = await api.make("/v1/organisations", {"name": "A市", "kind": "municipality"})
    m = made["id"]
    made = await api.make(
        "/v1/organisations",
        {"name": "みどり訪問看護", "kind": "provider", "municipality_ids": [m]},
    )
    p = made["id"]
    made = await api.make("/v1/keys", {"organisation_id": m, "role": "coordinator"})
    key = made["key"]
    assert re.fullmatch(r"rk_[A-Za-z0-9_-]{32,}", key)

    made = await api.make(
        "/v1/parties",
        {"organisation_id": p, "kind": "desk", "name": "夜間当番", "hours": "24h"},
        key=key,
    )
    d1 = made["id"]
    made = await api.make(
        "/v1/parties",
        {"organisation_id": p, "kind": "person", "name": "看護師 佐藤", "desk_ids": [d1]},
        key=key,
    )
    n1 = made["id"]
    await api.make(
        f"/v1/parties/{n1}/contact-points",
        {"channel": "webhook", "address": "http://127.0.0.1:9000/n1", "secret": SECRET},
        key=key,
    )
    made = await api.make(
        "/v1/clients",
        {
            "municipality_id": m,
            "served_by": [p],
            "external_refs": {p: "0042"},
            "name": "佐藤 花子",
        },
        key=key,
    )
    c = made["id"]
    assert re.fullmatch(r"[2-9A-HJKMNP-Z]{5}", made["code"])

    document = {
        "title": "佐藤様 緊急時対応",
        "timezone": "Asia/Tokyo",
        "accountable": d1,
        "accountable_remind_every_seconds": 60,
        "approvals": [
            {
                "organisation": p,
                "approved_by": "山田 管理者",
                "approved_on": "2026-11-01",
                "reference": "協定書 第12号",
            }
        ],
        "variants": [
            {
                "name": "休日の転倒・安否不明",
                "when": {
                    "types": ["fall", "no_response"],
                    "severities": ["critical", "high"],
                    "days": ["sat", "sun", "holiday", "year_end"],
                },
                "rounds": 2,
                "steps": [
                    {
                        "desk": d1,
                        "ack_within_seconds": 180,
                        "remind_every_seconds": 60,
                        "arrive_within_seconds": 1800,
                        "inform": [],
                        "also_page": [],
                        "on_decline": "next",
                    }
                ],
            },
            {"name": "平日昼間", "steps": [{"desk": d1}]},
        ],
    }
    response = await api.call("PUT", f"/v1/clients/{c}/protocol", document, key=key)
    assert response.status_code == 201, response.text
    published = response.json()
    assert published["version"] == 1
    assert re.fullmatch(r"[0-9a-f]{64}", published["digest"])
    assert published["published_at"] == "2026-11-20T03:00:00.000Z"
    assert published["warnings"] == []
