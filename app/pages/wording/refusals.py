"""What a reader is told when something was refused or went wrong."""

from typing import Final

from app.pages.wording.words import Words

REFUSED: Final = {
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
    "refused_decline_arrived": Words(
        "到着後は［引継ぎ］を使ってください。", "After the arrival, use “Hand over”."
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
    "link_withdrawn": Words("このリンクは使えなくなりました", "This link is no longer valid"),
    "link_withdrawn_more": Words(
        "担当から外れた方のリンクです。必要なときは、所属の事業所か市町村の担当者に聞いてください。",
        "It belonged to somebody who has left. If you need one, ask your organisation or the"
        " municipality's coordinator.",
    ),
    "refused_substitution_ended": Words(
        "このお願いは、もう終わっています。", "This request has ended."
    ),
    "refused_duty_changed": Words(
        "当番表が変わったため、交代できませんでした。", "The roster has changed; nothing was done."
    ),
    "refused_not_absent": Words(
        "取り消せるお休みの届けがありません。もう取り消したか、終わったか、"
        "ほかの人が届け出たものです。",
        "There is no absence to take back: it was taken back or is over, or somebody else"
        " reported it.",
    ),
    "wrong_in_return": Words(
        "その当番とは交換できません。選び直してください。", "Please choose another duty in return."
    ),
    "wrong_duty_times": Words(
        "その時間に、あなたの当番はありません。時刻を確かめてください。",
        "You have no duty then. Please check the times.",
    ),
    "wrong_substitute": Words(
        "その人には頼めません。選び直してください。", "Please choose somebody else."
    ),
    "error_429": Words("このリンクでは開けません", "This link does not open"),
    # Only a link that has proven useless comes here: waiting would not mend it.
    "error_429_more": Words(
        "使えないリンクが続けて開かれました。届いたメッセージのリンクを、"
        "途中で切れないようにそのまま開いてください。正しいリンクはいつでも開けます。",
        "Links that do not work were opened again and again. Please open the link in your message"
        " as it is, to its end. A good link always opens.",
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
