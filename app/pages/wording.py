"""Every text of the pages, in Japanese and in English.

Plain words that a tired person understands at once. Placeholders are the same on both sides.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Words(NamedTuple):
    """One text in both languages."""

    ja: str
    en: str


_FACTS: Final = {
    "drill": Words("訓練", "DRILL"),
    "drill_sentence": Words(
        "これは訓練です。本当の緊急事態ではありません。",
        "This is an exercise, not a real emergency.",
    ),
    "severity": Words("重要度 {severity}", "Severity: {severity}"),
    "client": Words("利用者 {code}", "Client {code}"),
    "person": Words("{name}さん（{organisation}）", "{name} ({organisation})"),
    "desk": Words("{name}（{organisation}）", "{name} ({organisation})"),
    "and": Words("、", ", "),
    "just_now": Words("1分以内", "just now"),
    "minutes_ago": Words("{minutes}分前", "{minutes} min ago"),
    "hours_ago": Words("{hours}時間{minutes}分前", "{hours} h {minutes} min ago"),
    "days_ago": Words("{days}日前", "{days} d ago"),
    "signals": Words(
        "同じ通報が{count}回届いています。", "The same signal has come {count} times."
    ),
    "status_triggered": Words("連絡中", "Asking"),
    "status_acknowledged": Words("対応引受", "Accepted"),
    "status_en_route": Words("向かっています", "On the way"),
    "status_arrived": Words("到着", "Arrived"),
    "status_resolved": Words("完了", "Resolved"),
    "status_cancelled": Words("取消（誤報）", "Cancelled (false alarm)"),
}

_ASKED: Final = {
    "acknowledge": Words("対応します", "I will respond"),
    "decline": Words("対応できません", "I cannot"),
    "consequence": Words(
        "「対応します」を押すと、あなた（{organisation}）が対応責任者として記録されます。",
        "If you press “I will respond”, you ({organisation}) are recorded as the one responsible.",
    ),
    "who_answers": Words("どなたが対応しますか", "Who is answering?"),
    "next": Words(
        "何もしない場合、あと{left}で{who}へ連絡します（{time}）。",
        "If you do nothing, {who} will be asked in {left} (at {time}).",
    ),
    "next_now": Words("まもなく{who}へ連絡します。", "{who} will be asked at any moment."),
    "next_nobody": Words("次の連絡先", "the next contact"),
    "also_asked": Words("ほかに連絡している人: {who}", "Also being asked: {who}"),
    "reasons": Words(
        "理由を添えて断る（任意・押すと送られます）",
        "Say no with a reason (optional, sends at once)",
    ),
    "reason_busy": Words("対応中", "Busy with another call"),
    "reason_far": Words("遠い", "Too far away"),
    "reason_unfit": Words("飲酒・体調", "Alcohol or unwell"),
    "reason_off_duty": Words("勤務外", "Off duty"),
    "reason_other": Words("その他", "Other"),
    "exhausted": Words(
        "全員に連絡しましたが、まだ引き受けた人がいません。引き受ける人が出るまで連絡を続けます。",
        "Everybody has been asked and nobody has accepted. Asking goes on until somebody does.",
    ),
    "asked_before": Words(
        "次の人にも連絡しています。あなたもまだ対応できます。",
        "The next contact is being asked too. You can still respond.",
    ),
    "has_declined": Words(
        "「対応できません」と記録しました。対応できるようになったら、押してください。",
        "“I cannot” is recorded. If you can respond after all, press the button.",
    ),
    "responsible_now": Words("いまの対応責任者: {who}", "Responsible now: {who}"),
    "escalate": Words("すぐに次の人へ連絡する", "Ask the next contact now"),
    "more": Words("ほかの操作", "Other actions"),
    "danger": Words(
        "命にかかわるおそれがあります。119番は、人がかけないとつながりません。",
        "Life may be in danger. 119 is not dialled unless a person dials it.",
    ),
    "call_fire": Words("119（管轄消防本部）", "119 (fire service of the town)"),
    "call_119": Words("119へ電話", "Call 119"),
    "fire_note": Words(
        "利用者の町の消防本部へ直接つながる番号です。", "It reaches the client's town directly."
    ),
    "fire_unknown": Words(
        "離れた場所からかけると、別の町の消防につながることがあります。",
        "Dialled from elsewhere, it may reach another town.",
    ),
}

_OTHERS: Final = {
    "taken": Words(
        "すでに{who}が対応しています（{time}）。", "{who} is already responding ({time})."
    ),
    "taken_joined": Words(
        "あなたの「対応します」も記録しました。対応責任者は変わりません。",
        "Your “I will respond” is recorded too. The one responsible stays the same.",
    ),
    "taken_stand_down": Words(
        "あなたの対応は必要ありません。この画面は閉じてかまいません。",
        "You are not needed. You may close this page.",
    ),
    "offered": Words(
        "{who}から、引継ぎのお願いが届いています。", "{who} asks you to take this over."
    ),
    "offer_consequence": Words(
        "引き受けると、あなた（{organisation}）が対応責任者として記録されます。"
        "引き受けるまで、責任者は変わりません。",
        "If you take it over, you ({organisation}) are recorded as the one responsible."
        " Until then nothing changes.",
    ),
    "offer_due": Words(
        "あと{left}（{time}まで）に返事がなければ、責任者は変わりません。",
        "Without an answer in {left} (by {time}) nothing changes.",
    ),
    "accept": Words("引き受けます", "I take it over"),
    "decline_offer": Words("引き受けられません", "I cannot take it over"),
    "closed": Words("この件は終わりました", "This is over"),
    "closed_outcome": Words("結果: {outcome}（{time}）", "Outcome: {outcome} ({time})"),
    "closed_thanks": Words("おつかれさまでした。", "Thank you."),
    "closed_until": Words(
        "下の内容は{time}まで見られます。", "What is below can be read until {time}."
    ),
}

_HOLDER: Final = {
    "you_hold": Words("あなたが対応責任者です", "You are responsible"),
    "desk_holds": Words("対応責任者: {who}", "Responsible: {who}"),
    "since": Words("{time}から", "since {time}"),
    "arrive_due": Words(
        "{time}までに［向かっています］か［到着しました］を押してください。"
        "押さないと、ほかの人への連絡がまた始まります。",
        "Press “On my way” or “I have arrived” by {time}, or others will be asked again.",
    ),
    "joined": Words("ほかに応じた人: {who}", "Others who said yes: {who}"),
    "address": Words("住所", "Address"),
    "key_and_entry": Words("鍵・入り方", "Key and entry"),
    "risks": Words("注意すること", "Risks"),
    "allergies": Words("アレルギー", "Allergies"),
    "physician": Words("かかりつけ医", "Physician"),
    "care_notes": Words("ケアの注意", "Care notes"),
    "birth_date": Words("生年月日", "Date of birth"),
    "not_known": Words("登録されていません", "Not on file"),
    "reported": Words("通報の内容", "What was reported"),
    "call_client": Words("本人へ電話", "Call the client"),
    "call_family": Words("家族へ電話", "Call the family"),
    "records": Words("これまでの記録", "Recorded so far"),
    "record_service": Words("{service}に電話", "Called {service}"),
    "record_signal": Words("同じ通報", "Signal again"),
    "record_cancel": Words("取消の申し出", "Asks to cancel"),
    "reporter_cancels": Words(
        "{time}に、通報した側から取消（誤報）の申し出がありました。"
        "確かめて、［完了］か［取消］を選んでください。",
        "At {time} the reporter asked to cancel (false alarm). Check, then resolve or cancel.",
    ),
    "en_route": Words("向かっています", "On my way"),
    "renew_en_route": Words("到着予定を変える", "Change the expected arrival"),
    "eta": Words("到着までの時間（押すと送られます）", "Time to arrive (sends at once)"),
    "eta_minutes": Words("{minutes}分", "{minutes} min"),
    "eta_time": Words("到着予定の時刻", "Expected time of arrival"),
    "eta_send": Words("この時刻で送る", "Send this time"),
    "arrive": Words("到着しました", "I have arrived"),
    "hand_over": Words("引継ぎ", "Hand over"),
    "hand_over_to": Words("だれに引き継ぎますか", "To whom?"),
    "hand_over_send": Words("引継ぎをお願いする", "Ask to take over"),
    "hand_over_nobody": Words(
        "引継ぎできる人が手順書にありません。", "The protocol names nobody to hand over to."
    ),
    "offer_pending": Words(
        "{who}に引継ぎをお願いしています。相手が引き受けるまで、責任者は変わりません。",
        "{who} has been asked to take over. Until they accept, nothing changes.",
    ),
    "external_called": Words("119・110に電話した", "I called 119 or 110"),
    "called": Words("{service}に電話した", "I called {service}"),
    "note": Words("メモ", "Note"),
    "note_text": Words("内容", "Text"),
    "note_send": Words("記録する", "Record"),
    "resolve": Words("完了", "Resolve"),
    "outcome": Words("結果を選んでください", "Choose the outcome"),
    "resolve_note": Words("メモ（任意）", "Note (optional)"),
    "resolve_send": Words("完了にする", "Resolve"),
    "cancel": Words("取消（誤報）", "Cancel (false alarm)"),
    "cancel_send": Words("取消にする", "Cancel the incident"),
    "reason": Words("理由（任意）", "Reason (optional)"),
    "release": Words("対応できなくなりました", "I can no longer respond"),
    "release_consequence": Words(
        "押すとあなたは責任者でなくなり、すぐに次の人へ連絡します。",
        "You are no longer responsible then, and the next contact is asked at once.",
    ),
}

_INBOX: Final = {
    "inbox": Words("呼出", "Pages"),
    "inbox_empty": Words("いま、呼出はありません。", "Nobody is asking for you now."),
    "inbox_refreshes": Words(
        "この画面は10秒ごとに更新されます（{time}現在）。",
        "This page is renewed every 10 seconds (as of {time}).",
    ),
    "place_offered": Words("引継ぎのお願い", "Asked to take over"),
    "place_asked": Words("返事を待っています", "Waiting for your answer"),
    "place_held": Words("あなたが対応責任者", "You are responsible"),
    "place_asked_before": Words("次の人に連絡中（まだ対応できます）", "Next contact asked too"),
    "place_done": Words("対応不要", "Not needed"),
    "inbox_due": Words("{time}まで", "until {time}"),
    "inbox_held_by": Words("対応責任者: {who}", "Responsible: {who}"),
}

_DONE: Final = {
    "done_note": Words("メモを記録しました。", "The note is recorded."),
    "done_external_called": Words("電話したことを記録しました。", "The call is recorded."),
    "done_decline": Words("「対応できません」を記録しました。", "“I cannot” is recorded."),
    "done_escalate": Words("次の人への連絡を頼みました。", "The next contact will be asked."),
}

_REFUSED: Final = {
    "refused": Words("いまは、この操作はできません。", "This is not possible now."),
    "refused_closed": Words("この件は、もう終わっています。", "This is over already."),
    "refused_not_holder": Words(
        "この操作は、対応責任者だけができます。", "Only the one responsible can do this."
    ),
    "refused_no_offer": Words(
        "引継ぎのお願いは、もう終わっています。", "The request to take over has ended."
    ),
    "refused_nobody": Words(
        "引継ぎ先に、いま当番の人がいません。", "Nobody is on duty there just now."
    ),
    "wrong": Words("入力を確かめてください。", "Please check what you entered."),
    "wrong_party_id": Words(
        "どなたが対応するか、選んでください。", "Please choose who is answering."
    ),
    "wrong_outcome": Words("結果を選んでください。", "Please choose the outcome."),
    "wrong_to_party_id": Words("引継ぎ先を選んでください。", "Please choose who takes over."),
    "wrong_text": Words(
        "内容を書いてください（4000文字まで）。", "Please write something, at most 4000 characters."
    ),
    "wrong_length": Words(
        "4000文字までで書いてください。", "Please write at most 4000 characters."
    ),
    "wrong_eta": Words("到着予定の時刻を確かめてください。", "Please check the expected arrival."),
    "error_403": Words("先読みでは操作できません。", "Prefetching cannot act."),
    "error_404": Words("このページはありません", "There is no such page"),
    "error_404_more": Words(
        "リンクが途中で切れていないか、確かめてください。",
        "Please check that the link is complete.",
    ),
    "error_410": Words("このリンクは終わりました", "This link has ended"),
    "error_410_more": Words(
        "事案が終わってから24時間がたちました。", "The incident was closed more than 24 hours ago."
    ),
    "error_503": Words("いま記録できませんでした", "It could not be recorded just now"),
    "error_503_more": Words(
        "もう一度押してください。うまくいかないときは、電話で連絡してください。",
        "Please press again. If that does not help, call by phone.",
    ),
    "error": Words("うまくいきませんでした", "That did not work"),
    "error_more": Words(
        "もう一度リンクを開いてください。うまくいかないときは、電話で連絡してください。",
        "Please open the link again. If that does not help, call by phone.",
    ),
}

TEXTS: Final[Mapping[str, Words]] = MappingProxyType(
    {**_FACTS, **_ASKED, **_OTHERS, **_HOLDER, **_INBOX, **_DONE, **_REFUSED}
)
"""All texts by key."""
