"""Who is asked next: never the reader by their own name, as if it were somebody else."""

from dataclasses import replace

import pytest

from app.protocols.kinds import Language
from tests.pages import views
from tests.pages.views import render
from tests.pages.world import Town, build_town, publish

ALONE = "次に連絡できる人がほかにいません。何もしない場合、あと"
AGAIN = "で、もう一度あなたに連絡します（03:15）。"


async def test_a_nurse_who_is_alone_reads_that_she_is_asked_again(town: Town) -> None:
    await publish(town, [{"person": town["nurse"], "ack_within_seconds": 180}])
    incident = await town.report()
    page = await town.see(await town.link(incident, "nurse"))
    assert ALONE in page
    assert AGAIN in page
    assert "鈴木さん" not in page
    english = await town.see(await town.link(incident, "nurse"), "en")
    assert "There is nobody else to ask next." in english
    assert "you will be asked again" in english
    assert "鈴木 (" not in english


async def test_in_the_last_round_the_accountable_desk_is_next(town: Town) -> None:
    await publish(town, [{"person": town["nurse"], "ack_within_seconds": 180}])
    incident = await town.report()
    await town.act(f"{await town.link(incident, 'nurse')}/escalate")
    page = await town.see(await town.link(incident, "nurse"))
    assert "で夜間窓口（みどり包括支援センター）へ連絡します" in page
    assert "もう一度" not in page


async def test_colleagues_who_are_asked_too_are_named_beside_her(town: Town) -> None:
    incident = await town.report()
    page = await town.see(await town.link(incident, "nurse"))
    assert "で、もう一度あなたと看護師 高橋さん（みどり訪問看護）へ連絡します" in page
    assert "鈴木さん" not in page


async def test_a_desk_that_she_answers_alone_is_nobody_else(empty_town: Town) -> None:
    town = await build_town(empty_town, desk_phone=True)
    await town.api("PATCH", f"/v1/parties/{town['nurse2']}", {"retired": True})
    incident = await town.report()
    for party in ("nurse", "night"):
        page = await town.see(await town.link(incident, party))
        assert ALONE in page
        assert "鈴木さん" not in page
        # The desk's own phone is hers.
        assert "ほかに連絡している人" not in page


async def test_a_desks_phone_names_those_who_are_asked_on_their_own(empty_town: Town) -> None:
    town = await build_town(empty_town, desk_phone=True)
    page = await town.see(await town.link(await town.report(), "night"))
    assert "もう一度あなたと看護師 鈴木さん（みどり訪問看護）、看護師 高橋さん" in page


async def test_who_answers_the_accountable_desk_alone_is_nobody_else(town: Town) -> None:
    await publish(town, [{"person": town["centre_worker"], "ack_within_seconds": 180}])
    incident = await town.report()
    await town.act(f"{await town.link(incident, 'centre_worker')}/escalate")
    page = await town.see(await town.link(incident, "centre_worker"))
    assert ALONE in page
    assert "夜間窓口（みどり包括支援センター）へ連絡します" not in page


@pytest.mark.parametrize(
    ("language", "with_others", "alone"),
    [
        (
            "ja",
            "まもなく、もう一度あなたと伊藤さん（包括支援センター）へ連絡します。",
            "まもなく、もう一度あなたに連絡します。",
        ),
        (
            "en",
            "asked again at any moment, and 伊藤 (包括支援センター) too.",
            "You will be asked again at any moment.",
        ),
    ],
    ids=["ja", "en"],
)
def test_when_the_step_is_over_it_is_said_without_a_countdown(
    language: Language, with_others: str, alone: str
) -> None:
    over = replace(views.ASKED, due_at=views.NOW, is_next=True)
    assert with_others in render(over, language=language)
    assert alone in render(replace(over, next_asked=()), language=language)
    # While it counts, the sentence for the end is there for the script.
    counting = replace(views.ASKED, is_next=True, next_asked=())
    assert alone in render(counting, language=language).partition('data-done="')[2]
