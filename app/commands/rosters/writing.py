"""A new version of a roster: checked against its desk, then kept for good."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.auth import Principal
from app.channels.channel import rfc3339
from app.commands.directory.protocols import VersionStale
from app.installation.answer import FieldError, FieldsInvalid, Refusal, refuse
from app.installation.installation import Installation
from app.models.roster import RosterRow, RosterVersionRow
from app.protocols.problems import Problem
from app.rosters.history import Version, appended
from app.rosters.roster import Roster, RosterInvalid, parse_roster
from app.store.directory.directory import EVERYTHING, get_parties, person_ids_of


class RosterStale(VersionStale):
    """The roster has changed since; read it again before you change it (If-Match)."""


class LaterVersionWaits(Refusal):
    """A version that takes effect later is recorded already; change that one as a whole (PUT)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """From when a version holds, and why.

    Without an instant it holds from now. A correction may say something else about the past, and
    then says why.
    """

    effective_from: datetime | None = None
    is_correction: bool = False
    reason: str | None = None


def read_roster_document(data: object) -> Roster:
    """A roster from the plain data of a request's `document`.

    Raises:
        FieldsInvalid: all that is wrong with it.
    """
    try:
        return parse_roster(data)
    except RosterInvalid as invalid:
        raise FieldsInvalid(errors=as_errors(invalid.problems, under="/document")) from invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One transaction in which somebody writes a roster."""

    session: Session
    installation: Installation
    principal: Principal
    roster: RosterRow


def write_version(
    writing: Writing, document: Roster, terms: Terms, newest: RosterVersionRow | None
) -> RosterVersionRow:
    """Append a version after `newest`.

    Raises:
        FieldsInvalid: it names persons who do not take turns at the desk, or would change the past
            and is no correction with a reason.
    """
    session, installation = writing.session, writing.installation
    version = _next(newest, document, terms, installation.clock())
    try:
        appended([as_version(newest)] if newest else [], version)
    except RosterInvalid as invalid:
        raise FieldsInvalid(errors=as_errors(invalid.problems)) from invalid
    known = as_version(newest).document.person_ids() if newest else frozenset()
    refuse(_strangers(session, writing.roster.desk_id, document, known))
    row = RosterVersionRow(
        id=installation.new_id(),
        roster_id=writing.roster.id,
        number=version.number,
        document=document.document(),
        effective_from=version.effective_from,
        recorded_at=version.recorded_at,
        is_correction=version.is_correction,
        reason=version.reason,
        recorded_by=writing.principal.organisation_id,
    )
    session.add(row)
    session.flush()
    return row


def _next(
    newest: RosterVersionRow | None, document: Roster, terms: Terms, now: datetime
) -> Version:
    # Time does not go back, even if the clock does (H11).
    recorded_at = max(now, newest.recorded_at) if newest else now
    return Version(
        number=newest.number + 1 if newest else 1,
        document=document,
        effective_from=terms.effective_from or recorded_at,
        recorded_at=recorded_at,
        is_correction=terms.is_correction,
        reason=terms.reason,
    )


def as_version(row: RosterVersionRow) -> Version:
    """A stored version as the rules read it."""
    return Version(
        number=row.number,
        document=parse_roster(row.document),
        effective_from=row.effective_from,
        recorded_at=row.recorded_at,
        is_correction=row.is_correction,
        reason=row.reason,
    )


def as_errors(problems: Iterable[Problem], *, under: str = "") -> list[FieldError]:
    """Problems as those of a request; those of a document lie under its member."""
    return [FieldError(pointer=under + one.pointer, detail=one.detail) for one in problems]


def version_view(row: RosterVersionRow, *, with_document: bool = True) -> dict[str, object]:
    """A version as it is shown."""
    shown: dict[str, object] = {
        "version": row.number,
        "effective_from": rfc3339(row.effective_from),
        "recorded_at": rfc3339(row.recorded_at),
        "correction": row.is_correction,
        "reason": row.reason,
    }
    return shown | {"document": row.document} if with_document else shown


def _strangers(
    session: Session, desk_id: str, document: Roster, known: frozenset[str]
) -> Iterator[FieldError]:
    """Whom it names anew although they do not take turns at the desk.

    Who has left since stays where the version before had them; the watch tells of them.
    """
    own = set(person_ids_of(session, [desk_id])[desk_id])
    active = {
        row.id
        for row in get_parties(session, party_ids=own, sight=EVERYTHING).values()
        if row.retired_at is None
    }
    for pointer, person in _named(document):
        if person not in active | known:
            yield FieldError(pointer=pointer, detail="No such person takes turns at this desk.")


def _named(document: Roster) -> Iterator[tuple[str, str]]:
    for at, rotation in enumerate(document.rotations):
        for place, person in enumerate(rotation.persons):
            yield f"/document/rotations/{at}/persons/{place}", person
    for at, shift in enumerate(document.shifts):
        yield f"/document/shifts/{at}/person", shift.person
    for at, override in enumerate(document.overrides):
        if override.person is not None:
            yield f"/document/overrides/{at}/person", override.person


def without_past(document: Roster, now: datetime) -> Roster:
    """The document without the shifts and overrides that have ended.

    They stay in the versions before, which answer for the past.
    """
    shifts = tuple(one for one in document.shifts if one.ends_at > now)
    overrides = tuple(one for one in document.overrides if one.ends_at > now)
    return document.model_copy(update={"shifts": shifts, "overrides": overrides})
