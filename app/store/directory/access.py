"""Access keys, and the answers that were already given."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, delete, select, update

from app.database import vault_of
from app.models.access import AccessKeyRow, IdempotencyRow
from app.models.directory import PartyRow
from app.store.directory.directory import Sight, municipality_ids_of, seen_organisation_ids
from app.store.idempotency import KeptAnswer
from app.store.vault.places import answer_at


def find_key(session: Session, *, key_hash: str) -> tuple[AccessKeyRow, frozenset[str]] | None:
    """The key with this hash and the municipalities of its organisation; None if revoked.

    A key that was made at the very moment in which its organisation was retired counts as revoked.
    """
    row = session.exec(
        select(AccessKeyRow)
        .outerjoin(PartyRow, col(PartyRow.id) == AccessKeyRow.organisation_id)
        .where(
            AccessKeyRow.key_hash == key_hash,
            col(AccessKeyRow.revoked_at).is_(None),
            col(PartyRow.retired_at).is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    if row.organisation_id is None:
        return row, frozenset()
    return row, frozenset(municipality_ids_of(session, [row.organisation_id])[row.organisation_id])


def get_key(session: Session, *, key_id: str, sight: Sight) -> AccessKeyRow | None:
    """The key with this id, revoked or not, if it may be seen."""
    return session.exec(
        select(AccessKeyRow).where(AccessKeyRow.id == key_id, _seen_keys(sight))
    ).one_or_none()


def has_key(session: Session, *, key_hash: str) -> bool:
    """Whether this key was ever stored, revoked since or not."""
    found = select(AccessKeyRow.id).where(AccessKeyRow.key_hash == key_hash)
    return session.exec(found).one_or_none() is not None


def revoke_keys_of(session: Session, organisation_id: str, *, at: datetime) -> None:
    """Revoke all keys of an organisation; those that are revoked already keep their instant."""
    row = AccessKeyRow
    session.exec(
        update(row)
        .where(col(row.organisation_id) == organisation_id, col(row.revoked_at).is_(None))
        .values(revoked_at=at)
    )


def list_keys(
    session: Session,
    *,
    sight: Sight,
    organisation_id: str | None = None,
    after: str | None = None,
    limit: int,
) -> Sequence[AccessKeyRow]:
    """The keys that may be seen, revoked ones too, oldest first."""
    query = select(AccessKeyRow).where(_seen_keys(sight))
    if organisation_id is not None:
        query = query.where(AccessKeyRow.organisation_id == organisation_id)
    if after is not None:
        query = query.where(AccessKeyRow.id > after)
    return session.exec(query.order_by(AccessKeyRow.id).limit(limit)).all()


def find_answer(
    session: Session, *, scope: str, key: str, kept_since: datetime
) -> KeptAnswer | None:
    """The answer that was given under an Idempotency-Key after this instant."""
    row = session.get(IdempotencyRow, (scope, key))
    if row is None or row.created_at <= kept_since:
        return None
    answer = vault_of(session).own.open_object(row.answer, answer_at(scope, key))
    return KeptAnswer(
        scope=scope, key=key, body_hash=row.body_hash, status=row.status, answer=answer
    )


def add_answer(
    session: Session,
    *,
    scope: str,
    key: str,
    body_hash: str,
    status: int,
    answer: object,
    created_at: datetime,
    outdated_at: datetime,
) -> None:
    """Remember an answer in the transaction that made it.

    An answer from `outdated_at` or before gives way. A younger one was given by somebody who was
    faster: the insert then breaks a constraint, and so takes this transaction's work back.
    """
    row = IdempotencyRow
    session.exec(
        delete(row).where(
            col(row.scope) == scope, col(row.key) == key, col(row.created_at) <= outdated_at
        )
    )
    session.add(
        IdempotencyRow(
            scope=scope,
            key=key,
            body_hash=body_hash,
            status=status,
            answer=vault_of(session).own.seal_json(answer, answer_at(scope, key)),
            created_at=created_at,
        )
    )


def _seen_keys(sight: Sight) -> ColumnElement[bool]:
    if sight.is_everything:
        return true()
    return col(AccessKeyRow.organisation_id).in_(seen_organisation_ids(sight))
