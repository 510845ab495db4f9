"""What municipalities were told by the watch."""

import json
from dataclasses import dataclass
from typing import Any

from tests.engine.databases import rows
from tests.engine.node import Node
from tests.engine.town import Town

Json = dict[str, Any]


@dataclass
class Told:
    """The notices of one installation, each read once."""

    url: str
    node: Node
    town: Town
    read: int = 0

    async def look(self) -> list[Json]:
        """Let the watch do what there is to do; what was told since the last time."""
        await self.node.engine.watch.run_once()
        found = await notices(self.url)
        new, self.read = found[self.read :], len(found)
        return new

    async def lost(self, what: str) -> Json:
        """The one notice there is now: cover was lost, and by this."""
        (notice,) = await self.look()
        assert notice["kind"] == "cover.lost"
        assert notice["party_id"] == self.town["municipality"]
        data: Json = notice["data"]
        assert what in {one["what"] for one in data["changes"]}
        return data

    async def listed(self, query: str = "") -> list[Json]:
        """What the list of problems holds."""
        items: list[Json] = (await self.town.get(f"/v1/protocols/problems{query}"))["items"]
        return items


async def notices(url: str) -> list[Json]:
    """All notices there are, oldest first."""
    found = await rows(url, "SELECT kind, party_id, data FROM notice ORDER BY created_at, id")
    return [{**row, "data": json.loads(row["data"])} for row in found]
