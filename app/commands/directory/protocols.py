"""Protocols: published version by version, each for good, checked against the directory first."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.directory.clients import seen_client
from app.commands.directory.parties import Retired
from app.installation.answer import Answer, FieldError, FieldsInvalid, NotFound, Refusal, once
from app.installation.etag import names_one_of
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.models.protocol import ProtocolVersionRow
from app.protocols.draft import Draft
from app.protocols.kinds import OrganisationKind
from app.protocols.problems import Problem, ProtocolInvalid, pointer
from app.protocols.protocol import Protocol, parse_protocol_text
from app.protocols.publication import KnownParty, check_publication, check_refused
from app.store.directory.directory import get_party, touch_directory
from app.store.directory.protocol import (
    Subject,
    document_of,
    find_version,
    known_parties,
    list_versions,
    sealed_document,
)
from app.store.people.uses import set_protocol_uses


class VersionStale(Refusal):
    """The protocol has changed since; read it again before you change it (If-Match)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A protocol as it was sent: JSON or YAML, not yet read."""

    text: bytes
    is_yaml: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A document that was read; `normal_form` is what is stored, and what the digest is over."""

    protocol: Protocol
    normal_form: dict[str, object]
    digest: str


FindSubject = Callable[[Session], Subject]


def of_client(
    principal: Principal, client_id: str, *, to_publish: bool = False, to_foresee: bool = False
) -> FindSubject:
    """Finds a client's protocol, for whoever may see the client.

    Raises (when it is looked for):
        NotFound: there is no such client, or the caller does not see them.
        RoleForbids: auditors see none; only coordinators publish, or foresee what would come of
            it, because that names persons of other organisations.
        Retired: the client is, so that nothing new is published.
    """

    def find(session: Session) -> Subject:
        row = seen_client(session, principal, client_id)
        if to_publish or to_foresee:
            principal.require(Role.COORDINATOR)
        if to_publish and row.retired_at is not None:
            raise Retired
        return Subject(municipality_id=row.municipality_id, client_id=row.id)

    return find


def of_municipality(principal: Principal, municipality_id: str) -> FindSubject:
    """Finds a municipality's default protocol, which its coordinators see and publish.

    Raises (when it is looked for):
        NotFound: there is no such municipality, or the caller does not see it.
        RoleForbids: the caller is no coordinator.
    """

    def find(session: Session) -> Subject:
        row = get_party(
            session, party_id=municipality_id, kinds=["organisation"], sight=principal.sight
        )
        if row is None or row.organisation_kind != OrganisationKind.MUNICIPALITY:
            raise NotFound
        principal.require(Role.COORDINATOR)
        return Subject(municipality_id=row.id)

    return find


async def publish(
    installation: Installation,
    find_subject: FindSubject,
    document: Document,
    *,
    if_match: str | None = None,
) -> Answer:
    """Publish the next version; an identical document is the version that there is.

    Args:
        installation: whose directory it is checked against.
        find_subject: whose protocol it is, from `of_client` or `of_municipality`.
        document: what was sent.
        if_match: the header; a version's number or its digest, in quotes.

    Raises:
        NotFound, RoleForbids, Retired: as `find_subject` does, before the document is read.
        FieldsInvalid: all that is wrong with the document, or stands against publishing it.
        VersionStale: another version was published since.
    """
    await installation.database.read(find_subject)
    # Reading a large document takes long enough to hold up everything else on the event loop.
    read = await asyncio.to_thread(_read, document)
    if isinstance(read, ProtocolInvalid):
        now = installation.clock()
        look = partial(all_wrong, find_subject=find_subject, invalid=read, now=now)
        raise FieldsInvalid(errors=_errors(await installation.database.read(look))) from read

    def work(session: Session) -> Answer:
        touch_directory(session)
        return _publish(session, installation, find_subject(session), read, if_match)

    return await once(installation, None, work)


