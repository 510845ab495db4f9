"""One shift or one override more."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from sqlmodel import Session

from app.auth import Principal
from app.commands.rosters.rosters import roster_to_write, roster_view
from app.commands.rosters.writing import (
    LaterVersionWaits,
    Terms,
    Writing,
    read_roster_document,
    without_past,
    write_version,
)
from app.installation.answer import Answer, FieldError, FieldsInvalid, Idempotency, once
from app.installation.installation import Installation
from app.models.roster import RosterVersionRow
from app.rosters.roster import parse_roster
from app.store.directory.directory import touch_directory
from app.store.directory.roster import newest_version

# How a request for one shift or override names the members of the document.
_MEMBERS: Final = MappingProxyType({"/person": "/person_id", "/replaces": "/replaces_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """One shift or one override more: the list that it goes to, and its data."""

    to: Literal["shifts", "overrides"]
    data: Mapping[str, object]


async def add_to_roster(
    installation: Installation,
    principal: Principal,
    roster_id: str,
    addition: Addition,
    *,
    terms: Terms,
    idempotency: Idempotency | None = None,
) -> Answer:
    """One shift or override more, in a version that otherwise says what the newest says.

    What lies in the past is left out of a version that only holds from now.

    Raises:
        NotFound: there is none, or the caller does not see its desk.
        FieldsInvalid: it is wrong, or begins in the past and is no correction.
        LaterVersionWaits: the newest version does not hold yet.
    """

    def work(session: Session) -> Answer:
        touch_directory(session)
        roster = roster_to_write(session, principal, roster_id)
        newest = newest_version(session, roster_id=roster.id)
        now = installation.clock()
        if newest.effective_from > now:
            raise LaterVersionWaits
        writing = Writing(
            session=session, installation=installation, principal=principal, roster=roster
        )
        row = _with_one_more(writing, newest, addition, terms)
        return Answer(status=201, body=roster_view(roster, row))

    return await once(installation, idempotency, work)


def _with_one_more(
    writing: Writing, newest: RosterVersionRow, addition: Addition, terms: Terms
) -> RosterVersionRow:
    before, now = parse_roster(newest.document), writing.installation.clock()
    data = (before if terms.is_correction else without_past(before, now)).document()
    place = f"/document/{addition.to}/{len(data[addition.to])}"
    data[addition.to] = [*data[addition.to], dict(addition.data)]
    try:
        return write_version(writing, read_roster_document(data), terms, newest)
    except FieldsInvalid as invalid:
        errors = [_of_addition(error, place) for error in invalid.errors]
        raise FieldsInvalid(errors=errors) from invalid


def _of_addition(error: FieldError, place: str) -> FieldError:
    """What is wrong with the new member of the document, as the request named it."""
    if not error.pointer.startswith(place):
        return error
    pointer = error.pointer.removeprefix(place)
    return replace(error, pointer=_MEMBERS.get(pointer, pointer))
