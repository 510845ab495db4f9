"""What an inbox says."""

from typing import Final

from app.pages.wording.words import Words

INBOX: Final = {
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
    "due_offered": Words("返事の期限 {time}", "Answer by {time}"),
    "due_asked": Words("返事の期限 {time}", "Answer by {time}"),
    "due_held": Words("到着の期限 {time}", "Arrive by {time}"),
    "alarms": Words("警報: 引き受けた人がいません", "Alarm: nobody has accepted"),
    "alarm_incident": Words("事案番号 {id}", "Incident {id}"),
    "notices": Words("お知らせ", "Notices"),
    "notice_desks": Words("当番窓口: {desks}", "Desk: {desks}"),
    "gaps": Words("呼び出せる人がいない時間", "Times with nobody to ask"),
    "gaps_default": Words("標準の手順書", "The default protocol"),
    "gaps_step": Words("{variant} 第{step}段階", "{variant}, step {step}"),
    "gaps_when": Words("{begin} から {end} まで", "{begin} to {end}"),
    "gaps_more_times": Words("（ほかに{count}回）", "(and {count} times more)"),
    "gaps_none": Words(
        "これから30日間、呼び出せる人がいない時間はありません。",
        "In the next 30 days there is always somebody to ask.",
    ),
    "gaps_more": Words("ほかにもあります。", "There are more."),
    "inbox_held_by": Words("対応責任者: {who}", "Responsible: {who}"),
}
