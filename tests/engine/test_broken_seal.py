"""What no longer opens in the database harms what it is about, and nobody else."""

import pytest
from structlog.testing import capture_logs

from tests.engine.databases import Place, rows
from tests.engine.node import Node, running_node
from tests.engine.test_dispatch import kinds
from tests.peers.sink import Answer, Sink

ADDRESS = "UPDATE contact_point SET address = $2 WHERE party_id = $1"
DATA_KEY = "UPDATE data_key SET wrapped = $2 WHERE subject_id = $1"
MESSAGE = "UPDATE delivery SET message = $2 WHERE id = $1"


async def break_seal(node: Node, sql: str, id_: str) -> None:
    """Put what nobody sealed in the place of what was."""
    async with node.installation.database.transaction() as tx:
        await tx.execute(sql, id_, bytes(64))


@pytest.mark.parametrize("broken", [ADDRESS, DATA_KEY], ids=["address", "data key"])
async def test_person_whose_address_does_not_open_is_passed_over_at_once(
    place: Place, sink: Sink, broken: str
) -> None:
    async with running_node(place.url) as node:
        town = place.town(node.http, sink)
        await break_seal(node, broken, town["first_nurse"])
        with capture_logs() as logs:
            await town.opened()
            await node.engine.dispatcher.drain()
        assert [one["row"] for one in logs if one["event"] == "seal_broken"]
        assert kinds(sink.to("/second_nurse")) == ["paged"]


async def test_message_that_does_not_open_holds_up_no_other(place: Place, sink: Sink) -> None:
    async with running_node(place.url) as node:
        town = place.town(node.http, sink)
        sink.plan("/first_nurse", Answer(status=503), Answer(status=503), Answer())
        first, second = await town.opened(), await town.opened()
        await node.engine.dispatcher.drain()
        (broken,) = await rows(
            place.url,
            f"SELECT id FROM delivery WHERE incident_id = '{first['id']}'",  # noqa: S608
        )
        await break_seal(node, MESSAGE, broken["id"])
        with capture_logs() as logs:
            await node.pass_time(seconds=3)
        told = [(one["place"], one["row"]) for one in logs if one["event"] == "seal_broken"]
        assert told[0] == ("delivery.message", broken["id"])
        last = sink.to("/first_nurse")[-1].json["data"]["incident_id"]
        assert (len(sink.to("/first_nurse")), last) == (3, second["id"])
