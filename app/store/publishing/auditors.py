"""To whom the checkpoint of a log is mailed, and what became of the last mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select

from app.database import vault_of
from app.models.ledger import LedgerLogRow
from app.models.publishing.auditors import CheckpointMailRow, LedgerAuditorRow
from app.protocols.kinds import Language
from app.store.vault.places import auditor_at, auditor_blind


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAuditor:
    """An auditor and their address, with the newest mail: None before the first."""

    row: LedgerAuditorRow
    address: str
    mail: CheckpointMailRow | None


def has_log(session: Session, log_id: str) -> bool:
    """Whether there is such a log."""
    found = session.exec(select(LedgerLogRow.id).where(LedgerLogRow.id == log_id))
    return found.one_or_none() is not None


def auditors_of(session: Session, log_id: str) -> Sequence[StoredAuditor]:
    """The auditors of a log, by address."""
    auditor, mail = LedgerAuditorRow, CheckpointMailRow
    rows = session.exec(select(auditor).where(auditor.log_id == log_id)).all()
    mails = session.exec(
        select(mail).where(col(mail.auditor_id).in_([row.id for row in rows])).order_by(mail.day)
    )
    newest, own = {one.auditor_id: one for one in mails}, vault_of(session).own
    found = [
        StoredAuditor(
            row=row,
            address=own.open_text(row.address, auditor_at(row.id)),
            mail=newest.get(row.id),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: one.address)


def replace_auditors(
    session: Session,
    log_id: str,
    wanted: Mapping[str, Language],
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Let these addresses be all; whose address stays keeps what was mailed already."""
    auditor, vault = LedgerAuditorRow, vault_of(session)
    rows = session.exec(select(auditor).where(auditor.log_id == log_id)).all()
    known = {row.blind: row for row in rows}
    blinds = {address: auditor_blind(vault, address) for address in wanted}
    gone = [row.id for blind, row in known.items() if blind not in blinds.values()]
    mail = CheckpointMailRow
    session.exec(delete(mail).where(col(mail.auditor_id).in_(gone)))
    session.exec(delete(auditor).where(col(auditor.id).in_(gone)))
    for address, language in wanted.items():
        if row := known.get(blinds[address]):
            row.language = language
        else:
            id_ = new_id()
            session.add(
                auditor(
                    id=id_,
                    log_id=log_id,
                    address=vault.own.seal_text(address, auditor_at(id_)),
                    blind=blinds[address],
                    language=language,
                    created_at=now,
                )
            )
    session.flush()
