"""How a client is shown to whoever may see them, and the short code that is shown instead."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Final

from sqlmodel import Session

from app.auth import Principal
from app.channels.channel import rfc3339
from app.installation.answer import FieldError, refuse
from app.models.directory import ClientRow
from app.store.directory.client import (
    Details,
    details_of,
    references_of,
    services_of,
    set_details,
)

PERSONAL: Final = (
    *("name", "kana", "birth_date", "address", "phones", "key_and_entry"),
    *("fire_headquarters_number", "risks", "allergies", "physician", "family_contacts"),
    *("care_notes", "service_from", "service_to"),
)
"""What is kept in the one sealed document; `town` is beside it, because messages may say it."""

# Without 0 and O, 1, I and L: it is read aloud over the telephone.
CODE_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 5
# So many codes in a row are taken only where those of this length run short.
DRAWS_PER_LENGTH: Final = 8


def show_stored_client(session: Session, principal: Principal, row: ClientRow) -> dict[str, object]:
    """A client as they are stored now."""
    return show_stored_clients(session, principal, [row])[row.id]


def show_stored_clients(
    session: Session, principal: Principal, rows: Sequence[ClientRow]
) -> dict[str, dict[str, object]]:
    """Several, by their ids."""
    ids = [row.id for row in rows]
    services, references = services_of(session, ids), references_of(session, ids)
    details = details_of(session, rows)
    return {
        row.id: show_client(principal, row, details[row.id], services[row.id], references[row.id])
        for row in rows
    }


def show_client(
    principal: Principal,
    row: ClientRow,
    details: Details,
    served_by: Sequence[str],
    references: Mapping[str, str],
) -> dict[str, object]:
    """A client; a provider sees its own number of them, not those of the others."""
    own = principal.sight.organisation_id
    return {
        "id": row.id,
        "code": row.code,
        "municipality_id": row.municipality_id,
        "served_by": list(served_by),
        "external_refs": {
            one: reference for one, reference in references.items() if own in {None, one}
        },
        **{name: details.personal.get(name) for name in PERSONAL},
        "town": details.town,
        "created_at": rfc3339(row.created_at),
        "retired_at": rfc3339(row.retired_at) if row.retired_at else None,
        "erased_at": rfc3339(row.erased_at) if row.erased_at else None,
    }


def new_details(details: Mapping[str, object]) -> Details:
    """What is said of a new client."""
    return Details(
        town=shown_text(details.get("town")),
        personal={name: details[name] for name in PERSONAL if details.get(name) is not None},
    )


def describe(session: Session, row: ClientRow, details: Mapping[str, object]) -> None:
    """Change the details that are named; None takes one away.

    Raises:
        FieldsInvalid: the service would end before it begins.
    """
    if not details:
        return
    before = details_of(session, [row])[row.id]
    town = shown_text(details["town"]) if "town" in details else before.town
    merged = {**before.personal, **{name: details[name] for name in PERSONAL if name in details}}
    begin, end = merged.get("service_from"), merged.get("service_to")
    if begin is not None and end is not None and str(end) < str(begin):
        said = "service_to" if "service_to" in details else "service_from"
        refuse([FieldError(pointer=f"/{said}", detail="The service would end before it begins.")])
    personal = {name: value for name, value in merged.items() if value is not None}
    set_details(session, row, Details(town=town, personal=personal))


def shown_text(value: object) -> str | None:
    """Text as it is; None stays None."""
    return None if value is None else str(value)


def draw_code(length: int) -> str:
    """A random code of this many characters."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))


def free_code(is_taken: Callable[[str], bool], draw: Callable[[int], str] = draw_code) -> str:
    """A random code that is not taken; longer where the short ones run short."""
    codes = (draw(length) for length in count(CODE_LENGTH) for _ in range(DRAWS_PER_LENGTH))
    return next(code for code in codes if not is_taken(code))
