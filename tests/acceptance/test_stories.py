"""Incidents, told as the people in them see them."""

from tests.engine.town import asks
from tests.peers.sink import Answer
from tests.world import World


async def test_nobody_answers_and_it_never_ends(world: World) -> None:
    await world.report("fall")
    for nurse in ("/first_nurse", "/second_nurse", "/third_nurse", "/office_nurse"):
        await world.sink.expects_page(nurse)
        await world.sink.expects_silence()
        await world.pass_time(seconds=180 if nurse != "/office_nurse" else 60)
    assert (await world.incident())["exhausted"]
    await world.sink.expects("/office_nurse", "reminded")
    for seconds in (120, 240, 480, 600, 600, 600):
        await world.pass_time(seconds=seconds - 1)
        await world.sink.expects_silence()
        await world.pass_time(seconds=1)
        await world.sink.expects("/office_nurse", "reminded")
    await world.is_held_by("office", status="triggered")
    await world.was_held_by(
        ("first", "reported"),
        ("second", "escalated"),
        ("third", "escalated"),
        ("office", "exhausted"),
    )


async def test_nurse_goes_arrives_and_closes(world: World) -> None:
    await world.report("fall")
    page = await world.sink.expects_page("/first_nurse")
    assert page["due_at"] == "2026-11-20T03:03:00.000Z"
    await world.pass_time(seconds=100)
    answer = await world.answers("/first_nurse", "acknowledge")
    assert (answer["result"], answer["status"]) == ("applied", "acknowledged")
    await world.answers("/first_nurse", "en_route")
    await world.pass_time(minutes=20)
    await world.answers("/first_nurse", "arrive")
    await world.pass_time(hours=4)
    await world.sink.expects("/first_nurse", "reminded")
    await world.answers("/first_nurse", "resolve", outcome="client_safe")
    await world.pass_time(days=1)
    await world.sink.expects_silence()
    await world.was_held_by(("first", "reported"), ("first_nurse", "acknowledged"))
    assert (await world.incident())["status"] == "resolved"


async def test_late_yes_is_welcome_and_stands_the_others_down(world: World) -> None:
    await world.report("fall")
    await world.sink.expects_page("/first_nurse")
    await world.pass_time(seconds=180)
    await world.sink.expects_page("/second_nurse")
    await world.answers("/first_nurse", "acknowledge")
    await world.sink.expects("/second_nurse", "stood_down")
    assert (await world.answers("/second_nurse", "acknowledge"))["result"] == "joined"
    await world.is_held_by("first_nurse", status="acknowledged")


async def test_no_asks_the_next_at_once(world: World) -> None:
    await world.report("fall")
    await world.sink.expects_page("/first_nurse")
    await world.pass_time(seconds=5)
    await world.answers("/first_nurse", "decline", reason="運転中")
    await world.sink.expects_page("/second_nurse")
    await world.is_held_by("second")
    await world.was_held_by(("first", "reported"), ("second", "declined"))


async def test_phone_that_is_gone_asks_the_next_at_once(world: World) -> None:
    world.sink.peer.plan("/first_nurse", Answer(status=410))
    await world.report("fall")
    await world.sink.expects_page("/second_nurse")
    # At the instant of the report: the first desk held for no time at all.
    await world.was_held_by(("second", "unreachable"))


async def test_who_does_not_arrive_loses_it_and_everybody_is_asked_anew(world: World) -> None:
    await world.report("fall")
    await world.sink.expects_page("/first_nurse")
    await world.pass_time(seconds=10)
    await world.answers("/first_nurse", "acknowledge")
    await world.pass_time(seconds=1799)
    await world.is_held_by("first_nurse")
    await world.pass_time(seconds=1)
    await world.sink.expects_page("/first_nurse")
    await world.is_held_by("first", status="triggered")
    await world.pass_time(seconds=180)
    await world.sink.expects_page("/second_nurse")
    await world.was_held_by(
        ("first", "reported"),
        ("first_nurse", "acknowledged"),
        ("first", "lapsed"),
        ("second", "escalated"),
    )


async def test_hand_over_passes_when_it_is_accepted_and_not_before(world: World) -> None:
    await world.report("fall")
    await world.sink.expects_page("/first_nurse")
    await world.answers("/first_nurse", "acknowledge")
    to = world.town["third_nurse"]
    await world.answers("/first_nurse", "hand_over", to_party_id=to)
    await world.sink.expects("/third_nurse", "offered")
    await world.pass_time(seconds=299)
    await world.is_held_by("first_nurse")
    await world.answers("/third_nurse", "accept")
    await world.is_held_by("third_nurse", status="acknowledged")
    await world.sink.expects("/first_nurse", "stood_down")


async def test_offer_that_nobody_takes_ends_and_the_holder_hears_of_it(world: World) -> None:
    await world.report("fall")
    await world.sink.expects_page("/first_nurse")
    await world.answers("/first_nurse", "acknowledge")
    await world.answers("/first_nurse", "hand_over", to_party_id=world.town["third_nurse"])
    await world.sink.expects("/third_nurse", "offered")
    await world.pass_time(seconds=300)
    await world.sink.expects("/first_nurse", "informed")
    assert (await world.posts("/third_nurse", "accept")).status_code == 409
    await world.is_held_by("first_nurse")


async def test_looking_at_every_link_changes_nothing(world: World) -> None:
    await world.report("fall")
    page = await world.sink.expects_page("/first_nurse")
    before = await world.town.get(f"/v1/incidents/{world.incident_id}/entries")
    for link in page["links"].values():
        for method in ("GET", "HEAD"):
            response = await world.node.http.request(method, world.node.path(link))
            assert response.status_code == 200
    assert await world.town.get(f"/v1/incidents/{world.incident_id}/entries") == before
    await world.pass_time(seconds=180)
    await world.sink.expects_page("/second_nurse")


async def test_reporter_takes_back_what_nobody_has_taken(world: World) -> None:
    await world.report("fall")
    await world.sink.expects_page("/first_nurse")
    await world.town.acted(world.incident_id, "cancel", reason="誤操作")
    await world.sink.expects("/first_nurse", "closed")
    await world.pass_time(hours=1)
    await world.sink.expects_silence()
    assert (await world.incident())["status"] == "cancelled"


async def test_second_round_asks_everybody_again(world: World) -> None:
    await world.town.publish(asks("first", 60), asks("second", 60), rounds=2)
    await world.report("fall")
    await world.sink.expects_page("/first_nurse")
    await world.answers("/first_nurse", "decline")
    for nurse in ("/second_nurse", "/first_nurse", "/second_nurse", "/office_nurse"):
        await world.sink.expects_page(nurse)
        await world.sink.expects_silence()
        await world.pass_time(seconds=60 if nurse != "/office_nurse" else 0)
    assert (await world.incident())["round"] == 2
