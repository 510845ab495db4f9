"""How a report is said, in Japanese and English."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TextIO

from app.ledger.disclosure import Verdict
from app.ledger.judge.judge import Unjudged
from app.ledger.notes.text import encode64
from app.ledger.speaking.sentences import said, said_of
from app.ledger.verify import Rule
from app.offline.report import Check, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All that is said, in one language."""

    unusable: str
    kinds: Mapping[str, str]
    head: str
    checked: str
    verdicts: Mapping[Verdict, str]
    no_disclosures: str
    judged: str
    unjudged: Mapping[Unjudged, str]
    continued: str
    took: str
    took_unknown: str
    named: str
    uncompared: str
    followed: str
    own_key: str
    given_key: str
    not_kept: str
    seen: str
    own_witnesses: str
    omitted: str
    counts: str
    found: str
    clean: str
    rules: Mapping[Rule | Check, str]


def write_unusable(reason: str, *, language: str, out: TextIO) -> None:
    """Say that nothing could be checked, and why."""
    print(_words(language).unusable.format(reason=said(reason, language)), file=out)


def write_report(report: Report, *, language: str, out: TextIO, shown: int) -> None:
    """Say what was checked, counted and found; at most `shown` findings are listed."""
    words = _words(language)
    root = encode64(report.root) if report.root is not None else "-"
    lines = [
        words.kinds[report.kind],
        words.head.format(origin=report.origin or "-", size=report.size, root=root),
        words.checked.format(incidents=report.incidents, entries=report.entries),
        *(f"  {words.verdicts[one]}: {report.verdicts[one]}" for one in Verdict),
    ]
    if not report.has_disclosures:
        lines.append(f"  {words.no_disclosures}")
    lines.append(words.judged.format(count=report.judged))
    lines += [f"  {words.unjudged[one]}: {count}" for one, count in sorted(report.unjudged.items())]
    lines += [*_origins(report, words)]
    lines += [words.continued.format(size=size) for size in report.continued]
    if not report.continued:
        lines.append(words.not_kept)
    lines.append(words.given_key if report.is_key_given else words.own_key)
    if report.seen:
        lines.append(words.seen.format(count=report.seen))
        lines += [] if report.is_trust_given else [words.own_witnesses]
    listed = report.findings[:shown]
    for one in listed:
        found = said_of(one.where, one.detail, language)
        lines.append(f"[{one.rule}] {words.rules[one.rule]}: {found}")
    if report.count > len(listed):
        lines.append(words.omitted.format(count=report.count - len(listed)))
    if report.count:
        each = ", ".join(f"{rule} {count}" for rule, count in sorted(report.counts.items()))
        lines += [words.counts.format(each=each), words.found.format(count=report.count)]
    else:
        lines.append(words.clean)
    print("\n".join(lines), file=out)


def _origins(report: Report, words: Words) -> Iterator[str]:
    """Whose place the log took, and how the keys followed one another."""
    if report.took is not None and report.took.root is not None:
        root = encode64(report.took.root)
        yield words.took.format(origin=report.took.origin, size=report.took.size, root=root)
    elif report.took is not None:
        yield words.took_unknown
    yield from (words.named.format(size=size) for size in report.named)
    yield from (words.uncompared.format(size=size) for size in report.uncompared)
    if report.is_key_followed:
        yield words.followed


def _words(language: str) -> Words:
    return JAPANESE if language.startswith("ja") else ENGLISH


