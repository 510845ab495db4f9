"""How parties are named to whoever reads the ledger: by name, or to auditors by pseudonym."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from app.auth import Principal, Role
from app.ledger.words import SYSTEM
from app.protocols.kinds import OrganisationKind
from app.store.audit.entry import NamedParty, parties_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The parties that an answer names, and whether its reader may know the persons."""

    parties: Mapping[str, NamedParty]
    is_pseudonymous: bool

    def hides(self, party_id: str) -> bool:
        """Whether the reader may not know who this is: a person, a family, somebody unknown.

        A family is an organisation by form only: its name is the client's.
        """
        party = self.parties.get(party_id)
        if not self.is_pseudonymous or party_id == SYSTEM:
            return False
        return party is None or party.kind == "person" or _is_family(party)

    def view(self, party_id: str, pseudonyms: Mapping[str, str]) -> dict[str, object]:
        """A party as the answer names it; hidden ones by their pseudonym in this incident."""
        party = self.parties.get(party_id)
        if party_id == SYSTEM:
            return {"id": SYSTEM, "kind": SYSTEM, "name": None, "organisation": None}
        is_hidden = self.hides(party_id)
        says_organisation = party is not None and not (is_hidden and _is_family(party))
        return {
            "id": pseudonyms.get(party_id) if is_hidden else party_id,
            "kind": party.kind if party else "organisation",
            "name": party.name if party and not is_hidden else None,
            "organisation": party.organisation if party and says_organisation else None,
        }


def naming_for(session: Session, principal: Principal, party_ids: Iterable[str | None]) -> Naming:
    """What is needed to name these parties to a caller."""
    return Naming(
        parties=parties_named(session, {one for one in party_ids if one}),
        is_pseudonymous=principal.role is Role.AUDITOR,
    )


def _is_family(party: NamedParty) -> bool:
    return party.organisation_kind == OrganisationKind.FAMILY
