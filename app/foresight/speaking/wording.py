"""The words of reports and pictures that stand in no document."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.escalation.party import LeftOut
from app.protocols.authoring.labels import Said

CAUSES: Final[Mapping[LeftOut | None, Said]] = MappingProxyType(
    {
        LeftOut.NOBODY_ON_DUTY: Said("当番者がいない", "nobody is on duty"),
        LeftOut.UNREACHABLE: Said("使える連絡先がない", "no contact point can be used"),
        LeftOut.RESTRICTED: Said(
            "家族だけが担当で、虐待の疑いでは呼び出さない",
            "only family is there, which is not asked on suspected abuse",
        ),
        LeftOut.BUSY: Said("別の事案に対応中", "they hold another incident"),
        None: Said("原因は調べていない", "not looked into"),
    }
)

TITLE: Final = Said("点検結果: {}", "Check of: {}")
UNREAD: Final = Said("（読めない文書）", "(a document that cannot be read)")
HORIZON: Final = Said(
    "対象期間: {} 〜 {}（{days}日間、時刻は {zone}）",
    "Horizon: {} to {} ({days} days, times of {zone})",
)
MAY_BE_PUBLISHED: Final = Said("公開できます。", "It may be published.")
WITHOUT_GAPS: Final = Said(
    "公開できます。対象期間のどの時刻でも、どの段階にも呼び出せる人がいます。",
    "It may be published. At every instant of the horizon every step has somebody to ask.",
)
WITH_GAPS: Final = Said(
    "公開できますが、だれも呼び出せない時間（空き）があります。",
    "It may be published, but there are times at which nobody can be asked (gaps).",
)
NOT_TO_PUBLISH: Final = Said(
    "このままでは公開できません。誤りを直してからもう一度点検してください。",
    "It cannot be published as it is. Mend the errors, then check it again.",
)
ERRORS: Final = Said("誤り（{}件）", "Errors ({})")
WARNINGS: Final = Said("注意（{}件）", "Warnings ({})")
GAPS: Final = Said("空き: だれも呼び出せない時間（{}回）", "Gaps: nobody can be asked ({})")
UNPLANNED: Final = Said(
    "まだ当番が計画されていない時間（{}回）", "Not planned yet in the roster ({})"
)
UNPLANNED_NOTE: Final = Said(
    "いまは空きに数えませんが、計画しなければ空きになります。",
    "No gaps yet, but they become gaps unless the roster is planned.",
)
NONE: Final = Said("なし", "none")
GAP_OF: Final = Said(
    "{step}: {cause}（{count}回、計{length}）", "{step}: {cause} ({count}, {length})"
)
RESTRICTED: Final = Said("（虐待の疑いの事案）", " (suspected abuse)")
TURN: Final = Said(
    "{days} {part}{span}: {count}回、計{length}、最初は {first}",
    "{days}, {part}{span}: {count}, {length} in all, first on {first}",
)
FURTHER_TURNS: Final = Said("ほかの時間帯: {count}回、計{length}", "other hours: {count}, {length}")
EXAMPLE: Final = Said(
    "例: {opened} に{incident}が起きると、{at} にこの段階を素通りします。",
    "Example: {incident} at {opened} passes this step over at {at}.",
)
EXAMPLE_SENT_ON: Final = Said(
    "例: {opened} に{incident}が起き、{after}後に次の段階へ進めると、{at} に素通りします。",
    "Example: {incident} at {opened}, sent on {after} later, passes this step over at {at}.",
)
FURTHER: Final = Said("ほか{}件", "{} more")

WORST: Final = Said("最も長くかかる場合（だれも応答しないとき）", "At worst, if nobody answers")
WORST_VARIANT: Final = Said(
    "最終責任者まで最も長くかかる適用区分: {}", "Variant that takes longest: {}"
)
FIRST_HUMAN: Final = Said(
    "最初の人が呼び出されるまで: {after}（{at} に始まる事案）",
    "Until the first human is paged: {after} (opened {at})",
)
ACCOUNTABLE: Final = Said(
    "最終責任者（{name}）が引き受けるまで: {after}（{at} に始まる{incident}）",
    "Until the accountable desk ({name}) holds: {after} ({incident} opened {at})",
)
PARTY: Final = Said(
    "{name}が呼び出されるまで: {after}（{step}段目、{at} に始まる事案）",
    "Until {name} is paged: {after} (step {step}, opened {at})",
)
DISTRIBUTION: Final = Said(
    "最初の人が呼び出されるまでの時間（{} から1週間、どの時刻に始まっても同じ確からしさとして）",
    "Time until the first human is paged (any instant of the week from {})",
)
QUANTILES: Final = Said(
    "{incidents}: 半数は{p50}以内、90%は{p90}以内、99%は{p99}以内、最長{longest}（例: {example}）",
    "{incidents}: half within {p50}, 90% within {p90}, 99% within {p99}, longest {longest}"
    " (example: {example})",
)
ALWAYS: Final = Said("{incidents}: どの時刻でも{longest}", "{incidents}: {longest} at any instant")
WAITS: Final = Said(
    "夜間に始まる{}%は朝7時まで待ち、そこから数えます。",
    "{}% begin at night and wait until 07:00; time counts from then.",
)
ALL_INCIDENTS: Final = Said("すべての事案", "all incidents")
AND_MORE: Final = Said("{}ほか{}種", "{} and {} more")
OF_SEVERITY: Final = Said("{}（{}）", "{} ({})")
COMMA: Final = Said("、", ", ")

PICTURE: Final = Said("{}: {} からの1週間", "{}: the week from {}")
FROM_DAY: Final = Said("{} からの1週間（時刻は {}）", "The week from {} (times of {})")
IDLE: Final = Said("この週に使われない適用区分: {}", "Variants without incidents this week: {}")
PANEL: Final = Said("適用区分{variant}・{step}段目", "Variant {variant}, step {step}")
COVERED: Final = Said("呼び出せる人がいる", "somebody can be asked")
GAP: Final = Said("空き（だれもいない）", "gap: nobody can be asked")
NOT_PLANNED: Final = Said("当番が未計画", "roster not planned yet")
NOT_COME_TO: Final = Said("この段階には来ない", "no incident comes here")
PICTURE_REFUSED: Final = Said(
    "公開できない文書です（誤り{}件）。", "This document cannot be published (errors: {})."
)
PICTURE_SAYS: Final = Said(
    "1段が1段階。行は日、列は0時から24時。空き{}回、未計画{}回。",
    "One grid for each step; rows are days, columns hours. Gaps: {}; not planned: {}.",
)
