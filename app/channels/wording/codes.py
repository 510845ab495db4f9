"""The words for codes that notices carry, in Japanese and English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.protocols.kinds import Language

ANSWERS: Final[Mapping[Language, Mapping[str, str]]] = MappingProxyType(
    {
        "ja": {
            "accepted": "引き受けました",
            "declined": "引き受けられません",
            "withdrawn": "相談は取り下げられました",
        },
        "en": {
            "accepted": "accepted",
            "declined": "declined",
            "withdrawn": "taken back",
        },
    }
)
CAUSES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "nobody_on_duty": ("当番がいない", "nobody is on duty"),
        "unreachable": ("使える連絡先がない", "no contact point that works then"),
        "restricted": ("知らせてはいけない相手だけになる", "nobody who may be told"),
        "busy": ("ほかの事案に対応中", "everybody has another incident"),
        "no_accountable_desk": ("最終責任者の窓口がない", "no accountable desk"),
    }
)
CHANGES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "contact_point_added": ("連絡先の追加", "a contact point was added"),
        "contact_point_changed": ("連絡先の変更", "a contact point was changed"),
        "contact_point_retired": ("連絡先の廃止", "a contact point was retired"),
        "desk_hours_changed": ("窓口の時間の変更", "a desk's hours were changed"),
        "desk_retired": ("窓口の廃止", "a desk was retired"),
        "person_retired": ("担当者の退任", "a person has left"),
        "organisation_retired": ("機関の廃止", "an organisation was retired"),
        "desk_persons_changed": ("窓口の担当者の変更", "a desk's persons were changed"),
        "roster_changed": ("当番表の変更", "a roster was changed"),
        "accountable_desk_changed": ("最終責任者の変更", "the accountable desk was changed"),
        "protocol_published": ("手順書の公開", "a protocol was published"),
        "default_published": ("標準の手順書の公開", "a default protocol was published"),
    }
)
FAULTS: Final[Mapping[Language, Mapping[str, str]]] = MappingProxyType(
    {
        "ja": {
            "chain": "台帳の記録が崩れています",
            "transfer": "手順書のとおりでない引継ぎがあります",
            "row": "事案の状態と台帳の記録が一致しません",
            "overdue": "予定の時刻を過ぎても次の動作がありません",
            "unsent": "送られていない連絡があります",
        },
        "en": {
            "chain": "entries of the ledger are broken",
            "transfer": "responsibility passed otherwise than the protocol has it",
            "row": "the incident is not what its entries say",
            "overdue": "what is due has not happened",
            "unsent": "messages are not sent",
        },
    }
)
