"""Nothing is lost and nobody told twice, whatever dies when."""

import asyncio
from pathlib import Path

import pytest

from app.store.watch.lease import HELD_FOR, release_lease, take_lease
from app.watch.reading import Parties, rules_now
from app.watch.recheck import LeaseLost, recheck
from app.watch.watch import Watch
from tests.engine.databases import Place, number
from tests.engine.node import Node, running_node
from tests.engine.process import calling, running_program
from tests.engine.town import Town
from tests.peers.sink import Sink
from tests.watch.test_causes import close_desk, retire_contact_point
from tests.watch.told import Told, notices

TOLD_SECONDS = 60.0
UNTOLD = "SELECT count(*) FROM protocol_watch WHERE untold = 'lost'"
MARKS = "SELECT count(*) FROM cover_mark"


async def until_told(place: Place) -> list[str]:
    """Wait until somebody is told; the kinds of all notices."""
    found = await notices(place.url)
    async with asyncio.timeout(TOLD_SECONDS):
        while not found:
            await asyncio.sleep(0.05)
            found = await notices(place.url)
    return [one["kind"] for one in found]


async def test_change_before_a_kill_is_told_after_the_next_start(
    place: Place, sink: Sink, tmp_path: Path
) -> None:
    async with running_program(place.url, tmp_path) as program:
        async with calling(program) as http:
            town = place.town(http, sink)
            await town.get("/v1/protocols/problems")
            await wait_until_checked(place)
            await retire_contact_point(town)
        await program.kill()
        was_told = len(await notices(place.url))
        assert was_told or await number(place.url, MARKS)
        await program.start()
        await program.ready()
        assert await until_told(place) == ["cover.lost"]
        assert await wait_until_checked(place) == 0


async def rechecked(node: Node, town: Town, holder: str = "me", rules: str | None = None) -> int:
    """Look at the client's protocol again as a process does; whether it had to be proved."""
    async with node.installation.database.transaction() as tx:
        assert await take_lease(tx, holder, node.clock())
    watch_ids = [f"own:{town['client']}"]
    return await recheck(node.installation, holder, watch_ids, Parties(), rules or rules_now())


async def wait_until_checked(place: Place) -> int:
    """Wait until no mark is left; how many are."""
    left = await number(place.url, MARKS)
    async with asyncio.timeout(TOLD_SECONDS):
        while left:
            await asyncio.sleep(0.05)
            left = await number(place.url, MARKS)
    return left


async def test_crash_between_the_proof_and_the_telling_loses_no_news(
    told: Told, node: Node, place: Place, town: Town
) -> None:
    await close_desk(town)
    # All that a round does before it tells; then its process dies.
    assert await rechecked(node, town, "dead") == 1
    assert await number(place.url, UNTOLD) == 1
    assert await told.look() == []
    # Whoever takes over finds the mark, and what was found already.
    node.clock.push(seconds=HELD_FOR.total_seconds())
    data = await told.lost("desk_hours_changed")
    assert data["protocol_count"] == 1
    assert await number(place.url, MARKS) == 0


@pytest.mark.parametrize("is_done", [False, True], ids=["other watches", "other has watched"])
async def test_whoever_has_lost_the_lease_writes_nothing(
    told: Told, node: Node, place: Place, town: Town, *, is_done: bool
) -> None:
    await close_desk(town)
    watch_ids = [f"own:{town['client']}"]
    async with node.installation.database.transaction() as tx:
        assert await take_lease(tx, "frozen", node.clock())
        assert not await take_lease(tx, "other", node.clock())
        later = node.clock() + HELD_FOR
        assert await take_lease(tx, "other", later)
        if is_done:
            await release_lease(tx, "other")
    with pytest.raises(LeaseLost):
        await recheck(node.installation, "frozen", watch_ids, Parties(), rules_now())
    assert await number(place.url, UNTOLD) == 0
    assert await number(place.url, MARKS) > 0
    # While the other one watches, nobody else does.
    assert len(await told.look()) == is_done


async def test_two_nodes_that_find_one_change_tell_it_once(
    postgres_copy: Place, sink: Sink
) -> None:
    async with (
        running_node(postgres_copy.url) as one,
        running_node(postgres_copy.url, clock=one.clock) as other,
    ):
        town = postgres_copy.town(one.http, sink)
        told = Told(url=postgres_copy.url, node=one, town=town)
        await told.look()
        for desk_is_closed in (True, False, True):
            hours = ["08:30-17:15"] if desk_is_closed else "24h"
            path = f"/v1/parties/{town['first']}"
            await town.make(path, {"hours": hours}, method="PATCH")
            await asyncio.gather(
                *(node.engine.watch.run_once() for node in (one, other, one, other))
            )
            (notice,) = await told.look()
            assert notice["kind"] == ("cover.lost" if desk_is_closed else "cover.regained")


async def test_each_night_everything_is_looked_at_and_only_what_changed_is_proved(
    told: Told, node: Node, place: Place, town: Town
) -> None:
    watch: Watch = node.engine.watch
    everything = await number(place.url, "SELECT count(*) FROM protocol_watch")
    assert await watch.run_once() == 0
    node.clock.push(hours=24)
    assert await watch.run_once() == everything
    assert await watch.run_once() == 0
    assert await rechecked(node, town) == 0
    node.clock.push(days=40)
    assert await rechecked(node, town) == 1
    assert await told.look() == []


async def test_change_that_no_mark_tells_of_is_found_by_night(
    told: Told, node: Node, town: Town
) -> None:
    await close_desk(town)
    async with node.installation.database.transaction() as tx:
        await tx.execute("DELETE FROM cover_mark")
    assert await told.look() == []
    node.clock.push(hours=24)
    (notice,) = await told.look()
    assert (notice["kind"], notice["data"]["changes"]) == ("cover.lost", [])


async def test_rules_that_changed_with_a_release_prove_everything_again(
    told: Told, node: Node, town: Town
) -> None:
    assert await rechecked(node, town, rules="others") == 1
    assert await told.look() == []
