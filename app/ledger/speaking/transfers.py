"""The Japanese of what the pinned protocol did not allow, of transfers and acts (R7)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TRANSFERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # app/ledger/judge/asking.py
        "{actor} is paged while no step begins": (
            "{actor} が呼び出されていますが、段階の始まりではありません"
        ),
        "{actor} is told while no step begins": (
            "{actor} に知らせていますが、段階の始まりではありません"
        ),
        "pages the last resort at another time than the protocol gives": (
            "最終責任者への呼出が、手順書の定める時刻ではありません"
        ),
        "{actor} is reminded, and does not hold": (
            "{actor} は再呼出を受けていますが、対応責任者ではありません"
        ),
        "reminds the holder at another time than every four hours": (
            "対応責任者への再呼出が、4時間ごとではありません"
        ),
        "{actor} is asked again, and nobody waits for an answer": (
            "{actor} が再び呼び出されていますが、返事を待つ場面ではありません"
        ),
        "{actor} is asked again, and was not asked": (
            "{actor} が再び呼び出されていますが、それまでに呼び出されていません"
        ),
        "asks again at an instant that nothing gives": (
            "再呼出の時刻に、その理由となるものがありません"
        ),
        "asks again at another time than the protocol gives": (
            "再呼出が、手順書の定める時刻ではありません"
        ),
        "put off after somebody was asked": "すでに呼出が行われた後で、朝まで延ばされています",
        "an incident of this type does not wait for the morning": (
            "この種別の事案は、朝まで延ばせません"
        ),
        "put off until the morning, though it is not night": (
            "夜間でないのに、朝まで延ばされています"
        ),
        "{actor} is asked or told, and the protocol does not say so": (
            "{actor} が呼出か連絡を受けていますが、手順書にはありません"
        ),
        # app/ledger/judge/course.py
        "{actor} is not the accountable desk": "{actor} は最終責任者の窓口ではありません",
        "{actor} is neither the desk of this step nor the accountable one": (
            "{actor} は、この段階の当番窓口でも最終責任者の窓口でもありません"
        ),
        "{actor} holds, and its organisation had not agreed": (
            "{actor} が対応責任者ですが、その機関は事前合意をしていません"
        ),
        # app/ledger/judge/holding.py
        "acknowledged, while somebody had accepted or nobody was asked": (
            "引受の記録がありますが、すでに受諾した者がいたか、だれも呼び出されていません"
        ),
        "{actor} accepts, and was never asked": (
            "{actor} が引き受けていますが、呼び出されていません"
        ),
        "joined, while nobody had accepted": "協力の申し出がありますが、まだだれも受諾していません",
        "offered, while nobody had accepted": (
            "引継ぎの申し出がありますが、まだだれも受諾していません"
        ),
        "offered, while another offer is open": (
            "別の引継ぎの申し出が続いている間に、引継ぎが申し出られています"
        ),
        "offered to who holds": "引継ぎの申し出の相手が、対応責任者自身です",
        "an offer ends, and none was open": (
            "引継ぎの申し出が終わっていますが、申し出はありませんでした"
        ),
        "an offer ends at another time than the protocol gives": (
            "引継ぎの申し出の終わりが、手順書の定める時刻ではありません"
        ),
        "an offer ends by an act, and is said to have been planned": (
            "引継ぎの申し出が人の操作で終わっていますが、予定されていたことになっています"
        ),
        "on the way, while nobody had accepted, or is there already": (
            "向かったとありますが、まだだれも受諾していないか、すでに到着しています"
        ),
        "{actor} is on the way, and does not hold": (
            "{actor} が向かったとありますが、対応責任者ではありません"
        ),
        "arrived, while nobody had accepted, or is there already": (
            "到着したとありますが、まだだれも受諾していないか、すでに到着しています"
        ),
        "{actor} is there, and does not hold": (
            "{actor} が到着したとありますが、対応責任者ではありません"
        ),
        "reclassified, while somebody had accepted": "受諾した者がいるのに、種別が変更されています",
        "{actor} reclassifies, and was never asked": (
            "{actor} が種別を変更していますが、呼び出されていません"
        ),
        "reclassified, and not upwards": "種別が、より重い方へ変更されていません",
        "closed as it was opened, and was no test call": (
            "開くと同時に終結していますが、試験通報ではありません"
        ),
        "resolved, while nobody had accepted": "解決とありますが、まだだれも受諾していません",
        "closed by {actor}, who does not hold": "終結させた {actor} は、対応責任者ではありません",
        "cancelled by {actor}, a person who had not accepted": (
            "取り消した担当者 {actor} は、受諾していません"
        ),
        "handed over, and no offer was open": "引継ぎの記録がありますが、申し出はありませんでした",
        "{actor} takes over what was offered to {offered}": (
            "{offered} に申し出られた引継ぎを、{actor} が受けています"
        ),
        # app/ledger/judge/judge.py
        "{code} is nothing that is planned": "「{code}」は予定して行うものではありません",
        "before the instant for which it was planned": "予定された時刻より前です",
        "stalled, and not late": "停止していたとありますが、遅れていません",
        "{seconds} seconds late, and no entry tells of an outage": (
            "{seconds} 秒遅れていますが、停止していたという記録がありません"
        ),
        # app/ledger/judge/plan.py and when.py
        "no protocol document": "手順書として読めません",
        "a text expected": "文字列が必要です",
        "a number of seconds expected": "秒数が必要です",
        "a list of words expected": "語のリストが必要です",
        "a list of hours expected": "時間帯のリストが必要です",
        "HH:MM-HH:MM expected": "HH:MM-HH:MM の形が必要です",
        # app/ledger/judge/starts.py
        "{code}, while somebody had accepted": (
            "すでに受諾した者がいるのに、「{code}」で責任が移っています"
        ),
        "passed on before anybody was asked": "だれも呼び出されないうちに、責任が移っています",
        "a desk was made to hold, and no step began": (
            "当番窓口が対応責任者になっていますが、段階が始まっていません"
        ),
        "a step ended, and no other began": "段階が終わっていますが、次の段階が始まっていません",
        "opened, and nobody was asked": "事案が開かれていますが、だれも呼び出されていません",
        "a step began, and nobody was paged": "段階が始まっていますが、だれも呼び出されていません",
        "a person whom the step names was neither paged nor left out": (
            "この段階の担当者が、呼び出されても、理由を示して除かれてもいません"
        ),
        "a step begins, and nothing has ended the one before": (
            "前の段階が終わらないうちに、次の段階が始まっています"
        ),
        "a test call asks nobody": "試験通報ではだれも呼び出しません",
        "an incident of this type waits for the morning at night": (
            "この種別の事案は、夜間は朝まで延ばします"
        ),
        "begins at another step than the one it was opened for": (
            "事案が開かれたときに示された段階とは別の段階から始まっています"
        ),
        "a step ends early, while somebody asked can still answer": (
            "返事ができる相手が残っているのに、段階が早く終わっています"
        ),
        "a step ends early, and nothing says why": (
            "段階が早く終わっていますが、その理由がどこにもありません"
        ),
        "due {code}, the protocol gives {code2}": (
            "予定の時刻は「{code}」ですが、手順書によれば「{code2}」です"
        ),
        "a step begins after all were spent": "すべての段階が終わった後に、段階が始まっています",
        "step {step} of round {round} is not one that may come next": (
            "{round} 巡目の段階 {step} は、次に来る段階ではありません"
        ),
        "step {step} of round {round} is left out, and nothing says why": (
            "{round} 巡目の段階 {step} が飛ばされていますが、その理由がどこにもありません"
        ),
        "the cause is {code}, by what happened it is {code2}": (
            "理由は「{code}」とありますが、起きたことからは「{code2}」です"
        ),
        "the transfer is of another step, or was planned for another instant": (
            "責任の移転が、別の段階のものか、別の時刻に予定されたものです"
        ),
        "passed on as {code}, begun as {code2}": (
            "責任は「{code}」で移り、段階は「{code2}」で始まっています"
        ),
        "lapsed, due {code}; what was promised gives {code2}": (
            "引受の失効の予定は「{code}」ですが、約束によれば「{code2}」です"
        ),
        "given back, and the holder has not declined": (
            "責任が窓口に戻っていますが、対応責任者は断っていません"
        ),
        "passed on, while an offer was open": "引継ぎの申し出が続いている間に、責任が移っています",
    }
)
"""By the English sentence."""
