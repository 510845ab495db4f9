"""The Japanese of what is wrong with keys, signatures, checkpoints, proofs and tiles."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NOTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # What is read: parts of what follows.
        "the checkpoint": "検証点",
        "the verifier key": "検証用の鍵",
        "the signer key": "署名用の鍵",
        "the key's name": "鍵の名前",
        "the signer's name": "署名者の名前",
        "the note": "署名付きの文書",
        "signature line {number}": "署名の {number} 行目",
        "the policy": "方針（policy）",
        "the policy, line {number}": "方針（policy）の {number} 行目",
        "the proof": "証明",
        "the disclosure": "開示内容",
        "the request": "要求",
        "the answer": "回答",
        "the old size": "以前の件数",
        "hash {number}": "{number} 番目のハッシュ",
        # app/ledger/notes/text.py
        "not base64": "base64 ではありません",
        "not base64 in its one form": "base64 の正しい書き方ではありません",
        "{count} bytes expected, not {found}": "{count} バイトのはずが、{found} バイトです",
        "not a decimal number up to {most}": "{most} までの十進数ではありません",
        "more than {most} bytes": "{most} バイトを超えています",
        "the last line is not ended": "最後の行が終わっていません",
        "a control character or a lone surrogate": (
            "制御文字か、対になっていないサロゲートがあります"
        ),
        "empty": "空です",
        "a space or a plus sign": "空白か + の記号があります",
        # app/ledger/notes/checkpoint.py
        "a checkpoint has a size up to 2^63 - 1 and a root of 32 bytes": (
            "検証点の件数は 2^63 - 1 まで、ハッシュは 32 バイトです"
        ),
        "the root of a log without entries is another": (
            "記録のない台帳のハッシュは、これではありません"
        ),
        "an extension is one line that is not empty": "追加の行は、空でない1行です",
        "the checkpoint: origin, size and root expected, and no empty line": (
            "検証点: 台帳の名前、件数、ハッシュが必要で、空行は置けません"
        ),
        "a log signs with a key of its own, not with a witness's": (
            "台帳は、立会者の鍵ではなく、自らの鍵で署名します"
        ),
        "the checkpoint of another log": "別の台帳の検証点です",
        # app/ledger/notes/cosignature.py and key.py
        "a cosignature needs a witness's key and a time from 1970 on": (
            "立会者の署名には、立会者の鍵と1970年以後の時刻が必要です"
        ),
        "a public key has {count} bytes, not {found}": (
            "公開鍵は {count} バイトです（ここでは {found} バイト）"
        ),
        "a seed has {count} bytes": "鍵の種は {count} バイトです",
        "the verifier key: its id is not that of name, type and key": (
            "検証用の鍵: ID が、名前・種類・鍵と一致しません"
        ),
        "the signer key: it does not begin with {text}": "署名用の鍵: {text} で始まっていません",
        "the signer key: its id is not that of name, type and key": (
            "署名用の鍵: ID が、名前・種類・鍵と一致しません"
        ),
        "of a type that is not ours": "扱わない種類の鍵です",
        # app/ledger/notes/note.py
        "a signature line holds an id of 4 bytes and a signature": (
            "署名の行には、4 バイトの ID と署名が必要です"
        ),
        "a note has 1 to {count} signatures": "署名は 1 個から {count} 個までです",
        "a cosignature states a time": "立会者の署名には時刻が必要です",
        "two keys with the name and id of {name}": "{name} と名前も ID も同じ鍵が二つあります",
        "no signature by a known key": "知っている鍵による署名がありません",
        "the note: no empty line before the signatures": (
            "署名付きの文書: 署名の前に空行がありません"
        ),
        "the last signature line is not ended": "最後の署名の行が終わっていません",
        "a dash, a name and a signature expected": "横線、名前、署名が必要です",
        "too short for an id and a signature": "ID と署名には短すぎます",
        "a wrong signature in the name of {name}": "{name} の名前の署名が正しくありません",
        # app/ledger/notes/policy.py
        "the policy, line {number}: words missing or too many": (
            "方針（policy）の {number} 行目: 語が足りないか、多すぎます"
        ),
        "the policy, line {number}: not a line of a policy": (
            "方針（policy）の {number} 行目: 方針の行ではありません"
        ),
        "the policy: exactly one quorum expected": "方針（policy）: quorum の行が一つだけ必要です",
        "the policy: its lines stand in another order": "方針（policy）: 行の順序が違います",
        "a key of a type that does not belong there": "そこに置けない種類の鍵があります",
        "the same key twice": "同じ鍵が二度あります",
        "a name that is empty or holds a space": "空の名前か、空白を含む名前があります",
        "a name twice": "同じ名前が二度あります",
        "{name} asks for a number that it cannot have": "{name} は、満たせない数を求めています",
        "{member} is not defined before {group}, or was used already": (
            "{member} は {group} より前に定められていないか、すでに使われています"
        ),
        "the quorum {name} is not defined": "quorum の {name} が定められていません",
        # app/ledger/notes/proof_file.py and witness.py
        "a proof has an index and at most {count} hashes": (
            "証明は、位置と {count} 個までのハッシュです"
        ),
        "no extra bytes are left out, not written as none": (
            "追加の値がないときは、行そのものを書きません"
        ),
        "the proof: it does not begin with {text}, or ends too early": (
            "証明: {text} で始まっていないか、途中で終わっています"
        ),
        "the proof: no index line": "証明: 位置（index）の行がありません",
        "the checkpoint that was verified is another": "検証したのは別の検証点です",
        "a request has an old size and at most {count} hashes": (
            "要求は、以前の件数と {count} 個までのハッシュです"
        ),
        "the request: an old size, hashes and an empty line expected": (
            "要求: 以前の件数、ハッシュ、空行が必要です"
        ),
        "an answer has 1 to {count} signatures": "回答の署名は 1 個から {count} 個までです",
        # app/ledger/tree
        "these are not the partial tiles of a tree of {size}": (
            "これらは、記録 {size} 件の木の途中のタイルではありません"
        ),
        "{count} peaks do not make a tree of {size}": (
            "{count} 個の頂点からは、記録 {size} 件の木ができません"
        ),
        "a hash has {count} bytes, not {found}": (
            "ハッシュは {count} バイトです（ここでは {found} バイト）"
        ),
        "index {index} is not in a tree of {size}": (
            "位置 {index} は、記録 {size} 件の木にありません"
        ),
        "the proof is too long": "証明が長すぎます",
        "the proof is too short": "証明が短すぎます",
        "the proof leads to another root": "証明が、検証点とは別のハッシュに行き着きます",
        "the proof leads to another old root": "証明が、以前の検証点とは別のハッシュに行き着きます",
        "a tree of {old} cannot have grown to {size}": (
            "記録 {old} 件の木が {size} 件になることはありません"
        ),
        "two roots for one size": "同じ件数に二つのハッシュがあります",
        "no tile: level {level}, width {width}": "タイルではありません（段 {level}、幅 {width}）",
        "no tile: index {index} on level {level}": (
            "タイルではありません（段 {level}、番号 {index}）"
        ),
        "not the name of a tile": "タイルの名前ではありません",
        "a tile of {width} hashes has {count} bytes": (
            "ハッシュ {width} 個のタイルは {count} バイトです"
        ),
        "an entry has at most {count} bytes": "記録は {count} バイトまでです",
        "the bundle ends within entry {number}": (
            "記録のまとまりが、{number} 番目の記録の途中で終わっています"
        ),
        "{count} entries, expected {width}": "記録が {count} 件あります（{width} 件のはずです）",
        "a bundle holds 1 to {width} entries, not {count}": (
            "記録のまとまりは 1 件から {width} 件です（ここでは {count} 件）"
        ),
        # app/ledger/exports
        "not an object with digest, disclosure, incident and seq": (
            "digest・disclosure・incident・seq からなるオブジェクトではありません"
        ),
        "/{name}: of another form": "/{name}: 形が違います",
        "{file}, line {number}: a hash, two spaces and a name expected": (
            "{file} の {number} 行目: ハッシュ、空白二つ、名前が必要です"
        ),
        "not in order, or a name twice": "順序が違うか、同じ名前が二度あります",
        "no certificate in PEM: {error}": "PEM 形式の証明書ではありません",
        "the authority did not grant it": "時刻認証局が発行を認めていません",
        "it is over something else": "別のものに対するタイムスタンプです",
        "too long for a token": "タイムスタンプとして長すぎます",
        "no answer of an authority: {error}": "時刻認証局の回答として読めないか、確かめられません",
    }
)
"""By the English sentence."""
