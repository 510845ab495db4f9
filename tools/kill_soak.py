"""Kills the server again and again while incidents are posted and answered: the long form.

Run it from the project's root: `python -m tools.kill_soak --kills 200`. It prints a line for each
database and ends with 1 if anything was lost, doubled or fell asleep.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.database.migration import migrate
from tests.engine.kill import storm
from tests.peers.postgres import running_postgres

DATABASES = ("sqlite", "postgresql")


def main() -> int:
    """Rage over the databases that are asked for; 0 if all is well."""
    asked = _arguments()
    failures = 0
    for name in asked.database or DATABASES:
        seed = secrets.randbits(32) if asked.seed is None else asked.seed
        print(f"{name}: {asked.kills} kills, seed {seed}", flush=True)
        failures += not _raged(name, kills=asked.kills, seed=seed)
    return 1 if failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how often the server is killed")
    parser.add_argument("--seed", type=int, help="of the instants; made and printed if left out")
    parser.add_argument("--database", action="append", choices=DATABASES, help="both if left out")
    return parser.parse_args()


def _raged(name: str, *, kills: int, seed: int) -> bool:
    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="renrakumo-kill-") as folder,
        _database(name, Path(folder)) as url,
    ):
        migrate(url)
        try:
            raged = asyncio.run(storm(url, Path(folder), kills=kills, seed=seed, verified_every=10))
        except AssertionError as error:
            print(f"{name}: FAILED\n{error}", flush=True)
            return False
    print(f"{name}: {raged.summary}, {time.monotonic() - begun:.0f} s", flush=True)
    return True


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder / 'renrakumo.db'}"
        return
    with running_postgres(durable=True) as server:
        yield server.create_database("storm")


if __name__ == "__main__":
    sys.exit(main())
