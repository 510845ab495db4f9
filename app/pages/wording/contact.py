"""What the pages about contact points say."""

from typing import Final

from app.pages.wording.words import Words

CONTACT: Final = {
    "check_title": Words("連絡先の確認", "Contact check"),
    "check_what": Words(
        "緊急事態ではありません。{organisation}に登録されている連絡先に、"
        "お知らせが届くかどうかを確かめています。",
        "There is no emergency. This checks whether messages reach a contact point that is"
        " registered at {organisation}.",
    ),
    "check_point": Words("連絡先: {point}", "Contact point: {point}"),
    "check_asked": Words("送信: {time}", "Sent: {time}"),
    "check_read": Words("読めました", "I can read this"),
    "check_read_more": Words(
        "押すと、届いたことが記録されます。", "Press, and it is recorded that it reached you."
    ),
    "check_done": Words("確認できました。ありがとうございます。", "Confirmed. Thank you."),
    "check_done_at": Words(
        "{time}に記録しました。この画面は閉じてかまいません。",
        "Recorded at {time}. You can close this page.",
    ),
    "error_check_expired": Words("この確認は終わりました", "This check has ended"),
    "error_check_expired_more": Words(
        "送信から14日がたったか、連絡先が使われなくなりました。何もしなくてかまいません。"
        "次の確認が届いたら、そのリンクを開いてください。",
        "It was sent more than 14 days ago, or the contact point is not used any more. You need"
        " not do anything. When the next check comes, open its link.",
    ),
    "error_409": Words("いまはできません", "Not possible now"),
    "contacts_link": Words("連絡先を試す", "Test your contact points"),
    "contacts_title": Words("あなたの連絡先", "Your contact points"),
    "contacts_back": Words("呼出の画面へ", "Back to your pages"),
    "contacts_test": Words("この連絡先に試し送信", "Send a test to this"),
    "contacts_empty": Words("連絡先が登録されていません。", "No contact point is registered."),
    "contacts_refreshes": Words(
        "届いたお知らせのリンクを開いて「読めました」を押すと、確認済みになります。"
        "この画面は10秒ごとに更新されます（{time}現在）。",
        "Open the link in the message and press “I can read this”: then it is confirmed."
        " This page is renewed every 10 seconds (as of {time}).",
    ),
    "contacts_confirmed": Words("最後の確認: {time}", "Last confirmed: {time}"),
    "contacts_never": Words("まだ確認されていません", "Not confirmed yet"),
    "contacts_asked_at": Words("最後の送信: {time}", "Last sent: {time}"),
    "channel_webhook": Words("ウェブフック（アプリなど）", "Webhook (an app)"),
    "channel_email": Words("メール", "E-mail"),
    "channel_inbox": Words("この呼出の画面", "Your page of requests"),
    "channel_other": Words("電話など", "Telephone or other"),
    "state_never_asked": Words("未確認", "Not tested yet"),
    "state_asked": Words("返事を待っています", "Waiting for your answer"),
    "state_confirmed": Words("届いています", "Works"),
    "state_failed": Words("届きませんでした", "Could not be delivered"),
    "state_unanswered": Words("14日以上返事がありません", "No answer for 14 days"),
}
