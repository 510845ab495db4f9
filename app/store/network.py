"""What the rules need to know of the directory and of protocols, loaded set-wise."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.database import Row, Transaction
from app.escalation.party import ContactPoint, Party, PartyId, PartyKind
from app.models.columns import instant
from app.protocols.calendar import Hours
from app.protocols.kinds import OrganisationKind
from app.protocols.protocol import Protocol, parse_protocol
from app.store.roster import load_rosters
from app.store.vault.destination import Destination, destinations_by_id
from app.store.vault.keys import keys_by_id
from app.store.vault.loading import opened_names
from app.store.vault.places import document_at, reference_blind, town_at
from app.vault import SubjectKey, Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedProtocol:
    """One immutable version, parsed."""

    id: str
    number: int
    digest: str
    protocol: Protocol
    published_on: date


@dataclass(frozen=True, slots=True)
class NetworkKey:
    """Which network an incident has: its pinned version, or its municipality's last resort."""

    version_id: str | None
    municipality_id: PartyId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """What opening an incident needs to know of a client; nothing that says who it is."""

    id: str
    code: str
    town: str | None
    # Seals what is written about them.
    key: SubjectKey
    municipality_id: PartyId
    # The current version of the client's protocol, or of the municipality's default.
    version_id: str | None

    @property
    def network_key(self) -> NetworkKey:
        """The network that a new incident of the client would have."""
        return NetworkKey(self.version_id, self.municipality_id)


async def directory_revision(tx: Transaction) -> int:
    """The number of the directory's last change."""
    rows = await tx.fetch("SELECT value FROM revision WHERE name = 'directory'")
    return int(rows[0]["value"]) if rows else 0


async def operator_ids(tx: Transaction) -> tuple[PartyId, ...]:
    """The organisations that run the installation and get its alarms."""
    rows = await tx.fetch(
        "SELECT id FROM party WHERE organisation_kind = 'operator' AND retired_at IS NULL"
        " ORDER BY id LIMIT 20"
    )
    return tuple(PartyId(row["id"]) for row in rows)


async def accountable_desks(
    tx: Transaction, municipality_ids: Sequence[str]
) -> Mapping[str, PartyId]:
    """The desk that holds in each municipality where a client has no protocol at all."""
    rows = await tx.fetch(
        "SELECT id, accountable_desk_id FROM party"
        " WHERE id = ANY($1) AND accountable_desk_id IS NOT NULL",
        list(municipality_ids),
    )
    return {row["id"]: PartyId(row["accountable_desk_id"]) for row in rows}


async def load_protocols(
    tx: Transaction, version_ids: Sequence[str]
) -> Mapping[str, PublishedProtocol]:
    """Published versions by id; without those of clients who were erased."""
    rows = await tx.fetch(
        """
        SELECT v.id, v.number, v.digest, v.document, v.published_at, v.client_id, k.wrapped
        FROM protocol_version v LEFT JOIN data_key k ON k.subject_id = v.client_id
        WHERE v.id = ANY($1) AND v.document IS NOT NULL
          AND (v.client_id IS NULL OR k.wrapped IS NOT NULL)
        """,
        list(version_ids),
    )
    return {row["id"]: _published(tx.vault, row) for row in rows}


async def load_clients(tx: Transaction, client_ids: Sequence[str]) -> Mapping[str, ClientFacts]:
    """Clients by id, each with the protocol version that a new incident would pin.

    None of those who were erased; the others' keys stay until this transaction ends.
    """
    rows = await tx.fetch(
        """
        SELECT c.id, c.code, c.town, c.municipality_id, k.wrapped,
          coalesce(
            (SELECT v.id FROM protocol_version v WHERE v.client_id = c.id
              ORDER BY v.number DESC LIMIT 1),
            (SELECT v.id FROM protocol_version v
              WHERE v.municipality_id = c.municipality_id AND v.client_id IS NULL
              ORDER BY v.number DESC LIMIT 1)) AS version_id
        FROM client c JOIN data_key k ON k.subject_id = c.id
        WHERE c.id = ANY($1) FOR KEY SHARE OF k
        """,
        list(client_ids),
    )
    return {row["id"]: _client(tx.vault, row) for row in rows}


async def lock_clients(tx: Transaction, client_ids: Sequence[str]) -> None:
    """Keep other nodes from doing the same for these clients until this transaction ends.

    For what no index can refuse: two nodes that get one signal without a key at once. Nobody
    who only refers to a client waits.
    """
    await tx.fetch(
        "SELECT 1 FROM client WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", list(client_ids)
    )


async def find_clients(
    tx: Transaction, references: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], str]:
    """Client ids by (organisation id, that organisation's own number of the client)."""
    blind = {reference_blind(tx.vault, reference): reference for _, reference in references}
    rows = await tx.fetch(
        "SELECT organisation_id, blind, client_id FROM client_reference"
        " WHERE organisation_id = ANY($1) AND blind = ANY($2)",
        sorted({organisation for organisation, _ in references}),
        sorted(blind),
    )
    return {(row["organisation_id"], blind[row["blind"]]): row["client_id"] for row in rows}


async def serving_organisations(
    tx: Transaction, client_ids: Sequence[str]
) -> Mapping[str, frozenset[str]]:
    """Who looks after each client."""
    rows = await tx.fetch(
        "SELECT client_id, organisation_id FROM client_service WHERE client_id = ANY($1)",
        list(client_ids),
    )
    serving: dict[str, set[str]] = {client_id: set() for client_id in client_ids}
    for row in rows:
        serving[row["client_id"]].add(row["organisation_id"])
    return {client_id: frozenset(ids) for client_id, ids in serving.items()}


