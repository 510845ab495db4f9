"""The Japanese of what is wrong with an export or an incident's evidence as it was handed on."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

HANDED_ON: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Where something is wrong.
        "the kept checkpoint of {size} entries": "保管していた検証点（記録 {size} 件）",
        "the checkpoint of {origin} with {size} entries": "{origin} の検証点（記録 {size} 件）",
        "the log's own chain {chain}": "台帳自体の記録 {chain}",
        "{origin}, entries {first} to {last}": "{origin} の {first} 番から {last} 番の記録",
        "the evidence": "この証拠",
        "the export": "この写し",
        "entry {place}": "台帳の {place} 番の記録",
        "{what}, line {number}": "{what} の {number} 行目",
        # app/offline/bundle.py
        "another root for the same size": "件数が同じなのに、ハッシュが違います",
        "is named in SHA256SUMS, and missing": "SHA256SUMS に書かれていますが、ありません",
        "is not in SHA256SUMS": "SHA256SUMS に書かれていません",
        "a name stands there twice": "同じ名前のファイルが二つあります",
        "not what {file} says": "{file} に書かれたハッシュと一致しません",
        "entries of more than one incident": "二つ以上の事案の記録が入っています",
        "the places of the entries do not rise": "記録の位置が昇順ではありません",
        "no entries": "記録がありません",
        "it leads to another checkpoint": "別の検証点に対する証明です",
        "does not say of which incident it is": "どの事案の記録か書かれていません",
        # app/offline/files.py
        "missing": "ファイルがありません",
        "a line of more than {most} bytes": "{most} バイトを超える行があります",
        "there is no {name}": "{name} がありません",
        "{name} is no folder, tar or zip: {error}": (
            "{name} は、フォルダでも、tar や zip のファイルでもないか、壊れています"
        ),
        "no plain file": "通常のファイルではありません",
        "no plain file: {error}": "通常のファイルではないか、暗号化されています",
        # app/offline/head.py
        "not text": "文字のファイルではありません",
        "there is no key in it": "鍵がありません",
        "another key than the one that was given": "指定された鍵とは別の鍵です",
        "without a key nothing can be verified": "鍵がないので、何も検証できません",
        "a signature of somebody whom the policy does not name": (
            "方針（policy）にない者の署名があります"
        ),
        "one line with the key of a log expected": "台帳の鍵が1行だけ必要です",
        "it does not name the log's key": "この台帳の鍵が書かれていません",
        # app/offline/incidents
        "disclosures of an incident that is not here": "ここにない事案の開示内容です",
        "no incident here names its digest": (
            "この文書のダイジェストを挙げる事案が、ここにありません"
        ),
        "a line without an end": "行が終わっていません",
        "here already": "すでに同じものがあります",
        # app/offline/lineage
        "no entry that names a key": "鍵を示す記録ではありません",
        "not signed by the key before and the new one": (
            "前の鍵と新しい鍵の両方による署名がありません"
        ),
        "does not name the log whose place this one took": "どの台帳の後継かが書かれていません",
        "not in the log that took its place": "後継の台帳にありません",
        "not in the log that took its place; they are its last ones, as when an older copy was "
        "restored": (
            "後継の台帳にありません。前の台帳の末尾の記録です（古い控えから復元したときに"
            "失われるものに当たります）"
        ),
        "its log had {kept} entries, its successor names {size}": (
            "その台帳には記録が {kept} 件ありましたが、後継は {size} 件としています"
        ),
        "its successor names another root for the same size": (
            "件数が同じなのに、後継は別のハッシュを挙げています"
        ),
        # app/offline/log.py
        "the entries make another root": "記録から計算したハッシュが、検証点と一致しません",
        "the log signed a head of other entries": (
            "この台帳が署名した以前の検証点が、ここの記録と一致しません"
        ),
        "the first {size} entries are not those of the kept checkpoint": (
            "最初の {size} 件の記録が、保管していた検証点のものと違います"
        ),
        "cannot be compared: the first {size} entries are not all here": (
            "最初の {size} 件の記録がそろっていないので、照合できません"
        ),
        "the digest is another's": "ダイジェストが、この開示内容のものではありません",
        "belongs to no log of this size": "この件数の台帳にはないはずのファイルです",
        "this export has {size} entries: it is older than your checkpoint, or was cut; "
        "fetch a new one": (
            "この写しの記録は {size} 件です。検証点より古い写しか、末尾が切り取られています。"
            "新しい写しを取り寄せてください"
        ),
        "not what the entries make": "記録から計算したものと一致しません",
        "says {at}, more than {seconds} seconds before entry {place}, which the log has "
        "before it": (
            "時刻が {at} で、台帳でこれより前にある {place} 番の記録より {seconds} 秒以上早く"
            "なっています"
        ),
        # app/offline/outside
        "the time-stamping authority": "時刻認証局",
        "says {at}, but was in the log of {size} entries that {what} saw at {seen}": (
            "時刻が {at} ですが、{what} が {seen} に確認した記録 {size} 件の台帳に、すでに入"
            "っていました"
        ),
        "says {at}, but was not in the log of {size} entries that {what} saw at {seen}": (
            "時刻が {at} ですが、{what} が {seen} に確認した記録 {size} 件の台帳に、入ってい"
            "ませんでした"
        ),
        "a head of {size} entries": "記録 {size} 件の検証点で、名前と合いません",
        "by somebody whom the policy does not name": "方針（policy）にない者の署名です",
        "is not in both list and folder": (
            "ハッシュの一覧とフォルダの、どちらか一方にしかありません"
        ),
        # app/offline/verify.py
        "the authorities": "時刻認証局の証明書",
        "the witnesses": "立会者の鍵",
        "{file}: no checkpoint: {why}": "{file}: 検証点ではありません: {why}",
        "this is the proof of one entry, which is checked with the entry's bytes": (
            "一つの記録の証明です。記録そのもののバイト列とともに確かめます"
        ),
        "docs/ledger.md, Checking without this program": (
            "docs/ledger.md の Checking without this program"
        ),
        "only a whole log can be held against an export of the one before": (
            "前の台帳の写しと照合できるのは、台帳全体の写しだけです"
        ),
        "neither an export nor an incident's evidence: no checkpoint, no key": (
            "台帳の写しでも事案の証拠でもありません（検証点も鍵もありません）"
        ),
        "neither an export nor an incident's evidence: no checkpoint, no key; damaged, "
        "or not packed by the service: what you packed yourself is checked as a folder": (
            "台帳の写しでも事案の証拠でもありません（検証点も鍵もありません）。壊れているか、"
            "サービスが作ったファイルではありません。自分でまとめ直したものは、フォルダのまま"
            "検証してください"
        ),
        "damaged, or not packed by the service: what you packed yourself is checked as a folder": (
            "壊れているか、サービスが作ったファイルではありません。自分でまとめ直したものは、"
            "フォルダのまま検証してください"
        ),
        "the archive": "この tar または zip のファイル",
        # What the operating system and the readers of archives say.
        "No such file or directory": "ファイルがありません",
        "Permission denied": "読み書きする権限がありません",
        "Is a directory": "フォルダです",
        "Not a directory": "フォルダではありません",
        "No space left on device": "空き容量がありません",
        "Read-only file system": "書き込めない場所です",
        "File exists": "すでにあります",
        "Input/output error": "読み書きに失敗しました",
        "File name too long": "ファイル名が長すぎます",
        "Bad CRC-32 for file {error}": "zip の中の検査値が一致しません（壊れています）",
        "unexpected end of data": "データが途中で終わっています",
        "Truncated file header": "データが途中で終わっています",
        "Error {number} while decompressing data: {error}": "圧縮されたデータが壊れています",
        "Bad magic number for file header": "zip の中の見出しが壊れています",
        "Overlapped entries: {error} (possible zip bomb)": "zip の中のファイルが重なっています",
    }
)
"""By the English sentence."""
