"""A new version of a roster: checked against its desk, then kept for good."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from sqlmodel import Session

from app.auth import Principal
from app.channels.channel import rfc3339
from app.installation.answer import FieldError, FieldsInvalid, Refusal, refuse
from app.installation.installation import Installation
from app.models.roster import RosterRow, RosterVersionRow
from app.protocols.problems import Problem
from app.rosters.history import Version, appended
from app.rosters.roster import Roster, RosterInvalid, parse_roster
from app.store.directory.directory import EVERYTHING, get_parties, person_ids_of
from app.store.directory.roster import roster_versions
from app.store.people.duty import note_persons

STALE: Final = "The roster has changed since; read it again before you change it (If-Match)."
_STRANGER: Final = "No such person takes turns at this desk."
# An empty document would take a whole desk off duty, by mistake or by a stolen key.
_EMPTY: Final = "Names nobody: with this roster nobody would ever be on duty for the desk."


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One transaction in which somebody writes a roster; `newest` is None for its first version.

    `recorded_by` is the organisation or the person who does; None for the operator.
    """

    session: Session
    installation: Installation
    recorded_by: str | None
    roster: RosterRow
    newest: Version | None
    now: datetime

    @classmethod
    def begun(
        cls,
        session: Session,
        installation: Installation,
        principal: Principal,
        roster: RosterRow,
        newest: Version | None,
    ) -> Self:
        """A transaction that writes after `newest`."""
        now = installation.clock()
        return cls(
            session=session,
            installation=installation,
            recorded_by=principal.organisation_id,
            roster=roster,
            newest=newest,
            # Time does not go back, even if the clock does (H11).
            now=max(now, newest.recorded_at) if newest else now,
        )

    def following(self, document: Roster, terms: Terms) -> Version:
        """The version after the newest."""
        return Version(
            number=self.newest.number + 1 if self.newest else 1,
            document=document,
            effective_from=terms.effective_from or self.now,
            recorded_at=self.now,
            is_correction=terms.is_correction,
            reason=terms.reason,
        )

    def problems(self, version: Version) -> list[FieldError]:
        """What stands against a version.

        It names nobody, or persons who do not take turns at the desk, or would change the past and
        is no correction with a reason.
        """
        errors = []
        try:
            appended([self.newest] if self.newest else [], version)
        except RosterInvalid as invalid:
            errors = as_errors(invalid.problems)
        if not (version.document.rotations or version.document.shifts):
            errors.append(FieldError(pointer="/document", detail=_EMPTY))
        return [*errors, *_strangers(self, version)]

    def write_checked(self, document: Roster, terms: Terms) -> RosterVersionRow:
        """Append the version after the newest.

        Raises:
            FieldsInvalid: something stands against it.
        """
        version = self.following(document, terms)
        refuse(self.problems(version))
        return self.write(version)

    def write(self, version: Version) -> RosterVersionRow:
        """Append a version against which nothing stands."""
        row = RosterVersionRow(
            id=self.installation.new_id(),
            roster_id=self.roster.id,
            number=version.number,
            document=version.document.document(),
            effective_from=version.effective_from,
            recorded_at=version.recorded_at,
            is_correction=version.is_correction,
            reason=version.reason,
            recorded_by=self.recorded_by,
        )
        self.session.add(row)
        self.session.flush()
        note_persons(self.session, self.roster.id, version.document.person_ids())
        return row


def read_roster_document(data: object) -> Roster:
    """A roster from the plain data of a request's `document`.

    Raises:
        FieldsInvalid: all that is wrong with it.
    """
    try:
        return parse_roster(data)
    except RosterInvalid as invalid:
        raise FieldsInvalid(errors=as_errors(invalid.problems, under="/document")) from invalid


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


def version_view(row: RosterVersionRow) -> dict[str, object]:
    """A version as it is shown, without its document."""
    return {
        "version": row.number,
        "effective_from": rfc3339(row.effective_from),
        "recorded_at": rfc3339(row.recorded_at),
        "correction": row.is_correction,
        "reason": row.reason,
        "recorded_by": row.recorded_by,
    }


def _strangers(writing: Writing, version: Version) -> Iterator[FieldError]:
    """Whom it names although they do not take turns at the desk.

    Who has left since stays where the version before had them; the watch tells of them. A
    correction may say of anybody who ever was in the roster that they were on duty.
    """
    session, desk_id = writing.session, writing.roster.desk_id
    at_desk = person_ids_of(session, [desk_id])[desk_id]
    own = get_parties(session, party_ids=at_desk, sight=EVERYTHING)
    known = writing.newest.document.person_ids() if writing.newest else frozenset()
    if version.is_correction and not version.document.person_ids() <= known | own.keys():
        known = _ever_named(writing)
    active = {row.id for row in own.values() if row.retired_at is None}
    may_serve = known | (own.keys() if version.is_correction else active)
    for pointer, person in _serving(version.document):
        if person not in may_serve:
            yield FieldError(pointer=pointer, detail=_STRANGER)
    for at, override in enumerate(version.document.overrides):
        if override.replaces is not None and override.replaces not in known | own.keys():
            yield FieldError(pointer=f"/document/overrides/{at}/replaces", detail=_STRANGER)


def _ever_named(writing: Writing) -> frozenset[str]:
    rows = roster_versions(writing.session, roster_id=writing.roster.id)
    return frozenset().union(*(parse_roster(row.document).person_ids() for row in rows))


def _serving(document: Roster) -> Iterator[tuple[str, str]]:
    for at, rotation in enumerate(document.rotations):
        for place, person in enumerate(rotation.persons):
            yield f"/document/rotations/{at}/persons/{place}", person
    for at, shift in enumerate(document.shifts):
        yield f"/document/shifts/{at}/person", shift.person
    for at, override in enumerate(document.overrides):
        if override.person is not None:
            yield f"/document/overrides/{at}/person", override.person
