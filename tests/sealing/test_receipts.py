"""Who reports or acts is told the leaf hash of the newest entry: a receipt (LEDGER.md 9.5)."""

from app.commands.audit.verify import verify_url
from tests.engine.town import Json
from tests.keys import VAULT
from tests.ledger.tampering import Story
from tests.sealing.conftest import House

# What of an incident's row an act changes that writes something down.
CHANGED = ("ledger_seq", "ledger_head", "pseudonyms", "state", "version")


async def receipted(house: House, answer: Json) -> Json | None:
    """The entry that the receipt of an answer names; None if there is none with that hash."""
    found = await house.town.get(f"/v1/incidents/{answer['id']}/entries")
    for entry in found["items"]:
        if {name: entry[name] for name in ("seq", "leaf_hash")} == answer["receipt"]:
            return dict(entry)
    return None


async def test_report_is_answered_with_the_end_of_the_chain(house: House) -> None:
    """A repeated report too; the same Idempotency-Key is answered with the same receipt."""
    first = await house.town.report(dedup_key="x", once="first")
    assert await receipted(house, first.json())
    second = await house.town.report(dedup_key="x")
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])
    entry = await receipted(house, second.json())
    assert entry is not None
    assert entry["type"] == "signalled"
    again = await house.town.report(dedup_key="x", once="first")
    assert again.json() == first.json()


async def test_each_report_of_several_has_its_own(house: House) -> None:
    one = {"client_id": house.town["client"], "type": "fall"}
    answer = await house.town.call("POST", "/v1/incidents/batch", {"items": [one, one, {}]})
    *opened, refused = answer.json()["items"]
    for item in opened:
        assert await receipted(house, item["body"])
    assert "receipt" not in refused["body"]


async def test_entry_dropped_before_it_was_sealed_is_shown_by_the_receipt_alone(
    house: House,
) -> None:
    incident = (await house.town.opened())["id"]
    await house.node.engine.dispatcher.drain()
    await house.sealer.run_once()
    story = Story(house.place.url, {"x": incident})
    await story.harm("CREATE TABLE earlier AS SELECT * FROM incident WHERE id = $x")
    noted = await house.town.make(f"/v1/incidents/{incident}/note", {"text": "x"})
    entry = await receipted(house, noted)
    assert entry is not None
    assert entry["type"] == "noted"
    await story.harm(
        "DELETE FROM ledger_disclosure WHERE $after",
        "DELETE FROM ledger_entry WHERE $after",
        "UPDATE incident SET $back WHERE id = $x",
        after="incident_id = $x AND seq >= (SELECT ledger_seq FROM earlier)",
        back=", ".join(f"{name} = (SELECT {name} FROM earlier)" for name in CHANGED),  # noqa: S608  # fixed names
    )
    await house.sealer.run_once()
    assert not house.sealer.state.refused
    # Nothing is wrong with what is left, but what was answered is not there.
    assert (await verify_url(house.place.url, VAULT)).findings == ()
    assert await receipted(house, noted) is None
