"""What would happen, as a text: a rehearsal told line by line."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from app.cover.rehearsal import Act, Happening, Received, Rehearsal
from app.escalation.decision import Cause, Entry, EntryType, MessageKind
from app.escalation.incident import Status
from app.escalation.network import Network
from app.foresight.speaking.sentences import in_words
from app.foresight.speaking.speech import Speech
from app.protocols.authoring.labels import Said
from app.protocols.kinds import Language

_TITLE: Final = Said("試行: {}、{}に報告", "Simulation: {}, reported {}")
_VARIANT: Final = Said("適用区分: {}", "Variant: {}")
_COURSE: Final = Said("経過", "Course")
_MESSAGES: Final = Said("届く連絡", "Messages")
_NO_MESSAGES: Final = Said("なし", "none")
_MESSAGE: Final = Said("{who}（{channel}）: {what}", "{who} ({channel}): {what}")
_ALARM: Final = Said("市区町村と運営者へ警報", "alarm to the municipality and the operators")
_END: Final = Said("終わり: {}（{}後）", "End: {} (after {})")
_REFUSED: Final = Said(
    "{who}の「{act}」は受け付けられない: {why}", "{act} by {who} is refused: {why}"
)
_COORDINATOR: Final = Said("コーディネーター", "the coordinator")
_SYSTEM: Final = Said("システム", "the system")
_EXHAUSTED: Final = Said(
    "（引受者なし。最終責任者への呼出が続く）", " (nobody accepted; paging goes on)"
)
_BECAUSE: Final = Said("{}（{}）", "{} ({})")
_LAST_RESORT: Final = Said("最終責任者の呼出が始まる", "paging of the accountable desk begins")
_OF_STEP: Final = Said("{}段目・{}周目", "step {}, round {}")

STATUSES: Final[Mapping[Status, Said]] = MappingProxyType(
    {
        Status.TRIGGERED: Said("連絡中", "nobody has accepted yet"),
        Status.ACKNOWLEDGED: Said("対応引受", "acknowledged"),
        Status.EN_ROUTE: Said("向かっています", "en route"),
        Status.ARRIVED: Said("到着", "arrived"),
        Status.RESOLVED: Said("完了", "resolved"),
        Status.CANCELLED: Said("取消（誤報）", "cancelled"),
    }
)
ENTRIES: Final[Mapping[EntryType, Said]] = MappingProxyType(
    {
        EntryType.OPENED: Said("{to}が対応責任者になる", "{to} holds"),
        EntryType.STEP_STARTED: Said("{step}が始まる", "{step} begins"),
        EntryType.PAGED: Said("{actor}を呼び出す", "{actor} is paged"),
        EntryType.REMINDED: Said("{actor}を再び呼び出す", "{actor} is paged again"),
        EntryType.INFORMED: Said("{actor}に知らせる", "{actor} is informed"),
        EntryType.SENT: Said("{actor}への連絡が送られた", "a message to {actor} was sent"),
        EntryType.UNDELIVERABLE: Said("{actor}への連絡が届かない", "{actor} cannot be reached"),
        EntryType.SKIPPED: Said("{step}: {actor}を呼び出さない", "{step}: {actor} is left out"),
        EntryType.TRANSFERRED: Said("{to}が対応責任者になる", "{to} holds"),
        EntryType.SIGNALLED: Said("再び通報があった", "another signal came"),
        EntryType.DECLINED: Said("{actor}: 対応できません", "{actor} declines"),
        EntryType.JOINED: Said("{actor}も対応を申し出た", "{actor} joins"),
        EntryType.OFFERED: Said("{actor}に引継ぎを申し出る", "{actor} is offered the incident"),
        EntryType.OFFER_ENDED: Said("引継ぎの申し出が終わる", "the offer ends"),
        EntryType.EN_ROUTE: Said("{actor}が向かう", "{actor} is en route"),
        EntryType.ARRIVED: Said("{actor}が到着", "{actor} has arrived"),
        EntryType.EXTERNAL_CALLED: Said("{actor}が外部へ通報", "{actor} has called others"),
        EntryType.RECLASSIFIED: Said("種別が変わる", "it is reclassified"),
        EntryType.NOTED: Said("記録が加わる", "a note is added"),
        EntryType.CORRECTED: Said("記録が訂正される", "a record is corrected"),
        EntryType.STALLED: Said("監視が途切れていた", "timers were not watched"),
        EntryType.EXPORTED: Said("{actor}が証跡を渡した", "{actor} hands on the evidence"),
        EntryType.CLOSED: Said("終了", "closed"),
    }
)
CAUSES: Final[Mapping[Cause, Said]] = MappingProxyType(
    {
        Cause.REPORTED: Said("通報を受けた", "reported"),
        Cause.ESCALATED: Said("返事がなく次へ", "no answer"),
        Cause.DECLINED: Said("対応できないとの返事", "declined"),
        Cause.UNREACHABLE: Said("連絡がつかない", "unreachable"),
        Cause.NOBODY_ON_DUTY: Said("当番者がいない", "nobody on duty"),
        Cause.ACKNOWLEDGED: Said("対応を引き受けた", "accepted"),
        Cause.HANDED_OVER: Said("引継ぎを受けた", "handed over"),
        Cause.LAPSED: Said("引受の失効", "lapsed"),
        Cause.RECLASSIFIED: Said("種別の変更", "reclassified"),
        Cause.EXHAUSTED: Said("引受者なし", "nobody accepted"),
        Cause.RESOLVED: Said("完了", "resolved"),
        Cause.CANCELLED: Said("取消", "cancelled"),
        Cause.RESTRICTED: Said("見せてはならない", "must not be shown"),
        Cause.BUSY: Said("別の事案に対応中", "holds another incident"),
        Cause.DEFERRED: Said("朝まで待つ", "waits for the morning"),
        Cause.TIMED_OUT: Said("時間切れ", "timed out"),
        Cause.WITHDRAWN: Said("取り下げ", "withdrawn"),
        Cause.REJECTED: Said("拒否された", "rejected"),
        Cause.ATTEMPTS_SPENT: Said("送信を諦めた", "given up"),
    }
)
KINDS: Final[Mapping[MessageKind, Said]] = MappingProxyType(
    {
        MessageKind.PAGED: Said("呼出", "page"),
        MessageKind.REMINDED: Said("再呼出", "page again"),
        MessageKind.INFORMED: Said("お知らせ", "information"),
        MessageKind.OFFERED: Said("引継ぎの申し出", "offer of a hand-over"),
        MessageKind.STOOD_DOWN: Said("対応不要の連絡", "stand-down"),
        MessageKind.CLOSED: Said("終了の連絡", "closed"),
        MessageKind.ALARM: Said("警報", "alarm"),
    }
)
ACTS: Final[Mapping[Act, Said]] = MappingProxyType(
    {
        Act.ACKNOWLEDGE: Said("対応します", "acknowledge"),
        Act.DECLINE: Said("対応できません", "decline"),
        Act.ESCALATE: Said("次の段階へ", "escalate"),
        Act.EN_ROUTE: Said("向かっています", "en route"),
        Act.ARRIVE: Said("到着", "arrive"),
        Act.RESOLVE: Said("完了", "resolve"),
        Act.CANCEL: Said("取消", "cancel"),
        Act.FAIL: Said("連絡がつかない", "fail"),
    }
)


def tell(past: Rehearsal, network: Network, language: Language) -> str:
    """The whole story, each line ended; lines begin with the time since the report."""
    story = _Story(past, network, Speech(language=language, zone=network.zone))
    return "".join(f"{line}\n" for line in story.lines())


class _Story:
    def __init__(self, past: Rehearsal, network: Network, speech: Speech) -> None:
        self._past, self._network, self._say = past, network, speech
        self._opened_at = past.timeline[0].at

    def lines(self) -> Iterator[str]:
        """All lines, in order."""
        say, incident = self._say, self._past.incident
        yield say(_TITLE, say.incident(incident.type, incident.severity), say.at(self._opened_at))
        yield say(_VARIANT, say.variant(self._network.protocol, incident.variant))
        yield from ("", f"■ {say(_COURSE)}")
        yield from (f"{self._after(one.at)}  {self._happened(one)}" for one in self._past.timeline)
        yield from ("", f"■ {say(_MESSAGES)}")
        yield from (f"{self._after(one.at)}  {self._received(one)}" for one in self._past.messages)
        if not self._past.messages:
            yield say(_NO_MESSAGES)
        ended_after = (self._past.ended_at - self._opened_at).total_seconds()
        status = say(STATUSES[incident.status])
        if incident.exhausted:
            status += say(_EXHAUSTED)
        yield from ("", say(_END, status, say.seconds(ended_after)))

    def _happened(self, one: Happening) -> str:
        if one.entry is not None:
            return self._entry(one.entry)
        assert one.refused is not None, "a line is an entry or a refusal"
        answer, why = one.refused
        who = self._name(answer.party_id) if answer.party_id else self._say(_COORDINATOR)
        act, reason = self._say(ACTS[answer.act]), in_words(why, self._say.language, {})
        return self._say(_REFUSED, who=who, act=act, why=reason)

    def _entry(self, entry: Entry) -> str:
        say = self._say
        is_last = entry.type is EntryType.STEP_STARTED and entry.cause is Cause.EXHAUSTED
        said = say(
            _LAST_RESORT if is_last else ENTRIES[entry.type],
            actor=self._name(entry.actor_id),
            to=self._name(entry.to_id),
            step=say(_OF_STEP, entry.step, entry.round),
        )
        return say(_BECAUSE, said, say(CAUSES[entry.cause])) if entry.cause else said

    def _received(self, one: Received) -> str:
        what = self._say(KINDS[one.kind])
        if one.party_id is None:
            return self._say(_ALARM)
        points = self._network.parties[one.party_id].contact_points
        channel = next((each.channel for each in points if each.id == one.contact_point_id), "")
        return self._say(_MESSAGE, who=self._name(one.party_id), channel=channel, what=what)

    def _name(self, party_id: str | None) -> str:
        known = {str(one.id): one.name for one in self._network.parties.values()}
        return known.get(party_id or "", self._say(_SYSTEM))

    def _after(self, at: datetime) -> str:
        """Hours, minutes and seconds since the report: 0:03:20."""
        seconds = (at - self._opened_at) // timedelta(seconds=1)
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
