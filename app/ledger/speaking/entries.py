"""The Japanese of what is wrong with the entries of an incident, and with what they disclose."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ENTRIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # app/ledger/entry.py
        "byte {number} is not UTF-8": "{number} バイト目が UTF-8 の文字ではありません",
        "/{name}: there is no such day": "/{name}: 暦にない日付です",
        "nested too deeply": "入れ子が深すぎます",
        "not JSON: {error}": "JSON として読めません",
        "not JSON": "JSON として読めません",
        "not a JSON object": "JSON のオブジェクトではありません",
        "/{name}: missing": "/{name}: 項目がありません",
        "/{name}: no such member": "/{name}: この名前の項目はありません",
        "/{name}: of the wrong type, or outside what this member may hold": (
            "/{name}: 型が違うか、この項目に許されない値です"
        ),
        "/sd: not in ascending order, or with a repetition": (
            "/sd: 昇順でないか、同じ値が二度あります"
        ),
        "not in canonical form (RFC 8785)": "正規の書き方（RFC 8785）ではありません",
        "a member is repeated": "同じ項目が二度あります",
        "{length} bytes, at most {most}": "{length} バイトあります（{most} バイトまで）",
        # app/ledger/verify.py
        "there is no entry": "記録が一つもありません",
        "says that its seq is {seq}": "自らの連番（seq）を {seq} としていて、位置と合いません",
        "prev is not the hash of the entry before": "prev が一つ前の記録のハッシュと一致しません",
        "{code} in this place": "この位置に「{code}」の記録は置けません",
        "of another incident than the first entry": "最初の記録とは別の事案の記録です",
        "{code} after closed": "終結の後に「{code}」の記録があります",
        "names a holder after closed": "終結の後に対応責任者が書かれています",
        "earlier than the entry before": "一つ前の記録より時刻が早くなっています",
        "from is not who held": "from が、それまでの対応責任者ではありません",
        "{code} changes the holder": "「{code}」の記録が対応責任者を変えています",
        "transferred to who held already": "すでに対応責任者である相手への引継ぎです",
        "nobody holds from here": "ここから対応責任者がいません",
        "somebody holds from here": "ここからも対応責任者がいることになっています",
        "{code}, yet {why}": "「{code}」の記録なのに、{why}",
        "ends an interval before it began": "責任の区間が、始まる前に終わっています",
        "the intervals are no partition": "責任の区間に、空白か重なりがあります",
        "closed, but the cause is {code}": "終結の記録ですが、理由が「{code}」です",
        "{code} with a basis": "「{code}」の記録に責任の根拠が書かれています",
        "holds on no basis": "対応責任者ですが、責任の根拠がありません",
        "{code}, but the cause is {code2}": "根拠は「{code}」ですが、理由が「{code2}」です",
        "accepted by another than who holds now": (
            "受諾したのが、対応責任者となった者ではありません"
        ),
        "a person holds without accepting": "担当者が、受諾せずに対応責任者になっています",
        # app/ledger/binding.py
        "{pseudonym} is bound again": "仮名 {pseudonym} が二度結び付けられています",
        "{pseudonym} is not bound": "仮名 {pseudonym} が機関・担当に結び付けられていません",
        "a party without pseudonym, id or kind": "仮名・ID・種類のどれかを欠く機関・担当があります",
        # app/ledger/disclosure.py
        "/0: a salt has {count} bytes, not {found}": (
            "/0: ソルトは {count} バイトです（ここでは {found} バイト）"
        ),
        "/0: a salt has at least {count} bytes": (
            "/0: ソルトは {count} バイト以上でなければなりません"
        ),
        "/0: not a string": "/0: 文字列ではありません",
        "/1: not a string": "/1: 文字列ではありません",
        "/1: an empty or reserved name": "/1: 名前が空か、使えない名前です",
        "/2: a lone surrogate": "/2: 対になっていないサロゲートがあります",
        "not ASCII": "ASCII 以外の文字があります",
        "not an array of salt, name and value": "ソルト・名前・値の並びではありません",
        "disclosed for no entry": "開示の対象となる記録がありません",
        "a disclosure that the entry does not commit to": "記録が約束していない開示内容です",
        "a disclosure that cannot be read": "読めない開示内容です",
        "a salt that was used before": "ソルトが使い回されています",
        "{digest} does not open, and no entry says that it was erased": (
            "{digest} の開示内容がなく、消去されたという記録もありません"
        ),
        "{digest} is said to be erased, but no earlier entry holds it": (
            "{digest} は消去されたとありますが、それより前のどの記録にもありません"
        ),
        "{digest} is said to be withheld, and is not": (
            "{digest} は非開示とされていますが、そうではありません"
        ),
        "not base64url without padding": "パディングのない base64url ではありません",
        "not JSON in UTF-8": "UTF-8 の JSON として読めません",
        "{name} is not JSON": "{name} は JSON の値ではありません",
        # app/ledger/fold.py and interval.py
        "a chain begins with the entry that opened the incident": (
            "事案の記録は、事案を開いた記録から始まらなければなりません"
        ),
        "a change is earlier than the one before": (
            "対応責任者の変更が、一つ前の変更より早い時刻です"
        ),
        "nobody holds between two changes": "二つの変更の間に対応責任者がいません",
    }
)
"""By the English sentence."""
