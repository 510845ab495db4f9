"""An administrator rewrites a whole chain, hashes and all; the protocol still tells."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from app.auditing.faults import Fault
from app.database.opening import sqlite_path
from app.ledger.entry import Leaf, leaf_bytes, leaf_hash, parse_leaf
from app.ledger.words import EntryType
from tests.auditing.conftest import Watched
from tests.engine.databases import rows


async def forge(watched: Watched, incident: str, change: Callable[[Leaf], Leaf]) -> None:
    """Change entries, and make every hash and the row's end of the chain anew."""
    sql = f"SELECT leaf FROM ledger_entry WHERE incident_id = '{incident}' ORDER BY seq"  # noqa: S608
    leaves = [parse_leaf(bytes(row["leaf"])) for row in await rows(watched.place.url, sql)]
    statements, head = [], None
    for seq, leaf in enumerate(leaves):
        data = leaf_bytes(replace(change(leaf), prev=head))
        head = leaf_hash(data)
        statements.append(
            f"UPDATE ledger_entry SET leaf = CAST('{data.decode()}' AS $bytes),"  # noqa: S608
            f" leaf_hash = {literal(watched, head)} WHERE incident_id = $one AND seq = {seq}"
        )
    assert head is not None
    statements.append(
        f"UPDATE incident SET ledger_head = {literal(watched, head)} WHERE id = $one"  # noqa: S608
    )
    await watched.harm({"id": incident}, *statements)


def literal(watched: Watched, data: bytes) -> str:
    is_file = sqlite_path(watched.place.url) is not None
    return f"x'{data.hex()}'" if is_file else f"decode('{data.hex()}', 'hex')"


async def test_chain_that_was_rewritten_as_a_whole_is_found_by_its_protocol(
    watched: Watched,
) -> None:
    """The step had its time; the forger lets it end a minute early, and plans it so."""
    incident = str((await watched.town.opened())["id"])
    await watched.node.pass_time(seconds=200)
    await watched.look()
    assert await watched.faults() == set()

    def earlier(leaf: Leaf) -> Leaf:
        if leaf.due is None or leaf.type is not EntryType.STEP_STARTED:
            return leaf
        return replace(leaf, due=leaf.due - timedelta(seconds=5))

    await forge(watched, incident, earlier)
    await watched.look(1)
    assert await watched.faults() == {(incident, Fault.TRANSFER.value)}
