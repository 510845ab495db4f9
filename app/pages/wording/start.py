"""What the start page says."""

from typing import Final

from app.pages.wording.words import Words

START: Final = {
    "start_title": Words("連絡網 Renrakumo", "Renrakumo"),
    "start_what": Words(
        "緊急のときに、引き受ける人が出るまで決められた順に連絡し、"
        "いつだれが対応責任者だったかを記録するサービスです。",
        "In an emergency this service asks one after another, in the order that was agreed, until"
        " somebody accepts, and records who was responsible when.",
    ),
    "start_paged": Words("呼出を受けた方へ", "If you have been paged"),
    "start_paged_more": Words(
        "届いたメッセージの中のリンクを開いてください。応答はそのリンクからだけできます。",
        "Open the link in the message that you got. You can answer by that link only.",
    ),
    "start_danger": Words(
        "このページからは、通報も応答もできません。命にかかわるときは、119に電話してください。",
        "Nothing can be reported or answered here. If life is in danger, call 119.",
    ),
    "start_connect": Words("システムを接続する方へ", "If you connect a system"),
    "start_reference": Words("APIの説明（英語）", "Reference of the API"),
    "start_openapi": Words("OpenAPI文書（JSON）", "OpenAPI document (JSON)"),
}
