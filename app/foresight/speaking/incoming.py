"""The Japanese of each sentence that says what is wrong with a calendar or a sheet of rows.

As in the catalogue of documents; a test reads the sources of the rooms that say these.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

INCOMING: Final[Mapping[str, str]] = MappingProxyType(
    {
        # app/rosters/icalendars
        "This is not an iCalendar file.": "iCalendarのファイルではありません。",
        "The file ends within {name}.": "ファイルが {name} の途中で終わっています。",
        "The file must hold one VCALENDAR.": "VCALENDAR はファイルに一つだけ必要です。",
        "The file is not UTF-8 text.": "ファイルがUTF-8の文字列ではありません。",
        "More than {count} components stand in each other.": (
            "入れ子が深すぎます（{count}段まで）。"
        ),
        "END:{name} where {open} is open.": "{open} が閉じる前に END:{name} があります。",
        "The calendar {name} is not read, only GREGORIAN.": (
            "{name} の暦は読めません（GREGORIAN だけです）。"
        ),
        "The file has more than {count} occurrences.": "予定の回数が{count}回を超えています。",
        "The event in line {line} has the same UID.": "{line}行目の予定と UID が同じです。",
        "The repetitions of this file are too many to follow.": (
            "繰返しが多すぎて、たどれません。"
        ),
        "It cannot be read: {why}.": "予定を読めません: {why}",
        "It must have one DTSTART.": "DTSTART が一つ必要です。",
        "It has more than one {name}.": "{name} が二つ以上あります。",
        "EXRULE is not read; EXDATE is.": "EXRULE は読めません。EXDATE を使ってください。",
        "It has DTEND and DURATION.": "DTEND と DURATION の両方があります。",
        "It ends before it begins.": "終了が開始より前です。",
        "What repeats must be shorter than a year.": "繰り返す予定は1年より短くしてください。",
        "All that follow are moved by more than a year.": "以後の予定が1年より大きく動いています。",
        "It has a time that is neither a date nor a date with a time.": (
            "日付でも日時でもない時刻があります。"
        ),
        "Its times must lie in the years {first} to {last}.": (
            "日時は{first}年から{last}年の間でなければなりません。"
        ),
        "A repetition has one end: UNTIL or COUNT.": (
            "繰返しの終わりは UNTIL か COUNT のどちらか一つです。"
        ),
        "DTSTART and DTEND must be of one kind.": (
            "DTSTART と DTEND は、日付か日時のどちらかに揃えてください。"
        ),
        "A whole day must last whole days.": "終日の予定の長さは日単位でなければなりません。",
        "A repetition with {names} is not read.": "{names} のある繰返しは読めません。",
        "There is no day on which it would repeat.": "繰り返す日がありません。",
        "It would take too long to follow.": "繰返しをたどるのに時間がかかりすぎます。",
        "{name} must be {first} to {last}.": "{name} は{first}から{last}までです。",
        "It repeats more than {count} times a day.": "一日に{count}回を超えて繰り返しています。",
        "A duty repeats {known}; not {found}.": "繰返しは {known} です。{found} は読めません。",
        "COUNT must be at least {count}.": "COUNT は{count}以上でなければなりません。",
        "BYSETPOS is read only with weekdays of a month or year, {first} to {last}.": (
            "BYSETPOS は、月や年の曜日の{first}番目から{last}番目にだけ使えます。"
        ),
        "{text} is not a weekday.": "{text} は曜日ではありません。",
        "The time zone {name} is not known, and the file defines none.": (
            "タイムゾーン {name} は知られておらず、ファイルにも定義がありません。"
        ),
        "The time zone {name} cannot be read: {why}.": ("タイムゾーン {name} を読めません: {why}"),
        # app/commands/exchange/calendars.py
        "Duty of the past is not changed: this must not lie before now.": (
            "過去の当番は変えられません。現在より前にはできません。"
        ),
        "Must lie at most {count} days after `from`.": (
            "`from` から{count}日以内でなければなりません。"
        ),
        "Names nobody who takes turns at this desk ({why}).": (
            "この窓口の当番の誰を指すのか分かりません（{why}）。"
        ),
        "Some events name nobody who takes turns at this desk; nothing was changed.": (
            "この窓口の当番を指していない予定があります。何も変更していません。"
        ),
        "Some fields are wrong; nothing was changed.": "誤りがあります。何も変更していません。",
        "No such person takes turns at this desk.": "この窓口の当番に、その担当者はいません。",
        # app/channels: addresses
        "The address has more than {count} characters.": "宛先が{count}文字を超えています。",
        "This is not a web address.": "Webの宛先（URL）ではありません。",
        "A web address begins with https:// and has no user name, password or fragment.": (
            "URLは https:// で始め、ユーザー名・パスワード・「#」以下は書けません。"
        ),
        "The port is between 1 and {last}.": "ポート番号は1から{last}までです。",
        "The IPv6 address is not valid.": "IPv6アドレスの形ではありません。",
        "Write an IPv4 address as four decimal numbers.": (
            "IPv4アドレスは四つの十進数で書いてください。"
        ),
        "The host's name is not valid.": "ホスト名の形ではありません。",
        "The host is not known.": "ホストが見つかりません。",
        "The address leads into a network that messages may not go to.": (
            "連絡を送ってはならないネットワークの宛先です。"
        ),
        "http:// is allowed only inside the operator's own networks: use https://.": (
            "http:// は運営者のネットワークの中だけで使えます。https:// にしてください。"
        ),
        "An inbox has no address: leave it empty.": "受信箱に宛先はありません。空にしてください。",
        "This is not an e-mail address such as {example}.": (
            "メールアドレスの形ではありません（例: {example}）。"
        ),
        "A signing secret is `whsec_` and the base64 of {least} to {most} bytes.": (
            "署名鍵は「whsec_」に続けて{least}から{most}バイトのbase64です。"
        ),
        # app/commands/directory: what there is already
        "Is not one of the organisations in served_by.": "担当事業所に含まれていない機関です。",
        "A coordinator adds and removes only municipalities of its own.": (
            "コーディネーターが加えたり外したりできるのは、自分の市区町村だけです。"
        ),
        "It also works in municipalities that are not yours; ask the operator.": (
            "ほかの市区町村でも活動している機関です。運営者に依頼してください。"
        ),
        "It still serves clients in {place}.": "{place} の利用者をまだ担当しています。",
        "A municipality that it would leave falls back on one of its desks.": (
            "離れる市区町村の最終責任者が、この機関の窓口です。"
        ),
        "Only a desk has hours.": "受付時間は窓口だけのものです。",
        "Only a person has desks.": "窓口は担当者だけのものです。",
        "The protocol of {whose}, version {number}, falls back on it ({where}).": (
            "{whose} の手順書（第{number}版）の最終責任者です（{where}）。"
        ),
        "Municipality {place} falls back on it without a protocol.": (
            "手順書のないとき、市区町村 {place} の最終責任者です。"
        ),
        "So do {count} more.": "ほかに{count}件あります。",
        "So do {count} that you may not see.": (
            "ほかに、見ることのできないものが{count}件あります。"
        ),
        "An accountable desk would no longer be reachable at every hour; publish another one"
        " first.": (
            "最終責任者に連絡できない時間ができます。先に別の最終責任者で公開してください。"
        ),
        "An organisation knows another client under this number.": (
            "この番号は別の利用者のものです。"
        ),
        "Names nobody: with this roster nobody would ever be on duty for the desk.": (
            "担当者がいません。この当番表では、窓口の当番が一人もいなくなります。"
        ),
        "A version that takes effect later is recorded already; change that one as a whole"
        " (PUT).": "これから始まる当番表の版があります。",
        "The roster has changed since; read it again before you change it (If-Match).": (
            "当番表がその後に変わりました。読み直してから変更してください（If-Match）。"
        ),
    }
)
"""By the English sentence."""