async def read_version(
    installation: Installation, find_subject: FindSubject, *, number: int | None = None
) -> dict[str, object]:
    """A published version with its document; without a number the newest.

    Raises:
        NotFound: there is none.
    """

    def look(session: Session) -> dict[str, object]:
        row = find_version(session, find_subject(session), number=number)
        document = None if row is None else document_of(session, row)
        if row is None or document is None:
            raise NotFound
        return _shown(row) | {"document": document}

    return await installation.database.read(look)


async def read_versions(
    installation: Installation, find_subject: FindSubject, paging: Paging
) -> dict[str, object]:
    """The published versions, oldest first, without their documents; one page of them."""

    def look(session: Session) -> dict[str, object]:
        subject = find_subject(session)
        rows = list_versions(session, subject, after=paging.after, limit=paging.wanted)
        return page(rows, paging, _shown)

    return await installation.database.read(look)


def _read(document: Document) -> _Read | ProtocolInvalid:
    try:
        protocol = parse_protocol_text(document.text, yaml=document.is_yaml)
    except ProtocolInvalid as invalid:
        return invalid
    return _Read(protocol=protocol, normal_form=protocol.document(), digest=protocol.digest())


def all_wrong(
    session: Session, *, find_subject: FindSubject, invalid: ProtocolInvalid, now: datetime
) -> tuple[Problem, ...]:
    """What is wrong with a document by itself, and what would stand against publishing it."""
    parties, today = beside(session, find_subject(session), Draft.of(invalid), now)
    return check_refused(invalid, parties, published_on=today)


def beside(
    session: Session, subject: Subject, draft: Draft, now: datetime
) -> tuple[dict[str, KnownParty], date]:
    """What publishing looks at beside a document: the parties that it names, its local day."""
    named = {one.party_id for one in draft.references()}
    parties = known_parties(session, named, municipality_id=subject.municipality_id)
    return parties, now.astimezone(draft.zone).date()


def _publish(
    session: Session,
    installation: Installation,
    subject: Subject,
    read: _Read,
    if_match: str | None,
) -> Answer:
    now, protocol = installation.clock(), read.protocol
    current = find_version(session, subject)
    parties, today = beside(session, subject, Draft.of(protocol), now)
    report = check_publication(protocol, parties, published_on=today)
    warnings = [_problem(one) for one in report.warnings]
    if current is not None and current.digest == read.digest:
        # What is asked for is so already, whatever If-Match says (RFC 9110 §13.1.1).
        return Answer(status=200, body=_shown(current) | {"warnings": warnings})
    if if_match is not None and not _matches(if_match, current):
        raise VersionStale
    if not report.is_ok:
        raise FieldsInvalid(errors=_errors(report.errors))
    version_id = installation.new_id()
    row = ProtocolVersionRow(
        id=version_id,
        client_id=subject.client_id,
        municipality_id=subject.municipality_id,
        number=current.number + 1 if current else 1,
        accountable_id=protocol.accountable,
        document=sealed_document(session, subject, version_id, read.normal_form),
        digest=read.digest,
        published_at=now,
    )
    session.add(row)
    references = Draft.of(protocol).references()
    set_protocol_uses(session, row, ((pointer(one.where), one.party_id) for one in references))
    return Answer(status=201, body=_shown(row) | {"warnings": warnings})


def _matches(if_match: str, current: ProtocolVersionRow | None) -> bool:
    return current is not None and names_one_of(if_match, {str(current.number), current.digest})


def _errors(problems: Iterable[Problem]) -> list[FieldError]:
    return [FieldError(pointer=one.pointer, detail=one.detail) for one in problems]


def _problem(problem: Problem) -> dict[str, object]:
    return {"pointer": problem.pointer, "detail": problem.detail}


def _shown(row: ProtocolVersionRow) -> dict[str, object]:
    return {
        "version": row.number,
        "digest": row.digest,
        "published_at": rfc3339(row.published_at),
    }