JAPANESE: Final = Words(
    unusable="検証できませんでした: {reason}",
    kinds=MappingProxyType(
        {"log": "対応責任台帳（全体）の検証", "evidence": "対応責任台帳（一つの事案の証拠）の検証"}
    ),
    head="台帳: {origin}\n検証点: 記録 {size} 件、ハッシュ {root}",
    checked="{incidents} 件の事案、{entries} 件の記録を検証しました。開示内容:",
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
    continued="保管していた検証点（{size} 件）から書き換えられていません。",
    took=(
        "この台帳は {origin} の後継です。前の台帳の最後に知られた検証点: 記録 {size} 件、ハッシュ"
        " {root}。前の台帳の記録そのものとは照合していません。"
    ),
    took_unknown="この台帳は別の台帳の後継です。どの台帳のものかは、含まれていません。",
    named="保管していた前の台帳の検証点（{size} 件）は、後継が挙げたものと同じです。",
    uncompared=(
        "注意: 保管していた前の台帳の検証点（{size} 件）は、後継が挙げたものより古く、"
        "ここでは照合できません。前の台帳の写しで検証してください。"
    ),
    followed="署名の鍵は、指定された鍵から新しい鍵に引き継がれています。",
    own_key=(
        "注意: 鍵は検証対象に同梱のものです。別に入手した鍵を --vkey で指定すると、"
        "作成者を確かめられます。"
    ),
    given_key="署名は、指定された鍵で検証しました。",
    not_kept=(
        "注意: 保管していた検証点（--checkpoint）との照合はしていません。"
        "署名鍵を持つ者による作り直しは、それによって分かります。"
    ),
    seen="記録の時刻を、外部が検証点を確認した時刻 {count} 件と照合しました。",
    own_witnesses=(
        "注意: 立会者の鍵は検証対象に同梱のものです。別に入手した鍵を --witness で指定できます。"
    ),
    omitted="ほかに {count} 件（表示を省略）",
    counts="内訳: {each}",
    found="問題が {count} 件見つかりました。",
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
ENGLISH: Final = Words(
    unusable="Could not be checked: {reason}",
    kinds=MappingProxyType(
        {"log": "A whole responsibility ledger", "evidence": "The evidence of one incident"}
    ),
    head="Log: {origin}\nCheckpoint: {size} entries, root {root}",
    checked="Checked {incidents} incidents with {entries} entries. Digests:",
    verdicts=MappingProxyType(
        {
            Verdict.OPENED: "opened and equal",
            Verdict.ERASED: "erased, on record",
            Verdict.WITHHELD: "withheld from this reader",
            Verdict.MISSING: "missing",
        }
    ),
    no_disclosures="No disclosures were handed on.",
    judged="Incidents held against their protocol (R7): {count}",
    unjudged=MappingProxyType(
        {
            Unjudged.NO_DOCUMENT: "not judged: no document",
            Unjudged.NOT_DISCLOSED: "not judged: which version was pinned is withheld or erased",
            Unjudged.BROKEN: "not judged: R1 to R6 do not hold",
        }
    ),
    continued="Nothing was rewritten since the kept checkpoint of {size} entries.",
    took=(
        "This log took the place of {origin}, of which the last known checkpoint has {size}"
        " entries, root {root}. It was not held against the entries of that log."
    ),
    took_unknown="This log took the place of another; which one was not handed on.",
    named="The kept checkpoint of {size} entries is the one that is named of the predecessor.",
    uncompared=(
        "Note: the kept checkpoint of {size} entries is older than the one that is named of the"
        " predecessor, and cannot be compared here; an export of that log can."
    ),
    followed="The key that you gave handed over to the key that signs now.",
    own_key=(
        "Note: the key is the one that lies beside the log. With one that you have from elsewhere"
        " (--vkey) you also know who signed."
    ),
    given_key="The signature was verified with the key that you gave.",
    not_kept=(
        "Note: not held against a checkpoint that you kept (--checkpoint). Only that shows a log"
        " that was made anew by whoever has the signing key."
    ),
    seen="Held the times of the entries against {count} times at which others saw the log.",
    own_witnesses=(
        "Note: the keys of the witnesses are those that the policy names. Give those that you have"
        " from elsewhere with --witness."
    ),
    omitted="and {count} more",
    counts="By rule: {each}",
    found="Found {count} faults.",
    clean="Nothing is wrong.",
    rules=MappingProxyType(
        {
            Rule.FORM: "form of the entry",
            Rule.R1: "numbers and links of the entries",
            Rule.R2: "order of time",
            Rule.R3: "passing of responsibility",
            Rule.R4: "nobody responsible",
            Rule.R5: "basis of responsibility",
            Rule.R6: "whom a pseudonym stands for",
            Rule.R7: "not as the protocol has it",
            Rule.DISCLOSURE: "what is disclosed",
            Check.FILES: "files",
            Check.SIGNATURE: "signature",
            Check.TREE: "entries and checkpoint disagree",
            Check.KEPT: "not the kept checkpoint's log",
            Check.PROOF: "proof of the entry",
            Check.L1: "places in the log",
            Check.L2: "time and place",
            Check.SUCCESSION: "the log before this one",
            Check.TIME: "not when others saw it",
            Check.FORMAT: "form of a file",
        }
    ),
)
