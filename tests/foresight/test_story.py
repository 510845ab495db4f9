"""A rehearsal told as text."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import pytest

from app.cover.rehearsal import Act, Answer, rehearse
from app.escalation.decision import Cause, EntryType, MessageKind
from app.escalation.incident import Status
from app.escalation.party import PartyId
from app.foresight import story
from app.foresight.story import tell
from app.protocols.authoring.labels import Said
from app.protocols.kinds import IncidentType, Language, Severity
from tests.foresight.samples import NOW, office_hours


def told(language: Language, *answers: Answer, at: datetime = NOW) -> str:
    network = office_hours()
    past = rehearse(
        network,
        incident_type=IncidentType.FALL,
        severity=Severity.HIGH,
        at=at,
        answers=answers,
    )
    return tell(past, network, language)


def answer(who: str | None, after: int, act: Act) -> Answer:
    return Answer(party_id=PartyId(who) if who else None, after=timedelta(seconds=after), act=act)


def test_it_tells_who_is_asked_who_holds_and_what_arrives() -> None:
    text = told("ja", answer("suzuki", 40, Act.DECLINE), answer("tanaka", 200, Act.ACKNOWLEDGE))
    lines = text.splitlines()
    assert lines[:2] == [
        "試行: 転倒・転落（高）、2026年11月20日(金) 12:00に報告",
        "適用区分: 「いつでも」",
    ]
    assert "0:00:00  看護師 鈴木を呼び出す" in lines
    assert "0:00:40  看護師 鈴木: 対応できません" in lines
    # The ladder of the second nurse begins 30 seconds after the page.
    assert "0:01:10  tanaka（webhook）: 呼出" in lines
    assert "0:03:20  tanakaが対応責任者になる（対応を引き受けた）" in lines


def test_it_says_when_nobody_accepts() -> None:
    text = told("en")
    assert "paging of the accountable desk begins (nobody accepted)" in text
    assert "alarm to the municipality and the operators" in text
    assert text.splitlines()[-1].startswith("End: nobody has accepted yet (nobody accepted;")


def test_an_act_that_is_refused_is_told_with_its_reason_in_the_language_of_the_reader() -> None:
    acts = (answer("suzuki", 10, Act.ACKNOWLEDGE), answer(None, 20, Act.ESCALATE))
    assert "コーディネーターの「次の段階へ」は受け付けられない: 事案の状態がこの操作を" in told(
        "ja", *acts
    )
    assert "escalate by the coordinator is refused: The status of the incident" in told("en", *acts)


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (story.STATUSES, Status),
        (story.ENTRIES, EntryType),
        (story.CAUSES, Cause),
        (story.KINDS, MessageKind),
        (story.ACTS, Act),
    ],
    ids=["statuses", "entries", "causes", "messages", "acts"],
)
def test_every_code_has_its_words(table: Mapping[StrEnum, Said], codes: type[StrEnum]) -> None:
    assert set(table) == set(codes)
