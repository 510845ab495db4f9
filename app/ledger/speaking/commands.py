"""The Japanese of what the commands of `ledger` and `client erase` answer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # app/commandline/ledger.py and what it calls
        "{folder}: {count} files": "{folder}: {count} 個のファイルを書き出しました。",
        "{options} go with the PATH of an export.": (
            "{options} は、写しの場所（PATH）と一緒に指定してください。"
        ),
        "There is no log {log}, or nothing of it is sealed yet.": (
            "台帳 {log} がないか、まだ何も封印されていません。"
        ),
        "The log is not whole: {count} of its {size} sealed entries are missing.": (
            "台帳が欠けています。封印した記録 {size} 件のうち {count} 件がありません。"
        ),
        "The log is not whole: tiles of level {level} are missing.": (
            "台帳が欠けています。段 {level} のタイルがありません。"
        ),
        "say whom it is for": "だれに渡すのかを指定してください。",
        "{folder} is not empty": "{folder} は空ではありません。",
        "{tile} is not stored": "{tile} が保存されていません。",
        "of {count} entries from {first} on {found} are stored": (
            "{first} 番からの記録 {count} 件のうち、{found} 件しか保存されていません。"
        ),
        "The server that has the database took nothing in; stop it, or use its API.": (
            "データベースを使用中のサーバーが受け付けませんでした。サーバーを止めるか、その A"
            "PI を使ってください。"
        ),
        # app/commandline/ledger_life.py
        "only the newest key signs": "最も新しい鍵だけで署名します",
        "only one key signs already": "すでに一つの鍵だけで署名しています",
        "When no log needs it any more, destroy {name}.": (
            "どの台帳にも要らなくなったら、{name} を破棄してください。"
        ),
        "{log} is not sealed: {why}": "{log} は封印できません: {why}",
        "{log} is being sealed right now.": "台帳 {log} は、いま封印しているところです。",
        "{log} is sealed as it should be; it needs no successor.": (
            "台帳 {log} は正しく封印されています。後継は要りません。"
        ),
        "Name one log, or say --all.": "台帳を一つ指定するか、--all を指定してください。",
        # app/commandline/erasure.py and what it calls
        "There is no client {client}.": "利用者 {client} はいません。",
        "{client} erased at {at}: {count}": (
            "利用者 {client} の個人情報を {at} に消去しました（事案 {count} 件）。"
        ),
        "/code: Is not the code of this client.": "/code: この利用者の番号ではありません。",
        "The client is not retired, or has open incidents: retire them and close these first.": (
            "利用者が登録終了になっていないか、続いている事案があります。先に登録を終え、事案"
            "を終結させてください。"
        ),
    }
)
"""By the English sentence."""
