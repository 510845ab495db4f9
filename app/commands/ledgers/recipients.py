"""Who was handed what: recorded when it happens, and listed for whoever has to erase."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.act import OPERATOR
from app.escalation.event import Exported
from app.escalation.party import PartyId
from app.installation.answer import ClientErased, NotFound
from app.installation.installation import Installation
from app.ledger.disclosure import DisclosureInvalid, decode
from app.ledger.words import SYSTEM, EntryType
from app.sealing.life.exporting import RECIPIENT
from app.store.audit.entry import facts_of, parties_named
from app.store.audit.log import log_of
from app.store.audit.own_chain import OwnEntry, exports_of, own_entries
from app.writer.batch import Batch, Needs

LISTED_MAX: Final = 10_000
INCIDENT, LOG = "incident", "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOut:
    """That the holder of a key gets the evidence of an incident."""

    incident_id: str
    recipient: Mapping[str, object]

    @property
    def needs(self) -> Needs:
        """The incident, and the organisation that the entry names."""
        organisation_id = self.recipient["organisation_id"]
        named = (str(organisation_id),) if organisation_id else ()
        return Needs(incident_id=self.incident_id, party_ids=named)

    def run(self, batch: Batch) -> None:
        """Append the entry.

        Raises:
            NotFound: there is no such incident.
        """
        stored = batch.loaded.incidents.get(self.incident_id)
        if stored is None:
            raise NotFound
        actor = PartyId(str(self.recipient["organisation_id"] or OPERATOR))
        # Of a client who was erased nothing is left that an erasure could reach.
        with suppress(ClientErased):
            batch.decide(stored, Exported(recorded_by=actor, recipient=self.recipient))


async def recipient_of(installation: Installation, principal: Principal) -> dict[str, object]:
    """The holder of a key, as the ledger will name whom something was handed to."""
    own = principal.organisation_id

    def look(session: Session) -> str | None:
        found = parties_named(session, [own or ""]).get(own or "")
        return found.name if found else None

    return {
        "organisation_id": own,
        "name": await installation.database.read(look),
        "role": principal.role.value,
    }


async def read_exports(
    installation: Installation, principal: Principal, incident_id: str
) -> dict[str, object]:
    """To whom entries of an incident may have been handed: its evidence, and the whole log.

    Raises:
        NotFound: there is no such incident, or it is not the caller's.
        RoleForbids: only who may have to pass on an erasure asks this.
    """
    principal.require(Role.COORDINATOR)

    def look(session: Session) -> dict[str, object]:
        facts = facts_of(session, [incident_id], sight=principal.sight).get(incident_id)
        log_id = log_of(session, incident_id)
        if facts is None or log_id is None:
            raise NotFound
        own = exports_of(session, incident_id)
        logs = own_entries(
            session, log_id, after_id=0, limit=LISTED_MAX, type_=EntryType.EXPORTED.value
        )
        items = [
            *(_shown(one, INCIDENT) for one in own),
            *(_shown(one, LOG) for one in _since(logs, facts.opened_at)),
        ]
        return {"items": sorted(items, key=lambda item: str(item["at"]))}

    return await installation.database.read(look)


def _since(logs: Iterable[OwnEntry], at: datetime) -> Iterator[OwnEntry]:
    """A log that was handed on before an incident has nothing of it."""
    return (one for one in logs if one.at >= at)


def _shown(entry: OwnEntry, what: str) -> dict[str, object]:
    return {
        "what": what,
        "at": rfc3339(entry.at),
        "chain_id": entry.incident_id,
        "seq": entry.seq,
        "recipient": _recipient(entry),
    }


def _recipient(entry: OwnEntry) -> object:
    """Where the disclosure was erased, the organisation that the entry's row still names."""
    for text in entry.disclosures:
        try:
            opened = decode(text)
        except DisclosureInvalid:
            continue  # `verify` says so
        if opened.name == RECIPIENT:
            return opened.value
    organisation_id = None if entry.actor_id in {OPERATOR, SYSTEM} else entry.actor_id
    return {"organisation_id": organisation_id}
