"""`client erase` on the command line."""

import os
import subprocess
import sys
from pathlib import Path

from tests.engine.databases import number
from tests.keys import key_file
from tests.sealing.conftest import House

ROOT = Path(__file__).parents[2]


def erased(house: House, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "RENRAKUMO_DATABASE_URL": house.place.url,
        "RENRAKUMO_DATA_KEY_FILE": str(key_file(folder)),
        "RENRAKUMO_LEDGER_KEY_FILE": str(folder / "ledger.key"),
    }
    return subprocess.run(
        [sys.executable, "-m", "app", "client", "erase", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


async def test_client_is_erased_by_the_operator_of_the_machine(
    house: House, tmp_path: Path
) -> None:
    town, client_id = house.town, house.town["client"]
    code = (await town.get(f"/v1/clients/{client_id}"))["code"]
    await town.make(f"/v1/clients/{client_id}", {"retired": True}, method="PATCH")
    await house.node.engine.close()
    await house.node.installation.database.close()
    said = ("--ground", "requested", "--code")
    wrong = erased(house, tmp_path, client_id, *said, "?")
    assert (wrong.returncode, wrong.stderr.count("/code")) == (2, 1), wrong.stderr
    unknown = erased(house, tmp_path, "nobody", *said, code)
    assert (unknown.returncode, "nobody" in unknown.stderr) == (2, True)
    done = erased(house, tmp_path, client_id, *said, code)
    assert (done.returncode, client_id in done.stdout) == (0, True), done.stderr
    keys = f"SELECT count(*) FROM data_key WHERE subject_id = '{client_id}'"  # noqa: S608
    assert await number(house.place.url, keys) == 0
