"""The Japanese of each sentence that says what is wrong with a document.

The rooms that find something wrong say it in English, once. Here stands each of their sentences
with its variable parts in braces, as in the message catalogues of gettext; a test reads the sources
of those rooms and fails if one is missing.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # app/protocols/wording.py
        "This value is not allowed here.": "この値はここでは使えません。",
        "Must be an object.": "項目の集まり（オブジェクト）でなければなりません。",
        "Must be a list.": "リストでなければなりません。",
        "Must be a whole number.": "整数でなければなりません。",
        "Must be a number.": "数でなければなりません。",
        "Must be true or false.": "true か false でなければなりません。",
        "Must be one of: {codes}.": "次のどれかでなければなりません: {codes}",
        'Must be an instant with its offset from UTC, such as "{example}".': (
            "UTCとの差を付けた日時でなければなりません（例: {example}）。"
        ),
        "This field is needed.": "この項目は必須です。",
        "There is no such field.": "この名前の項目はありません。",
        "The list is too short: at least {count}.": "リストが短すぎます（{count}個以上）。",
        "The list is too long: at most {count}.": "リストが長すぎます（{count}個まで）。",
        "Must be text.": "文字列でなければなりません。",
        "Must be Unicode text.": "Unicodeの文字列でなければなりません。",
        "Must not be empty.": "空にはできません。",
        "Must be at most {count} characters.": "{count}文字までです。",
        "Must be an id: no spaces, no control characters.": (
            "IDでなければなりません（空白と制御文字は使えません）。"
        ),
        "Has too many digits.": "桁数が多すぎます。",
        "Must be at least {bound}.": "{bound}以上でなければなりません。",
        "Must be at most {bound}.": "{bound}以下でなければなりません。",
        "Is nested too deeply.": "入れ子が深すぎます。",
        # app/protocols/document.py and problems.py
        "This field is given more than once; give it once.": (
            "同じ項目が二度以上書かれています。一度だけ書いてください。"
        ),
        "The document is larger than {count} bytes.": "文書が{count}バイトを超えています。",
        "The document is nested too deeply.": "文書の入れ子が深すぎます。",
        "The document is not UTF-8 text.": "文書がUTF-8の文字列ではありません。",
        "The document is not JSON: {why}.": "文書をJSONとして読めません: {why}",
        "The document is not YAML: {why}.": "文書をYAMLとして読めません: {why}",
        "The text holds more than one YAML document.": "YAML文書が二つ以上入っています。",
        "The document holds a character that YAML does not allow.": (
            "YAMLで使えない文字が入っています。"
        ),
        "The document is too large.": "文書が大きすぎます。",
        "The document is too large or nested too deeply.": (
            "文書が大きすぎるか、入れ子が深すぎます。"
        ),
        "Anchors and aliases are not read; write the value out{line}.": (
            "アンカーとエイリアスは読みません。値をそのまま書いてください{line}。"
        ),
        "Tags are not read; write the plain value{line}.": (
            "タグは読みません。値だけを書いてください{line}。"
        ),
        "A member's name must be text{line}.": "項目名は文字列でなければなりません{line}。",
        "The names of an object's members must be Unicode text.": (
            "項目名はUnicodeの文字列でなければなりません。"
        ),
        "Must be a JSON value.": "JSONで表せる値でなければなりません。",
        # app/protocols/fields.py
        'Must be a date such as "{example}".': "日付でなければなりません（例: {example}）。",
        "There is no such day in the calendar.": "暦にない日付です。",
        "Must hold at least one character that can be seen.": "目に見える文字が必要です。",
        "Must be text without control characters: holds {code}.": (
            "制御文字は使えません（{code} があります）。"
        ),
        "Must be one line without control characters: holds {code}.": (
            "制御文字のない1行でなければなりません（{code} があります）。"
        ),
        'Must be the name of a time zone, such as "{example}".': (
            "タイムゾーンの名前でなければなりません（例: {example}）。"
        ),
        # app/protocols/calendar.py
        'An interval is written "HH:MM-HH:MM", for example "{example}".': (
            "時間帯は HH:MM-HH:MM と書きます（例: {example}）。"
        ),
        'The day ends at 24:00: "{hours}" goes beyond it.': (
            "一日は24:00までです。「{hours}」は超えています。"
        ),
        '"{hours}" is empty; for the whole day write "00:00-24:00".': (
            "「{hours}」は空です。一日中なら 00:00-24:00 と書いてください。"
        ),
        'Must be "24h" or a list of 1 to {count} intervals: ["18:00-08:30"].': (
            '"24h" か、1個から{count}個の時間帯のリストでなければなりません'
            '（例: ["18:00-08:30"]）。'
        ),
        # app/protocols/protocol.py
        "Must say at least one of types, severities, days, hours.": (
            "種別・重大度・曜日・時間帯のどれかを指定してください。"
        ),
        'Must be "{word}" or the name of a later step of this variant.': (
            '"{word}" か、この適用区分の後の段階の名前でなければなりません。'
        ),
        "Must name a desk or a person.": "当番窓口か担当者を指定してください。",
        '"{word}" is what on_decline calls the step that follows.': (
            '"{word}" は on_decline で「次の段階」を表す語なので、名前にできません。'
        ),
        "Another step of this variant has this name.": ("この適用区分に同じ名前の段階があります。"),
        "The last variant must apply to everything: leave out its `when`.": (
            "最後の適用区分はすべてに当てはまる必要があります。`when` を取り除いてください。"
        ),
        "Only the last variant may apply to everything.": (
            "すべてに当てはまる区分は最後だけに置けます。"
        ),
        # app/protocols/publication.py
        "This party is retired.": "この機関・担当は廃止されています。",
        "No such party is known here.": "この機関・担当は登録されていません。",
        "Must be {wanted}; this is {found}.": "{wanted}を指定してください。これは{found}です。",
        "Its organisation has not approved this protocol on or before this day.": (
            "その機関は今日までにこの手順書に合意していません。"
        ),
        "The accountable desk must be open 24 hours.": (
            "最終責任者の窓口は24時間開いていなければなりません。"
        ),
        "The accountable desk and its persons have no contact point.": (
            "最終責任者の窓口にもその担当者にも連絡先がありません。"
        ),
        "At some hours no contact point of the accountable desk may be used.": (
            "最終責任者の連絡先がどれも使えない時間があります。"
        ),
        "Its organisation has not approved: it is asked, but never holds.": (
            "その機関は合意していません。呼び出されますが、対応責任者にはなりません。"
        ),
        "The step ends before its first reminder.": "最初の再呼出の前に段階が終わります。",
        "Nobody whom this step asks has a contact point.": (
            "この段階で呼び出す相手のだれにも連絡先がありません。"
        ),
        "This desk has no persons: nobody can accept for it.": (
            "この当番窓口には担当者がいません。引き受けられる人がいません。"
        ),
        "This approval is in the list twice.": "同じ事前合意が二度書かれています。",
        "This day has not come yet.": "まだ来ていない日付です。",
        "This party is in the list twice.": "同じ機関・担当が二度書かれています。",
        "This step may ask the same person twice.": (
            "この段階は同じ人を二度呼び出すことがあります。"
        ),
        "An earlier step may have asked the same person already.": (
            "前の段階で同じ人をすでに呼び出していることがあります。"
        ),
        # app/cover/check.py and app/foresight/examined.py
        "Nobody can be asked here for {length} of the horizon; see `gaps`.": (
            "対象期間のうち {length} は、この段階でだれも呼び出せません（「空き」を参照）。"
        ),
        "No incident ever opens in this variant: those before it take them all.": (
            "この適用区分で始まる事案はありません。前の区分がすべて引き受けています。"
        ),
        "Contact point {point} is never open while {party} is asked here.": (
            "この段階で{party}を呼び出す間、連絡先 {point} が使える時間はありません。"
        ),
        "The published version is older than a year; it is to be reviewed yearly.": (
            "公開中の版は1年以上前のものです。毎年見直してください。"
        ),
        # app/rosters/fields.py and roster.py
        "Must lie in the years {first} to {last}.": (
            "{first}年から{last}年の間でなければなりません。"
        ),
        'Must be an instant such as "{example}".': "日時でなければなりません（例: {example}）。",
        "There is no such day or time.": "暦にない日付か時刻です。",
        'Must be a local time such as "{example}".': (
            "時刻でなければなりません（例: {example}）。"
        ),
        'Must be "day", "week" or {{"days": 1 to {count}}}.': (
            '"day"、"week"、または {{"days": 1〜{count}}} でなければなりません。'
        ),
        "More than {count} {what} lie over one instant.": (
            "同じ時点に {what} が{count}件を超えます。"
        ),
        "Another rotation has this name.": "同じ名前の輪番があります。",
        "Must be later than starts_on.": "starts_on より後でなければなりません。",
        "Must be later than from.": "from より後でなければなりません。",
        # app/escalation/refusals.py
        "The incident does not allow this act now.": "いまはこの操作を受け付けられません。",
        "The status of the incident does not allow this act.": (
            "事案の状態がこの操作を許しません。"
        ),
        "The incident is closed; nothing re-opens it.": "事案は終わっています。",
        "This person was not asked to take the incident.": "この人は呼び出されていません。",
        "Only the holder, or a coordinator on their behalf, may do this.": (
            "対応責任者か、代わりのコーディネーターだけができます。"
        ),
        "No hand-over is offered to this person.": "この人への引継ぎの申し出はありません。",
        "An incident is only reclassified upwards.": "種別は重い方へだけ変えられます。",
        "The party that the incident is offered to holds it already.": (
            "引継ぎ先はすでに対応責任者です。"
        ),
        "Nobody of that party is on duty now, so nobody could accept the hand-over.": (
            "引継ぎ先にいま当番者がおらず、受けられる人がいません。"
        ),
        "Family takes no part in an incident of this type.": (
            "この種別の事案に家族は関わりません。"
        ),
        # app/commands/protocols/reporting.py
        "Must be a day of the horizon: {first} to {last}.": (
            "対象期間の日付でなければなりません（{first} 〜 {last}）。"
        ),
        # app/commandline
        "A simulation is told as text or as json.": (
            "シミュレーションの答えは text か json だけです。"
        ),
        "At most {count} answers.": "回答（--answer）は{count}件までです。",
        "The protocol names no {party} (--answer), nor do its desks.": (
            "{party}（--answer）は、手順書にもその当番窓口にもありません。"
        ),
        "{answer} (--answer) is not PARTY:SECONDS:ACT, with less than {seconds} seconds"
        " and one of: {acts}.": (
            "{answer}（--answer）は PARTY:SECONDS:ACT の形ではありません。秒数は{seconds}未満、"
            "ACT は次のどれかです: {acts}"
        ),
        "Another party has this id.": "同じIDの機関・担当があります。",
        "There is no organisation with this id here.": "このIDの機関はここにありません。",
        "There is no desk with this id here.": "このIDの当番窓口はここにありません。",
        "The file cannot be read.": "ファイルを読めません。",
        "The file cannot be used.": "このファイルは使えません。",
        "The directory cannot be used.": "`directory` の内容は使えません。",
        "{name} cannot be read: {why}.": "{name} を読めません: {why}",
        "Give --client or --municipality, not both.": (
            "--client と --municipality はどちらか一方だけ指定してください。"
        ),
        "Give a file, or --client or --municipality, or both.": (
            "ファイルか、--client または --municipality を指定してください。"
        ),
        "There is no such client or municipality, or nothing is published there.": (
            "その利用者または市区町村はないか、何も公開されていません。"
        ),
        "Say whose protocol it is, with --client or --municipality; or write it under"
        " `protocol:` and those whom it names under `directory:`.": (
            "--client か --municipality で対象を指定するか、手順書を `protocol:` に、"
            "呼び出す相手を `directory:` に書いてください。"
        ),
    }
)
"""By the English sentence."""

PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Kinds of party.
        "{one} or {other}": "{one}か{other}",
        "an organisation": "機関",
        "a desk": "当番窓口",
        "a person": "担当者",
        # Why a text is no JSON, and where.
        "it is nested too deeply": "入れ子が深すぎます",
        "it cannot be read from line {line}, column {column} on": (
            "{line}行目{column}文字目から先を読めません"
        ),
        "it holds a number with too many digits": "桁数の多すぎる数があります",
        "{text} is not a number in JSON": "{text} はJSONの数ではありません",
        "{text} is too large a number": "{text} は大きすぎる数です",
        " (line {line})": "（{line}行目）",
        # Why an event of a calendar means nobody.
        "unknown": "該当する人がいない",
        "ambiguous": "同じ名前の人が複数いる",
        "{hours} h {minutes} min": "{hours}時間{minutes}分",
    }
)
"""By the English words that may stand in the place of a variable part."""
