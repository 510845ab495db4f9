"""`client erase`: the same as the API's, beside PostgreSQL or where no server runs."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated

import typer

from app.auth import Principal, Role
from app.commandline.tongue import Lang, language_of, stop
from app.commands.erasure.client import Erasure, NotErasable, erase_client
from app.installation.answer import Answer, FieldsInvalid, NotFound
from app.installation.installation import Installation
from app.ledger.speaking.sentences import said
from app.ledger.words import Cause

_OPERATOR = Principal(
    key_id="command line", role=Role.OPERATOR, organisation_id=None, municipality_ids=frozenset()
)


class Ground(StrEnum):
    """On what ground."""

    REQUESTED = "requested"
    RETENTION_ENDED = "retention_ended"


Run = Callable[[Callable[[Installation], Awaitable[Answer]]], Answer]


def client_cli(run: Run) -> typer.Typer:
    """The commands; `run` gives them an installation."""
    cli = typer.Typer(help="Clients", no_args_is_help=True)

    @cli.callback()
    def _clients() -> None:
        """Clients."""

    @cli.command("erase")
    def erase(
        client_id: Annotated[str, typer.Argument(help="The client's id")],
        *,
        ground: Annotated[Ground, typer.Option(help="On what ground")],
        code: Annotated[str, typer.Option(help="The client's code, to be sure who is meant")],
        lang: Lang = None,
    ) -> None:
        """Erase all that is personal of a retired client, for good.

        Exit code 0: erased, now or before. 2: not, and nothing was changed.
        """
        language = language_of(lang)
        erasure = Erasure(ground=Cause(ground.value), code=code)

        async def work(installation: Installation) -> Answer:
            try:
                return await erase_client(installation, _OPERATOR, client_id, erasure)
            except NotFound:
                stop(f"There is no client {client_id}.", language)
            except FieldsInvalid as refusal:
                stop("\n".join(f"{one.pointer}: {one.detail}" for one in refusal.errors), language)
            except NotErasable as refusal:
                stop(str(refusal), language)

        done = run(work).body
        told = f"{done['client_id']} erased at {done['erased_at']}: {done['incidents']}"
        typer.echo(said(told, language))

    return cli