async def load_parties(
    tx: Transaction, ids: Iterable[str]
) -> tuple[Mapping[PartyId, Party], Mapping[str, Destination]]:
    """Parties by id with the persons who answer for them; and where their contact points lead."""
    wanted = sorted(set(ids))
    members = await _members(tx, wanted)
    everyone = sorted({*wanted, *(person for persons in members.values() for person in persons)})
    rows = await tx.fetch(
        """
        SELECT p.id, p.kind, p.name, p.sealed_name, k.wrapped, p.hours, p.retired_at,
          p.organisation_id, o.name AS organisation_name, o.organisation_kind,
          o.sealed_name AS sealed_family, f.wrapped AS wrapped_family
        FROM party p JOIN party o ON o.id = p.organisation_id
        LEFT JOIN data_key k ON k.subject_id = p.id
        LEFT JOIN data_key f ON f.subject_id = o.id AND o.sealed_name IS NOT NULL
        WHERE p.id = ANY($1)
        """,
        everyone,
    )
    keys = keys_by_id(tx.vault, {row["id"]: row["wrapped"] for row in rows if row["wrapped"]})
    names = opened_names(
        tx.vault,
        [(row["id"], row["sealed_name"], row["wrapped"]) for row in rows]
        + [(row["organisation_id"], row["sealed_family"], row["wrapped_family"]) for row in rows],
    )
    points, destinations = await _contact_points(tx, keys)
    rosters = await load_rosters(tx, [row["id"] for row in rows if row["kind"] == PartyKind.DESK])
    parties = {
        PartyId(row["id"]): replace(
            _party(row, names, points.get(row["id"], ()), members.get(row["id"], ())),
            roster=rosters.get(row["id"], ()),
        )
        for row in rows
    }
    return parties, destinations


async def municipalities_of(
    tx: Transaction, organisation_ids: Iterable[str]
) -> Mapping[str, frozenset[str]]:
    """In which municipalities organisations work."""
    rows = await tx.fetch(
        "SELECT organisation_id, municipality_id FROM organisation_municipality"
        " WHERE organisation_id = ANY($1)",
        sorted(set(organisation_ids)),
    )
    places: dict[str, set[str]] = {}
    for row in rows:
        places.setdefault(row["organisation_id"], set()).add(row["municipality_id"])
    return {organisation: frozenset(ids) for organisation, ids in places.items()}


async def _members(tx: Transaction, ids: Sequence[str]) -> Mapping[str, tuple[PartyId, ...]]:
    """The persons of desks, and of organisations (who may answer an organisation's phone)."""
    rows = await tx.fetch(
        """
        SELECT d.desk_id AS party_id, d.person_id FROM desk_person d WHERE d.desk_id = ANY($1)
        UNION ALL
        SELECT p.organisation_id AS party_id, p.id AS person_id FROM party p
        WHERE p.kind = 'person' AND p.retired_at IS NULL AND p.organisation_id = ANY($1)
        ORDER BY party_id, person_id
        """,
        list(ids),
    )
    members: dict[str, tuple[PartyId, ...]] = {}
    for row in rows:
        before = members.get(row["party_id"], ())
        members[row["party_id"]] = (*before, PartyId(row["person_id"]))
    return members


async def _contact_points(
    tx: Transaction, keys: Mapping[str, SubjectKey]
) -> tuple[Mapping[str, tuple[ContactPoint, ...]], Mapping[str, Destination]]:
    rows = await tx.fetch(
        "SELECT id, party_id, channel, hours, delay_seconds, address, secret FROM contact_point"
        " WHERE party_id = ANY($1) AND retired_at IS NULL ORDER BY delay_seconds, id",
        sorted(keys),
    )
    points: dict[str, tuple[ContactPoint, ...]] = {}
    for row in rows:
        point = ContactPoint(
            id=row["id"],
            channel=row["channel"],
            hours=Hours.parse(json.loads(row["hours"])),
            delay=timedelta(seconds=row["delay_seconds"]),
        )
        points[row["party_id"]] = (*points.get(row["party_id"], ()), point)
    return points, destinations_by_id(rows, keys)


def _party(
    row: Row,
    names: Mapping[str, str],
    points: tuple[ContactPoint, ...],
    person_ids: tuple[PartyId, ...],
) -> Party:
    kind = row["organisation_kind"]
    return Party(
        id=PartyId(row["id"]),
        kind=PartyKind(row["kind"]),
        name=names.get(row["id"], row["name"]),
        organisation_id=PartyId(row["organisation_id"]),
        organisation_name=names.get(row["organisation_id"], row["organisation_name"]),
        organisation_kind=OrganisationKind(kind) if kind else None,
        hours=Hours.parse(json.loads(row["hours"])) if row["hours"] else None,
        contact_points=points,
        person_ids=person_ids,
        is_retired=row["retired_at"] is not None,
    )


def _client(vault: Vault, row: Row) -> ClientFacts:
    key, town = vault.unwrap(row["id"], row["wrapped"]), row["town"]
    return ClientFacts(
        id=row["id"],
        code=row["code"],
        town=key.open_text(town, town_at(row["id"])) if town else None,
        key=key,
        municipality_id=PartyId(row["municipality_id"]),
        version_id=row["version_id"],
    )


def _published(vault: Vault, row: Row) -> PublishedProtocol:
    key = vault.unwrap(row["client_id"], row["wrapped"]) if row["client_id"] else vault.own
    protocol = parse_protocol(key.open_json(row["document"], document_at(row["id"])))
    published_at: datetime = instant(row["published_at"])
    return PublishedProtocol(
        id=row["id"],
        number=row["number"],
        digest=row["digest"],
        protocol=protocol,
        published_on=published_at.astimezone(protocol.zone).date(),
    )
