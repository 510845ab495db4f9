"""In which language a command answers."""

import os
from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from app.ledger.speaking.sentences import said
from app.protocols.kinds import Language

NOT_DONE = 2


class Tongue(StrEnum):
    """The language of the answer."""

    JA = "ja"
    EN = "en"


Lang = Annotated[Tongue | None, typer.Option("--lang", "--language", help="ja or en")]


def language_of(lang: Tongue | None) -> Language:
    """The language that was asked for, or else that of the environment (LANG), or else English."""
    is_japanese = os.environ.get("LANG", "").startswith("ja") if lang is None else lang == "ja"
    return "ja" if is_japanese else "en"


def stop(message: str, language: Language, code: int = NOT_DONE) -> NoReturn:
    """Say why nothing was done, line by line, and end with an exit code."""
    for line in message.splitlines():
        typer.echo(said(line, language), err=True)
    raise typer.Exit(code)
