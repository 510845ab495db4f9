"""`client erase` on the command line."""

import os
import subprocess
import sys
from pathlib import Path

from tests.engine.databases import Place, number
from tests.engine.node import running_node
from tests.keys import key_file
from tests.peers.sink import Sink

ROOT = Path(__file__).parents[2]


def erased(place: Place, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "RENRAKUMO_DATABASE_URL": place.url,
        "RENRAKUMO_DATA_KEY_FILE": str(key_file(folder)),
        "RENRAKUMO_LEDGER_KEY_FILE": str(folder / "ledger.key"),
        "LANG": "C.UTF-8",
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
    place: Place, sink: Sink, tmp_path: Path
) -> None:
    async with running_node(place.url) as node:
        town = place.town(node.http, sink)
        client_id = town["client"]
        code = (await town.get(f"/v1/clients/{client_id}"))["code"]
        await town.make(f"/v1/clients/{client_id}", {"retired": True}, method="PATCH")
    said = ("--ground", "requested", "--code")
    wrong = erased(place, tmp_path, client_id, *said, "?")
    assert (wrong.returncode, wrong.stderr.count("/code")) == (2, 1), wrong.stderr
    unknown = erased(place, tmp_path, "nobody", *said, code)
    assert (unknown.returncode, "nobody" in unknown.stderr) == (2, True)
    told = erased(place, tmp_path, client_id, *said, "?", "--lang", "ja")
    assert told.stderr == "/code: この利用者の番号ではありません。\n"
    done = erased(place, tmp_path, client_id, *said, code)
    assert (done.returncode, client_id in done.stdout) == (0, True), done.stderr
    again = erased(place, tmp_path, client_id, *said, code, "--lang", "ja")
    assert f"利用者 {client_id} の個人情報を" in again.stdout
    keys = f"SELECT count(*) FROM data_key WHERE subject_id = '{client_id}'"  # noqa: S608
    assert await number(place.url, keys) == 0
