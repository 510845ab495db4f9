"""What a link refuses, and how it says so to people and to programs."""

import pytest

from app.database import CommitUnknownError, DatabaseUnavailable
from app.writer.batch import Command
from tests.pages.world import HTML, JSON, Town, pointers, without_names_marked


async def test_a_no_after_the_arrival_leads_to_the_hand_over(town: Town) -> None:
    incident = await town.report()
    first, second = await town.link(incident, "nurse"), await town.link(incident, "nurse2")
    await town.press(f"{first}/acknowledge")
    await town.press(f"{first}/arrive")
    response = await town.press(f"{first}/decline")
    assert response.status_code == 409
    assert "到着後は［引継ぎ］を使ってください。" in response.text
    assert "<summary>引継ぎ</summary>" in response.text
    # Who does not hold has nothing to hand over.
    other = await town.press(f"{second}/decline")
    assert "いまは、この操作はできません。" in other.text
    assert "引継ぎ" not in other.text


async def test_an_act_of_somebody_else_is_refused_and_the_page_says_who_holds(town: Town) -> None:
    incident = await town.report()
    first, second = await town.link(incident, "nurse"), await town.link(incident, "nurse2")
    await town.press(f"{first}/acknowledge")
    before = await town.everything()
    response = await town.press(f"{second}/arrive")
    assert response.status_code == 409
    assert "この操作は、対応責任者だけができます" in response.text
    assert (
        "すでに看護師 鈴木さん（みどり訪問看護）が対応しています（03:12）"
        in without_names_marked(response.text)
    )
    problem = await town.http.post(f"{second}/arrive", headers=JSON)
    assert problem.status_code == 409
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["holder"]["id"] == town["nurse"]
    assert problem.json()["incident_status"] == "acknowledged"
    assert await town.everything() == before


@pytest.mark.parametrize(
    "header", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}], ids=str
)
async def test_reading_ahead_cannot_act(town: Town, header: dict[str, str]) -> None:
    link = await town.link(await town.report(), "nurse")
    before = await town.everything()
    response = await town.http.post(f"{link}/acknowledge", headers=HTML | header)
    assert response.status_code == 403
    assert response.headers["content-type"].startswith("text/html")
    assert (await town.http.post(f"{link}/acknowledge", headers=JSON | header)).status_code == 403
    assert await town.everything() == before


@pytest.mark.parametrize(
    ("act", "fields", "sentence"),
    [
        ("resolve", {"note": "たしかに無事"}, "結果を選んでください。"),
        ("resolve", {"outcome": "fine", "note": "たしかに無事"}, "結果を選んでください。"),
        ("hand_over", {"reason": "たしかに無事"}, "引継ぎ先を選んでください。"),
        ("hand_over", {"to_party_id": "nobody"}, "引継ぎ先を選んでください。"),
        ("note", {}, "内容を書いてください"),
        ("en_route", {"eta_time": "03:00"}, "到着予定の時刻を確かめてください。"),
        ("cancel", {"reason": "x" * 4001}, "4000文字までで書いてください。"),
        ("arrive", {"speed": "fast"}, "入力を確かめてください。"),
    ],
    ids=range(8),
)
async def test_a_wrong_form_comes_back_with_a_sentence_and_what_was_written(
    town: Town, act: str, fields: dict[str, str], sentence: str
) -> None:
    link = await town.link(await town.report(), "nurse")
    await town.press(f"{link}/acknowledge")
    before = await town.everything()
    response = await town.press(f"{link}/{act}", **fields)
    assert response.status_code == 422
    assert f'role="alert">{sentence}' in response.text
    if "たしかに無事" in fields.values():
        assert "たしかに無事</textarea>" in response.text
    assert await town.everything() == before


@pytest.mark.parametrize(
    ("act", "body", "pointer"),
    [
        ("acknowledge", {"unknown": 1}, "/unknown"),
        ("acknowledge", {"party_id": "somebody"}, "/party_id"),
        ("resolve", {}, "/outcome"),
        ("note", {"text": "a\x00"}, "/text"),
        ("en_route", {"eta": "03:40"}, "/eta"),
        ("hand_over", {"to_party_id": "nobody"}, "/to_party_id"),
    ],
    ids=range(6),
)
async def test_a_wrong_request_names_its_fields(
    town: Town, act: str, body: dict[str, object], pointer: str
) -> None:
    link = await town.link(await town.report(), "nurse")
    response = await town.http.post(f"{link}/{act}", json=body, headers=JSON)
    assert response.status_code == 422
    assert pointers(response) == [pointer]


async def test_an_organisation_is_nobody_to_hand_over_to(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    await town.press(f"{link}/acknowledge")
    response = await town.press(f"{link}/hand_over", to_party_id=town["centre"])
    assert response.status_code == 422


@pytest.mark.parametrize(
    "path", ["/r/x", "/r/" + "A" * 43, "/r/" + "A" * 43 + "/acknowledge", "/r/%00"], ids=str
)
async def test_an_unknown_link_is_404_for_people_and_for_programs(town: Town, path: str) -> None:
    page = await town.http.get(path, headers=HTML)
    assert page.status_code == 404
    assert "このページはありません" in page.text
    problem = await town.http.get(path, headers=JSON)
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"


async def test_an_unknown_act_is_404(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    for act in ("destroy", "Acknowledge", ""):
        assert (await town.press(f"{link}/{act}")).status_code in {404, 405, 307}
    assert (await town.http.post(link, headers=JSON)).status_code == 405


async def test_a_body_that_is_too_large_is_413(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    response = await town.press(f"{link}/decline", reason="x" * 300_000)
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (DatabaseUnavailable("away"), 503, "もう一度押してください"),
        (CommitUnknownError("lost"), 503, "もう一度押してください"),
        (RuntimeError("secret of 佐藤ハナ"), 500, "もう一度リンクを開いてください"),
    ],
    ids=["away", "lost", "unexpected"],
)
async def test_what_fails_here_is_told_in_words_and_never_as_done(
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    sentence: str,
) -> None:
    link = await town.link(await town.report(), "nurse")

    async def fail(_command: Command) -> object:
        raise error

    monkeypatch.setattr(town.engine, "submit", fail)
    for response in (
        await town.http.get(link, headers=HTML),
        await town.press(f"{link}/acknowledge"),
    ):
        assert response.status_code == status
        assert sentence in response.text
        assert "佐藤" not in response.text
        assert ("retry-after" in response.headers) == (status == 503)
    problem = await town.http.post(f"{link}/acknowledge", headers=JSON)
    assert problem.status_code == status
    assert problem.headers["content-type"] == "application/problem+json"
