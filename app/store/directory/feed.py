"""Calendar feeds: the secret addresses at which duty is read, and the rosters that they show."""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.models.directory import PartyRow
from app.models.roster import CalendarFeedRow, RosterRow
from app.store.directory.directory import Sight, seen_organisation_ids
from app.store.vault.keys import find_keys, require_key
from app.store.vault.places import label_at


def find_feed(session: Session, *, token_hash: str) -> tuple[CalendarFeedRow, PartyRow] | None:
    """The feed whose token has this hash, and whose duty it shows; revoked or retired: None."""
    found = session.exec(
        select(CalendarFeedRow, PartyRow)
        .join(PartyRow, col(PartyRow.id) == col(CalendarFeedRow.party_id))
        .where(
            CalendarFeedRow.token_hash == token_hash,
            col(CalendarFeedRow.revoked_at).is_(None),
            col(PartyRow.retired_at).is_(None),
        )
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def get_feed(session: Session, *, feed_id: str, sight: Sight) -> CalendarFeedRow | None:
    """The feed with this id, revoked or not, if its party may be seen."""
    return session.exec(
        select(CalendarFeedRow).where(
            CalendarFeedRow.id == feed_id, col(CalendarFeedRow.party_id).in_(_seen(sight))
        )
    ).one_or_none()


def list_feeds(
    session: Session, *, sight: Sight, party_id: str | None, after: str | None, limit: int
) -> Sequence[CalendarFeedRow]:
    """The feeds of parties that may be seen, revoked ones too, oldest first."""
    row = CalendarFeedRow
    query = select(row).where(col(row.party_id).in_(_seen(sight)))
    if party_id is not None:
        query = query.where(row.party_id == party_id)
    if after is not None:
        query = query.where(row.id > after)
    return session.exec(query.order_by(row.id).limit(limit)).all()


def rosters_of(session: Session, *, desk_ids: Iterable[str]) -> Sequence[RosterRow]:
    """The rosters of these desks, in the order of the desks' ids."""
    query = select(RosterRow).where(col(RosterRow.desk_id).in_(list(desk_ids)))
    return session.exec(query.order_by(col(RosterRow.desk_id))).all()


def set_label(session: Session, row: CalendarFeedRow, label: str | None) -> None:
    """Say who has the address of a feed."""
    key = require_key(session, row.party_id)
    row.label = None if label is None else key.seal_text(label, label_at(row.id))


def labels_of(session: Session, rows: Iterable[CalendarFeedRow]) -> Mapping[str, str]:
    """Who has the address of each of these feeds, by the feed's id, where that is said."""
    many = [row for row in rows if row.label is not None]
    keys = find_keys(session, [row.party_id for row in many])
    return {
        row.id: keys[row.party_id].open_text(row.label, label_at(row.id))
        for row in many
        if row.label is not None and row.party_id in keys
    }


def _seen(sight: Sight) -> SelectOfScalar[str]:
    organisations = seen_organisation_ids(sight)
    return select(PartyRow.id).where(col(PartyRow.organisation_id).in_(organisations))
