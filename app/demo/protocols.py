"""The demonstration's people and protocols, after contact orders that municipalities publish.

Source: CARE.md 1.2 (Kakegawa, receiving centre, medical home client).
"""

from collections.abc import Mapping

# (desk, organisation, person); a person without a desk is contacted directly.
PEOPLE = (
    ("夜間オンコール", "あおば訪問看護ステーション", "佐藤 美咲"),
    ("夜間オンコール", "あおば訪問看護ステーション", "高橋 由美"),
    ("サービス提供責任者", "ひまわりヘルパーステーション", "鈴木 健"),
    ("総合相談窓口", "みどり市地域包括支援センター", "中村 恵"),
    ("高齢福祉課 宿日直", "みどり市", "渡辺 誠"),
    (None, "田中家", "田中 一郎"),
)
APPROVED_ON = "2026-11-01"
CLIENTS: tuple[dict[str, object], ...] = (
    {
        "name": "田中 ハナ",
        "kana": "タナカ ハナ",
        "address": "みどり市本町1-2-3",
        "phones": ["0537-00-0001"],
        "key_and_entry": "玄関右の鍵ボックス 1234",
        "fire_headquarters_number": "0537-00-0119",
        "risks": ["転倒歴あり"],
        "allergies": ["ペニシリン"],
        "family_contacts": [{"name": "田中 一郎", "relation": "長男", "phone": "090-0000-0001"}],
    },
    {
        "name": "山本 清",
        "address": "みどり市緑町4-5",
        "phones": ["0537-00-0002"],
        "fire_headquarters_number": "0537-00-0119",
        "physician": "みどり内科 林医師",
    },
    {"name": "訓練 太郎", "address": "みどり市訓練町1", "phones": ["0537-00-0003"]},
)

Ids = Mapping[str, str]
Document = dict[str, object]


def family_first(ids: Ids) -> Document:
    """Somebody near, then the helper, then the nurse; family is informed."""
    steps = [
        {"person": ids["田中 一郎"], "ack_within_seconds": 120},
        {
            "desk": ids["サービス提供責任者"],
            "ack_within_seconds": 180,
            "inform": [ids["田中 一郎"]],
        },
        {"desk": ids["夜間オンコール"], "ack_within_seconds": 180},
    ]
    return _document(ids, "田中様 緊急時対応", steps)


def medical(ids: Ids) -> Document:
    """The visiting nurse first, at night and on holidays too; the support centre by day."""
    nurse = {
        "desk": ids["夜間オンコール"],
        "ack_within_seconds": 180,
        "remind_every_seconds": 60,
        "arrive_within_seconds": 2400,
    }
    by_day = {"desk": ids["総合相談窓口"], "ack_within_seconds": 300}
    night = {
        "name": "夜間・休日",
        "when": [{"hours": ["17:30-08:30"]}, {"days": ["sat", "sun", "holiday", "year_end"]}],
        "rounds": 2,
        "steps": [nurse],
    }
    document = _document(ids, "山本様 緊急時対応", [nurse, by_day])
    return {**document, "variants": [night, *_variants(document)]}


def short(ids: Ids) -> Document:
    """For `make demo`: steps of a few seconds."""
    steps = [
        {"desk": ids["サービス提供責任者"], "ack_within_seconds": 3, "remind_every_seconds": None},
        {"desk": ids["夜間オンコール"], "ack_within_seconds": 20, "remind_every_seconds": None},
    ]
    return _document(ids, "訓練用 緊急時対応", steps)


def _document(ids: Ids, title: str, steps: list[dict[str, object]]) -> Document:
    organisations = (
        "みどり市",
        "みどり市地域包括支援センター",
        "あおば訪問看護ステーション",
        "ひまわりヘルパーステーション",
    )
    return {
        "title": title,
        "timezone": "Asia/Tokyo",
        "accountable": ids["高齢福祉課 宿日直"],
        "approvals": [
            {
                "organisation": ids[name],
                "approved_by": "管理者",
                "approved_on": APPROVED_ON,
                "reference": "協定書",
            }
            for name in organisations
        ],
        "variants": [{"name": "すべての時間帯", "steps": steps}],
    }


def _variants(document: Document) -> list[object]:
    variants = document["variants"]
    assert isinstance(variants, list)
    return variants
