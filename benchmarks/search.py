"""`python -m benchmarks.search`: clients found by name, kana and number among 100,000.

The names are drawn about as unequally as family names are in Japan: the commonest has 2 %. Searches
run one after another as the API runs them: found, opened and shown, a page of 50. Beside it what it
costs the writer, in CPU, to load a network of 2,000 persons with two contact points each.
"""

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from random import Random  # noqa: TID251  # seeded, so that every run searches the same names
from typing import Any, Final

from sqlmodel import Session, SQLModel, insert

from app.auth import Principal, Role
from app.commands.directory.clients import read_clients
from app.database import Database, open_database
from app.database.migration import migrate
from app.installation.installation import Installation
from app.installation.paging import Paging
from app.installation.secrets import LinkKey, new_id
from app.models.access import DataKeyRow
from app.models.directory import ClientRow, ContactPointRow, PartyRow, SearchTokenRow
from app.search.terms import terms_of_client
from app.settings import Settings
from app.store.directory.directory import add_organisation
from app.store.network import load_parties
from app.store.vault.places import address_at, name_at, personal_at
from app.store.vault.tokens import tokens_of
from app.vault import Vault
from tests.peers.postgres import running_postgres

CLIENTS: Final = 100_000
PERSONS: Final = 2_000
FAMILY_NAMES: Final = 3_000
ASKED: Final = 200
AT_ONCE: Final = 1_000
BEGIN: Final = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
VAULT: Final = Vault(bytes(32))
EVERYBODY: Final = Principal(
    key_id="bench", role=Role.OPERATOR, organisation_id=None, municipality_ids=frozenset()
)
KANA: Final = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワ"
)
KANJI: Final = (
    "山田中村佐藤鈴木高橋伊渡辺小林加吉斎松井口清水原石川野本上坂島崎宮内谷岡森池大西東北"
)


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(prog="benchmarks.search")
    arguments.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    arguments.add_argument("--clients", type=int, default=CLIENTS)
    chosen = arguments.parse_args()
    for name in chosen.database or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as folder, _database(name, Path(folder)) as url:
            migrate(url)
            asyncio.run(_measure(name, url, Path(folder), chosen.clients))


@contextlib.contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/bench.db"
        return
    with running_postgres(durable=True) as server:
        yield server.create_database("bench")


async def _measure(name: str, url: str, folder: Path, clients: int) -> None:
    database = await open_database(url, VAULT)
    installation = Installation(
        settings=Settings(database_url=url, data_key_file=folder / "data.key"),
        database=database,
        clock=lambda: BEGIN,
        link_key=LinkKey(bytes(32)),
        new_id=new_id,
    )
    names = Names()
    begun = time.perf_counter()
    town = await database.write(_municipality)
    for _ in range(0, clients, AT_ONCE):
        await database.write(lambda session: _add_clients(session, town, names))
    print(f"\n{name}: {clients:,} clients, made in {time.perf_counter() - begun:.0f} s")
    words: dict[str, Callable[[], str]] = {
        "the commonest family name": lambda: names.kana[0],
        "a family name, by frequency": names.family,
        "two characters of a kana": lambda: names.family()[:2],
        "a whole name": lambda: names.known()["name"],
        "a telephone number": lambda: names.known()["phones"][0],
    }
    for what, word in words.items():
        await _search(installation, what, word)
    await _load(database, town)
    await database.close()


class Names:
    """Draws clients, family names unequally."""

    def __init__(self) -> None:
        """Make the family names up."""
        self._random = Random(1)  # noqa: S311  # for no secret
        self.kana = [self._drawn(KANA, 3) for _ in range(FAMILY_NAMES)]
        self._kanji = [self._drawn(KANJI, 2) for _ in range(FAMILY_NAMES)]
        self._known: list[dict[str, Any]] = []
        self._weights = list(accumulate(1 / (rank + 8) for rank in range(FAMILY_NAMES)))

    def family(self) -> str:
        """The kana of a family name, a common one more often."""
        return self.kana[self._rank()]

    def one(self) -> dict[str, Any]:
        """What is said of a client."""
        rank = self._rank()
        said = {
            "name": f"{self._kanji[rank]} {self._drawn(KANJI, 2)}",
            "kana": f"{self.kana[rank]} {self._drawn(KANA, 3)}",
            "phones": [f"0{self._random.randrange(10**9):09}"],
            "address": "A市中央1-2-3",
        }
        self._known.append(said)
        return said

    def known(self) -> dict[str, Any]:
        """What was said of one of the clients."""
        return self._random.choice(self._known)

    def _rank(self) -> int:
        (rank,) = self._random.choices(range(FAMILY_NAMES), cum_weights=self._weights)
        return rank

    def _drawn(self, letters: str, count: int) -> str:
        return "".join(self._random.choices(letters, k=count))


