"""What the page of one's own duty says."""

from typing import Final

from app.pages.wording.words import Words

DUTY: Final = {
    "duty": Words("わたしの当番", "My duty"),
    "duty_open": Words("わたしの当番・お休み", "My duty, absences"),
    "duty_requests_wait": Words(
        "交代のお願いが{count}件あります", "Colleagues ask you to stand in: {count}"
    ),
    "duty_back": Words("呼出の画面へ", "To the pages"),
    "duty_next": Words("これから8週間の当番", "Duty of the next 8 weeks"),
    "duty_none": Words("当番表に、あなたの当番はありません。", "No roster names you in this time."),
    "duty_always": Words(
        "当番表のない窓口（いつも全員が呼ばれます）: {desks}",
        "Desks without a roster (everybody is always asked): {desks}",
    ),
    "duty_tier": Words("{tier}番手", "Line {tier}"),
    "duty_cannot": Words("この当番はできません", "I cannot do this"),
    "duty_period": Words("期間を決めて休む", "Be away for some time"),
    "duty_from": Words("いつから", "From"),
    "duty_to": Words("いつまで", "Until"),
    "duty_zone": Words("時刻は日本時間です。", "Times are those of Japan."),
    "duty_look": Words("確かめる（まだ記録しません）", "Look first (nothing is recorded)"),
    "duty_away": Words("当番をお休みする", "Absence"),
    "duty_touches": Words("お休みになる当番", "Duty that you would not do"),
    "duty_uncovered": Words(
        "代わりがいないと、この時間は当番がいません:",
        "Without somebody in your place nobody is on duty:",
    ),
    "duty_covered": Words(
        "この間も、ほかの当番の人がいます。", "Somebody else is on duty all that time."
    ),
    "duty_accountable": Words(
        "この窓口は最終責任者です。だれも当番でない間も、引き受ける人がいなければ、"
        "窓口の全員（あなたも）が呼ばれます。",
        "This desk is accountable: while nobody is on duty, and nobody else accepts, all of its"
        " persons are paged, you too.",
    ),
    "duty_ask_whom": Words("代わりを頼む人", "Whom to ask"),
    "duty_ask_nobody": Words("頼まずに、お休みを記録する", "Nobody: record the absence"),
    "duty_unreachable": Words(
        "連絡先がないため、ここからは頼めない人: {names}",
        "Cannot be asked here, having no contact point: {names}",
    ),
    "duty_ask_note": Words(
        "頼んだ人が引き受けるまで、当番はあなたのままです。",
        "You stay on duty until whom you ask has accepted.",
    ),
    "duty_swap_with": Words("{who}の当番と交換する", "Swap with a duty of {who}"),
    "duty_swap": Words("当番の交換", "A swap"),
    "duty_swap_ask": Words("{who}さんに頼みます", "You ask {who}"),
    "duty_swap_what": Words("代わりに引き受ける当番", "Which duty you take in return"),
    "duty_swap_none": Words(
        "代わりは引き受けず、頼むだけにする", "None: only ask to stand in for me"
    ),
    "duty_swap_empty": Words(
        "これから8週間、代わりに引き受けられる当番はありません。",
        "There is no duty of theirs in the next 8 weeks that you could take.",
    ),
    "duty_swap_send": Words("頼む", "Ask"),
    "duty_absences": Words("届け出たお休み", "Your absences"),
    "duty_absences_note": Words(
        "取り消すと、当番表のとおり、あなたが当番に戻ります。",
        "If you take one back, you are on duty as the roster says.",
    ),
    "duty_back_send": Words("このお休みを取り消す", "Take this absence back"),
    "duty_send": Words("決める", "Do so"),
    "duty_to_you": Words("{who}さんから: 当番を代わってください", "{who} asks you to stand in"),
    "duty_from_you": Words("{who}さんに頼んでいます", "You have asked {who}"),
    "duty_in_return": Words("代わりに引き受ける当番", "In return for"),
    "duty_lapses": Words("返事の期限 {time}", "Answer by {time}"),
    "duty_unfit": Words(
        "当番表が変わったため、このお願いは使えません。", "The roster has changed since."
    ),
    "duty_accept": Words("引き受けます", "I accept"),
    "duty_decline": Words("引き受けられません", "I cannot"),
    "duty_withdraw": Words("お願いを取り下げる", "Withdraw the request"),
    "duty_past": Words("これまでのお願い", "Earlier requests"),
    "duty_accepted": Words("交代しました", "Accepted"),
    "duty_declined": Words("断られました・断りました", "Declined"),
    "duty_withdrawn": Words("取り下げ", "Withdrawn"),
    "duty_lapsed": Words("期限切れ", "Lapsed"),
    "duty_done_absent": Words(
        "お休みを記録しました。当番表が変わりました。", "Your absence is recorded in the roster."
    ),
    "duty_done_back": Words(
        "お休みを取り消しました。当番表のとおり、あなたが当番です。",
        "Your absence is taken back: you are on duty as the roster says.",
    ),
    "duty_done_asked": Words(
        "お願いを送りました。引き受けてもらうまで、当番はあなたのままです。",
        "Your request is made. You stay on duty until it is accepted.",
    ),
    "duty_done_accept": Words(
        "引き受けました。当番表が変わりました。", "Accepted: you are on duty."
    ),
    "duty_done_decline": Words("お断りしました。", "Declined."),
    "duty_done_withdraw": Words("お願いを取り下げました。", "The request is withdrawn."),
}
