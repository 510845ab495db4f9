"""What notices say: in both languages, in one line, with nothing but ids, codes and numbers."""

from dataclasses import replace

import pytest

from app.channels.channel import Message
from app.channels.wording import body_text, subject_line
from app.escalation.party import LeftOut
from app.protocols.kinds import Language, NoticeKind
from app.store.watch.marks import Change
from tests.channels.messages import PAGE

LANGUAGES: tuple[Language, ...] = ("ja", "en")
LINK = "https://renraku.example.jp/c/Zr8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9"


def telling(kind: NoticeKind, language: Language, **data: object) -> Message:
    return replace(PAGE, type=kind.value, language=language, data={"notice_id": "n-1", **data})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_has_one_short_line_and_a_text_with_its_number(
    kind: NoticeKind, language: Language
) -> None:
    message = telling(kind, language)
    line, text = subject_line(message), body_text(message)
    assert "\n" not in line
    assert len(line) <= (70 if language == "ja" else 140)
    assert "n-1" in text


def test_lines_of_different_kinds_differ() -> None:
    lines = {subject_line(telling(kind, language)) for kind in NoticeKind for language in LANGUAGES}
    assert len(lines) == len(NoticeKind) * len(LANGUAGES)


def test_contact_check_carries_its_link_and_says_that_it_is_no_emergency() -> None:
    told = telling(NoticeKind.CONTACT_CHECK, "ja", links={"confirm": LINK})
    assert LINK in body_text(told).splitlines()
    assert "緊急事態ではありません" in body_text(told)
    assert LINK not in body_text(telling(NoticeKind.CONTACT_CHECK, "ja"))


def test_facts_are_said_on_the_clock_of_japan_and_long_lists_are_cut() -> None:
    codes = [f"K{number}" for number in range(12)]
    text = body_text(
        telling(
            NoticeKind.COVER_LOST,
            "ja",
            protocol_count=12,
            client_codes=codes,
            first_at="2026-12-28T13:00:00.000Z",
        )
    )
    assert "手順書の数: 12" in text
    assert "はじまり: 12月28日(月) 22:00（日本時間）" in text
    assert "K9 …" in text
    assert "K10" not in text


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("ja", ["原因: 当番がいない, 使える連絡先がない", "変わったこと: 当番表の変更"]),
        ("en", ["Cause: nobody is on duty, no contact point that works then", "Desks: d-1"]),
    ],
)
def test_lost_cover_says_why_where_and_by_what(language: Language, lines: list[str]) -> None:
    told = telling(
        NoticeKind.COVER_LOST,
        language,
        causes=["nobody_on_duty", "unreachable"],
        changes=[{"what": "roster_changed", "party_id": "d-1"}, {"what": "roster_changed"}, {}],
        desk_ids=["d-1"],
    )
    assert set(lines) <= set(body_text(told).splitlines())


@pytest.mark.parametrize("code", [*Change, *LeftOut, "no_accountable_desk"])
def test_every_change_and_cause_has_words(code: str) -> None:
    """A cause of the watch is one of the reasons why somebody is not asked."""
    told = telling(NoticeKind.COVER_LOST, "ja", causes=[code], changes=[{"what": code}])
    name = "変わったこと" if code in tuple(Change) else "原因"
    said = [line for line in body_text(told).splitlines() if line.startswith(name)]
    assert said
    assert code not in said[0]


def test_what_no_notice_may_say_is_left_out() -> None:
    told = telling(NoticeKind.COVER_LOST, "ja", name="佐藤 ハナ", incident_type="fall")
    assert dict(told.public_data) == {"notice_id": "n-1"}
    assert "佐藤" not in body_text(told)
