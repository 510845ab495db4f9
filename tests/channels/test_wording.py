import unicodedata
from dataclasses import replace
from itertools import product

import pytest

from app.channels.channel import MESSAGE_TYPES
from app.channels.wording import body_text, subject_line
from app.escalation.decision import MessageKind
from app.protocols.kinds import IncidentType, Language, Severity, label
from tests.channels.messages import DATA, LINK, PAGE, saying

LANGUAGES: tuple[Language, ...] = ("ja", "en")


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("paged", "【緊急】転倒・転落 03:12 みどり町 利用者#K7QX2 対応してください"),
        ("reminded", "【再連絡】転倒・転落 03:12 みどり町 利用者#K7QX2 返事をしてください"),
        ("offered", "【引継ぎ】転倒・転落 03:12 みどり町 利用者#K7QX2 引き受けられますか"),
        ("informed", "【お知らせ】転倒・転落 03:12 みどり町 利用者#K7QX2 担当者に連絡しています"),
        ("stood_down", "【対応不要】転倒・転落 03:12 みどり町 利用者#K7QX2 ほかの人が対応します"),
        ("closed", "【終了】転倒・転落 03:12 みどり町 利用者#K7QX2 対応は終わりました"),
        ("alarm", "【警報】転倒・転落 03:12 みどり町 利用者#K7QX2 引き受けた人がいません"),
    ],
)
def test_line_says_what_when_where_and_what_to_do(kind: str, line: str) -> None:
    assert subject_line(saying(kind)) == line


def test_alarm_of_a_lost_responder_says_that_somebody_is_there() -> None:
    lost = saying("alarm")
    lost = replace(lost, data={**lost.data, "reason": "unreachable"})
    assert "対応者に連絡がつきません" in subject_line(lost)
    assert "到着した対応者" in body_text(lost)
    assert "the responder cannot be reached" in subject_line(replace(lost, language="en"))


def test_page_in_full() -> None:
    assert body_text(PAGE) == (
        "対応できるかどうか、返事をしてください。\n"
        "\n"
        "種別: 転倒・転落\n"
        "重要度: 高\n"
        "時刻: 11月24日(火) 03:12（日本時間）\n"
        "町名: みどり町\n"
        "利用者コード: K7QX2\n"
        "返事の期限: 11月24日(火) 03:15（日本時間）\n"
        "事案番号: 0193571a-0000-7000-8000-000000000001\n"
        "\n"
        "返事はこちら:\n"
        f"{LINK}\n"
        "リンクを開いただけでは、返事をしたことになりません。"
        "開いたページのボタンを押してください。\n"
    )


def test_page_in_english() -> None:
    english = replace(PAGE, language="en")
    assert subject_line(english) == "[URGENT] Fall 03:12 みどり町 client K7QX2: please respond"
    assert body_text(english) == (
        "Please answer whether you can go.\n"
        "\n"
        "Type: Fall\n"
        "Severity: High\n"
        "Time: 2026-11-24 03:12 (Japan time)\n"
        "Town: みどり町\n"
        "Client code: K7QX2\n"
        "Answer by: 2026-11-24 03:15 (Japan time)\n"
        "Incident: 0193571a-0000-7000-8000-000000000001\n"
        "\n"
        "Answer here:\n"
        f"{LINK}\n"
        "Opening the link answers nothing yet. Press a button on the page.\n"
    )


@pytest.mark.parametrize(
    ("kind", "asks"),
    [
        ("paged", True),
        ("reminded", True),
        ("offered", True),
        ("informed", False),
        ("stood_down", False),
        ("closed", False),
        ("alarm", False),
    ],
)
def test_only_those_who_are_asked_are_told_to_answer(kind: str, *, asks: bool) -> None:
    text = body_text(saying(kind))
    assert ("リンクを開いただけでは" in text) is asks
    assert ("返事の期限" in text) is asks
    assert LINK in text


@pytest.mark.parametrize(
    ("severity", "mark"),
    [
        ("critical", "【緊急】"),
        ("high", "【緊急】"),
        ("medium", "【呼出】"),  # not every page should frighten
        ("low", "【呼出】"),
        ("none", "【呼出】"),
    ],
)
def test_page_is_urgent_when_it_is(severity: str, mark: str) -> None:
    assert subject_line(saying("paged", severity=severity)).startswith(mark)


