"""What a notice says to the person who reads it, made of nothing but ids, codes and numbers."""

from collections.abc import Container, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from app.channels.channel import Message
from app.channels.wording.codes import ANSWERS, CAUSES, CHANGES, FAULTS
from app.channels.wording.plain import instant_in_japan, moment, plain
from app.protocols.kinds import Language, NoticeKind

ID_MAX, LINK_MAX, CODES_MAX = 64, 2048, 10


class Words(NamedTuple):
    """What one kind of notice says: its mark, its line, its sentences."""

    mark: str
    line: str
    text: str


_JA: Final = MappingProxyType(
    {
        NoticeKind.COVER_LOST: Words(
            "要確認",
            "緊急時に呼び出せる人がいない時間ができます",
            "当番表・連絡先・担当者の変更により、緊急時手順書の段階に、呼び出せる人がいない時間が"
            "できます。\n手順書か当番表を直してください。",
        ),
        NoticeKind.COVER_REGAINED: Words(
            "解消",
            "呼び出せる人がいない時間がなくなりました",
            "先にお知らせした、緊急時に呼び出せる人がいない時間は、なくなりました。",
        ),
        NoticeKind.ROSTER_ENDING: Words(
            "要確認",
            "当番表の予定がまもなく終わります",
            "当番表の予定がまもなく終わります。つづきの当番を登録してください。",
        ),
        NoticeKind.CONTACT_CHECK: Words(
            "連絡先の確認",
            "届いたら、リンクを開いてボタンを押してください",
            "連絡先の確認です。緊急事態ではありません。\n"
            "このお知らせを読めたら、リンクを開いて「読めました」を押してください。",
        ),
        NoticeKind.DUTY_REQUESTED: Words(
            "当番の相談",
            "当番を代われるかどうか、返事をしてください",
            "当番を代わってほしいという相談が届いています。自分のページで返事をしてください。\n"
            "引き受けるまで、当番は変わりません。",
        ),
        NoticeKind.DUTY_ANSWERED: Words(
            "当番の相談",
            "当番の相談の結果をお知らせします",
            "当番の相談の結果です。くわしくは自分のページで確かめてください。",
        ),
        NoticeKind.DUTY_UNCOVERED: Words(
            "要確認",
            "当番に代わりのいない時間があります",
            "担当者から当番ができないという届けがあり、代わりの人がいません。\n"
            "当番表に代わりの人を登録してください。",
        ),
        NoticeKind.DUTY_RESUMED: Words(
            "解消",
            "お休みの届けが取り消され、当番に戻りました",
            "先にお知らせした、代わりのいない時間について、担当者がお休みの届けを取り消しました。\n"
            "当番表のとおり、本人が当番です。",
        ),
        NoticeKind.LEDGER_STOPPED: Words(
            "要対応",
            "対応責任台帳の封印が止まっています",
            "対応責任台帳に、60秒を過ぎても封印（署名）されない記録があるか、封印を続けられない異常が"
            "あります。\n緊急時の対応は続いており、記録も残っています。運用者は、運用手引き"
            "（docs/operations.md の Sealing）の「理由」の欄に従ってください。",
        ),
        NoticeKind.LEDGER_RUNS: Words(
            "解消",
            "対応責任台帳の封印が再開しました",
            "先にお知らせした、対応責任台帳の封印の停止は、なくなりました。",
        ),
        NoticeKind.AUDIT_FAULT: Words(
            "要確認",
            "緊急対応が手順書・記録のとおりに進んでいない事案があります",
            "監査機能が、手順書や台帳と食い違う事案を見つけました。\n"
            "事案の状況をすぐに確かめ、必要なら担当者に直接連絡してください。",
        ),
        NoticeKind.AUDIT_CLEARED: Words(
            "解消",
            "先にお知らせした食い違いはなくなりました",
            "先にお知らせした、手順書や台帳との食い違いは、なくなりました。",
        ),
    }
)
_EN: Final = MappingProxyType(
    {
        NoticeKind.COVER_LOST: Words(
            "PLEASE CHECK",
            "in an emergency there will be times with nobody to ask",
            "After a change of a roster, a contact point or a person, steps of emergency protocols "
            "have times at which nobody can be asked.\nPlease mend the protocol or the roster.",
        ),
        NoticeKind.COVER_REGAINED: Words(
            "MENDED",
            "there is somebody to ask again",
            "The times without anybody to ask, of which you were told, are gone.",
        ),
        NoticeKind.ROSTER_ENDING: Words(
            "PLEASE CHECK",
            "a roster is planned for a short time only",
            "The plan of a roster ends soon. Please enter who is on duty afterwards.",
        ),
        NoticeKind.CONTACT_CHECK: Words(
            "CONTACT CHECK",
            "if this reaches you, open the link and press the button",
            "We are checking this contact point. There is no emergency.\n"
            'If you can read this, open the link and press "I can read this".',
        ),
        NoticeKind.DUTY_REQUESTED: Words(
            "DUTY",
            "can you take over a duty? please answer",
            "You are asked to take over a duty. Please answer on your own page.\n"
            "Until you accept, nothing changes.",
        ),
        NoticeKind.DUTY_ANSWERED: Words(
            "DUTY",
            "what has become of a request about a duty",
            "This is what has become of a request about a duty. Your own page says more.",
        ),
        NoticeKind.DUTY_UNCOVERED: Words(
            "PLEASE CHECK",
            "nobody covers a duty",
            "Somebody on duty will be away, and nobody takes their place.\n"
            "Please enter in the roster who does.",
        ),
        NoticeKind.DUTY_RESUMED: Words(
            "MENDED",
            "an absence was taken back",
            "Of the duty that nobody covered, of which you were told: the person does it after all,"
            "\nas the roster says.",
        ),
        NoticeKind.LEDGER_STOPPED: Words(
            "PLEASE ACT",
            "a responsibility ledger is no longer sealed",
            "In a responsibility ledger entries wait for their signature for more than 60 seconds, "
            "or something in it is not what it must be.\nEmergencies go on, and are recorded. To "
            "whoever runs the service: docs/operations.md, Sealing, says what to do for each "
            "reason.",
        ),
        NoticeKind.LEDGER_RUNS: Words(
            "MENDED",
            "a responsibility ledger is sealed again",
            "The responsibility ledger, of which you were told that it was not sealed, is again.",
        ),
        NoticeKind.AUDIT_FAULT: Words(
            "PLEASE CHECK",
            "incidents do not go as their protocol or the ledger has it",
            "The auditor has found incidents that do not go as their protocol or the ledger has it."
            "\nPlease look at them now, and call people yourself if need be.",
        ),
        NoticeKind.AUDIT_CLEARED: Words(
            "MENDED",
            "what the auditor had found is gone",
            "What the auditor had found, and you were told of, is gone.",
        ),
    }
)
WORDS: Final[Mapping[Language, Mapping[NoticeKind, Words]]] = MappingProxyType(
    {"ja": _JA, "en": _EN}
)
# In the order of the text: what `data` calls it, in Japanese, in English.
_FACTS: Final = (
    ("protocol_count", "手順書の数", "Protocols"),
    ("client_codes", "利用者コード", "Clients"),
    ("fault", "内容", "Fault"),
    ("incident_count", "事案の数", "Incidents"),
    ("incident_ids", "事案の番号", "Incident ids"),
    ("first_at", "はじまり", "From"),
    ("from", "はじまり", "From"),
    ("until", "おわり", "Until"),
    ("ends_at", "予定のおわり", "Planned until"),
    ("causes", "原因", "Cause"),
    ("changes", "変わったこと", "What changed"),
    ("answer_by", "返事の期限", "Answer by"),
    ("answer", "結果", "Outcome"),
    ("reason", "理由", "Reason"),
    ("municipality_id", "自治体の番号", "Municipality"),
    ("desk_id", "当番窓口の番号", "Desk"),
    ("desk_ids", "当番窓口の番号", "Desks"),
    ("request_id", "相談の番号", "Request"),
    ("notice_id", "お知らせの番号", "Notice"),
)
_INSTANTS: Final = frozenset({"first_at", "from", "until", "ends_at", "answer_by"})


