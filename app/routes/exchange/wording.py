"""What is wrong with a sheet or a calendar, in Japanese: who has it is rarely a programmer.

The sentences are those of the rules, which speak English; what is said of cells has a row here, the
rest one in the catalogues of `app/foresight/speaking`. What has none is said in English rather than
not at all (tests hold the tables to the rules that sheets and calendars meet).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from app.foresight.speaking.sentences import in_words
from app.installation.answer import FieldsInvalid
from app.protocols.kinds import Language

_EXACT: Final = MappingProxyType(
    {
        "This field is needed.": "必ず入力してください。",
        "This is required.": "必ず入力してください。",
        "Must not be empty.": "空にはできません。",
        "Must be text.": "文字で入力してください。",
        "Must be a whole number.": "整数で入力してください。",
        "Must be a list.": "リストで入力してください。",
        "Has too many digits.": "けた数が多すぎます。",
        "Is named twice.": "同じものが二度書かれています。",
        "This stays as it was made.": "あとから変えることはできません。",
        "Give a desk or a person, not both.": "窓口か担当者のどちらか一方だけを書いてください。",
        "No such person takes turns at this desk.": "この窓口の当番に、その担当者はいません。",
        "Must be later than the begin.": "開始より後にしてください。",
        "There is no such day or time.": "その日時はありません。",
        "There is no such day in the calendar.": "その日付は暦にありません。",
        "The clock is put forward then; there is no such time.": (
            "夏時間への切替えで、その時刻はありません。"
        ),
        "Has more cells than there are columns.": "見出しより多いセルがあります。",
        "Must hold at least one character that can be seen.": "見える文字を入力してください。",
        "Must not be before service_from.": "利用開始より前にはできません。",
        "The service would end before it begins.": "利用終了が利用開始より前になります。",
        "Must name a municipality.": "市区町村を書いてください。",
        "No such municipality is known here.": "その市区町村は登録されていません。",
        "No such organisation is known here.": "その機関は登録されていません。",
        "No such desk is known here.": "その窓口は登録されていません。",
        "No such organisation works in the client's municipality.": (
            "その機関は、利用者の市区町村で活動していません。"
        ),
        "Stands for another client already.": "この番号は別の利用者のものです。",
        "Only a webhook has a secret.": "署名鍵は webhook だけのものです。",
        "This is retired; retiring is final.": "すでに廃止されています。",
        "There is no such thing, or your key may not see it.": (
            "登録がないか、見ることのできないものです。"
        ),
        "The role of your key does not allow this.": "お使いのキーでは、これはできません。",
        "Must be a telephone number: digits, with spaces, hyphens and brackets.": (
            "電話番号を、数字とハイフンなどで入力してください。"
        ),
        "Must be an id: no spaces, no control characters.": "識別子の形ではありません。",
        "A quotation mark is out of place.": '引用符（"）の位置が正しくありません。',
        "This is neither UTF-8 nor Shift_JIS.": "UTF-8でもShift_JISでもありません。",
        "This is not UTF-8 text.": "UTF-8の文字ではありません。",
        "This is not Shift_JIS text.": "Shift_JISの文字ではありません。",
        'This is UTF-16; save it as "CSV UTF-8" or as CSV (Shift_JIS).': (
            "UTF-16です。「CSV UTF-8」またはCSV（Shift_JIS）で保存し直してください。"
        ),
        "The file has no rows: its first line only names the columns.": (
            "見出しだけで、データの行がありません。"
        ),
        "The file is empty: its first line names the columns.": (
            "ファイルが空です。1行目に見出しが必要です。"
        ),
        "A later version waits": "これから始まる版があります。",
        "A version of the roster that takes effect later is recorded already;"
        " change that one as a whole (PUT).": "これから始まる当番表の版があります。",
    }
)
_PATTERNS: Final[Sequence[tuple[str, str]]] = (
    (
        r"Nothing of this name or id is known here: (.+)",
        "この名前または識別子のものは登録されていません：{0}",
    ),
    (
        r"Several have this name; give the id: (.+)",
        "同じ名前が複数あります。識別子で指定してください：{0}",
    ),
    (r"The same stands in line (\d+) already\.", "{0}行目と同じものです。"),
    (r"Must be at most (\d+) characters\.", "{0}文字までで入力してください。"),
    (r"Must be at least (-?\d+)\.", "{0}以上にしてください。"),
    (r"Must be at most (-?\d+)\.", "{0}以下にしてください。"),
    (r"Must be one of: (.+)\.", "次のどれかにしてください：{0}"),
    (r"The list is too long: at most (\d+)\.", "多すぎます（{0}個まで）。"),
    (r"The list is too short: at least (\d+)\.", "足りません（{0}個以上）。"),
    (r"Is not given for a (.+)\.", "この種別（{0}）には書きません。"),
    (
        r"Must be (?:one line|text) without control characters: holds (.+)\.",
        "見えない文字が入っています（{0}）。",
    ),
    (r"Holds (U\+[0-9A-F]+), which cannot be stored\.", "保存できない文字があります（{0}）。"),
    (r'Must be a date such as "(.+)"\.', "日付は「{0}」のように入力してください。"),
    (
        r'Must be a day and a time such as "(.+)"\.',
        "日時は「{0}」のように入力してください。",
    ),
    (
        r'Must be "24h" or a list of 1 to (\d+) intervals: .+',
        "「24h」または時間帯（18:00-08:30 など、{0}個まで）で入力してください。",
    ),
    (r"An interval is written .+", "時間帯は 18:00-08:30 のように入力してください。"),
    (r'"(.+)" is empty; .+', "「{0}」は空の時間帯です。終日は 24h と書きます。"),
    (r'The day ends at 24:00: "(.+)" goes beyond it\.', "「{0}」は24時を越えています。"),
    (
        r"There is no such column: (.+) \(there are: (.+)\)",
        "知らない見出しです：{0}（使えるもの：{1}）",
    ),
    (r"This column is needed: (.+)", "この見出しが必要です：{0}"),
    (r"Two columns are the same: (.+)", "同じ見出しが二つあります：{0}"),
    (r"The file has more than (\d+) rows; divide it\.", "{0}行を超えています。分けてください。"),
    (
        r"A row has at most (\d+) cells, a cell (\d+) characters\.",
        "一行は{0}セルまで、一つのセルは{1}文字までです。",
    ),
    (
        r"The character set (.+) is not read; UTF-8 and Shift_JIS are\.",
        "文字コード {0} は読めません。UTF-8 か Shift_JIS にしてください。",
    ),
    (r"More than (\d+) shifts lie over one instant\.", "同じ時刻の当番が{0}人を超えています。"),
)


def said_in(language: Language, detail: str) -> str:
    """A sentence of the rules, in the reader's language."""
    if language == "en":
        return detail
    if detail in _EXACT:
        return _EXACT[detail]
    for pattern, template in _PATTERNS:
        matched = re.fullmatch(pattern, detail, re.DOTALL)
        if matched:
            return template.format(*matched.groups())
    return in_words(detail, language, {})


def spoken(invalid: FieldsInvalid, language: Language) -> FieldsInvalid:
    """The refusal of a calendar in the reader's language; what a library says of it stays."""
    if language == "en":
        return invalid

    def say(detail: str) -> str:
        said = said_in(language, detail)
        return said if said != detail else f"読めません（{detail}）。"

    said = [replace(one, detail=say(one.detail)) for one in invalid.errors]
    members = dict(invalid.members)
    problems = members.get("problems")
    if isinstance(problems, list):
        members["problems"] = [one | {"detail": say(str(one["detail"]))} for one in problems]
    return FieldsInvalid(said_in(language, str(invalid)), errors=said, members=members)
