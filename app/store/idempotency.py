"""Answers kept under an Idempotency-Key, for the writer's batches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database import Transaction
from app.models.columns import milliseconds
from app.store.vault.places import answer_at


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer as it is given again; what it showed once is null."""

    scope: str
    key: str
    body_hash: str
    status: int
    answer: Mapping[str, object]


async def find_answers(
    tx: Transaction, keys: Sequence[tuple[str, str]], kept_since: datetime
) -> Mapping[tuple[str, str], KeptAnswer]:
    """Answers by (scope, key) that are not older than `kept_since`."""
    rows = await tx.fetch(
        "SELECT scope, key, body_hash, status, answer FROM idempotency"
        " WHERE scope = ANY($1) AND key = ANY($2) AND created_at > $3",
        sorted({scope for scope, _ in keys}),
        sorted({key for _, key in keys}),
        milliseconds(kept_since),
    )
    return {
        (row["scope"], row["key"]): KeptAnswer(
            scope=row["scope"],
            key=row["key"],
            body_hash=row["body_hash"],
            status=row["status"],
            answer=tx.vault.own.open_object(row["answer"], answer_at(row["scope"], row["key"])),
        )
        for row in rows
    }


async def keep_answers(tx: Transaction, answers: Iterable[KeptAnswer], now: datetime) -> None:
    """Keep answers; one that is out of date gives way, a fresh one is a lost race.

    Raises:
        ConstraintError: another node answered under the same key just now.
    """
    rows = [
        (
            kept.scope,
            kept.key,
            kept.body_hash,
            kept.status,
            tx.vault.own.seal_json(dict(kept.answer), answer_at(kept.scope, kept.key)),
            milliseconds(now),
        )
        for kept in answers
    ]
    day = 24 * 60 * 60 * 1000
    await tx.execute_many(
        "DELETE FROM idempotency WHERE scope = $1 AND key = $2 AND created_at <= $3",
        [(scope, key, created_at - day) for scope, key, _, _, _, created_at in rows],
    )
    await tx.execute_many(
        "INSERT INTO idempotency (scope, key, body_hash, status, answer, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        rows,
    )


async def forget_answers(tx: Transaction, kept_since: datetime) -> None:
    """Delete what is too old to be given again."""
    await tx.execute("DELETE FROM idempotency WHERE created_at <= $1", milliseconds(kept_since))
