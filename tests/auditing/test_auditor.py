"""The auditor finds what has not happened, or is not what was written; and is silent otherwise."""

from prometheus_client import REGISTRY

from app.auditing.auditor import Auditor
from tests.auditing.conftest import Watched
from tests.engine.node import running_node
from tests.engine.town import asks


def told_to(watched: Watched, kind: str) -> list[tuple[str, str]]:
    return [(watched.town["municipality"], kind), (watched.town["operator"], kind)]


async def test_town_in_which_all_goes_well_is_left_in_peace(watched: Watched) -> None:
    """Incidents in every state, with time passing, watched all the while."""
    town, node = watched.town, watched.node
    opened = [await town.opened(dedup_key=str(number)) for number in range(12)]
    for number, one in enumerate(opened[:8]):
        id_ = str(one["id"])
        await town.acted(id_, "acknowledge", "first_nurse")
        if number > 2:
            await town.acted(id_, "arrive", "first_nurse")
        if number > 5:
            await town.acted(id_, "resolve", "first_nurse", outcome="client_safe")
    for _ in range(6):
        await node.pass_time(seconds=200)
        await watched.look()
    await node.pass_time(hours=1)
    await watched.look()
    assert await watched.faults() == set()
    assert await watched.notices() == []


async def test_scheduler_that_stands_still_is_found_and_told_once(watched: Watched) -> None:
    incident = await watched.town.opened()
    await watched.node.engine.dispatcher.drain()
    watched.node.clock.push(seconds=180 + 29)
    await watched.look()
    assert await watched.faults() == set(), "that much lateness is no fault"
    watched.node.clock.push(seconds=2)
    await watched.look(1)
    assert await watched.faults() == set(), "seen once it may be over"
    await watched.look(3)
    assert await watched.faults() == {(incident["id"], "overdue")}
    assert await watched.notices() == told_to(watched, "audit.fault")
    assert REGISTRY.get_sample_value("renrakumo_audit_faults", {"fault": "overdue"}) == 1


async def test_what_goes_on_again_is_told_to_be_over(watched: Watched) -> None:
    await watched.town.opened()
    await watched.node.engine.dispatcher.drain()
    watched.node.clock.push(seconds=300)
    await watched.look()
    await watched.node.round()
    await watched.look()
    assert await watched.faults() == set()
    told = told_to(watched, "audit.fault") + told_to(watched, "audit.cleared")
    assert sorted(await watched.notices()) == sorted(told)
    watched.node.clock.push(seconds=300)
    await watched.look()
    assert len(await watched.faults()) == 1, "it may happen again"


async def test_many_incidents_give_one_notice(watched: Watched) -> None:
    for number in range(30):
        await watched.town.opened(dedup_key=str(number))
    await watched.node.engine.dispatcher.drain()
    watched.node.clock.push(seconds=300)
    await watched.look()
    assert len(await watched.faults()) == 30
    assert await watched.notices() == told_to(watched, "audit.fault")


async def test_two_auditors_tell_once(watched: Watched) -> None:
    await watched.town.opened()
    await watched.node.engine.dispatcher.drain()
    clock = watched.node.clock
    if watched.node.installation.database.is_shared:
        async with running_node(watched.place.url, clock=clock, sends=False) as other:
            clock.push(seconds=300)
            second = Auditor(other.installation)
            await watched.look(1)
            for _ in range(3):
                assert await second.run_once() == 0, "the first one audits"
                await watched.look(1)
            # The first one dies.
            clock.push(seconds=31)
            for _ in range(3):
                assert await second.run_once() > 0
    else:
        clock.push(seconds=300)
        await watched.look()
        second = Auditor(watched.node.installation)
        await second.run_once()
        await second.run_once()
    assert await watched.notices() == told_to(watched, "audit.fault")


