"""Where contact points lead: sealed under the data key of the party that they reach."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from app.database import Row
from app.models.directory import ContactPointRow
from app.store.vault.keys import broken_left_out, find_keys, require_key
from app.store.vault.places import address_at, secret_at
from app.vault import SubjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a contact point is reached."""

    channel: str
    address: str
    secret: str | None


def destination_of(row: Row, key: SubjectKey) -> Destination:
    """Channel, address and secret of a row of `contact_point`, opened with the party's key."""
    address, secret = row["address"], row["secret"]
    return Destination(
        channel=row["channel"],
        address=key.open_text(address, address_at(row["id"])) if address else "",
        secret=key.open_text(secret, secret_at(row["id"])) if secret else None,
    )


def destinations_by_id(
    rows: Iterable[Row], keys: Mapping[str, SubjectKey]
) -> Mapping[str, Destination]:
    """Where rows of `contact_point` lead, by id; without those that do not open."""
    found: dict[str, Destination] = {}
    for row in rows:
        with broken_left_out():
            found[row["id"]] = destination_of(row, keys[row["party_id"]])
    return found


def destinations_of(session: Session, rows: Iterable[ContactPointRow]) -> Mapping[str, Destination]:
    """Where these contact points lead, by id; nowhere for those of who was erased."""
    many = list(rows)
    keys = find_keys(session, [row.party_id for row in many])
    found: dict[str, Destination] = {}
    for row in many:
        key = keys.get(row.party_id)
        found[row.id] = Destination(
            channel=row.channel,
            address=key.open_text(row.address, address_at(row.id)) if key and row.address else "",
            secret=key.open_text(row.secret, secret_at(row.id)) if key and row.secret else None,
        )
    return found


def set_destination(
    session: Session, row: ContactPointRow, *, address: str, secret: str | None = None
) -> None:
    """Let a contact point lead there; without a secret it keeps the one that it has.

    Raises:
        SubjectErased: its party was erased.
    """
    key = require_key(session, row.party_id)
    row.address = key.seal_text(address, address_at(row.id))
    if secret is not None:
        row.secret = key.seal_text(secret, secret_at(row.id))