@pytest.mark.parametrize("incident_type", IncidentType)
def test_danger_to_life_says_that_nobody_calls_119_for_you(incident_type: IncidentType) -> None:
    dangerous = incident_type in {"fire_smoke", "sudden_change", "gas_co"}
    text = body_text(saying("paged", incident_type=incident_type.value))
    assert ("119番への通報は自動では行われません" in text) is dangerous
    assert "119" not in body_text(saying("closed", incident_type=incident_type.value))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", MessageKind)
def test_drill_is_marked_in_line_and_text(language: Language, kind: MessageKind) -> None:
    mark, sentence = {"ja": ("【訓練】", "訓練"), "en": ("[DRILL] ", "exercise")}[language]
    drill = replace(saying(kind, drill=True), language=language)
    real = replace(saying(kind, drill=False), language=language)
    assert subject_line(drill) == mark + subject_line(real)
    assert sentence in body_text(drill).splitlines()[0]
    assert sentence not in body_text(real)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message_type", MESSAGE_TYPES)
@pytest.mark.parametrize("incident_type", IncidentType)
def test_line_fits_one_short_message(
    language: Language, message_type: str, incident_type: IncidentType
) -> None:
    longest = {"drill": True, "town": "町" * 40, "client_code": "W" * 16}
    message = replace(
        PAGE,
        type=message_type,
        language=language,
        data={**DATA, **longest, "incident_type": incident_type.value},
    )
    line = subject_line(message)
    assert len(line) <= 70 if language == "ja" else _width(line) <= 70
    # What is cut is the town, never the code or what to do.
    assert "W" * 16 in line
    assert line.endswith(_ending(message_type, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_those_of_the_codes(language: Language) -> None:
    for incident_type, severity in product(IncidentType, Severity):
        told = saying("paged", incident_type=incident_type.value, severity=severity.value)
        text = body_text(replace(told, language=language))
        assert label(incident_type, language) in text
        assert label(severity, language) in text


def test_message_without_particulars_still_says_what_to_do() -> None:
    bare = replace(PAGE, data={})
    assert subject_line(bare) == "【呼出】対応してください"
    assert body_text(bare) == "対応できるかどうか、返事をしてください。\n"
    assert subject_line(replace(bare, language="en")) == "[PAGE] please respond"


@pytest.mark.parametrize(
    "data",
    [
        {"opened_at": "yesterday"},
        {"opened_at": None},
        {"opened_at": 17},
        {"opened_at": "2026-11-23T18:12:00"},  # whose time?
        {"opened_at": "9999-12-31T23:59:59Z"},  # beyond the calendar in Japan
    ],
)
def test_time_that_cannot_be_read_is_left_out(data: dict[str, object]) -> None:
    assert subject_line(saying("paged", **data)) == (
        "【緊急】転倒・転落 みどり町 利用者#K7QX2 対応してください"
    )


@pytest.mark.parametrize(
    "town",
    [
        "み\r\nどり町",
        "み\u2028どり町",  # line separator
        "み\u202eどり町",  # right to left from here
        "み\u200bどり町",  # no width
        "み\x00どり町",
        " みどり町\n",
    ],
)
def test_text_of_others_stays_on_its_line(town: str) -> None:
    assert subject_line(saying("paged", town=town)) == subject_line(PAGE)
    assert body_text(saying("paged", town=town)) == body_text(PAGE)


def test_unknown_code_is_shown_as_it_is() -> None:
    assert "meteorite" in subject_line(saying("paged", incident_type="meteorite"))


def _width(text: str) -> float:
    """In full-width characters, as a short message is counted in Japan."""
    return sum(1.0 if unicodedata.east_asian_width(one) in "WFA" else 0.5 for one in text)


def _ending(message_type: str, language: Language) -> str:
    bare = replace(PAGE, type=message_type, language=language, data={})
    return subject_line(bare).rpartition("】" if language == "ja" else "] ")[2]
