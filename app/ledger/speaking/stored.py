"""The Japanese of what is wrong with a database, with sealing, and with the keys of both."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STORED: Final[Mapping[str, str]] = MappingProxyType(
    {
        # app/commands/audit
        "the trigger {name} is gone": "変更と削除を防ぐトリガー {name} がありません",
        "the protocol that was pinned is not the one that is stored": (
            "記録された版の手順書と、保存されている手順書が一致しません"
        ),
        "cannot be checked further: {error}": "これ以上は検証できません（{error}）",
        "its entries are those of a log": "事案なのに、台帳そのものについての記録が入っています",
        "has entries and no row": "記録はありますが、事案の行がありません",
        "the log says that its own chain ends elsewhere": (
            "台帳そのものについての記録の終わりが、台帳の行と一致しません"
        ),
        "the column {name} is not what the leaf says": "列 {name} が記録の内容と一致しません",
        "the columns beside a disclosure are not what it says": (
            "開示内容に添えた列が、その内容と一致しません"
        ),
        "the row's ledger_head is not the hash of the last entry": (
            "事案の行の ledger_head が、最後の記録のハッシュと一致しません"
        ),
        "the row's holder is {code}, the entries say {code2}": (
            "事案の行の対応責任者は「{code}」ですが、記録では「{code2}」です"
        ),
        "is open and has no timer": "事案が続いているのに、次の動作の時刻がありません",
        "the row says {name} = {code}, the {code3} says {code2}": (
            "事案の行では {name} が「{code}」ですが、{code3}では「{code2}」です"
        ),
        "the row's {name} is not what was disclosed": (
            "事案の行の {name} が、開示内容と一致しません"
        ),
        "{pseudonym} stands for another party than was disclosed": (
            "仮名 {pseudonym} が、開示内容とは別の機関・担当を指しています"
        ),
        "the state cannot be read": "進行状態を読めません",
        "the state is impossible: {why}": "進行状態がありえない組合せです（{why}）",
        "the page {page} is not of the party, step and round that it names": (
            "呼出 {page} が、書かれた相手・段階・巡目のものではありません"
        ),
        "the page of this entry is gone": "この記録の呼出がありません",
        "the message {message} points to what is not there, or not its party's": (
            "連絡 {message} の指すものがないか、相手のものではありません"
        ),
        # app/commands/audit/stored/tree.py
        "is not what was sealed at {place}": "台帳の {place} 番に封印された記録と違います",
        "stands at {place}, where {size} comes next": (
            "台帳の {place} 番にありますが、次は {size} 番のはずです"
        ),
        "stands at {place}, the entry before it at {before}": (
            "台帳の {place} 番にありますが、一つ前の記録が {before} 番にあります"
        ),
        "{count} unsealed, since {since}": (
            "封印されていない記録が {count} 件あります（{since} から）"
        ),
        "log {log}": "台帳 {log}",
        "its checkpoint": "台帳の検証点",
        "its checkpoint is of {signed} entries, its row of {size} or others": (
            "検証点は記録 {signed} 件のものですが、台帳の行は {size} 件か、別の記録を示しています"
        ),
        "its row says another root, or {count} entries where {size} have a place": (
            "台帳の行のハッシュが違うか、位置のある記録が {size} 件なのに {count} 件とあります"
        ),
        "no checkpoint is stored": "検証点が保存されていません",
        "there are places or tiles that belong to no tree": (
            "どの木にも属さない位置かタイルがあります"
        ),
        "{tile} is missing, or not what the entries make": (
            "{tile} がないか、記録から計算したものと一致しません"
        ),
        # app/escalation/incident.py
        "H1: exactly one holder while open": (
            "H1: 続いている事案には、対応責任者がちょうど一人います"
        ),
        "H1: a holder has a basis": "H1: 対応責任者には責任の根拠があります",
        "H5: exactly the open have a timer": "H5: 次の動作の時刻は、続いている事案だけにあります",
        "H2: unanswered, a desk holds by agreement": (
            "H2: 受諾されるまでは、窓口が事前合意により対応責任者です"
        ),
        "H2: who answered holds by acceptance": "H2: 受諾した者は、受諾により対応責任者です",
        "exhausted means unanswered": "引受者なしの事案は、受諾されていません",
        "only who accepted can offer": "引継ぎを申し出られるのは、受諾した者だけです",
        "H11: time never goes back": "H11: 時刻は戻りません",
        # app/ledger/seal.py
        "tile {index} has {width} entries, not {count}": (
            "タイル {index} の記録は {width} 件のはずが、{count} 件あります"
        ),
        "tile {index}": "タイル {index}",
        "entry {place} is not the one that was sealed": (
            "台帳の {place} 番の記録が、封印されたものと違います"
        ),
        "a size of {size}": "件数が {size} です",
        "the tiles of {size} make another root": (
            "記録 {size} 件のタイルから計算したハッシュが一致しません"
        ),
        "none is stored for {size} entries": "記録 {size} 件の検証点が保存されていません",
        "signed for {signed} entries, stored for {size}": (
            "署名は記録 {signed} 件に対するもので、保存されているのは {size} 件です"
        ),
        "the published checkpoint is another log's": "公開された検証点が、別の台帳のものです",
        "{published} entries were published, the database holds {size}": (
            "記録 {published} 件が公開されましたが、データベースには {size} 件しかありません"
        ),
        "the first {size} entries are others": "最初の {size} 件の記録が、公開されたものと違います",
        "its hash is that of others": "ハッシュが、記録の内容と一致しません",
        "entry {seq} does not continue incident {incident}": (
            "{seq} 番の記録が、事案 {incident} の続きになっていません"
        ),
        "row {id}": "行 {id}",
        "the last sealed entry of {incident}": "事案 {incident} の最後に封印された記録",
        "the last sealed entry of {incident} is another's": (
            "事案 {incident} の最後に封印された記録が、別の事案のものです"
        ),
        # app/sealing
        "tile {index} of level {level} is missing": "段 {level} のタイル {index} がありません",
        "more tiles than a tree can need": "木に必要な数より多いタイルが求められています",
        "the key file does not make key {number}: {key}": (
            "鍵ファイルから鍵 {number}（{key}）が作れません"
        ),
        "no head of {origin} is kept here; put {log}.checkpoint back": (
            "{origin} の検証点がここに保管されていません。{log}.checkpoint を元に戻してください"
        ),
        "failed: {error}": "失敗しました（{error}）",
        "the head was replaced meanwhile": "その間に検証点が置き換えられました",
        "the kept head is of {origin}": "保管されている検証点は {origin} のものです",
        "{origin} had more than the {size} entries that were succeeded": (
            "{origin} には、引き継がれた {size} 件より多くの記録がありました"
        ),
        "{log}: two keys sign already; `ledger retire-key` comes first.": (
            "{log}: すでに二つの鍵で署名しています。先に `ledger retire-key` を行ってください。"
        ),
        "{log}: no file makes the key that signs, {key}. Give the old file as --old-key-file.": (
            "{log}: 署名している鍵 {key} を作れるファイルがありません。前の鍵ファイルを --old"
            "-key-file で指定してください。"
        ),
        "{log}: the new key has not signed anything yet; wait.": (
            "{log}: 新しい鍵による署名がまだありません。しばらくお待ちください。"
        ),
        "{log}: the new key is not in the sealed log yet; wait.": (
            "{log}: 新しい鍵の記録がまだ封印されていません。しばらくお待ちください。"
        ),
        "There is no log {log}.": "台帳 {log} はありません。",
        "{log} has not signed anything yet.": "台帳 {log} には、まだ署名がありません。",
        "{log}: no checkpoint is known that this log signed; give the last one, from an "
        "auditor for instance, as --checkpoint.": (
            "{log}: この台帳が署名した検証点が見つかりません。最後の検証点（監査人の手元にあ"
            "るものなど）を --checkpoint で指定してください。"
        ),
        # app/installation, app/vault and app/database
        "There is no DATA_KEY_FILE {name}.": "鍵ファイル {name}（DATA_KEY_FILE）がありません。",
        "{name} does not hold a key of {count} bytes in base64.": (
            "{name} に、base64 で書かれた {count} バイトの鍵がありません。"
        ),
        "DATA_KEY_FILE holds another key than when it was written": (
            "DATA_KEY_FILE の鍵が、書き込まれたときの鍵と違います"
        ),
        "{place} of {row} does not open: {why}.": "{row} の {place} を復号できません（{why}）。",
        "it is not sealed, or by a newer version of this program": (
            "暗号化されていないか、より新しい版のプログラムによるものです"
        ),
        "another key, another place, or changed bytes": "鍵か場所が違うか、内容が変更されています",
        "There is no file {name}.": "ファイル {name} がありません。",
        "The database cannot be reached: {error}": "データベースに接続できません（{error}）",
        "{kind}Error: {error}": "データベースを読めません（{kind}Error: {error}）",
        "Another process serves this SQLite file; use PostgreSQL for several processes.": (
            "この SQLite のファイルは、別のプロセスが使用中です。複数のプロセスで使うときは P"
            "ostgreSQL を使ってください。"
        ),
    }
)
"""By the English sentence."""
