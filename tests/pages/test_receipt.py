"""The receipt that a link gives to whoever has acted by it: to programs, and in small print."""

import re

from tests.pages.world import Town

SMALL_PRINT = re.compile(r'<p class="small receipt">記録の控え（台帳 (\d+)）: ([0-9a-f]{64})</p>')


async def hashes_of(town: Town, incident: str) -> list[tuple[int, str]]:
    """What receipts name, of all entries of an incident."""
    found = await town.api("GET", f"/v1/incidents/{incident}/entries")
    return [(one["seq"], one["leaf_hash"]) for one in found["items"]]


async def test_whoever_acts_by_a_link_is_given_the_receipt_and_nobody_else(town: Town) -> None:
    incident = await town.report()
    link, other = [await town.link(incident, name) for name in ("nurse", "nurse2")]
    assert "receipt" not in await town.see(link)
    receipt = (await town.act(f"{link}/acknowledge"))["receipt"]
    assert (receipt["seq"], receipt["leaf_hash"]) in await hashes_of(town, incident)
    shown = SMALL_PRINT.search(await town.see(link))
    assert shown is not None
    assert int(shown[1]) >= receipt["seq"]
    assert (int(shown[1]), shown[2]) in await hashes_of(town, incident)
    assert "receipt" not in await town.see(other)
    await town.act(f"{other}/acknowledge")
    assert SMALL_PRINT.search(await town.see(other))
    await town.act(f"{link}/resolve", outcome="client_safe")
    assert SMALL_PRINT.search(await town.see(link))
