"""`python -m app protocol`: what a protocol is worth, before it is published."""

import asyncio
import json
import os
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NoReturn, TypeVar

import typer

from app.clock import utc_now
from app.commandline.reading import Unusable, Whose, read
from app.commandline.tongue import Lang, Tongue, language_of, stop
from app.commands.protocols.checking import Checked, shown
from app.commands.protocols.reporting import picture_of, text_of
from app.commands.protocols.simulating import told
from app.cover.rehearsal import ANSWER_WITHIN, ANSWERS_MAX, Act, Answer, rehearse
from app.database import DatabaseError
from app.escalation.network import Network
from app.escalation.party import PartyId
from app.foresight.examined import Examined, examine, refused
from app.foresight.speaking.sentences import in_words
from app.foresight.story import tell
from app.installation.answer import FieldsInvalid
from app.installation.secrets import KeyFileInvalid
from app.protocols.fields import day_of
from app.protocols.kinds import IncidentType, Language, Severity, default_severity
from app.protocols.problems import Problem
from app.rosters.fields import parse_instant
from app.settings import SettingsInvalid, read_settings
from app.vault import SealBroken

FINE, WANTING, UNUSABLE = 0, 1, 2
_ANSWER: Final = re.compile(r"(.*):([0-9]{1,8})(?:\.([0-9]{1,3}))?:([a-z_]+)", re.DOTALL)
_SECONDS_MAX: Final = ANSWER_WITHIN // timedelta(seconds=1)
Result = TypeVar("Result")

protocol_cli = typer.Typer(help="Protocols, before they are published", no_args_is_help=True)


class Form(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"
    SVG = "svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The file, for whom, and in which language."""

    file: Path | None
    whose: Whose
    language: Language


File = Annotated[
    Path | None,
    typer.Argument(help="YAML or JSON; without it the published version is taken"),
]
Client = Annotated[str | None, typer.Option("--client", help="Client id, in the database")]
Municipality = Annotated[
    str | None, typer.Option("--municipality", help="Municipality id, in the database")
]
Written = Annotated[Form, typer.Option("--format", help="text, json or svg")]


@protocol_cli.command("check")
def protocol_check(
    file: File = None,
    *,
    client: Client = None,
    municipality: Municipality = None,
    lang: Lang = None,
    form: Written = Form.TEXT,
    week: Annotated[str | None, typer.Option(help="First day of the picture")] = None,
) -> None:
    """Prove the cover of a protocol, as `POST …/protocol/check` does.

    Exit code 0: it may be published and has no gaps. 1: gaps or errors. 2: unusable input.
    """
    asked = _asked(file, client, municipality, lang)
    examined = _examined(asked)
    match form:
        case Form.TEXT:
            typer.echo(_run(text_of(examined, asked.language), asked), nl=False)
        case Form.JSON:
            _echo_json(shown(examined))
        case Form.SVG:
            day = _parsed("--week", day_of, week, asked.language)
            typer.echo(_run(picture_of(examined, day, asked.language), asked), nl=False)
    raise typer.Exit(WANTING if examined.has_gaps or not examined.is_ok else FINE)


@protocol_cli.command("simulate")
def protocol_simulate(
    file: File = None,
    *,
    incident_type: Annotated[IncidentType, typer.Option("--type", help="What is reported")],
    severity: Annotated[Severity | None, typer.Option(help="By default that of the type")] = None,
    at: Annotated[str | None, typer.Option(help="2026-11-24T03:00:00+09:00; else now")] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option(help="PARTY:SECONDS:ACT, as often as needed; no PARTY: a coordinator"),
    ] = None,
    client: Client = None,
    municipality: Municipality = None,
    lang: Lang = None,
    form: Written = Form.TEXT,
) -> None:
    """Let an incident run through a protocol on a virtual clock; nothing is sent or stored.

    Exit code 0: told. 1: the protocol cannot be published. 2: unusable input.
    """
    asked = _asked(file, client, municipality, lang)
    if form is Form.SVG:
        _stop("A simulation is told as text or as json.", asked.language)
    answers = [_answer(one, asked.language) for one in answer or ()]
    opened_at = _parsed("--at", parse_instant, at, asked.language) or utc_now()
    network = _publishable(asked)
    _require_known(answers, network, asked.language)
    past = rehearse(
        network,
        incident_type=incident_type,
        severity=severity or default_severity(incident_type),
        at=opened_at,
        answers=answers,
    )
    if form is Form.JSON:
        _echo_json(told(past, network))
    else:
        typer.echo(tell(past, network, asked.language), nl=False)


