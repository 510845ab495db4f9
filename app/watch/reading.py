"""From the rows of what is watched to networks that can be proved."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from importlib.metadata import version
from typing import Final

import structlog

from app.cover.timetable import Timetable
from app.database import Database, Transaction
from app.escalation.network import Network
from app.escalation.party import Party, PartyId
from app.protocols.kinds import OrganisationKind
from app.protocols.problems import ProtocolInvalid
from app.protocols.protocol import Protocol, parse_protocol
from app.rosters.interval import milliseconds
from app.store.network import load_parties
from app.store.watch.subjects import Watched
from app.telemetry import LOOP_FAILURES
from app.watch.foresight import SHARED_FOR, timetable_from

log = structlog.get_logger()
PARTIES_MAX: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """One watched thing, whom it names, and the digest of all that its cover follows from."""

    watched: Watched
    network: Network
    named: frozenset[str]
    digest: str


@dataclass
class Parties:
    """The parties of one round, each loaded once, however many protocols name it."""

    loaded: dict[PartyId, Party] = field(default_factory=dict)
    _timetable: Timetable | None = None
    _asked: set[str] = field(default_factory=set)

    async def load(self, tx: Transaction, party_ids: Iterable[str]) -> None:
        """Know these, and the persons of the desks among them."""
        if len(self.loaded) > PARTIES_MAX:
            self.loaded.clear()
            self._timetable = None
            self._asked.clear()
        missing = set(party_ids) - self._asked
        if missing:
            parties, _ = await load_parties(tx, missing)
            self.loaded.update(parties)
            self._asked |= missing

    def timetable(self, now: datetime) -> Timetable:
        """What proofs of these parties share for some minutes."""
        oldest = milliseconds(now - SHARED_FOR)
        if self._timetable is None or not oldest < self._timetable.begin <= milliseconds(now):
            self._timetable = timetable_from(now)
        return self._timetable

    def of(self, named: Iterable[str]) -> dict[PartyId, Party]:
        """These and their persons."""
        found = [self.loaded[PartyId(one)] for one in named if PartyId(one) in self.loaded]
        persons = [person for one in found for person in one.person_ids]
        return {one.id: one for one in found} | {
            one: self.loaded[one] for one in persons if one in self.loaded
        }


async def read_watched(
    database: Database, parties: Parties, many: Sequence[Watched], *, rules: str
) -> Sequence[Readable]:
    """Read the documents and load whom they name.

    `rules` tells one state of the program's rules from another.
    """
    protocols = await asyncio.to_thread(_parsed, many)
    named = {one.id: _named(one, protocols.get(one.id)) for one in many}
    async with database.transaction() as tx:
        await parties.load(tx, {party for ids in named.values() for party in ids})
    return [
        _readable(one, protocols.get(one.id), named[one.id], parties, rules)
        for one in many
        if one.document is None or one.id in protocols
    ]


def rules_now() -> str:
    """What the answer rests on beside the database: holidays and zones change with releases."""
    return f"1 holidays {version('holidays')} tzdata {version('tzdata')}"


def _parsed(many: Sequence[Watched]) -> Mapping[str, Protocol]:
    found: dict[str, Protocol] = {}
    for one in many:
        try:
            if one.document is not None:
                found[one.id] = parse_protocol(json.loads(one.document))
        except ProtocolInvalid:
            # Published under rules that are no longer ours; it holds up no other.
            LOOP_FAILURES.labels("watch_document").inc()
            log.warning("document_unreadable", watch_id=one.id)
    return found


def _named(watched: Watched, protocol: Protocol | None) -> frozenset[str]:
    if protocol is not None:
        return protocol.party_ids()
    return frozenset({watched.accountable_id} if watched.accountable_id else ())


def _readable(
    watched: Watched,
    protocol: Protocol | None,
    named: frozenset[str],
    parties: Parties,
    rules: str,
) -> Readable:
    of_it = parties.of(named)
    if protocol is None or watched.published_at is None:
        desk = PartyId(watched.accountable_id or watched.municipality_id)
        network = Network(accountable=desk, parties=of_it)
    else:
        published_on = watched.published_at.astimezone(protocol.zone).date()
        network = Network.of_protocol(protocol, of_it, published_on)
    desk_id = watched.accountable_id if protocol is None else None
    facts: list[object] = [rules, watched.version_id, desk_id]
    facts += [_facts(of_it[one]) for one in sorted(of_it)]
    digest = blake2b(repr(facts).encode(), digest_size=16).hexdigest()
    return Readable(watched=watched, network=network, named=named, digest=digest)


def _facts(party: Party) -> object:
    """All of a party on which cover may rest; the versions of a roster never change."""
    return (
        party.id,
        party.is_retired,
        party.organisation_kind is OrganisationKind.FAMILY,
        party.hours and party.hours.spans,
        party.person_ids,
        [(point.id, point.hours.spans, point.delay) for point in party.contact_points],
        [(one.number, one.effective_from) for one in party.roster],
    )
