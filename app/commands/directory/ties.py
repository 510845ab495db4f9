"""Where an organisation works; it leaves, for good too, only when nobody there relies on it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlmodel import Session

from app.commands.directory.cover import AccountableDeskNeeded
from app.commands.directory.parties import Retired
from app.installation.answer import FieldError, refuse
from app.models.directory import PartyRow
from app.protocols.kinds import OrganisationKind
from app.store.directory.access import revoke_keys_of
from app.store.directory.directory import Sight, get_parties
from app.store.directory.ties import (
    has_clients,
    has_open_incidents,
    has_parties,
    municipalities_resting_on,
    municipalities_served,
)
from app.store.people.uses import forget_protocol_uses

ROOTS: Final = frozenset({OrganisationKind.MUNICIPALITY, OrganisationKind.OPERATOR})
"""These are where others work; they do not work in a municipality of somebody's choice."""

_MUNICIPALITIES: Final = "/municipality_ids"


def municipality_errors(
    session: Session,
    sight: Sight,
    kind: str | None,
    municipality_ids: Sequence[str],
    *,
    known: Sequence[str] = (),
) -> Iterator[FieldError]:
    """What is wrong with where an organisation says it works; `known` are accepted unseen."""
    if kind in ROOTS:
        if municipality_ids:
            yield FieldError(pointer="/municipality_ids", detail=f"Is not given for a {kind}.")
        return
    if not municipality_ids:
        yield FieldError(pointer="/municipality_ids", detail="Must name a municipality.")
    seen = get_parties(session, party_ids=municipality_ids, sight=sight)
    for at, one in enumerate(municipality_ids):
        here = f"/municipality_ids/{at}"
        if one in municipality_ids[:at]:
            yield FieldError(pointer=here, detail="Is named twice.")
        elif one not in known and not _is_municipality(seen.get(one)):
            yield FieldError(pointer=here, detail="No such municipality is known here.")


def _is_municipality(row: PartyRow | None) -> bool:
    """Whether others may begin to work in it."""
    if row is None or row.retired_at is not None:
        return False
    return row.organisation_kind == OrganisationKind.MUNICIPALITY


def require_untied(session: Session, row: PartyRow, left: set[str]) -> None:
    """Go on only if nobody in the municipalities that an organisation leaves relies on it.

    Raises:
        FieldsInvalid: it serves clients there who are not retired.
        AccountableDeskNeeded: one of them falls back on a desk of it.
    """
    refuse(
        FieldError(pointer=_MUNICIPALITIES, detail=f"It still serves clients in {one}.")
        for one in sorted(left & municipalities_served(session, row.id))
    )
    if left & municipalities_resting_on(session, row.id):
        detail = "A municipality that it would leave falls back on one of its desks."
        wrong = FieldError(pointer=_MUNICIPALITIES, detail=detail)
        raise AccountableDeskNeeded(detail, errors=[wrong])


def retire(session: Session, row: PartyRow, now: datetime) -> None:
    """Retire an organisation that nobody relies on any more, and revoke its keys.

    Raises:
        Retired: somebody does, so that it cannot be yet; `errors` says who.
    """
    tied = [FieldError(pointer="/retired", detail=one) for one in _ties(session, row)]
    if tied:
        raise Retired("This cannot be retired yet, because others rely on it.", errors=tied)
    row.retired_at = now
    forget_protocol_uses(session, row.id, None)
    revoke_keys_of(session, row.id, at=now)


def _ties(session: Session, row: PartyRow) -> Iterator[str]:
    if has_parties(session, row.id):
        yield "It has desks or persons that are not retired."
    if municipalities_served(session, row.id):
        yield "It serves clients who are not retired."
    if has_clients(session, row.id):
        yield "Clients who are not retired live in it."
    if has_open_incidents(session, row.id):
        yield "Incidents that it reported, or that happened in it, are open."