def subject_line(message: Message) -> str:
    """The notice in one line."""
    words = WORDS[message.language][NoticeKind(message.type)]
    return (
        f"【{words.mark}】{words.line}"
        if message.language == "ja"
        else (f"[{words.mark}] {words.line}")
    )


def body_text(message: Message) -> str:
    """The notice in full, with its link if it asks."""
    words = WORDS[message.language][NoticeKind(message.type)]
    links = message.public_data.get("links")
    link = plain(links.get("confirm"), LINK_MAX) if isinstance(links, Mapping) else ""
    blocks = [[words.text], [link] if link else [], list(facts_of(message))]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def cause_words(cause: str, language: Language) -> str:
    """Why nobody can be asked, in words."""
    ja, en = CAUSES.get(cause, (cause, cause))
    return ja if language == "ja" else en


def facts_of(message: Message, *, without: Container[str] = ()) -> Iterator[str]:
    """What the notice is about, a line each."""
    data, language = message.public_data, message.language
    for name, ja, en in _FACTS:
        if name in without:
            continue
        if said := _said(name, data.get(name), language):
            yield f"{ja if language == 'ja' else en}: {said}"


def _said(name: str, value: object, language: Language) -> str:
    if name == "answer":
        return ANSWERS[language].get(plain(value, ID_MAX), "")
    if name == "causes":
        value = [cause_words(plain(one, ID_MAX), language) for one in _list(value)]
    elif name == "changes":
        value = _changes(value, language)
    if name == "fault":
        return FAULTS[language].get(plain(value, ID_MAX), "")
    if name in _INSTANTS:
        return moment(instant_in_japan(value), language)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list | tuple):
        return _listed([plain(one, ID_MAX) for one in value])
    return plain(value, ID_MAX)


def _changes(value: object, language: Language) -> list[str]:
    """What was changed, each kind of change once."""
    codes = [plain(one.get("what"), ID_MAX) for one in _list(value) if isinstance(one, Mapping)]
    known = [CHANGES[code] for code in dict.fromkeys(codes) if code in CHANGES]
    return [ja if language == "ja" else en for ja, en in known]


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes[:CODES_MAX]) + (" …" if len(codes) > CODES_MAX else "")
