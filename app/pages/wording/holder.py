"""What the holder reads, and what the page says after an act."""

from typing import Final

from app.pages.wording.words import Words

HOLDER: Final = {
    "you_hold": Words("あなたが対応責任者です", "You are responsible"),
    "desk_holds": Words("対応責任者: {who}", "Responsible: {who}"),
    "held_since": Words("（{time}に引受）", "(accepted at {time})"),
    "arrived_at": Words("到着 {time}", "Arrived at {time}"),
    "eta_given": Words("到着予定 {time}", "Expected arrival {time}"),
    # Each names the buttons of its own page.
    "arrive_due_acknowledged": Words(
        "{time}までに［向かっています］か［到着しました］を押してください。"
        "押さないと、ほかの人への連絡がまた始まります。",
        "Press “On my way” or “I have arrived” by {time}, or others will be asked again.",
    ),
    "arrive_due_en_route": Words(
        "{time}までに［到着しました］か［まだ向かっています］を押してください。"
        "押さないと、ほかの人への連絡がまた始まります。",
        "Press “I have arrived” or “Still on my way” by {time}, or others will be asked again.",
    ),
    # Seen first, because an acknowledgement without an arrival lapses.
    "act_by_acknowledged": Words(
        "{time}までに［向かっています］を押す ↓", "Press “On my way” by {time} ↓"
    ),
    "act_by_en_route": Words(
        "{time}までに［到着しました］を押す ↓", "Press “I have arrived” by {time} ↓"
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
    "record_correction": Words("訂正", "Correction"),
    "record_closed": Words("終了", "Closed"),
    "record_cancel": Words("取消の申し出", "Asks to cancel"),
    "reporter_cancels": Words(
        "{time}に、通報した側から取消（誤報）の申し出がありました。"
        "確かめて、［完了］か［取消］を選んでください。",
        "At {time} the reporter asked to cancel (false alarm). Check, then resolve or cancel.",
    ),
    "en_route": Words("向かっています", "On my way"),
    "still_en_route": Words("まだ向かっています", "Still on my way"),
    "renew_en_route": Words("到着予定を変える", "Change the expected arrival"),
    "eta": Words("到着までの時間（押すと送られます）", "Time to arrive (sends at once)"),
    "eta_minutes": Words("{minutes}分", "{minutes} min"),
    "eta_time": Words("到着予定の時刻", "Expected time of arrival"),
    "eta_send": Words("この時刻で送る", "Send this time"),
    "arrive": Words("到着しました", "I have arrived"),
    "hand_over": Words("引継ぎ", "Hand over"),
    "hand_over_to": Words("だれに引き継ぎますか", "To whom?"),
    "hand_over_send": Words("引継ぎをお願いする", "Ask to take over"),
    "hand_over_joined": Words("「対応します」と返事あり", "said “I will respond”"),
    "hand_over_more": Words("ほかの人から選ぶ", "Choose somebody else"),
    "hand_over_nobody": Words(
        "いま引継ぎをお願いできる人がいません。",
        "There is nobody whom you could ask to take over now.",
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
    "correct": Words("訂正", "Correct the record"),
    "correct_text": Words("まちがいと、正しい内容", "What was wrong, and what is right"),
    "correct_send": Words("訂正を記録する", "Record the correction"),
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

DONE: Final = {
    "done_note": Words("メモを記録しました。", "The note is recorded."),
    "done_correct": Words("訂正を記録しました。", "The correction is recorded."),
    "done_external_called": Words("電話したことを記録しました。", "The call is recorded."),
    "done_decline": Words("「対応できません」を記録しました。", "“I cannot” is recorded."),
    "done_escalate": Words("次の人への連絡を頼みました。", "The next contact will be asked."),
}
