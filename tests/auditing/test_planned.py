"""Whatever is planned and does not happen is missed, by its name: the engine is silent."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from tests.auditing.conftest import Watched
from tests.engine.databases import rows
from tests.engine.town import asks


async def step(watched: Watched) -> str:
    """The first desk is asked."""
    return str((await watched.town.opened())["id"])


async def begin(watched: Watched) -> str:
    """A fault that is reported at 23:00 waits for the morning."""
    watched.node.clock.push(hours=11)
    return str((await watched.town.opened("low_battery"))["id"])


async def arrive(watched: Watched) -> str:
    """Somebody has promised to come."""
    incident = await step(watched)
    await watched.town.acted(incident, "acknowledge", "first_nurse")
    return incident


async def offer(watched: Watched) -> str:
    """Somebody is there, and has offered it to another."""
    incident = await there(watched)
    other = watched.town["second_nurse"]
    await watched.town.acted(incident, "hand_over", "first_nurse", to_party_id=other)
    return incident


async def asked(watched: Watched) -> str:
    """Who was asked is to be reminded before the step ends."""
    await watched.town.publish(asks("first", 600, remind_every_seconds=120))
    return await step(watched)


async def there(watched: Watched) -> str:
    """The holder is there, and has not said that it is over."""
    incident = await arrive(watched)
    await watched.town.acted(incident, "arrive", "first_nurse")
    return incident


async def page(watched: Watched) -> str:
    """All have been asked, and the last resort is asked on and on."""
    await watched.town.publish(asks("first", 60), accountable_remind_every_seconds=600)
    incident = await step(watched)
    await watched.node.engine.dispatcher.drain()
    await watched.node.pass_time(seconds=60)
    return incident


@pytest.mark.parametrize(
    ("what", "happens"),
    [
        ("step", step),
        ("begin", begin),
        ("arrive", arrive),
        ("offer", offer),
        ("remind", asked),
        ("remind", there),
        ("page", page),
    ],
    ids=["step", "begin", "arrive", "offer", "remind who was asked", "remind the holder", "page"],
)
async def test_everything_that_is_planned_is_missed(
    watched: Watched, what: str, happens: Callable[[Watched], Awaitable[str]]
) -> None:
    incident = await happens(watched)
    await watched.node.engine.dispatcher.drain()
    wake_at = (await watched.town.get(f"/v1/incidents/{incident}"))["wake_at"]
    due = datetime.fromisoformat(wake_at)
    clock = watched.node.clock
    clock.push(seconds=(due - clock()).total_seconds() + 30)
    await watched.look()
    assert await watched.faults() == set(), "that much lateness is no fault"
    clock.push(seconds=1)
    await watched.look()
    (fault,) = await rows(watched.place.url, "SELECT * FROM audit_fault WHERE ended_at IS NULL")
    assert (fault["incident_id"], fault["fault"]) == (incident, "overdue")
    assert fault["detail"] == f"{what} was due {wake_at}, and no entry tells of it"
