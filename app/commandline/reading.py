"""From a file, or the configured database, to a document with everybody whom it names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from app.auth import Principal, Role
from app.commandline.town import Town
from app.commands.directory.protocols import Document, FindSubject, of_client, of_municipality
from app.commands.protocols.checking import Checked, read_in
from app.database.reading import open_reader
from app.escalation.network import Network
from app.installation.answer import NotFound
from app.installation.secrets import open_vault
from app.protocols.document import Written, read_text
from app.protocols.draft import Draft
from app.protocols.problems import Problem, ProtocolInvalid, problems_of, within_json
from app.protocols.protocol import parse_protocol
from app.protocols.publication import check_publication, check_refused
from app.settings import Settings

_BYTES_MAX: Final = 1024 * 1024
_OPERATOR: Final = Principal(
    key_id="command line", role=Role.OPERATOR, organisation_id=None, municipality_ids=frozenset()
)


class Unusable(Exception):
    """There is nothing that could be checked; `problems` say why, or the text does."""

    def __init__(self, text: str, problems: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """For whom the document is, in the configured database; neither: the file brings all along."""

    client_id: str | None = None
    municipality_id: str | None = None

    @property
    def find_subject(self) -> FindSubject | None:
        """How the database finds it.

        Raises:
            Unusable: both are named.
        """
        if self.client_id is not None and self.municipality_id is not None:
            raise Unusable("Give --client or --municipality, not both.")
        if self.client_id is not None:
            return of_client(_OPERATOR, self.client_id)
        if self.municipality_id is not None:
            return of_municipality(_OPERATOR, self.municipality_id)
        return None


async def read(
    file: Path | None, whose: Whose, *, settings: Settings, now: datetime
) -> Checked | tuple[Problem, ...]:
    """The document with all that the rules need to know of; or what is wrong with it.

    Args:
        file: JSON or YAML; None: the version that is published.
        whose: for whom.
        settings: name the database, opened only if somebody is named; nothing is changed in it.
        now: when it would be published.

    Raises:
        Unusable: the file cannot be read, or names parties of nowhere; there is no such client.
        DatabaseError: the database cannot be read.
    """
    find = whose.find_subject
    if find is None:
        if file is None:
            raise Unusable("Give a file, or --client or --municipality, or both.")
        return _alone(file, now)
    document = None
    if file is not None:
        text, is_yaml = _text(file)
        _written(text, is_yaml=is_yaml)
        document = Document(text=text, is_yaml=is_yaml)
    async with open_reader(settings.database_url, open_vault(settings)) as database:
        try:
            return await read_in(database, now, find, document)
        except NotFound:
            raise Unusable(
                "There is no such client or municipality, or nothing is published there."
            ) from None


def _alone(file: Path, now: datetime) -> Checked | tuple[Problem, ...]:
    """A file that brings its directory along: `directory` beside `protocol`."""
    text, is_yaml = _text(file)
    data = _written(text, is_yaml=is_yaml).data
    if not isinstance(data, dict) or "directory" not in data:
        raise Unusable(
            "Say whose protocol it is, with --client or --municipality; or write it under"
            " `protocol:` and those whom it names under `directory:`."
        )
    unknown = [Problem(pointer=f"/{name}", detail="There is no such field.") for name in data]
    wrong = [one for one in unknown if one.pointer not in {"/directory", "/protocol"}]
    town = _town(data["directory"], wrong)
    try:
        protocol = parse_protocol(data.get("protocol"))
    except ProtocolInvalid as invalid:
        today = now.astimezone(Draft.of(invalid).zone).date()
        return check_refused(invalid, town.known(), published_on=today)
    today = now.astimezone(protocol.zone).date()
    return Checked(
        protocol=protocol,
        network=Network.of_protocol(protocol, town.parties(), today),
        report=check_publication(protocol, town.known(), published_on=today),
        published_at=None,
    )


def _town(data: object, wrong: Iterable[Problem]) -> Town:
    cleaned, beyond = within_json(data)
    problems = [*wrong, *beyond]
    try:
        town = Town.model_validate(cleaned)
    except ValidationError as error:
        problems += [
            Problem(pointer=f"/directory{one.pointer}", detail=one.detail)
            for one in problems_of(error, cleaned)
        ]
        raise Unusable("The directory cannot be used.", problems) from None
    if problems:
        raise Unusable("The file cannot be used.", problems)
    return town


def _text(file: Path) -> tuple[bytes, bool]:
    """What a file holds, and whether it is YAML: all but `.json` is."""
    try:
        with file.open("rb") as opened:
            text = opened.read(_BYTES_MAX)
    except OSError as error:
        raise Unusable(f"{file.name} cannot be read: {error.strerror}.") from error
    return text, file.suffix.lower() != ".json"


def _written(text: bytes, *, is_yaml: bool) -> Written:
    """What it says.

    Raises:
        Unusable: it is neither JSON nor YAML, or says something twice.
    """
    try:
        written = read_text(text, is_yaml=is_yaml)
    except ProtocolInvalid as invalid:
        raise Unusable("The file cannot be read.", invalid.problems) from None
    if repeated := list(written.problems()):
        raise Unusable("The file cannot be used.", repeated)
    return written