async def test_timer_that_was_put_off_by_hand_is_found_by_the_entries(watched: Watched) -> None:
    """Row and state agree, and the scheduler sees nothing: the protocol says otherwise."""
    await watched.town.publish(asks("first", 600), asks("second", 600))
    incident = await watched.town.opened()
    await watched.node.engine.dispatcher.drain()
    due = incident["wake_at"]
    later = due.replace("2026-", "2027-", 1)
    await watched.harm(
        incident,
        "UPDATE incident SET wake_at = wake_at + 31536000000,"
        " state = CAST(replace(CAST(state AS TEXT), '$due', '$later') AS $json) WHERE id = $one",
        due=due.replace("Z", "").rstrip("0").rstrip("."),
        later=later.replace("Z", "").rstrip("0").rstrip("."),
    )
    await watched.node.pass_time(seconds=700)
    await watched.look()
    assert (incident["id"], "overdue") in await watched.faults()


async def test_row_that_was_edited_is_found(watched: Watched) -> None:
    incident = await watched.town.opened()
    await watched.harm(incident, "UPDATE incident SET signal_count = 7 WHERE id = $one")
    await watched.look(1)
    assert await watched.faults() == {(incident["id"], "row")}
    assert await watched.notices() == told_to(watched, "audit.fault")


async def test_entry_that_was_edited_is_found(watched: Watched) -> None:
    incident = await watched.town.opened()
    await watched.harm(
        incident,
        "UPDATE ledger_entry SET leaf = CAST(replace($leaf, 'paged', 'noted') AS $bytes)"
        " WHERE incident_id = $one AND type = 'paged'",
    )
    await watched.look(1)
    assert (incident["id"], "row") in await watched.faults()


async def test_entry_that_was_edited_after_the_closing_is_found(watched: Watched) -> None:
    incident = await watched.town.opened()
    await watched.town.acted(str(incident["id"]), "acknowledge", "first_nurse")
    await watched.town.acted(str(incident["id"]), "resolve", "first_nurse", outcome="client_safe")
    await watched.harm(
        incident,
        "UPDATE ledger_entry SET leaf = CAST(replace($leaf, 'resolved', 'cancelled') AS $bytes)"
        " WHERE incident_id = $one AND type = 'closed'",
    )
    await watched.node.pass_time(seconds=61)
    await watched.look(1)
    assert (incident["id"], "row") in await watched.faults()


async def test_protocol_that_is_another_is_found(watched: Watched) -> None:
    """The version that was pinned is exchanged for a later one."""
    incident = await watched.town.opened()
    await watched.town.publish(asks("first", 600))
    await watched.harm(
        incident,
        "UPDATE incident SET protocol_version_id ="
        " (SELECT id FROM protocol_version WHERE number = 2 AND client_id IS NOT NULL)"
        " WHERE id = $one",
    )
    await watched.look(1)
    assert (incident["id"], "row") in await watched.faults()


async def test_protocol_that_was_broken_is_found(watched: Watched) -> None:
    incident = await watched.town.opened()
    await watched.harm(incident, "UPDATE protocol_version SET document = CAST('nothing' AS $bytes)")
    await watched.look(1)
    assert await watched.faults() == {(incident["id"], "row")}


async def test_page_without_a_message_is_found(watched: Watched) -> None:
    incident = await watched.town.opened()
    await watched.node.engine.dispatcher.drain()
    await watched.harm(
        incident,
        "DELETE FROM attempt WHERE delivery_id IN"
        " (SELECT id FROM delivery WHERE incident_id = $one)",
        "DELETE FROM delivery WHERE incident_id = $one",
    )
    await watched.look()
    assert await watched.faults() == {(incident["id"], "unsent")}


async def test_message_that_nobody_sends_is_found(watched: Watched) -> None:
    incident = await watched.town.opened()
    await watched.node.engine.dispatcher.drain()
    await watched.harm(
        incident,
        "UPDATE delivery SET status = 'pending', finished_at = NULL WHERE incident_id = $one",
    )
    watched.node.clock.push(seconds=61)
    await watched.look()
    assert (incident["id"], "unsent") in await watched.faults()


async def test_every_open_incident_has_its_turn(watched: Watched) -> None:
    """More than fit into a round, and the fault is in the last of them."""
    opened = [await watched.town.opened(dedup_key=str(number)) for number in range(90)]
    await watched.node.engine.dispatcher.drain()
    last = max(opened, key=lambda one: str(one["id"]))
    await watched.harm(last, "UPDATE incident SET signal_count = 7 WHERE id = $one")
    await watched.look(3)
    assert await watched.faults() == {(last["id"], "row")}
