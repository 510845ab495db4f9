"""`protocol check` and `protocol simulate` with the configured database, beside a server."""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from typer.testing import CliRunner, Result

from app.__main__ import cli
from tests.commandline.files import written
from tests.keys import key_file
from tests.routes.test_foresight import two_steps
from tests.routes.world import Api, World, protocol


async def run(api: Api, *arguments: str) -> Result:
    """On a thread, because the command has an event loop of its own."""
    url = api.installation.settings.database_url
    with TemporaryDirectory() as folder:
        environment = {
            "RENRAKUMO_DATABASE_URL": url,
            "RENRAKUMO_DATA_KEY_FILE": str(key_file(Path(folder))),
            "LANG": "C",
        }
        return await asyncio.to_thread(
            lambda: CliRunner().invoke(cli, ["protocol", *arguments], env=environment)
        )


async def test_a_file_is_checked_against_the_directory_of_the_database(
    api: Api, world: World, tmp_path: Path
) -> None:
    file = written(tmp_path, await two_steps(api, world))
    found = await run(api, "check", file, "--client", world["client"], "--format", "json")
    assert (found.exit_code, found.stderr) == (1, "")
    report = json.loads(found.stdout)
    path = f"/v1/clients/{world['client']}/protocol/check"
    same = (await api.call("POST", path, await two_steps(api, world))).json()
    assert report["ok"]
    assert report["gaps"][0]["pointer"] == same["gaps"][0]["pointer"] == "/variants/0/steps/0"
    nothing = await api.call("GET", f"/v1/clients/{world['client']}/protocol")
    assert nothing.status_code == 404, "nothing was published"


async def test_a_foreign_party_is_an_error(api: Api, world: World, tmp_path: Path) -> None:
    document = protocol(world, accountable=world["nurse"])
    found = await run(api, "check", written(tmp_path, document), "--municipality", world["a"])
    assert found.exit_code == 1
    assert "- accountable desk: Must be a desk; this is a person." in found.stdout


async def test_without_a_file_the_published_version_is_taken(api: Api, world: World) -> None:
    nothing = await run(api, "check", "--client", world["client"])
    assert (nothing.exit_code, "nothing is published" in nothing.stderr) == (2, True)
    await api.call("PUT", f"/v1/clients/{world['client']}/protocol", protocol(world))
    found = await run(api, "check", "--client", world["client"])
    assert found.exit_code == 0
    told = await run(
        api,
        *("simulate", "--client", world["client"], "--type", "fall"),
        *("--answer", f"{world['nurse']}:40:acknowledge"),
    )
    assert told.exit_code == 0
    assert "holds (accepted)" in told.stdout


async def test_whom_the_database_does_not_know_is_unusable(api: Api, world: World) -> None:
    del world
    unknown = await run(api, "check", "--client", "nobody")
    assert unknown.exit_code == 2
