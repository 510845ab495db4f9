"""What lies in the files of a database or an export: texts in any form, and sealed values."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from app.database.opening import sqlite_path
from tests.engine.databases import rows
from tests.peers.postgres import PostgresServer

# Sealed values to the byte, by the column that they lie in.
SealedBytes = Mapping[str, Iterable[bytes]]


def written(text: str) -> Iterator[bytes]:
    """How a text may lie in a file: as it is, escaped, and within base64 at each of its shifts."""
    yield text.encode()
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield json.dumps(text).encode().strip(b'"')
    for shift in range(3):
        whole = base64.urlsafe_b64encode(b"\0" * shift + text.encode())
        # Without the characters that hold bits of what stands before and after.
        yield whole[4:-4]


def files_of(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


def database_files(url: str, request: pytest.FixtureRequest) -> list[Path]:
    """A SQLite file with its log; the files of a PostgreSQL database after VACUUM FULL."""
    path = sqlite_path(url)
    if path is not None:
        found = [one for one in path.parent.iterdir() if one.name.startswith(path.name)]
        assert {one.name.rpartition("-")[2] for one in found} >= {"wal", "shm"}
        return found
    server: PostgresServer = request.getfixturevalue("postgres")
    name = url.rpartition("/")[2]
    for statement in ("VACUUM FULL", "CHECKPOINT"):
        server.execute(statement, database=name)
    sql = "SELECT oid FROM pg_database WHERE datname = current_database()"
    oid = server.execute(sql, database=name).split()[-1]
    assert oid.isdigit()
    return files_of(next(server.directory.rglob(f"base/{oid}")))


async def sealed_bytes(url: str, wanted: Iterable[tuple[str, str]]) -> SealedBytes:
    """What lies in these columns, each with its table and a condition: keys, ciphertext, tokens."""
    return {
        column: [
            bytes(one[column])
            for one in await rows(url, f"SELECT {column} FROM {where}")  # noqa: S608  # our own names
            if one[column] is not None
        ]
        for column, where in wanted
    }


def columns_found(files: Iterable[Path], sealed: SealedBytes) -> set[str]:
    """Of which columns at least one value lies in files, to the byte."""
    data = b"\0".join(path.read_bytes() for path in files)
    return {column for column, values in sealed.items() if any(one in data for one in values)}
