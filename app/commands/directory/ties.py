"""An organisation leaves a municipality, or for good, only when nobody there relies on it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlmodel import Session

from app.commands.directory.cover import AccountableDeskNeeded
from app.commands.directory.parties import Retired
from app.installation.answer import FieldError, refuse
from app.models.directory import PartyRow
from app.store.directory.access import revoke_keys_of
from app.store.directory.ties import (
    has_clients,
    has_open_incidents,
    has_parties,
    municipalities_resting_on,
    municipalities_served,
)
from app.store.people.uses import forget_protocol_uses

_MUNICIPALITIES: Final = "/municipality_ids"


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
