"""The proof of cover of a document, without publishing it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import Final

from sqlmodel import Session

from app.channels.channel import rfc3339
from app.commands.directory.protocols import Document, FindSubject, all_wrong, beside
from app.cover.check import Proof
from app.cover.gaps import Explained
from app.cover.worst_case import LatestPage, WorstCase
from app.database.reading import Reader
from app.escalation.network import Network
from app.foresight.examined import Examined, examine, refused
from app.installation.answer import NotFound
from app.installation.installation import Installation
from app.protocols.draft import Draft
from app.protocols.problems import Problem, ProtocolInvalid
from app.protocols.protocol import Protocol, parse_protocol, parse_protocol_text
from app.protocols.publication import Report, check_publication
from app.rosters.interval import moment
from app.store.directory.protocol import document_of, find_version
from app.store.network import load_parties

# Of a document that cannot be published nothing more can be said.
NOTHING_PROVED: Final[Mapping[str, object]] = MappingProxyType(
    {"from": None, "to": None, "gaps": [], "gap_count": 0, "unplanned": [], "worst_case": None}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A document that could be read, with its network, and what stands against publishing it."""

    protocol: Protocol
    network: Network
    report: Report
    # When the newest version was published, if there is one.
    published_at: datetime | None


async def check(
    database: Reader, now: datetime, find_subject: FindSubject, document: Document | None
) -> Examined:
    """What there is to say of a document from `now` on, or without one of the published version.

    Raises:
        NotFound, RoleForbids: as `find_subject` does; or nothing is published.
    """
    read = await read_in(database, now, find_subject, document)
    if not isinstance(read, Checked):
        return refused(read, now)
    look = partial(examine, published_at=read.published_at)
    return await asyncio.to_thread(look, read.network, read.report, now)


async def read_for_check(
    installation: Installation, find_subject: FindSubject, document: Document | None
) -> Checked | tuple[Problem, ...]:
    """The document with all that the rules need to know of; or what is wrong with it.

    Raises:
        NotFound, RoleForbids: as `find_subject` does; or there is no document and none published.
    """
    return await read_in(installation.database, installation.clock(), find_subject, document)


async def read_in(
    database: Reader, now: datetime, find_subject: FindSubject, document: Document | None
) -> Checked | tuple[Problem, ...]:
    """The same with a database that may be only for reading.

    Raises:
        NotFound, RoleForbids: as `find_subject` does; or there is no document and none published.
    """
    stored, published_at = await _published(database, find_subject, document)
    try:
        protocol = (
            parse_protocol(stored)
            if document is None
            else await asyncio.to_thread(parse_protocol_text, document.text, yaml=document.is_yaml)
        )
    except ProtocolInvalid as invalid:
        look = partial(all_wrong, find_subject=find_subject, invalid=invalid, now=now)
        return await database.read(look)

    def report_on(session: Session) -> tuple[Report, date]:
        parties, today = beside(session, find_subject(session), Draft.of(protocol), now)
        return check_publication(protocol, parties, published_on=today), today

    report, today = await database.read(report_on)
    async with database.transaction() as tx:
        parties, _ = await load_parties(tx, protocol.party_ids())
    network = Network.of_protocol(protocol, parties, today)
    return Checked(protocol=protocol, network=network, report=report, published_at=published_at)


async def _published(
    database: Reader, find_subject: FindSubject, document: Document | None
) -> tuple[object, datetime | None]:
    """The published document, and when it was; there need be none if another was sent."""

    def look(session: Session) -> tuple[object, datetime | None]:
        row = find_version(session, find_subject(session))
        stored = document_of(session, row) if row else None
        if stored is None and document is None:
            raise NotFound
        return (stored, row.published_at) if row else (None, None)

    return await database.read(look)


def shown(examined: Examined) -> dict[str, object]:
    """What programs read of it."""
    protocol, proof = examined.protocol, examined.proof
    return {
        "ok": examined.is_ok,
        "errors": [_problem(one) for one in examined.errors],
        "warnings": [_problem(one) for one in examined.warnings],
        **(_proved(protocol, proof) if protocol and proof else NOTHING_PROVED),
    }


def _proved(protocol: Protocol, proof: Proof) -> dict[str, object]:
    return {
        "from": rfc3339(proof.begin),
        "to": rfc3339(proof.end),
        "gaps": [_gap(protocol, one) for one in proof.gaps],
        "gap_count": proof.gap_count,
        "unplanned": [_gap(protocol, one) for one in proof.unplanned],
        "worst_case": _worst(protocol, proof.worst_case),
    }


def _gap(protocol: Protocol, explained: Explained) -> dict[str, object]:
    gap, shown = explained.gap, explained.counterexample
    return {
        "pointer": f"/variants/{gap.variant}/steps/{gap.step - 1}",
        "variant": protocol.variants[gap.variant].name,
        "step": gap.step,
        "incidents": [kind.value for kind in gap.kinds],
        "from": rfc3339(moment(gap.begin)),
        "to": rfc3339(moment(gap.end)),
        "cause": explained.cause.value,
        "counterexample": {
            "type": shown.type.value,
            "severity": shown.severity.value,
            "opened_at": rfc3339(shown.opened_at),
            "at": rfc3339(shown.at),
            "escalate_after_seconds": shown.after.total_seconds(),
        },
    }


def _worst(protocol: Protocol, worst: WorstCase) -> dict[str, object]:
    return {
        "variant": protocol.variants[worst.variant].name,
        "accountable_holds_after_seconds": worst.accountable.after,
        "at": rfc3339(worst.accountable.at),
        "type": worst.accountable.type.value,
        "severity": worst.accountable.severity.value,
        "first_page_after_seconds": worst.first_page.after,
        "first_page_at": rfc3339(worst.first_page.at),
        "pages": [_page(one) for one in worst.pages],
    }


def _page(page: LatestPage) -> Mapping[str, object]:
    return {
        "step": page.step,
        "round": page.round,
        "party_id": page.party_id,
        "after_seconds": page.latest.after,
        "at": rfc3339(page.latest.at),
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {"pointer": problem.pointer, "detail": problem.detail}
