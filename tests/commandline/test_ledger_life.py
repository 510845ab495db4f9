"""The commands about a log as a whole, over a SQLite file that nobody serves."""

import asyncio
import base64
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.__main__ import cli
from app.clock import utc_now
from app.database import open_database
from app.database.opening import reserved, sqlite_path
from app.ledger.notes.note import parse_note
from app.sealing.opening import open_seal
from app.settings import read_settings
from app.store.audit.verification import TRIGGERS
from tests.engine.conftest import sink, sqlite_copy, sqlite_place, sqlite_template
from tests.engine.databases import Place
from tests.keys import VAULT, key_file

__all__ = ["sink", "sqlite_copy", "sqlite_place", "sqlite_template"]


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """A database with a town, and its keys."""

    folder: Path
    url: str
    log: str

    @property
    def key(self) -> Path:
        """The key that signs."""
        return self.folder / "ledger.key"

    @property
    def head(self) -> Path:
        """The head that was published last."""
        return self.folder / "ledger.key.heads" / f"{self.log}.checkpoint"

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings."""
        return {
            "RENRAKUMO_DATABASE_URL": self.url,
            "RENRAKUMO_DATA_KEY_FILE": str(key_file(self.folder)),
            "RENRAKUMO_LEDGER_KEY_FILE": str(self.key),
            "LANG": "C.UTF-8",
        }

    def called(self, *arguments: str) -> Result:
        """What becomes of a command of `ledger`."""
        return CliRunner().invoke(cli, ["ledger", *arguments], env=dict(self.environment))

    def done(self, *arguments: str) -> list[str]:
        """What a command of `ledger` prints that succeeds."""
        ended = self.called(*arguments)
        assert ended.exit_code == 0, ended.output
        return ended.stdout.splitlines()

    def refused(self, *arguments: str) -> str:
        """Why a command of `ledger` does nothing."""
        ended = self.called(*arguments)
        assert ended.exit_code == 2, ended.output
        return ended.stderr

    def seal(self) -> int:
        """Seal what waits; how many keys signed."""

        async def run() -> None:
            settings = read_settings(dict(self.environment))
            database = await open_database(settings.database_url, VAULT)
            await open_seal(settings, database).run(self.log, utc_now(), heartbeat=True)
            await database.close()

        asyncio.run(run())
        return len(parse_note(self.head.read_bytes()).signatures)


@pytest.fixture
def keyed(sqlite_copy: Place, tmp_path: Path) -> Keyed:
    """A log that has signed nothing yet."""
    return Keyed(folder=tmp_path, url=sqlite_copy.url, log=sqlite_copy.ids["municipality"])


def test_key_is_rotated_and_retired(keyed: Keyed) -> None:
    assert "not signed anything" in keyed.refused("rotate-key", "--all")
    assert keyed.seal() == 1
    (line,) = keyed.done("rotate-key", "--all")
    assert line.startswith(f"{keyed.log}: ")
    assert "two keys sign" in keyed.refused("rotate-key", keyed.log)
    assert "has not signed" in keyed.refused("retire-key", "--all")
    assert keyed.seal() == 2
    assert keyed.done("retire-key", keyed.log) == [f"{keyed.log}: only the newest key signs"]
    assert keyed.done("retire-key", keyed.log) == [f"{keyed.log}: only one key signs already"]
    assert keyed.seal() == 1
    assert "There is no log" in keyed.refused("rotate-key", "nothing")
    for wrong in ((), (keyed.log, "--all")):
        assert "Name one log" in keyed.refused("retire-key", *wrong)


def test_replaced_key_file_is_made_known_with_the_old_one(keyed: Keyed, tmp_path: Path) -> None:
    keyed.seal()
    old = keyed.key.rename(tmp_path / "stolen")
    keyed.key.write_bytes(base64.b64encode(bytes(range(32))) + b"\n")
    assert "--old-key-file" in keyed.refused("rotate-key", keyed.log)
    assert "no-such-file" in keyed.refused("rotate-key", "--all", "--old-key-file", "no-such-file")
    keyed.done("rotate-key", keyed.log, "--old-key-file", str(old))
    beside = keyed.folder / "ledger.key.old"
    assert (beside.read_bytes(), beside.stat().st_mode & 0o777) == (old.read_bytes(), 0o600)
    assert keyed.seal() == 2
    assert "destroy ledger.key.old" in keyed.done("retire-key", "--all")[-1]
    beside.unlink()
    assert keyed.seal() == 1


def test_successor_is_opened_where_one_is_needed(keyed: Keyed, tmp_path: Path) -> None:
    keyed.seal()
    assert "needs no successor" in keyed.refused("succeed", keyed.log)
    assert "There is no log" in keyed.refused("succeed", "nothing")
    last, before = tmp_path / "last", tmp_path / "before"
    last.write_bytes(keyed.head.read_bytes())
    keyed.done("export", "--municipality", keyed.log, "--recipient", "監査法人", str(before))
    keyed.head.write_bytes(b"nonsense")
    printed = keyed.done("succeed", keyed.log, "--checkpoint", str(last))
    assert "is not sealed: published" in printed[0]
    assert printed[1].endswith(f"/{keyed.log}/2")
    assert printed[2].startswith(printed[1])
    assert keyed.seal() == 1
    target = tmp_path / "export"
    keyed.done("export", "--municipality", keyed.log, "--recipient", "監査法人", str(target))
    checked = keyed.done("verify", str(target), "--lang", "en", "--checkpoint", str(last))
    assert "Nothing is wrong." in checked
    assert any("took the place of" in line for line in checked)
    checked = keyed.done("verify", str(target), "--lang", "en", "--former", str(before))
    assert any("each of its entries was looked for" in line for line in checked)
    # It needs a PATH, and only two languages are spoken.
    for wrong in (("--former", str(before)), (str(target), "--lang", "fr")):
        assert keyed.refused("verify", *wrong)
    assert keyed.done("verify", "--lang", "en")[-1] == "Nothing is wrong."


def test_export_that_is_not_written_is_not_on_record(keyed: Keyed, tmp_path: Path) -> None:
    export = ("export", "--municipality", keyed.log)
    target = tmp_path / "export"
    assert "nothing of it is sealed" in keyed.refused(*export, "--recipient", "監査", str(target))
    keyed.seal()
    assert "is not empty" in keyed.refused(*export, "--recipient", "監査", str(tmp_path))
    # Nor one of which nobody says whom it is for.
    assert "--recipient" in keyed.refused(*export, str(target))
    assert "whom it is for" in keyed.refused(*export, "--recipient", " ", str(target))
    path = sqlite_path(keyed.url)
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        counted = "SELECT count(*) FROM ledger_entry WHERE type = 'exported'"
        assert connection.execute(counted).fetchone() == (0,)
        keyed.done(*export, "--recipient", "監査", str(target))
        assert connection.execute(counted).fetchone() == (1,)


def test_log_of_which_sealed_entries_are_gone_gets_a_successor(
    keyed: Keyed, tmp_path: Path
) -> None:
    target = tmp_path / "export"
    keyed.seal()
    keyed.done("rotate-key", keyed.log)
    keyed.seal()
    path = sqlite_path(keyed.url)
    assert path is not None
    with closing(sqlite3.connect(path)) as connection, connection:
        for name in TRIGGERS["sqlite"]:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM ledger_entry")
    ended = keyed.called("export", "--municipality", keyed.log, "--recipient", "監査", str(target))
    assert ended.exit_code == 1
    assert ended.stderr == "The log is not whole: 1 of its 1 sealed entries are missing.\n"
    export = ("export", "--municipality", keyed.log, "--recipient", "監査", str(target))
    assert (
        "封印した記録 1 件のうち 1 件がありません" in keyed.called(*export, "--lang", "ja").stderr
    )
    printed = keyed.done("succeed", keyed.log)
    assert f"{keyed.log} is not sealed: sealed" in printed[0]
    assert printed[1].endswith(f"/{keyed.log}/2")
    assert keyed.seal() == 1


def test_server_that_has_the_file_keeps_the_commands_out(keyed: Keyed) -> None:
    with reserved(keyed.url):
        for command in ("rotate-key", "retire-key", "succeed"):
            assert "Another process serves" in keyed.refused(command, keyed.log)


def test_what_is_done_and_refused_is_said_in_japanese(keyed: Keyed, tmp_path: Path) -> None:
    japanese = ("--lang", "ja")
    all_logs = ("--all", *japanese)
    assert keyed.refused("rotate-key", *all_logs) == (
        f"台帳 {keyed.log} には、まだ署名がありません。\n"
    )
    assert keyed.refused("succeed", "nothing", *japanese) == "台帳 nothing はありません。\n"
    assert keyed.refused("retire-key", *japanese) == (
        "台帳を一つ指定するか、--all を指定してください。\n"
    )
    keyed.seal()
    assert keyed.done("retire-key", *all_logs) == [
        f"{keyed.log}: すでに一つの鍵だけで署名しています"
    ]
    assert keyed.refused("succeed", keyed.log, *japanese) == (
        f"台帳 {keyed.log} は正しく封印されています。後継は要りません。\n"
    )
    gone = keyed.refused("succeed", keyed.log, "--checkpoint", "nowhere", *japanese)
    assert gone == "nowhere: ファイルがありません\n"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    named = ("--municipality", keyed.log, "--recipient", "監査法人", *japanese)
    taken = keyed.refused("export", *named, str(tmp_path / "full"))
    assert taken.endswith(" は空ではありません。\n")
    (line,) = keyed.done("export", *named, str(tmp_path / "export"))
    assert line.endswith(" 個のファイルを書き出しました。")
    with reserved(keyed.url):
        assert "別のプロセスが使用中です" in keyed.refused("rotate-key", *all_logs)
    keyed.key.write_bytes(b"nonsense")
    assert keyed.refused("witness-key", *japanese).startswith("ledger.key に、base64 で書かれた")
