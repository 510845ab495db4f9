"""What whoever is asked reads, or is offered it, or finds that it is over."""

from typing import Final

from app.pages.wording.words import Words

FACTS: Final = {
    "drill": Words("訓練", "DRILL"),
    "drill_sentence": Words(
        "本当の緊急事態ではありません。",
        "This is an exercise, not a real emergency.",
    ),
    "severity": Words("重要度 {severity}", "Severity: {severity}"),
    "client": Words("利用者 {code}", "Client {code}"),
    # Within one organisation nobody needs to hear its name.
    "colleague": Words("{name}さん", "{name}"),
    "person": Words("{name}さん（{organisation}）", "{name} ({organisation})"),
    "desk": Words("{name}（{organisation}）", "{name} ({organisation})"),
    "and": Words("、", ", "),
    "just_now": Words("たった今", "just now"),
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

ASKED: Final = {
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
    # The reader is asked again: never by their own name, as if it were somebody else.
    "next_with_you": Words(
        "何もしない場合、あと{left}で、もう一度あなたと{who}へ連絡します（{time}）。",
        "If you do nothing, you will be asked again, and {who} too, in {left} (at {time}).",
    ),
    "next_with_you_now": Words(
        "まもなく、もう一度あなたと{who}へ連絡します。",
        "You will be asked again at any moment, and {who} too.",
    ),
    "next_only_you": Words(
        "次に連絡できる人がほかにいません。何もしない場合、"
        "あと{left}で、もう一度あなたに連絡します（{time}）。",
        "There is nobody else to ask next. If you do nothing, you will be asked again in {left}"
        " (at {time}).",
    ),
    "next_only_you_now": Words(
        "次に連絡できる人がほかにいません。まもなく、もう一度あなたに連絡します。",
        "There is nobody else to ask next. You will be asked again at any moment.",
    ),
    "next_nobody": Words("次の連絡先", "the next contact"),
    "also_asked": Words("ほかに連絡している人: {who}", "Also being asked: {who}"),
    "reasons": Words(
        "理由を添えて断る（任意・押すと送られます）",
        "Say no with a reason (optional, sends at once)",
    ),
    # Each is a whole refusal: half asleep, a bare "対応中" reads as a yes.
    "reason_busy": Words("別の対応中のため行けません", "Cannot come: busy with another call"),
    "reason_far": Words("遠くて行けません", "Cannot come: too far away"),
    "reason_unfit": Words("飲酒・体調のため行けません", "Cannot come: alcohol or unwell"),
    "reason_off_duty": Words("勤務外のため行けません", "Cannot come: off duty"),
    "reason_other": Words("その他の理由で行けません", "Cannot come: another reason"),
    "exhausted": Words(
        "全員に連絡しましたが、まだ引き受けた人がいません。引き受ける人が出るまで連絡を続けます。",
        "Everybody has been asked and nobody has accepted. Asking goes on until somebody does.",
    ),
    "exhausted_at_once": Words(
        "連絡できる当番がいませんでした。最終責任者は、あなたの窓口（{who}）です。"
        "引き受ける人が出るまで連絡を続けます。",
        "Nobody on duty could be asked. Your desk ({who}) has the final responsibility."
        " Asking goes on until somebody accepts.",
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
    # Nobody comes next: only those of the accountable desk are asked, once more.
    "escalate_exhausted": Words(
        "最終責任者の窓口の全員に、もう一度連絡する", "Ask everybody of the final desk again"
    ),
    "more": Words("ほかの操作", "Other actions"),
    "danger": Words(
        "命にかかわるおそれがあります。119番は、人がかけないとつながりません。",
        "Life may be in danger. 119 is not dialled unless a person dials it.",
    ),
    "call_fire": Words("119（管轄消防本部）", "119 (fire service of the town)"),
    "call_119": Words("119へ電話", "Call 119"),
    "fire_note": Words("利用者の町の消防に直通です。", "It reaches the client's town directly."),
    "fire_unknown": Words(
        "離れた場所からかけると、別の町の消防につながることがあります。",
        "Dialled from elsewhere, it may reach another town.",
    ),
}

OTHERS: Final = {
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
    "receipt": Words("記録の控え（台帳 {seq}）: {hash}", "Receipt (ledger entry {seq}): {hash}"),
}
