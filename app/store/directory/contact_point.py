"""Contact points: the ways to reach a party."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from app.models.directory import ContactPointRow


def get_contact_point(
    session: Session, *, party_id: str, contact_point_id: str
) -> ContactPointRow | None:
    """The contact point of this party with this id, retired or not."""
    return session.exec(
        select(ContactPointRow).where(
            ContactPointRow.id == contact_point_id, ContactPointRow.party_id == party_id
        )
    ).one_or_none()


def list_contact_points(
    session: Session, *, party_id: str, after: str | None = None, limit: int
) -> Sequence[ContactPointRow]:
    """The contact points of a party, retired ones too, oldest first."""
    query = select(ContactPointRow).where(ContactPointRow.party_id == party_id)
    if after is not None:
        query = query.where(ContactPointRow.id > after)
    return session.exec(query.order_by(ContactPointRow.id).limit(limit)).all()


def contact_points_of(
    session: Session, party_ids: Iterable[str]
) -> dict[str, list[ContactPointRow]]:
    """The contact points of each of these parties that are not retired, oldest first."""
    found: dict[str, list[ContactPointRow]] = {one: [] for one in party_ids}
    query = select(ContactPointRow).where(
        col(ContactPointRow.party_id).in_(list(found)),
        col(ContactPointRow.retired_at).is_(None),
    )
    for row in session.exec(query.order_by(ContactPointRow.id)):
        found[row.party_id].append(row)
    return found