def _asked(
    file: Path | None, client: str | None, municipality: str | None, lang: Tongue | None
) -> _Asked:
    whose = Whose(client_id=client, municipality_id=municipality)
    return _Asked(file=file, whose=whose, language=language_of(lang))


def _examined(asked: _Asked) -> Examined:
    # From a whole minute on, so that what is read is not full of thousandths.
    now = utc_now().replace(second=0, microsecond=0)
    found = _read(asked, now)
    if not isinstance(found, Checked):
        return refused(found, now)
    return examine(found.network, found.report, now, published_at=found.published_at)


def _publishable(asked: _Asked) -> Network:
    """The network of a document that may be published; else it ends here."""
    found = _read(asked, utc_now())
    if isinstance(found, Checked) and found.report.is_ok:
        return found.network
    _say_problems(found.report.errors if isinstance(found, Checked) else found, asked.language)
    raise typer.Exit(WANTING)


def _require_known(answers: Sequence[Answer], network: Network, language: Language) -> None:
    if len(answers) > ANSWERS_MAX:
        _stop(f"At most {ANSWERS_MAX} answers.", language)
    for one in answers:
        if one.party_id is not None and one.party_id not in network.parties:
            _stop(f"The protocol names no {one.party_id} (--answer), nor do its desks.", language)


def _read(asked: _Asked, now: datetime) -> Checked | tuple[Problem, ...]:
    try:
        settings = read_settings(dict(os.environ))
    except SettingsInvalid as error:
        _stop(str(error), asked.language)
    return _run(read(asked.file, asked.whose, settings=settings, now=now), asked)


def _run(work: Coroutine[object, object, Result], asked: _Asked) -> Result:
    try:
        return asyncio.run(work)
    except Unusable as error:
        _say_problems(error.problems, asked.language)
        _stop(str(error), asked.language)
    except FieldsInvalid as error:
        stop("\n".join(in_words(one.detail, asked.language, {}) for one in error.errors), "en")
    except (DatabaseError, KeyFileInvalid, SealBroken) as error:
        stop(str(error), asked.language)


def _parsed(
    option: str, parse: Callable[[object], Result], text: str | None, language: Language
) -> Result | None:
    try:
        return None if text is None else parse(text)
    except ValueError as error:
        stop(f"{option}: {in_words(str(error), language, {})}", language)


def _answer(text: str, language: Language) -> Answer:
    matched = _ANSWER.fullmatch(text)
    if matched is None or int(matched[2]) >= _SECONDS_MAX or matched[4] not in set(Act):
        _stop(
            f"{text!r} (--answer) is not PARTY:SECONDS:ACT, with less than {_SECONDS_MAX} seconds"
            f" and one of: {', '.join(Act)}.",
            language,
        )
    party = PartyId(matched[1]) if matched[1] else None
    thousandths = int((matched[3] or "").ljust(3, "0"))
    after = timedelta(seconds=int(matched[2]), milliseconds=thousandths)
    return Answer(party_id=party, after=after, act=Act(matched[4]))


def _echo_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _say_problems(problems: tuple[Problem, ...], language: Language) -> None:
    for one in problems:
        typer.echo(f"{one.pointer or '/'}: {in_words(one.detail, language, {})}", err=True)


def _stop(message: str, language: Language) -> NoReturn:
    stop(in_words(message, language, {}), language)
