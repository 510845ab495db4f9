"""`python -m benchmarks.watch`: what the standing watch takes for many clients.

Each client has a protocol of their own with two variants of four steps, with persons of their
family; desks with rosters are shared. Stated are the first check of everything, a night in which
nothing has changed, a desk changed that every protocol names, and how long the event loop, which
takes the emergencies, was held up meanwhile.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session, SQLModel

from app.database import open_database
from app.database.migration import migrate
from app.installation.installation import Installation
from app.installation.secrets import LinkKey, new_id
from app.models.directory import ClientRow, ContactPointRow, DeskPersonRow, PartyRow
from app.models.protocol import ProtocolVersionRow
from app.models.roster import RosterRow, RosterVersionRow
from app.protocols.protocol import parse_protocol
from app.rosters.roster import parse_roster
from app.settings import Settings
from app.store.directory.client import Details, set_details
from app.store.directory.directory import add_organisation
from app.store.directory.protocol import Subject, sealed_document
from app.store.vault.keys import add_key
from app.store.vault.loading import set_name
from app.vault import Vault
from app.watch.watch import Watch

BEGIN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CLIENTS = 1_000
DESKS = 20
NURSES = 5
TARGET = 10_000
PROBE_SECONDS = 0.002


class Clock:
    """A clock that is pushed."""

    now = BEGIN

    def __call__(self) -> datetime:
        """The instant at which it stands."""
        return self.now


def main() -> None:
    """Measure, and print what it comes to for ten thousand."""
    arguments = argparse.ArgumentParser(prog="benchmarks.watch")
    arguments.add_argument("--clients", type=int, default=CLIENTS)
    clients: int = arguments.parse_args().clients
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/watch.db"
        migrate(url)
        asyncio.run(_measure(url, Path(folder), clients))


async def _measure(url: str, folder: Path, clients: int) -> None:
    clock = Clock()
    database = await open_database(url, Vault(bytes(32)))
    settings = Settings(database_url=url, data_key_file=folder / "data.key")
    installation = Installation(
        settings=settings,
        database=database,
        clock=clock,
        link_key=LinkKey(bytes(32)),
        new_id=new_id,
    )
    desk_id = await database.write(lambda session: _furnish(session, clients))
    async with database.transaction() as tx:
        # What a town has been for long is found by the night, not by its marks.
        await tx.execute("DELETE FROM cover_mark")
    watch = Watch(installation)
    await _timed("everything for the first time", watch, clients)
    clock.now += timedelta(days=1)
    await _timed("a night, nothing changed", watch, clients)
    async with database.transaction() as tx:
        await tx.execute("UPDATE party SET hours = '[\"08:30-17:15\"]' WHERE id = $1", desk_id)
    await _timed("a desk of everybody closes", watch, clients)
    await database.close()


async def _timed(name: str, watch: Watch, clients: int) -> None:
    lags: list[float] = []
    probe = asyncio.create_task(_probe(lags))
    begun, begun_cpu = time.perf_counter(), time.process_time()
    looked_at = await watch.run_once()
    seconds = time.perf_counter() - begun
    cpu = time.process_time() - begun_cpu
    probe.cancel()
    lags.sort()
    print(
        f"{name}: {looked_at} protocols in {seconds:.1f} s, {cpu:.1f} s of one core"
        f" ({1000 * cpu / clients:.1f} ms each; {TARGET} in {cpu * TARGET / clients:.0f} s)"
        f"; event loop late by p50 {1000 * lags[len(lags) // 2]:.1f} ms,"
        f" p99 {1000 * lags[len(lags) * 99 // 100]:.1f} ms, most {1000 * lags[-1]:.1f} ms"
    )


async def _probe(lags: list[float]) -> None:
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(PROBE_SECONDS)
        lags.append(time.perf_counter() - begun - PROBE_SECONDS)


def _furnish(session: Session, clients: int) -> str:
    """A town with so many clients; the id of the desk that every protocol asks first."""
    town = _Town(session)
    desks = [town.desk(number) for number in range(DESKS)]
    session.flush()
    for number in range(clients):
        town.client(number, desks)
    session.flush()
    return desks[0]


class _Town:
    """Rows of one municipality."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._municipality = self._organisation("A市", "municipality")
        self._provider = self._organisation("みどり", "provider")
        self._office = self._party(self._municipality, "desk", "代表", hours="24h")
        self._point(self._office)
        session.flush()

    def desk(self, number: int) -> str:
        """A desk whose persons take turns; the first one is everybody's."""
        desk_id = self._party(self._provider, "desk", f"当番{number}", hours="24h")
        nurses = [self._party(self._provider, "person", f"看護師{n}") for n in range(NURSES)]
        self._session.flush()
        for nurse in nurses:
            self._point(nurse)
            self._add(DeskPersonRow(desk_id=desk_id, person_id=nurse))
        turns = {"name": "当番", "persons": nurses, "starts_on": "2026-11-01"}
        roster = RosterRow(id=new_id(), desk_id=desk_id, created_at=BEGIN)
        self._add(roster)
        self._session.flush()
        self._add(
            RosterVersionRow(
                id=new_id(),
                roster_id=roster.id,
                number=1,
                document=parse_roster({"rotations": [turns]}).document(),
                effective_from=BEGIN - timedelta(days=1),
                recorded_at=BEGIN - timedelta(days=1),
                is_correction=False,
            )
        )
        return desk_id

    def client(self, number: int, desks: Sequence[str]) -> None:
        """A client with a family of two and a protocol."""
        family = self._organisation(f"家族{number}", "family")
        relatives = [self._party(family, "person", f"家族{number}-{n}") for n in range(2)]
        self._session.flush()
        for relative, hours in zip(relatives, ("24h", ["07:00-22:00"]), strict=True):
            self._point(relative, hours)
        client = ClientRow(
            id=new_id(),
            municipality_id=self._municipality,
            code=f"C{number:05}",
            created_at=BEGIN,
        )
        self._add(client)
        self._session.flush()
        add_key(self._session, client.id)
        set_details(self._session, client, Details(personal={"name": f"利用者{number}"}))
        steps = [
            {"desk": desks[0]},
            {"person": relatives[0], "also_page": [relatives[1]]},
            {"desk": desks[1 + number % (len(desks) - 1)], "ack_within_seconds": 300},
            {"person": relatives[1]},
        ]
        night = {"days": ["sat", "sun", "holiday", "year_end"]}, {"hours": ["17:15-08:30"]}
        protocol = parse_protocol(
            {
                "title": f"利用者{number} 緊急時対応",
                "accountable": self._office,
                "variants": [
                    {"name": "夜間・休日", "when": list(night), "rounds": 2, "steps": steps},
                    {"name": "平日昼間", "steps": steps[2:] + steps[:2]},
                ],
            }
        )
        version_id = new_id()
        subject = Subject(municipality_id=self._municipality, client_id=client.id)
        document = sealed_document(self._session, subject, version_id, protocol.document())
        self._add(
            ProtocolVersionRow(
                id=version_id,
                client_id=client.id,
                municipality_id=self._municipality,
                number=1,
                accountable_id=self._office,
                document=document,
                digest=protocol.digest(),
                published_at=BEGIN,
            )
        )

    def _organisation(self, name: str, kind: str) -> str:
        row = PartyRow(
            id=new_id(),
            kind="organisation",
            organisation_id="",
            organisation_kind=kind,
            name="",
            created_at=BEGIN,
        )
        row.organisation_id = row.id
        where = row.id if kind == "municipality" else self._municipality
        add_organisation(self._session, row, name=name, municipality_ids=[where])
        return row.id

    def _party(self, organisation_id: str, kind: str, name: str, hours: object = None) -> str:
        row = PartyRow(
            id=new_id(),
            kind=kind,
            organisation_id=organisation_id,
            name="",
            is_personal=kind == "person",
            hours=hours,
            created_at=BEGIN,
        )
        self._add(row)
        self._session.flush()
        add_key(self._session, row.id)
        set_name(self._session, row, name)
        return row.id

    def _point(self, party_id: str, hours: object = "24h") -> None:
        self._session.flush()
        self._add(
            ContactPointRow(
                id=new_id(),
                party_id=party_id,
                channel="inbox",
                hours=hours,
                created_at=BEGIN,
            )
        )

    def _add(self, row: SQLModel) -> None:
        self._session.add(row)


if __name__ == "__main__":
    main()
