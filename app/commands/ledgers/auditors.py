"""To whom the checkpoint of a log is mailed each day."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import AddressInvalid, Channel, rfc3339
from app.commands.ledgers.reading import require_log
from app.installation.answer import FieldError, NotFound, refuse
from app.installation.installation import Installation
from app.protocols.kinds import Language
from app.store.publishing.auditors import (
    StoredAuditor,
    auditors_of,
    has_log,
    replace_auditors,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """An address, and the language in which it is written to."""

    address: str
    language: Language


async def read_auditors(
    installation: Installation, principal: Principal, log_id: str
) -> dict[str, object]:
    """The auditors of a municipality's log, with what became of the last mail.

    Raises:
        NotFound: there is no such log, or it is not the caller's.
        RoleForbids: a provider has no matter there.
    """
    # Auditors too: they see whether somebody took them off.
    require_log(principal, log_id)

    def look(session: Session) -> dict[str, object]:
        if not has_log(session, log_id):
            raise NotFound
        return _shown(installation, auditors_of(session, log_id))

    return await installation.database.read(look)


async def set_auditors(
    installation: Installation,
    principal: Principal,
    channel: Channel,
    log_id: str,
    auditors: Sequence[Auditor],
) -> dict[str, object]:
    """Let these be all auditors of a log; they get their first mail today, if its hour has come.

    Raises:
        NotFound: there is no such log, or it is not the caller's.
        RoleForbids: only coordinators name them.
        FieldsInvalid: an address is none, or stands there twice.
    """
    if not principal.sees_municipality(log_id):
        raise NotFound
    principal.require(Role.COORDINATOR)
    wanted = _checked(channel, auditors)

    def work(session: Session) -> dict[str, object]:
        if not has_log(session, log_id):
            raise NotFound
        replace_auditors(
            session,
            log_id,
            wanted,
            now=installation.clock(),
            new_id=installation.new_id,
        )
        return _shown(installation, auditors_of(session, log_id))

    return await installation.database.write(work)


def _checked(channel: Channel, auditors: Sequence[Auditor]) -> dict[str, Language]:
    wanted: dict[str, Language] = {}
    errors = []
    for at, one in enumerate(auditors):
        pointer = f"/auditors/{at}/address"
        try:
            address = channel.check_address(one.address)
        except AddressInvalid as error:
            errors.append(FieldError(pointer=pointer, detail=str(error)))
            continue
        if address in wanted:
            errors.append(FieldError(pointer=pointer, detail="This address stands there twice."))
        wanted[address] = one.language
    refuse(errors)
    return wanted


def _shown(installation: Installation, auditors: Sequence[StoredAuditor]) -> dict[str, object]:
    return {
        "mail_server": installation.settings.smtp_url is not None,
        "auditors": [
            {
                "address": one.address,
                "language": one.row.language,
                "last_mail": None
                if one.mail is None
                else {
                    "day": one.mail.day,
                    "size": one.mail.size,
                    "status": one.mail.status,
                    "reason": one.mail.reason,
                    "finished_at": rfc3339(one.mail.finished_at) if one.mail.finished_at else None,
                },
            }
            for one in auditors
        ],
    }
