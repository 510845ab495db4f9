"""The command line: `python -m app`."""

import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn, TypeVar

import typer
import uvicorn
from fastapi import FastAPI

from app.auth import Role
from app.channels import open_channels
from app.commandline.erasure import client_cli
from app.commandline.ledger import ledger_cli
from app.commandline.protocol import protocol_cli
from app.commands.directory.keys import create_key, list_keys, revoke_key
from app.database import DatabaseError
from app.database.migration import migrate as apply_migrations
from app.database.opening import reserved
from app.database.sqlite import FileInUse
from app.demo.play import play
from app.demo.seed import seed
from app.engine.deposit import NobodyTookIt, deposit_folder, deposit_key
from app.engine.engine import Engine
from app.installation.answer import FieldsInvalid
from app.installation.installation import Installation
from app.installation.secrets import KeyFileInvalid, digest, new_access_key, new_id
from app.main import beside, create_app, open_installation
from app.publishing.opening import check_outside
from app.settings import Settings, SettingsInvalid, read_settings
from app.telemetry import configure_logs
from app.templates.reading import TemplateBroken
from app.vault import SealBroken

# With the dispatcher's own patience it stays below ten.
GRACEFUL_SECONDS = 3
Result = TypeVar("Result")

cli = typer.Typer(help="Renrakumo (連絡網)", no_args_is_help=True, add_completion=False)
key_cli = typer.Typer(help="Access keys", no_args_is_help=True)
cli.add_typer(key_cli, name="key")
cli.add_typer(protocol_cli, name="protocol")

NoMigrate = Annotated[bool, typer.Option("--no-migrate", help="Leave the schema as it is")]


@cli.command()
def serve(
    *,
    no_engine: Annotated[
        bool, typer.Option("--no-engine", help="Only API and pages; needs `work` elsewhere")
    ] = False,
    no_migrate: NoMigrate = False,
    demo: Annotated[bool, typer.Option("--demo", help="Make demonstration data first")] = False,
) -> None:
    """Serve the API and the pages, and run the engine."""
    settings = _settings()
    if no_engine and settings.database_url.startswith("sqlite"):
        _stop("serve --no-engine needs PostgreSQL: SQLite is for one process.")
    if not no_migrate:
        _apply_migrations(settings)
    if demo:
        typer.echo(_run(seed(settings)))
    with _listening(settings) as listener:
        config = uvicorn.Config(
            _app(settings, sends=not no_engine),
            lifespan="off",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
            server_header=False,
        )
        _run(_serve(config, listener), loop_factory=config.get_loop_factory())


@cli.command()
def work(*, no_migrate: NoMigrate = False) -> None:
    """Run the engine without API and pages, beside `serve --no-engine` on one PostgreSQL."""
    settings = _settings()
    if settings.database_url.startswith("sqlite"):
        _stop("work needs PostgreSQL: SQLite is for one process.")
    if not no_migrate:
        _apply_migrations(settings)
    _run(_work(settings))


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    _apply_migrations(_settings())


@cli.command()
def demo() -> None:
    """Play one incident with short times against the running server of `make run`."""
    sys.exit(_run(play(_settings())))


@key_cli.command("create")
def key_create(
    role: Annotated[Role, typer.Option(help="What the key is for")],
    organisation: Annotated[str | None, typer.Option(help="Organisation id")] = None,
    label: Annotated[str | None, typer.Option(help="What you call it")] = None,
) -> None:
    """Make a key and print it, once."""

    async def make(installation: Installation) -> str:
        try:
            made = await create_key(
                installation, role=role, organisation_id=organisation, label=label
            )
        except FieldsInvalid as error:
            _stop(str(error))
        return made[1]

    settings = _settings()
    try:
        with reserved(settings.database_url):
            pass
    except FileInUse as error:
        typer.echo(_deposit(settings, role, organisation, label, error))
        return
    typer.echo(_run(_with_installation(make)))


@key_cli.command("list")
def key_list() -> None:
    """List the keys: id, role, organisation, label, when made, when revoked."""
    for line in _run(_with_installation(list_keys)):
        typer.echo(line)


@key_cli.command("revoke")
def key_revoke(key_id: Annotated[str, typer.Argument(help="The key's id")]) -> None:
    """Make a key useless."""

    async def revoke(installation: Installation) -> bool:
        return await revoke_key(installation, key_id)

    if not _run(_with_installation(revoke)):
        _stop(f"There is no key {key_id}.")


def main() -> None:
    """Run the command line."""
    cli()


def _deposit(
    settings: Settings, role: Role, organisation: str | None, label: str | None, error: FileInUse
) -> str:
    """Leave the key to the server that has the database."""
    folder = deposit_folder(settings)
    if folder is None or organisation is not None or role is not Role.OPERATOR:
        _stop(f"{error} Make keys of organisations with POST /v1/keys.")
    key = new_access_key()
    try:
        deposit_key(folder, key_id=new_id(), key_hash=digest(key), role=role, label=label)
    except NobodyTookIt as refusal:
        _stop(str(refusal))
    return key


def _apply_migrations(settings: Settings) -> None:
    try:
        apply_migrations(settings.database_url)
    except DatabaseError as error:
        _stop(str(error))


def _app(settings: Settings, *, sends: bool) -> FastAPI:
    try:
        return create_app(settings, sends=sends)
    except TemplateBroken as error:
        _stop(str(error))


def _run(
    work: Coroutine[object, object, Result],
    *,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> Result:
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(work)
    except (
        DatabaseError,
        KeyFileInvalid,
        SealBroken,
        SettingsInvalid,
        TemplateBroken,
    ) as error:
        _stop(str(error))


async def _with_installation(work: Callable[[Installation], Awaitable[Result]]) -> Result:
    settings = _settings()
    await asyncio.to_thread(apply_migrations, settings.database_url)
    installation = await open_installation(settings)
    try:
        return await work(installation)
    finally:
        await installation.database.close()


class _Server(uvicorn.Server):
    """A server that ends when it is told to, and lets the engine end after it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear them, and do not raise them once more at the end: that would end the process."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


async def _serve(config: uvicorn.Config, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; what is under way is finished.

    The application's life is ours, so that what refuses to start leaves as itself.
    """
    app = config.app
    assert isinstance(app, FastAPI)
    async with app.router.lifespan_context(app):
        await _Server(config).serve(sockets=[listener])


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The address to serve on, ours before anything else begins; nobody is let in yet."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            if error.errno == errno.EADDRINUSE:
                _stop(f"{where} is taken: choose another with RENRAKUMO_PORT.")
            _stop(f"Cannot listen on {where} ({error.strerror}): see RENRAKUMO_HOST.")
        yield listener


async def _work(settings: Settings) -> None:
    """Run the engine until SIGTERM or SIGINT; what is under way is finished."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    installation = await open_installation(settings)
    channels = open_channels(settings, installation.clock)
    engine = Engine(installation, channels)
    await engine.start()
    async with beside(installation, channels):
        await stopping.wait()
    await engine.close()
    await installation.database.close()


def _settings() -> Settings:
    try:
        settings = read_settings(dict(os.environ))
        check_outside(settings)
    except SettingsInvalid as error:
        _stop(str(error))
    configure_logs(settings.log_level)
    return settings


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)


cli.add_typer(ledger_cli(_settings), name="ledger")
cli.add_typer(client_cli(lambda work: _run(_with_installation(work))), name="client")

if __name__ == "__main__":
    main()
