"""`ledger rotate-key`, `retire-key` and `succeed`: what happens to a log as a whole."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.clock import utc_now
from app.commandline.tongue import Lang, language_of, stop
from app.database import DatabaseError, Transaction, open_database
from app.installation.secrets import KeyFileInvalid, open_vault
from app.ledger.seal import SealRefused
from app.ledger.speaking.sentences import said
from app.protocols.kinds import Language
from app.sealing.keys import old_key_file
from app.sealing.life.rotation import NotPossible, retire_key, rotate_key
from app.sealing.life.succession import open_successor
from app.sealing.opening import open_seal
from app.sealing.patrol import Patrol
from app.sealing.seal import Seal
from app.settings import Settings
from app.store.sealing.log import log_ids

Log = Annotated[str | None, typer.Argument(help="The municipality's id", metavar="LOG")]
All = Annotated[bool, typer.Option("--all", help="Every log of the installation")]


def add_life(cli: typer.Typer, read: Callable[[], Settings]) -> None:
    """Add the commands; each needs the database for itself where it is SQLite."""
    _add_rotate(cli, read)
    _add_retire(cli, read)
    _add_succeed(cli, read)


def _add_rotate(cli: typer.Typer, read: Callable[[], Settings]) -> None:
    @cli.command("rotate-key")
    def rotate(
        log: Log = None,
        *,
        all_logs: All = False,
        old_key_file: Annotated[
            Path | None, typer.Option(help="The key before, if the key file was replaced")
        ] = None,
        lang: Lang = None,
    ) -> None:
        """Let a new key sign beside the one that does, until `retire-key`."""
        settings, language = read(), language_of(lang)
        if old_key_file is not None:
            _put_beside(old_key_file, settings.ledger_key_file, language)

        async def one(tx: Transaction, seal: Seal, log_id: str) -> str:
            return await rotate_key(tx, log_id, seal.key, utc_now())

        _run(_each(settings, log, one, language, all_logs=all_logs), language)


def _add_retire(cli: typer.Typer, read: Callable[[], Settings]) -> None:
    @cli.command("retire-key")
    def retire(log: Log = None, *, all_logs: All = False, lang: Lang = None) -> None:
        """Let only the newest key sign from now on."""
        settings, language = read(), language_of(lang)

        async def one(tx: Transaction, seal: Seal, log_id: str) -> str:
            del seal
            is_done = await retire_key(tx, log_id, utc_now())
            return "only the newest key signs" if is_done else "only one key signs already"

        _run(_each(settings, log, one, language, all_logs=all_logs), language)
        old = old_key_file(settings.ledger_key_file)
        if old.exists():
            typer.echo(said(f"When no log needs it any more, destroy {old.name}.", language))


def _add_succeed(cli: typer.Typer, read: Callable[[], Settings]) -> None:
    @cli.command("succeed")
    def succeed(
        log: Annotated[str, typer.Argument(help="The municipality's id", metavar="LOG")],
        checkpoint: Annotated[
            list[Path] | None, typer.Option(help="The last one that anybody knows of")
        ] = None,
        *,
        lang: Lang = None,
    ) -> None:
        """Open another log in the place of one that must not be signed any more."""
        language = language_of(lang)
        notes = [_bytes(one, language) for one in checkpoint or ()]
        _run(_succeed(read(), log, notes, language), language)


async def _succeed(settings: Settings, log_id: str, notes: list[bytes], language: Language) -> None:
    async with _opened(settings) as seal:
        refusal = await _refusal(seal, log_id)
        typer.echo(said(f"{log_id} is not sealed: {refusal}", language))
        head = await open_successor(seal, log_id, utc_now(), notes=notes)
    typer.echo(f"{head.origin}\n{head.verifier_key}")


async def _refusal(seal: Seal, log_id: str) -> SealRefused:
    """Why the sealer refuses a log: all that it looks at, one round after the other.

    Raises:
        NotPossible: there is no such log, or nothing is wrong with it.
    """
    async with seal.database.transaction() as tx:
        if log_id not in await log_ids(tx):
            raise NotPossible(f"There is no log {log_id}.")
    try:
        await Patrol(seal.database).look_through(log_id)
        sealed = await seal.run(log_id, utc_now(), heartbeat=True)
    except SealRefused as refusal:
        return refusal
    if sealed is None:
        raise NotPossible(f"{log_id} is being sealed right now.")
    raise NotPossible(f"{log_id} is sealed as it should be; it needs no successor.")


async def _each(
    settings: Settings,
    log: str | None,
    work: Callable[[Transaction, Seal, str], Awaitable[str]],
    language: Language,
    *,
    all_logs: bool,
) -> None:
    """Do something to one log, or to all, each in a transaction of its own."""
    if (log is None) != all_logs:
        raise NotPossible("Name one log, or say --all.")
    failed = []
    async with _opened(settings) as seal:
        async with seal.database.transaction() as tx:
            ids = [log] if log else await log_ids(tx)
        for one in ids:
            try:
                async with seal.database.transaction() as tx:
                    typer.echo(f"{one}: {said(await work(tx, seal, one), language)}")
            except NotPossible as error:
                failed.append(str(error))
    if failed:
        raise NotPossible("\n".join(failed))


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Seal]:
    database = await open_database(settings.database_url, open_vault(settings))
    try:
        yield open_seal(settings, database)
    finally:
        await database.close()


def _put_beside(given: Path, key_file: Path, language: Language) -> None:
    """Both keys sign for a while, so whoever seals needs the old one too."""
    target = old_key_file(key_file)
    if given.exists() and target.exists() and given.samefile(target):
        return
    try:
        target.touch(mode=0o600)
        shutil.copyfile(given, target)
    except OSError as error:
        stop(f"{given.name}: {error.strerror}", language)


def _bytes(path: Path, language: Language) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        stop(f"{path.name}: {error.strerror}", language)


def _run(work: Awaitable[None], language: Language) -> None:
    async def run() -> None:
        await work

    try:
        asyncio.run(run())
    except (DatabaseError, KeyFileInvalid, NotPossible, SealRefused) as error:
        stop(str(error), language)
