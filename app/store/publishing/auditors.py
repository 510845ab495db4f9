"""To whom the checkpoint of a log is mailed, and what became of the last mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select

from app.models.ledger import LedgerLogRow
from app.models.publishing.auditors import CheckpointMailRow, LedgerAuditorRow
from app.protocols.kinds import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAuditor:
    """An auditor, with the newest mail: None before the first."""

    row: LedgerAuditorRow
    mail: CheckpointMailRow | None


def has_log(session: Session, log_id: str) -> bool:
    """Whether there is such a log."""
    found = session.exec(select(LedgerLogRow.id).where(LedgerLogRow.id == log_id))
    return found.one_or_none() is not None


def auditors_of(session: Session, log_id: str) -> Sequence[StoredAuditor]:
    """The auditors of a log, by address."""
    auditor, mail = LedgerAuditorRow, CheckpointMailRow
    rows = session.exec(
        select(auditor).where(auditor.log_id == log_id).order_by(auditor.address)
    ).all()
    mails = session.exec(
        select(mail).where(col(mail.auditor_id).in_([row.id for row in rows])).order_by(mail.day)
    )
    newest = {one.auditor_id: one for one in mails}
    return [StoredAuditor(row=row, mail=newest.get(row.id)) for row in rows]


def replace_auditors(
    session: Session,
    log_id: str,
    wanted: Mapping[str, Language],
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Let these addresses be all; whose address stays keeps what was mailed already."""
    auditor = LedgerAuditorRow
    rows = session.exec(select(auditor).where(auditor.log_id == log_id)).all()
    known = {row.address: row for row in rows}
    gone = [row.id for address, row in known.items() if address not in wanted]
    mail = CheckpointMailRow
    session.exec(delete(mail).where(col(mail.auditor_id).in_(gone)))
    session.exec(delete(auditor).where(col(auditor.id).in_(gone)))
    for address, language in wanted.items():
        if address in known:
            known[address].language = language
        else:
            session.add(
                auditor(
                    id=new_id(),
                    log_id=log_id,
                    address=address,
                    language=language,
                    created_at=now,
                )
            )
    session.flush()
