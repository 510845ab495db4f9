"""Addresses and secrets of contact points: checked before they are stored, shown to few."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sqlmodel import Session, col, select

from app.auth import Principal, Role
from app.channels.channel import AddressInvalid, Channel, rfc3339
from app.channels.webhook import SecretInvalid, signing_key
from app.installation.answer import FieldError, FieldsInvalid
from app.installation.installation import Installation
from app.models.directory import ContactPointRow
from app.store.contact.check import CheckState, last_answers, last_checks
from app.store.vault.destination import destinations_of

WEBHOOK: Final = "webhook"
INBOX: Final = "inbox"

_NEVER_ASKED: Final[Mapping[str, object]] = MappingProxyType(
    {"state": CheckState.NEVER_ASKED, "last_asked_at": None, "last_confirmed_at": None}
)


async def checked_address(channel: Channel, address: str | None) -> str:
    """The address in the form to store.

    Raises:
        FieldsInvalid: it cannot be used.
    """
    if address is None and channel.name != INBOX:
        raise FieldsInvalid(errors=[FieldError(pointer="/address", detail="This is required.")])
    try:
        return await channel.check_destination(address or "")
    except AddressInvalid as error:
        raise FieldsInvalid(errors=[FieldError(pointer="/address", detail=str(error))]) from error


def secret_errors(channel: str, secret: str | None) -> list[FieldError]:
    """What is wrong with the signing secret of a contact point of this channel."""
    if secret is None:
        return []
    if channel != WEBHOOK:
        return [FieldError(pointer="/secret", detail="Only a webhook has a secret.")]
    try:
        signing_key(secret)
    except SecretInvalid as error:
        return [FieldError(pointer="/secret", detail=str(error))]
    return []


def shown_points(
    session: Session,
    installation: Installation,
    principal: Principal,
    rows: Sequence[ContactPointRow],
) -> Mapping[str, dict[str, object]]:
    """Contact points as the caller may see them, by id; without their secrets."""
    places, asked = destinations_of(session, rows), _asked(installation, session, rows)
    return {
        row.id: {
            "id": row.id,
            "party_id": row.party_id,
            "channel": row.channel,
            "address": _shown_address(installation, principal, row, places[row.id].address),
            "hours": row.hours,
            "delay_seconds": row.delay_seconds,
            **asked[row.id],
            "created_at": rfc3339(row.created_at),
            "retired_at": rfc3339(row.retired_at) if row.retired_at else None,
        }
        for row in rows
    }


def _shown_address(
    installation: Installation, principal: Principal, row: ContactPointRow, address: str
) -> str | None:
    """A person's own address, or the page that is theirs alone, is for coordinators only."""
    if row.channel == WEBHOOK:
        return address
    if not (principal.is_operator or principal.role is Role.COORDINATOR):
        return None
    if row.channel == INBOX:
        token = installation.link_key.inbox_token(row.id)
        return f"{installation.settings.public_url}/inbox/{token}"
    return address


def _asked(
    installation: Installation, session: Session, rows: Sequence[ContactPointRow]
) -> Mapping[str, Mapping[str, object]]:
    """What is known of contact points by asking them, by id."""
    now = installation.clock()
    ids = select(ContactPointRow.id).where(col(ContactPointRow.id).in_([one.id for one in rows]))
    checks, answers = last_checks(session, ids), last_answers(session, ids)
    found: dict[str, Mapping[str, object]] = {one.id: _NEVER_ASKED for one in rows}
    for point_id, check in checks.items():
        read_at = answers.get(point_id)
        found[point_id] = {
            "state": check.state(now),
            "last_asked_at": rfc3339(check.asked_at),
            "last_confirmed_at": rfc3339(read_at) if read_at else None,
        }
    return found
