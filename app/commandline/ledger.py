"""`ledger export` and `ledger verify`: handing a log on, and judging what was handed on.

The other commands of `ledger` are in ledger_life.py.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Annotated

import typer

from app.clock import utc_now
from app.commandline.ledger_life import add_life
from app.commandline.tongue import Lang, language_of, stop
from app.commands.audit.verify import run_verify
from app.commands.ledgers.containers import FolderTaken, write_folder
from app.commands.ledgers.export import Piece, export_log
from app.commands.ledgers.head import LogBroken, require_whole
from app.database import DatabaseError, open_database
from app.database.reading import open_reader
from app.database.sqlite import FileInUse
from app.engine.deposit import NobodyTookIt, deposit_export, deposit_folder
from app.installation.answer import NotFound
from app.installation.secrets import KeyFileInvalid, open_vault
from app.ledger.notes.key import verifier_key_text
from app.ledger.speaking.sentences import said
from app.offline.verify import SHOWN, run_verify_path
from app.protocols.kinds import Language
from app.publishing.keys import cosigner
from app.sealing.keys import read_ledger_key
from app.sealing.life.exporting import record_export
from app.sealing.life.rotation import NotPossible
from app.settings import Settings
from app.vault import SealBroken

FOUND = 1
REFUSED = (DatabaseError, FolderTaken, KeyFileInvalid, NobodyTookIt, NotPossible, SealBroken)
_Witnesses = Annotated[
    Path | None, typer.Option(help="Keys of witnesses, had elsewhere, a line each")
]
_Authorities = Annotated[Path | None, typer.Option(help="Roots of time-stamping authorities, PEM")]
_Kept = Annotated[
    list[Path] | None, typer.Option(help="A checkpoint that was kept; more than one may be")
]
_Former = Annotated[
    Path | None, typer.Option(help="An export of the log whose place this one took")
]


def ledger_cli(read: Callable[[], Settings]) -> typer.Typer:
    """The commands, which read the settings only when one of them needs the database."""
    cli = typer.Typer(help="The responsibility ledger", no_args_is_help=True)
    _add_export(cli, read)
    _add_verify(cli, read)
    add_life(cli, read)
    _add_witness_key(cli, read)
    return cli


def _add_export(cli: typer.Typer, read: Callable[[], Settings]) -> None:
    @cli.command("export")
    def export(
        folder: Annotated[Path, typer.Argument(help="A new or empty folder", metavar="DIR")],
        municipality: Annotated[str, typer.Option(help="Whose log: the municipality's id")],
        recipient: Annotated[
            str, typer.Option(help="Whom it is for; the log records it", parser=_named)
        ],
        *,
        without_disclosures: Annotated[
            bool, typer.Option("--without-disclosures", help="Only what names nobody")
        ] = False,
        lang: Lang = None,
    ) -> None:
        """Write a municipality's log into a folder, beside a running server.

        Exit code 0: written. 1: the log is not whole. 2: not written, and nothing is left behind.
        """
        settings, language = read(), language_of(lang)
        opened = not without_disclosures
        work = _export(settings, municipality, folder, recipient, opened=opened)
        written = _run(work, language)
        typer.echo(said(f"{folder}: {written} files", language))


def _add_verify(cli: typer.Typer, read: Callable[[], Settings]) -> None:
    @cli.command("verify")
    def verify(
        path: Annotated[
            Path | None,
            typer.Argument(help="An export, or an incident's evidence; else the database"),
        ] = None,
        *,
        checkpoint: _Kept = None,
        vkey: Annotated[Path | None, typer.Option(help="The log's key, had elsewhere")] = None,
        witness: _Witnesses = None,
        tsa_ca: _Authorities = None,
        former: _Former = None,
        findings: Annotated[int, typer.Option(help="How many are listed", min=0)] = SHOWN,
        lang: Lang = None,
    ) -> None:
        """Check an export or an incident's evidence, offline; without PATH the database.

        Exit code 0: clean. 1: findings. 2: it could not be checked, or not against any of the
        checkpoints that were given.
        """
        language = language_of(lang)
        if path is None:
            if checkpoint or vkey or witness or tsa_ca or former:
                given = "--checkpoint, --vkey, --witness, --tsa-ca, --former"
                stop(f"{given} go with the PATH of an export.", language)
            sys.exit(_run(_verify(read(), language), language))
        code = run_verify_path(
            path,
            checkpoints=checkpoint or (),
            verifier_key=vkey,
            witnesses=witness,
            authorities=tsa_ca,
            former=former,
            language=language,
            out=sys.stdout,
            shown=findings,
        )
        sys.exit(code)


def _add_witness_key(cli: typer.Typer, read: Callable[[], Settings]) -> None:
    @cli.command("witness-key")
    def witness_key(lang: Lang = None) -> None:
        """Print the verifier key of this installation as a witness of other logs."""
        settings = read()
        try:
            key = read_ledger_key(settings.ledger_key_file)
        except KeyFileInvalid as error:
            stop(str(error), language_of(lang))
        typer.echo(verifier_key_text(cosigner(settings, key).verifier))


async def _verify(settings: Settings, language: str) -> int:
    vault = open_vault(settings)
    url, now = settings.database_url, utc_now()
    return await run_verify(url, vault, language=language, out=sys.stdout, now=now)


async def _export(
    settings: Settings, log_id: str, folder: Path, recipient: str, *, opened: bool
) -> int:
    async with open_reader(settings.database_url, open_vault(settings)) as reader:

        async def pieces() -> AsyncIterator[Piece]:
            # The folder is free, if anybody asks for a piece.
            await require_whole(reader, log_id)
            await _record(settings, log_id, recipient)
            async for piece in export_log(reader, log_id, disclosures=opened):
                yield piece

        try:
            return await write_folder(pieces(), folder)
        except NotFound:
            raise NotPossible(
                f"There is no log {log_id}, or nothing of it is sealed yet."
            ) from None


def _named(recipient: str) -> str:
    if not recipient.strip():
        raise typer.BadParameter("say whom it is for")
    return recipient


async def _record(settings: Settings, log_id: str, recipient: str) -> None:
    """Record whom it is handed to, first; where a server has the file, through that."""
    try:
        database = await open_database(settings.database_url, open_vault(settings))
    except FileInUse:
        place = deposit_folder(settings)
        assert place is not None, "only a SQLite file is one process's"
        await asyncio.to_thread(deposit_export, place, log_id=log_id, recipient=recipient)
        return
    try:
        await record_export(database, log_id, {"name": recipient}, utc_now())
    finally:
        await database.close()


def _run(work: Coroutine[object, object, int], language: Language) -> int:
    try:
        return asyncio.run(work)
    except LogBroken as error:
        stop(str(error), language, FOUND)
    except (*REFUSED, OSError) as error:
        stop(str(error), language)
