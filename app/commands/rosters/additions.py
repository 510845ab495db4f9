"""One shift or one override more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal

from sqlmodel import Session

from app.auth import Principal
from app.commands.rosters.rosters import roster_to_write, roster_view
from app.commands.rosters.writing import (
    LaterVersionWaits,
    Terms,
    Writing,
    as_version,
    read_roster_document,
)
from app.installation.answer import Answer, FieldError, FieldsInvalid, Idempotency, once, refuse
from app.installation.installation import Installation
from app.models.roster import RosterVersionRow
from app.rosters.history import Version, reigns
from app.rosters.roster import Roster
from app.store.directory.directory import touch_directory
from app.store.directory.roster import newest_version, versions_within

REIGNS_MAX: Final = 50
"""A correction of a time in which more versions held is written as a whole."""

# How a request for one shift or override names what the document and its terms name otherwise.
_MEMBERS: Final = MappingProxyType({"/person": "/person_id", "/replaces": "/replaces_id"})
_MOMENT: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """One shift or one override more: the list that it goes to, its times, and its other data.

    Without a begin it begins now. One that begins in the past is a correction, and says why.
    """

    to: Literal["shifts", "overrides"]
    begins_at: datetime | None
    ends_at: datetime
    data: Mapping[str, object]
    is_correction: bool
    reason: str | None

    def terms(self, effective_from: datetime) -> Terms:
        """The terms of a version that holds it."""
        return Terms(
            effective_from=effective_from, is_correction=self.is_correction, reason=self.reason
        )


async def add_to_roster(
    installation: Installation,
    principal: Principal,
    roster_id: str,
    addition: Addition,
    *,
    idempotency: Idempotency | None = None,
) -> Answer:
    """One shift or override more, in a version that otherwise says what the newest says.

    What has ended is left out of it; it stays in the versions before, which answer for the past.
    A correction repeats each version that has held since its begin, so that nothing else changes.

    Raises:
        NotFound: there is none, or the caller does not see its desk.
        Retired: its desk is.
        FieldsInvalid: it is wrong, or begins in the past and is no correction.
        LaterVersionWaits: the newest version does not hold yet.
    """

    def work(session: Session) -> Answer:
        touch_directory(session)
        roster = roster_to_write(session, principal, roster_id)
        newest = as_version(newest_version(session, roster_id=roster.id))
        writing = Writing.begun(session, installation, principal, roster, newest)
        if newest.effective_from > writing.now:
            raise LaterVersionWaits
        return Answer(status=201, body=roster_view(roster, _written(writing, addition)))

    return await once(installation, idempotency, work)


def _written(writing: Writing, addition: Addition) -> RosterVersionRow:
    """Write the versions that hold the addition; the last of them."""
    row = None
    for effective_from, document in _checked_bases(writing, addition):
        terms = addition.terms(effective_from)
        version, errors = _with_one_more(writing, document, addition, terms)
        refuse(errors)
        row = writing.write(version)
        writing = replace(writing, newest=version)
    assert row is not None, "the newest version holds now"
    return row


def _checked_bases(writing: Writing, addition: Addition) -> Sequence[tuple[datetime, Roster]]:
    try:
        return list(_bases(writing, addition))
    except FieldsInvalid as invalid:
        assert writing.newest is not None, "there is a version to add to"
        newest, terms = writing.newest.document, addition.terms(writing.now)
        _, beside = _with_one_more(writing, newest, addition, terms)
        raise FieldsInvalid(errors=[*invalid.errors, *beside]) from invalid


def _bases(writing: Writing, addition: Addition) -> Iterator[tuple[datetime, Roster]]:
    """From when on which documents get the addition: the newest, or each that held meanwhile."""
    newest, now = writing.newest, writing.now
    assert newest is not None, "there is a version to add to"
    begins_at = addition.begins_at or now
    if not addition.is_correction:
        if begins_at < now:
            raise _not_from(
                "Duty of the past is not changed: this must not lie before now, "
                "unless it is a correction."
            )
        yield now, _without_past(newest.document, now)
        return
    begin, end = min(begins_at, now), now + _MOMENT
    rows = versions_within(writing.session, roster_id=writing.roster.id, begin=begin, end=end)
    if len(rows) > REIGNS_MAX:
        raise _not_from("The roster has changed too often since; correct it as a whole (PUT).")
    for reign in reigns([as_version(row) for row in rows], begin, end):
        if reign.version is None:
            raise _not_from("There was no roster yet; correct it as a whole (PUT).")
        yield reign.begins_at, reign.version.document


def _with_one_more(
    writing: Writing, before: Roster, addition: Addition, terms: Terms
) -> tuple[Version, Sequence[FieldError]]:
    """The version with the addition, and all that stands against it."""
    data, errors = before.document(), list[FieldError]()
    place = f"/document/{addition.to}/{len(data[addition.to])}"
    times = {"from": addition.begins_at or writing.now, "to": addition.ends_at}
    data[addition.to] = [*data[addition.to], {**times, **addition.data}]
    document = before
    try:
        document = read_roster_document(data)
    except FieldsInvalid as invalid:
        errors += invalid.errors
    version = writing.following(document, terms)
    errors += writing.problems(version)
    return version, [_of_addition(error, place) for error in errors]


def _of_addition(error: FieldError, place: str) -> FieldError:
    """What is wrong with the new member of the document, as the request named it.

    What is wrong with the document as a whole, is with the request as a whole.
    """
    if not error.pointer.startswith("/document"):
        return error
    pointer = error.pointer.removeprefix(place) if error.pointer.startswith(place) else ""
    return replace(error, pointer=_MEMBERS.get(pointer, pointer))


def _not_from(detail: str) -> FieldsInvalid:
    return FieldsInvalid(errors=[FieldError(pointer="/from", detail=detail)])


def _without_past(document: Roster, now: datetime) -> Roster:
    """The document without the shifts and overrides that have ended."""
    shifts = tuple(one for one in document.shifts if one.ends_at > now)
    overrides = tuple(one for one in document.overrides if one.ends_at > now)
    return document.model_copy(update={"shifts": shifts, "overrides": overrides})
