"""Accountable desks: they hold by agreement (H2), and stay reachable at every hour (H3)."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session

from app.auth import Principal
from app.escalation.party import PartyKind
from app.installation.answer import FieldError, Refusal
from app.models.directory import PartyRow
from app.protocols.calendar import Hours, union_covers_day
from app.protocols.kinds import OrganisationKind
from app.protocols.publication import KnownParty
from app.store.directory.directory import EVERYTHING, Sight, get_parties, get_party
from app.store.directory.protocol import accountable_desk_ids, known
from app.store.directory.ties import has_open_incidents_without_protocol
from app.store.people.uses import (
    ProtocolUse,
    count_protocol_uses,
    held_incidents,
    municipalities_falling_back_on,
    protocol_uses,
)
from app.store.vault.loading import set_approver

ACCOUNTABLE: Final = "/accountable"
NAMED_MAX: Final = 20
"""So many protocols, and so many municipalities, are named in a refusal; the others are counted."""

_DESK: Final = "/accountable_desk_id"
_APPROVAL: Final = "/accountable_approval"


class AccountableDeskNeeded(Refusal):
    """An accountable desk would no longer be reachable at every hour; publish another one first."""


class IncidentsHeld(Refusal):
    """Open incidents rest on it alone; let somebody else take them over first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A standing agreement (事前合意): who of the desk's organisation signed it, and when."""

    approved_by: str
    approved_on: date
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountableChange:
    """What is to be different in who holds where a client of a municipality has no protocol.

    `names_desk` tells a desk that is taken away (`desk_id` is None) from one that stays.
    """

    names_desk: bool = False
    desk_id: str | None = None
    approval: Approval | None = None


def accountable_errors(
    session: Session, row: PartyRow, change: AccountableChange, *, today: date
) -> Iterator[FieldError]:
    """What is wrong with a change of an organisation's accountable desk.

    Args:
        session: to look up the desk.
        row: the organisation as it is.
        change: what is asked for.
        today: the day in Japan; an agreement of a day to come is none yet.
    """
    approval = change.approval
    if row.organisation_kind != OrganisationKind.MUNICIPALITY:
        for here in [_DESK] * change.names_desk + [_APPROVAL] * (approval is not None):
            yield FieldError(pointer=here, detail="Only a municipality has one.")
        return
    if change.names_desk and change.desk_id is not None:
        yield from _desk_errors(session, row, change.desk_id, approval)
    elif approval and (change.names_desk or row.accountable_desk_id is None):
        yield FieldError(pointer=_APPROVAL, detail="There is no desk that it could be for.")
    if approval and approval.approved_on > today:
        yield FieldError(
            pointer=f"{_APPROVAL}/approved_on", detail="Must not be a day that is yet to come."
        )


def change_accountable(session: Session, row: PartyRow, change: AccountableChange) -> None:
    """Do what has no `accountable_errors`; the agreement of another desk goes with that desk.

    Raises:
        AccountableDeskNeeded: open incidents fall back on the desk, which would leave them to
            nobody but the municipality itself (H3, H7).
    """
    if change.names_desk and change.desk_id != row.accountable_desk_id:
        if change.desk_id is None and has_open_incidents_without_protocol(session, row.id):
            detail = "Open incidents without a protocol fall back on this desk; name another one."
            raise AccountableDeskNeeded(detail, errors=[FieldError(pointer=_DESK, detail=detail)])
        row.accountable_desk_id = change.desk_id
        _keep(session, row, None)
    if change.approval is not None:
        _keep(session, row, change.approval)


def _desk_errors(
    session: Session, row: PartyRow, desk_id: str, approval: Approval | None
) -> Iterator[FieldError]:
    there = Sight(municipality_ids=frozenset({row.id}))
    desk = get_party(session, party_id=desk_id, kinds=[PartyKind.DESK], sight=there)
    if desk is None or desk.retired_at is not None:
        yield FieldError(pointer=_DESK, detail="No such desk works in this municipality.")
        return
    if not Hours.parse(desk.hours).covers_whole_day():
        yield FieldError(pointer=_DESK, detail="The accountable desk must be open 24 hours.")
    is_kept = desk_id == row.accountable_desk_id and row.accountable_approved_on is not None
    if not (approval or is_kept or desk.organisation_id == row.id):
        yield FieldError(
            pointer=_APPROVAL,
            detail="The desk of another organisation holds only by agreement: say who approved it.",
        )


def _keep(session: Session, row: PartyRow, approval: Approval | None) -> None:
    set_approver(session, row, approval.approved_by if approval else None)
    row.accountable_approved_on = approval.approved_on if approval else None
    row.accountable_reference = approval.reference if approval else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cover:
    """When a desk is open, and when somebody can be reached through it."""

    is_retired: bool
    hours: Hours
    contact_hours: tuple[Hours, ...]

    @property
    def is_whole(self) -> bool:
        is_open = not self.is_retired and self.hours.covers_whole_day()
        return is_open and union_covers_day(self.contact_hours)

    def allows(self, after: "_Cover") -> bool:
        """A cover that was whole stays whole; one that had gaps does not vanish altogether."""
        if after.is_whole:
            return True
        has_vanished = bool(self.contact_hours) and not after.contact_hours
        return not (self.is_whole or after.is_retired or has_vanished)


