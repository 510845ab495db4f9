"""What changed since the watch looked last: written by triggers, see the migrations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.database import Transaction


class Change(StrEnum):
    """What may take cover away, or give it back."""

    CONTACT_POINT_ADDED = "contact_point_added"
    CONTACT_POINT_CHANGED = "contact_point_changed"
    CONTACT_POINT_RETIRED = "contact_point_retired"
    DESK_HOURS_CHANGED = "desk_hours_changed"
    DESK_RETIRED = "desk_retired"
    PERSON_RETIRED = "person_retired"
    ORGANISATION_RETIRED = "organisation_retired"
    DESK_PERSONS_CHANGED = "desk_persons_changed"
    ROSTER_CHANGED = "roster_changed"
    ACCOUNTABLE_DESK_CHANGED = "accountable_desk_changed"
    PROTOCOL_PUBLISHED = "protocol_published"
    DEFAULT_PUBLISHED = "default_published"


PUBLICATIONS = frozenset({Change.PROTOCOL_PUBLISHED, Change.DEFAULT_PUBLISHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One change; `subject` is a party, or whose protocol was published."""

    id: int
    what: Change
    subject: str

    @property
    def watch_id(self) -> str | None:
        """The watched thing that it is about by itself, whoever it names."""
        match self.what:
            case Change.PROTOCOL_PUBLISHED:
                return f"own:{self.subject}"
            case Change.DEFAULT_PUBLISHED:
                return f"default:{self.subject}"
            case Change.ACCOUNTABLE_DESK_CHANGED:
                return f"fallback:{self.subject}"
            case _:
                return None


async def read_marks(tx: Transaction, limit: int) -> Sequence[Mark]:
    """The oldest marks."""
    rows = await tx.fetch("SELECT id, what, subject FROM cover_mark ORDER BY id LIMIT $1", limit)
    return [Mark(id=row["id"], what=Change(row["what"]), subject=row["subject"]) for row in rows]


async def delete_marks(tx: Transaction, marks: Iterable[Mark]) -> None:
    """These have been seen to."""
    await tx.execute("DELETE FROM cover_mark WHERE id = ANY($1)", [one.id for one in marks])


async def watches_of(tx: Transaction, party_ids: Sequence[str]) -> dict[str, set[str]]:
    """Which watched protocols rest on each of these parties: it is named, or a desk of it is."""
    rows = await tx.fetch(
        """
        SELECT w.party_id, w.watch_id FROM watched_party w WHERE w.party_id = ANY($1)
        UNION
        SELECT d.person_id AS party_id, w.watch_id FROM desk_person d
        JOIN watched_party w ON w.party_id = d.desk_id WHERE d.person_id = ANY($1)
        """,
        list(party_ids),
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["party_id"], set()).add(row["watch_id"])
    return found
