"""A town, an auditor over its database, and a hand that changes things behind their backs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.auditing.auditor import Auditor
from tests.engine.conftest import (
    database_url,
    numbers,
    place,
    postgres_copy,
    postgres_place,
    postgres_template,
    postgres_url,
    sink,
    sqlite_copy,
    sqlite_place,
    sqlite_template,
    sqlite_url,
    town,
)
from tests.engine.databases import Place, rows
from tests.engine.node import Node, running_node
from tests.engine.town import Town
from tests.ledger.tampering import Story

__all__ = [
    "database_url",
    "numbers",
    "place",
    "postgres_copy",
    "postgres_place",
    "postgres_template",
    "postgres_url",
    "sink",
    "sqlite_copy",
    "sqlite_place",
    "sqlite_template",
    "sqlite_url",
    "town",
]


@pytest.fixture
async def node(place: Place) -> AsyncIterator[Node]:
    """One node whose clock is pushed; things go wrong in it, so nothing is checked at its end."""
    async with running_node(place.url) as running:
        yield running


@dataclass
class Watched:
    """A node, its town, and who audits it."""

    node: Node
    town: Town
    place: Place
    auditor: Auditor

    async def look(self, rounds: int = 2) -> None:
        """Some rounds of the auditor: faults of time are seen twice before they are told."""
        for _ in range(rounds):
            await self.auditor.run_once()

    async def faults(self) -> set[tuple[str, str]]:
        """What is wrong now: incident and fault."""
        sql = "SELECT incident_id, fault FROM audit_fault WHERE ended_at IS NULL"
        return {(row["incident_id"], row["fault"]) for row in await rows(self.place.url, sql)}

    async def notices(self) -> list[tuple[str, str]]:
        """What was told: to whom, and what."""
        sql = "SELECT party_id, kind FROM notice WHERE kind LIKE 'audit.%' ORDER BY id"
        return [(row["party_id"], row["kind"]) for row in await rows(self.place.url, sql)]

    async def harm(self, incident: dict[str, Any], *statements: str, **values: object) -> None:
        """Change the database by hand; `$one` is the incident's id."""
        await self.node.engine.dispatcher.drain()
        story = Story(self.place.url, {"one": str(incident["id"])})
        await story.harm(*statements, **values)


@pytest.fixture
async def watched(node: Node, town: Town, place: Place) -> Watched:
    """A town with an operator to be told, and an auditor."""
    made = await town.make("/v1/organisations", {"name": "運営", "kind": "operator"})
    town.ids["operator"] = made["id"]
    for one in ("operator", "municipality"):
        await town.add_contact_point(one)
    auditor = Auditor(node.installation)
    await auditor.run_once()
    return Watched(node, town, place, auditor)
