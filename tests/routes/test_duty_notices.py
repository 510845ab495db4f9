"""Who is told of absences and substitutions: in the transaction that records them."""

import pytest
from sqlmodel import Session, select

from app.models.incident import DeliveryRow
from app.models.notice import NoticeRow
from tests.routes.duty_desk import NURSES, DutyDesk, open_duty_desk
from tests.routes.world import Api, Json, World

FIRST, SECOND = NURSES[:2]


@pytest.fixture
async def desk(api: Api, world: World) -> DutyDesk:
    """Three nurses with inboxes, and the provider with one too."""
    made = await open_duty_desk(api, world)
    for party in (made[FIRST], made[SECOND], world["provider"]):
        await api.make(f"/v1/parties/{party}/contact-points", {"channel": "inbox"})
    await made.open_roster({"shifts": [made.shift(FIRST, 1, 2)]})
    return made


async def told(desk: DutyDesk) -> list[tuple[str, str, Json]]:
    """Whom, of what, with what; each has a message for every contact point."""

    def look(session: Session) -> list[tuple[str, str, Json]]:
        notices = session.exec(select(NoticeRow).order_by(NoticeRow.id)).all()
        for one in notices:
            sent = select(DeliveryRow).where(DeliveryRow.notice_id == one.id)
            assert len(session.exec(sent).all()) >= 1
        return [(one.party_id, one.kind, one.data) for one in notices]

    return await desk.api.installation.database.read(look)


async def away(desk: DutyDesk, query: str = "", **more: object) -> Json:
    path = f"/v1/parties/{desk[FIRST]}/absences{query}"
    response = await desk.api.call("POST", path, {**desk.hours(1, 2), **more})
    assert response.status_code in {200, 201}, response.text
    made: Json = response.json()
    return made


async def test_organisation_is_told_of_duty_that_nobody_covers(
    desk: DutyDesk, world: World
) -> None:
    made = await away(desk)
    times = desk.hours(1, 2)
    assert await told(desk) == [
        (
            world["provider"],
            "duty.uncovered",
            {
                "desk_id": made["desks"][0]["desk_id"],
                "party_id": desk[FIRST],
                "from": times["from"],
                "until": times["to"],
            },
        )
    ]


async def test_nobody_is_told_of_a_trial_or_of_duty_that_others_cover(desk: DutyDesk) -> None:
    await away(desk, "?dry_run=true")
    await away(desk, "?dry_run=true", substitute_id=desk[SECOND])
    shift = desk.shift(SECOND, 1, 2)
    roster = await desk.get()
    document = roster["document"] | {"shifts": [*roster["document"]["shifts"], shift]}
    response = await desk.api.call("PUT", f"/v1/rosters/{roster['id']}", {"document": document})
    assert response.status_code in {200, 201}, response.text
    await away(desk)
    assert await told(desk) == []


async def test_colleague_who_is_asked_twice_by_a_second_tap_is_asked_once(desk: DutyDesk) -> None:
    first = await away(desk, substitute_id=desk[SECOND])
    again = await away(desk, substitute_id=desk[SECOND])
    assert again["desks"][0]["substitution"] == first["desks"][0]["substitution"]
    assert len(await told(desk)) == 1


@pytest.mark.parametrize(
    ("reply", "by", "to"),
    [("accept", SECOND, FIRST), ("decline", SECOND, FIRST), ("withdraw", FIRST, SECOND)],
)
async def test_colleague_is_asked_and_the_other_one_hears_the_answer(
    desk: DutyDesk, reply: str, by: str, to: str
) -> None:
    made = await away(desk, substitute_id=desk[SECOND])
    request = made["desks"][0]["substitution"]
    ((party, kind, data),) = await told(desk)
    assert (party, kind) == (desk[SECOND], "duty.requested")
    assert data["request_id"] == request["id"]
    assert data["answer_by"] == request["lapses_at"]
    path = f"/v1/parties/{desk[by]}/substitutions/{request['id']}/{reply}"
    assert (await desk.post(path)).status_code == 200
    _, (party, kind, data) = await told(desk)
    assert (party, kind) == (desk[to], "duty.answered")
    answers = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}
    assert (data["request_id"], data["answer"]) == (request["id"], answers[reply])


async def test_organisation_hears_that_duty_that_nobody_covered_is_done_after_all(
    desk: DutyDesk, world: World
) -> None:
    await away(desk)
    path = f"/v1/parties/{desk[FIRST]}/absences/withdraw"
    assert (await desk.post(path, **desk.hours(1, 2))).status_code == 200
    _, (party, kind, data) = await told(desk)
    assert (party, kind) == (world["provider"], "duty.resumed")
    assert (data["party_id"], data["from"]) == (desk[FIRST], desk.hours(1, 2)["from"])