def _municipality(session: Session) -> str:
    row = PartyRow(
        id=new_id(),
        kind="organisation",
        organisation_id="",
        organisation_kind="municipality",
        name="",
        created_at=BEGIN,
    )
    row.organisation_id = row.id
    add_organisation(session, row, name="A市", municipality_ids=[row.id])
    return row.id


def _add_clients(session: Session, town: str, names: Names) -> None:
    keys, clients, tokens = [], [], []
    for _ in range(AT_ONCE):
        id_, said = new_id(), names.one()
        key, wrapped = VAULT.new_key(id_)
        keys.append({"subject_id": id_, "wrapped": wrapped})
        personal = key.seal_json(said, personal_at(id_))
        fixed = {"municipality_id": town, "code": id_[-12:], "created_at": BEGIN}
        clients.append({"id": id_, "personal": personal, **fixed})
        found = tokens_of(VAULT, terms_of_client(said))
        tokens += [{"token": token, "subject_id": id_} for token in found]
    _insert(session, DataKeyRow, keys)
    _insert(session, ClientRow, clients)
    _insert(session, SearchTokenRow, tokens)


def _insert(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    session.connection().execute(insert(table), rows)


async def _search(installation: Installation, what: str, word: Callable[[], str]) -> None:
    seconds, found = [], 0
    for _ in range(ASKED):
        asked = word()
        begun = time.perf_counter()
        answer = await read_clients(installation, EVERYBODY, Paging(), search=asked)
        seconds.append(time.perf_counter() - begun)
        items = answer["items"]
        assert isinstance(items, list), "a page"
        found += len(items)
    seconds.sort()
    p50, p95 = (1000 * seconds[len(seconds) * part // 100] for part in (50, 95))
    print(f"  {what}: p50 {p50:.1f} ms, p95 {p95:.1f} ms; {found / ASKED:.0f} of 50 found")


async def _load(database: Database, town: str) -> None:
    ids = await database.write(lambda session: _add_persons(session, town))
    begun = time.process_time()
    async with database.transaction() as tx:
        parties, destinations = await load_parties(tx, ids)
    cpu = time.process_time() - begun
    assert (len(parties), len(destinations)) == (PERSONS, 2 * PERSONS)
    each = 1e6 * cpu / PERSONS
    print(f"  loading {PERSONS:,} persons: {1000 * cpu:.0f} ms of CPU, {each:.0f} µs each")


def _add_persons(session: Session, town: str) -> list[str]:
    keys, parties, points = [], [], []
    for number in range(PERSONS):
        id_ = new_id()
        key, wrapped = VAULT.new_key(id_)
        keys.append({"subject_id": id_, "wrapped": wrapped})
        sealed = key.seal_text(f"看護師 {number}", name_at(id_))
        fixed = {"kind": "person", "organisation_id": town, "name": "", "created_at": BEGIN}
        parties.append({"id": id_, "sealed_name": sealed, **fixed})
        for _ in range(2):
            point = new_id()
            address = key.seal_text(f"nurse{number}@example.jp", address_at(point))
            fixed = {"party_id": id_, "channel": "email", "hours": "24h", "delay_seconds": 0}
            points.append({"id": point, "address": address, "created_at": BEGIN, **fixed})
    _insert(session, DataKeyRow, keys)
    _insert(session, PartyRow, parties)
    _insert(session, ContactPointRow, points)
    return [str(one["id"]) for one in parties]


if __name__ == "__main__":
    main()
