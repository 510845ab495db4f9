"""What a client's protocol differs in: from the default, from an older version, from a template."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlmodel import Session

from app.auth import Principal
from app.commands.directory.protocols import of_client, of_municipality
from app.commands.protocols.templates import fill_with, find_template, parties_of_roles
from app.installation.answer import FieldError, NotFound, refuse
from app.installation.installation import Installation
from app.models.protocol import ProtocolVersionRow
from app.protocols.authoring.difference import Change, differences
from app.protocols.authoring.saying import say
from app.protocols.kinds import Language
from app.protocols.protocol import Protocol, parse_protocol
from app.store.directory.directory import get_parties
from app.store.directory.protocol import Subject, document_of, find_version

# A template has no approvals, and its title is that of no client.
_NOT_OF_TEMPLATES: Final = frozenset({"title", "approvals"})

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstDefault:
    """The default protocol of the client's municipality."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstVersion:
    """A version of the client's own protocol."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstTemplate:
    """A template, with a party for each role; without one `accountable` is the client's."""

    name: str
    roles: Mapping[str, str] = field(default_factory=dict)


Against = AgainstDefault | AgainstVersion | AgainstTemplate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """Two documents, and what the parties in them are called as far as the caller sees them.

    `version` is the client's own, `earlier` that of the other, if it has one.
    """

    version: int
    earlier: int | None
    before: Document
    after: Document
    names: Mapping[str, str]


async def read_differences(
    installation: Installation,
    principal: Principal,
    client_id: str,
    against: Against,
    language: Language,
) -> dict[str, object]:
    """What must be changed in the other document so that it says what the client's newest says.

    Raises:
        RoleForbids: auditors see no clients.
        NotFound: there is no such client, no protocol of theirs or nothing to compare it with, or
            the caller does not see it; only coordinators see a default.
        FieldsInvalid: a role of the template cannot be filled like this.
    """

    def look(session: Session) -> _Compared:
        subject = of_client(principal, client_id)(session)
        newest = _found(find_version(session, subject))
        protocol = _protocol(session, newest)
        other, earlier = _other(session, principal, subject, protocol, against)
        left_out = _NOT_OF_TEMPLATES if isinstance(against, AgainstTemplate) else frozenset()
        return _Compared(
            version=newest.number,
            earlier=earlier,
            before=_without(other, left_out),
            after=_without(protocol, left_out),
            names=_names(session, principal, protocol, other),
        )

    compared = await installation.database.read(look)
    return await asyncio.to_thread(_shown, compared, language)


def _other(
    session: Session, principal: Principal, subject: Subject, protocol: Protocol, against: Against
) -> tuple[Protocol, int | None]:
    if isinstance(against, AgainstTemplate):
        return _from_template(session, principal, protocol, against), None
    if isinstance(against, AgainstVersion):
        row = find_version(session, subject, number=against.number)
    else:
        default = of_municipality(principal, subject.municipality_id)(session)
        row = find_version(session, default)
    found = _found(row)
    return _protocol(session, found), found.number


def _from_template(
    session: Session, principal: Principal, protocol: Protocol, against: AgainstTemplate
) -> Protocol:
    template = find_template(against.name)
    known = {"accountable": protocol.accountable} if "accountable" in template.roles else {}
    roles = {**known, **against.roles}
    filled, problems = fill_with(template, roles, parties_of_roles(session, principal, roles))
    refuse(
        FieldError(
            pointer="/role",
            detail=f"{one.pointer.rpartition('/')[2]}: {one.detail}",
            place="query",
        )
        for one in problems
    )
    return parse_protocol(filled.document)


def _found(row: ProtocolVersionRow | None) -> ProtocolVersionRow:
    if row is None:
        raise NotFound
    return row


def _protocol(session: Session, row: ProtocolVersionRow) -> Protocol:
    document = document_of(session, row)
    if document is None:
        raise NotFound
    return parse_protocol(document)


def _without(protocol: Protocol, left_out: frozenset[str]) -> Document:
    return {name: value for name, value in protocol.document().items() if name not in left_out}


def _names(session: Session, principal: Principal, *protocols: Protocol) -> dict[str, str]:
    ids = {one for each in protocols for one in each.party_ids()}
    ids |= {one.organisation for each in protocols for one in each.approvals}
    rows = get_parties(session, party_ids=ids, sight=principal.sight)
    return {row.id: row.name for row in rows.values()}


def _shown(compared: _Compared, language: Language) -> dict[str, object]:
    before, after = compared.before, compared.after
    changes = differences(before, after)
    lines = say(changes, language, before=before, after=after, names=compared.names)
    return {
        "version": compared.version,
        "against_version": compared.earlier,
        "changes": [_change(one) for one in changes],
        "lines": list(lines),
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "op": change.op,
        "pointer": change.pointer,
        "before": change.before,
        "after": change.after,
    }
