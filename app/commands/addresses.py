"""Addresses and secrets of contact points: checked before they are stored, shown to few."""

from typing import Final

from app.auth import Principal, Role
from app.channels.channel import AddressInvalid, Channel
from app.channels.webhook import SecretInvalid, signing_key
from app.installation.answer import FieldError, FieldsInvalid
from app.installation.installation import Installation
from app.models.directory import ContactPointRow

WEBHOOK: Final = "webhook"
INBOX: Final = "inbox"


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


def shown_address(
    installation: Installation, principal: Principal, row: ContactPointRow
) -> str | None:
    """A person's own address, or the page that is theirs alone, is for coordinators only."""
    if row.channel == WEBHOOK:
        return row.address
    if not (principal.is_operator or principal.role is Role.COORDINATOR):
        return None
    if row.channel == INBOX:
        token = installation.link_key.inbox_token(row.id)
        return f"{installation.settings.public_url}/inbox/{token}"
    return row.address