@contextmanager
def accountable_desks_covered(
    session: Session, desk_ids: Iterable[str], *, sight: Sight, pointer: str
) -> Iterator[None]:
    """Make a change within; refuse it if one of these desks is needed and loses its cover.

    Args:
        session: in which the change is made.
        desk_ids: the desks that it may touch.
        sight: of the caller, who is told by whom the desk is needed.
        pointer: of the field that asks for the change.

    Raises:
        AccountableDeskNeeded: the current version of a protocol, or a municipality, falls back on
            a desk that the change would close, retire or cut off.
    """
    needed = accountable_desk_ids(session, list(desk_ids))
    before = _covers(session, needed)
    yield
    session.flush()
    after = _covers(session, needed)
    lost = sorted(one for one in needed if not before[one].allows(after[one]))
    if lost:
        raise _needed(session, lost, sight, pointer)


def _needed(
    session: Session, desk_ids: Sequence[str], sight: Sight, pointer: str
) -> AccountableDeskNeeded:
    """The refusal, which says who falls back on these desks, as far as the caller may know."""
    protocols = protocol_uses(
        session, party_ids=desk_ids, sight=sight, accountable_only=True, limit=NAMED_MAX
    )
    total = count_protocol_uses(session, party_ids=desk_ids, sight=sight, accountable_only=True)
    places = municipalities_falling_back_on(session, desk_ids)
    seen = sorted(get_parties(session, party_ids=places, sight=sight))
    details = [
        *(_said_of(one) for one in protocols),
        *(f"Municipality {one} falls back on it without a protocol." for one in seen[:NAMED_MAX]),
    ]
    more = total.seen - len(protocols) + max(0, len(seen) - NAMED_MAX)
    hidden = total.hidden + len(places) - len(seen)
    details += [f"So do {more} more."] * (more > 0)
    details += [f"So do {hidden} that you may not see."] * (hidden > 0)
    return AccountableDeskNeeded(
        errors=[FieldError(pointer=pointer, detail=one) for one in details],
        members={
            "needed_by": {
                "desk_ids": list(desk_ids),
                "protocols": [_protocol_needing(one) for one in protocols],
                "municipality_ids": seen[:NAMED_MAX],
                "total": total.seen + len(seen),
                "hidden": hidden,
            }
        },
    )


def _said_of(use: ProtocolUse) -> str:
    row = use.row
    whose = f"client {row.client_id}" if row.client_id else f"municipality {row.municipality_id}"
    return f"The protocol of {whose}, version {row.number}, falls back on it ({ACCOUNTABLE})."


def _protocol_needing(use: ProtocolUse) -> dict[str, object]:
    return {
        "client_id": use.row.client_id,
        "municipality_id": use.row.municipality_id,
        "version": use.row.number,
        "pointer": ACCOUNTABLE,
    }


def _covers(session: Session, desk_ids: set[str]) -> dict[str, _Cover]:
    if not desk_ids:
        return {}
    rows = get_parties(session, party_ids=desk_ids, sight=EVERYTHING)
    parties = known(session, rows.values())
    return {one: _cover(one, parties.values()) for one in desk_ids}


def _cover(desk_id: str, parties: Iterable[KnownParty]) -> _Cover:
    desk = next(one for one in parties if one.id == desk_id)
    reached = (
        one for one in parties if not one.retired and (one.id == desk_id or desk_id in one.desk_ids)
    )
    return _Cover(
        is_retired=desk.retired,
        hours=desk.hours,
        contact_hours=tuple(hours for one in reached for hours in one.contact_hours),
    )


def require_nothing_held(session: Session, principal: Principal, row: PartyRow) -> None:
    """Go on only if no open incident would be left to somebody who is gone.

    A desk that holds while a step runs is followed by the next step; one that holds an exhausted
    incident is not followed by anybody.

    Raises:
        IncidentsHeld: some would.
    """
    held = held_incidents(session, row.id, exhausted_only=row.kind == PartyKind.DESK)
    if not held:
        return
    seen = held_incidents(
        session,
        row.id,
        exhausted_only=row.kind == PartyKind.DESK,
        sight=principal.sight,
    )
    details = [f"Holds incident {one}." for one in seen]
    hidden = len(held) - len(seen)
    details += [f"Holds {hidden} incidents that you may not see."] * (hidden > 0)
    raise IncidentsHeld(
        errors=[FieldError(pointer="/retired", detail=one) for one in details],
        members={"incident_ids": seen, "hidden": hidden},
    )
