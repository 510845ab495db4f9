"""A report's words in Japanese."""

from types import MappingProxyType
from typing import Final

from app.ledger.disclosure import Verdict
from app.ledger.judge.judge import Unjudged
from app.ledger.verify import Rule
from app.offline.report import Check
from app.offline.wording.words import Words

JAPANESE: Final = Words(
    unusable="検証できませんでした: {reason}",
    kinds=MappingProxyType(
        {"log": "対応責任台帳（全体）の検証", "evidence": "対応責任台帳（一つの事案の証拠）の検証"}
    ),
    head="台帳: {origin}\n検証点: 記録 {size} 件、ハッシュ {root}",
    checked="事案 {incidents} 件、記録 {entries} 件を検証しました。",
    own_entries="うち台帳自体の記録（どの事案のものでもないもの）: {count} 件",
    digests="開示内容:",
    verdicts=MappingProxyType(
        {
            Verdict.OPENED: "開示され、一致",
            Verdict.ERASED: "消去済み（記録あり）",
            Verdict.WITHHELD: "この受取人には非開示",
            Verdict.MISSING: "欠落",
        }
    ),
    no_disclosures="開示内容は含まれていません。",
    judged="緊急時手順書と照合した事案（R7）: {count} 件",
    unjudged=MappingProxyType(
        {
            Unjudged.NO_DOCUMENT: "照合していません（手順書がありません）",
            Unjudged.NOT_DISCLOSED: "照合していません（どの版の手順書かが非開示・消去済み）",
            Unjudged.BROKEN: "照合していません（R1〜R6 の問題があります）",
        }
    ),
    took=(
        "この台帳は {origin} の後継です。前の台帳の最後に知られた検証点: 記録 {size} 件、ハッシュ"
        " {root}。"
    ),
    took_alone=(
        "注意: 前の台帳の記録がすべて引き継がれたかは照合していません。"
        "前の台帳の写しを --former で指定すると照合できます。"
    ),
    took_unknown="この台帳は別の台帳の後継です。どの台帳のものかは、含まれていません。",
    former=(
        "前の台帳の写し（{origin}、記録 {size} 件）を検証し、その記録の一件一件がこの台帳に"
        "あるかを照合しました。"
    ),
    continued="保管していた検証点（{size} 件）から書き換えられていません。",
    former_continued="前の台帳 {origin} の写しは、保管していた検証点（{size} 件）に一致します。",
    named="保管していた前の台帳の検証点（{size} 件）は、後継が挙げたものと同じです。",
    uncompared=(
        "注意: 保管していた前の台帳の検証点（{origin}、{size} 件）は、ここでは照合できません。"
        "その台帳の写しを --former で指定すると、台帳全体について照合できます。"
    ),
    other_head=(
        "注意: 保管していた検証点（{size} 件）は、この証拠の検証点（{own} 件）とは別のもので、"
        "一つの事案の証拠では照合できません。台帳全体の写しで照合してください。"
    ),
    not_kept=(
        "注意: 保管していた検証点（--checkpoint）との照合はしていません。"
        "署名鍵を持つ者による作り直しは、それによって分かります。"
    ),
    own_key=(
        "注意: 鍵は検証対象に同梱のものです。別に入手した鍵を --vkey で指定すると、"
        "作成者を確かめられます。"
    ),
    followed=(
        "署名は、新しい鍵で検証しました。指定された鍵は、この鍵に引き継ぐと署名しています: {key}"
    ),
    given_key="署名は、指定された鍵で検証しました。",
    own_clock=(
        "注意: 記録の時刻は、サービス自身の時計によるものです。"
        "外部の立会者や時刻認証局が見た時刻との照合はしていません。"
    ),
    seen="記録の時刻を、外部が検証点を確認した時刻 {count} 件と照合しました。",
    own_witnesses=(
        "注意: 立会者の鍵は検証対象に同梱のものです。別に入手した鍵を --witness で指定できます。"
    ),
    for_reading=(
        "注意: page.html と README.txt は読むためのもので、記録との照合はしていません。"
        "証拠は entries/ と disclosures.jsonl です。"
    ),
    omitted="ほかに {count} 件（表示を省略）",
    up_to_closed=(
        "この証拠は、第 {seq} 号の記録までのもので、事案の終了を含みます。"
        "その後の記録がないことは、台帳全体によってのみ分かります。"
    ),
    up_to_open=(
        "この証拠は、第 {seq} 号の記録までのもので、事案の終了を含みません。"
        "その後の記録がないことは、台帳全体によってのみ分かります。"
    ),
    counts="内訳: {each}",
    found="問題が {count} 件見つかりました。",
    none_compared=(
        "検証は完了していません: 指定された検証点（--checkpoint）のどれとも照合できませんでした。"
        "ほかに問題は見つかりませんでした。"
    ),
    clean_as_far=(
        "確かめられた範囲では問題は見つかりませんでした。確かめていないもの: "
        "手順書との照合（R7）{unjudged} 件、非開示の開示内容 {withheld} 件。"
    ),
    clean="問題はありません。",
    rules=MappingProxyType(
        {
            Rule.FORM: "記録の形式",
            Rule.R1: "記録の連番とつながり",
            Rule.R2: "時刻の順序",
            Rule.R3: "対応責任者の受け渡し",
            Rule.R4: "対応責任者の空白",
            Rule.R5: "責任の根拠",
            Rule.R6: "仮名と機関・担当の対応",
            Rule.R7: "手順書のとおりでない引継ぎ",
            Rule.DISCLOSURE: "開示内容",
            Check.FILES: "ファイルの過不足",
            Check.SIGNATURE: "署名",
            Check.TREE: "記録と検証点の不一致",
            Check.KEPT: "保管していた検証点との不一致",
            Check.PROOF: "記録の証明",
            Check.L1: "記録の位置",
            Check.L2: "記録の時刻と位置",
            Check.SUCCESSION: "前の台帳の引継ぎ",
            Check.TIME: "記録の時刻と外部の時刻",
            Check.FORMAT: "ファイルの形式",
        }
    ),
)
