"""The check finds what is wrong: otherwise it would prove nothing."""

import pytest

from tests.engine.checking import check_everything
from tests.engine.databases import Place
from tests.engine.node import Node, running_node
from tests.peers.sink import Answer, Sink

SEND_TWICE = (
    "INSERT INTO attempt (delivery_id, at, duration_ms, result)"
    " SELECT delivery_id, at, 0, 'sent' FROM attempt;"
    "UPDATE delivery SET attempts = attempts * 2"
)
# What is done to a sound database, and what the check says of it.
TAMPERED = {
    "another holder": (
        "UPDATE incident SET holder_id = (SELECT id FROM party WHERE name = 'third')",
        "holder is",
    ),
    "another status": ("UPDATE incident SET status = 'arrived'", "status is arrived"),
    "another count": ("UPDATE incident SET signal_count = 7", "signal_count is 7"),
    "another step": ("UPDATE incident SET step = 9", "step is 9"),
    "another version": ("UPDATE incident SET version = 99", "the state says otherwise"),
    "another timer": ("UPDATE incident SET wake_at = wake_at + 1", "the state says otherwise"),
    "a longer chain": ("UPDATE incident SET ledger_seq = ledger_seq + 1", "seq is"),
    "a disclosure gone": ("DELETE FROM ledger_disclosure WHERE name = 'party'", "does not open"),
    "a page gone": ("UPDATE delivery SET page_id = NULL", "without a delivery"),
    "a message gone": (
        "DELETE FROM attempt; DELETE FROM delivery WHERE kind = 'paged'",
        "0 messages",
    ),
    "an attempt gone": ("DELETE FROM attempt", "0 are recorded"),
    "a message sent twice": (SEND_TWICE, "was tried again after its end"),
    "a message that waits though it was sent": (
        "UPDATE delivery SET status = 'pending', finished_at = NULL",
        "is pending after",
    ),
    "a lease that nobody ends": ("UPDATE delivery SET leased_until = 1", "still leased"),
    "an entry gone": (
        "DROP TRIGGER {guard}; DELETE FROM ledger_entry WHERE type = 'sent'",
        "R1",
    ),
    "another column": (
        "DROP TRIGGER {guard}; UPDATE ledger_entry SET step = 5 WHERE type = 'paged'",
        "is projected as",
    ),
}


@pytest.fixture
async def told(sqlite_copy: Place, sink: Sink) -> Place:
    """An incident in its second step, all of whose messages have been sent."""
    async with running_node(sqlite_copy.url) as node:
        await sqlite_copy.town(node.http, sink).opened()
        await node.pass_time(seconds=180)
    await check_everything(sqlite_copy.url)
    return sqlite_copy


@pytest.mark.parametrize("name", TAMPERED)
async def test_what_was_tampered_with_is_found(told: Place, name: str) -> None:
    statement, sentence = TAMPERED[name]
    async with running_node(told.url) as node:
        await tamper(node, statement)
    with pytest.raises(AssertionError, match=sentence):
        await check_everything(told.url)


async def test_incident_without_messages_is_found(sqlite_copy: Place, sink: Sink) -> None:
    sink.plan("/first_nurse", Answer(status=503))
    async with running_node(sqlite_copy.url) as node:
        await sqlite_copy.town(node.http, sink).opened()
        await node.engine.dispatcher.drain()
        await check_everything(sqlite_copy.url)
        await tamper(node, "UPDATE delivery SET attempts = 9")
    with pytest.raises(AssertionError, match="counts 9 attempts, 1 are recorded"):
        await check_everything(sqlite_copy.url)


async def tamper(node: Node, statements: str) -> None:
    async with node.installation.database.transaction() as tx:
        for statement in statements.split(";"):
            if "{guard}" not in statement:
                await tx.execute(statement)
                continue
            for row in await tx.fetch("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                await tx.execute(statement.format(guard=row["name"]))
