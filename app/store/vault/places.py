"""Every place of a sealed value, and every text that is found by its HMAC."""

from app.vault import Place, Vault


def personal_at(client_id: str) -> Place:
    """A client's personal document."""
    return Place("client", "personal", client_id)


def town_at(client_id: str) -> Place:
    """Where a client lives, roughly."""
    return Place("client", "town", client_id)


def reference_at(client_id: str, organisation_id: str) -> Place:
    """An organisation's number of a client."""
    return Place("client_reference", "reference", f"{client_id}/{organisation_id}")


def report_at(incident_id: str) -> Place:
    """What the reporter of an incident wrote."""
    return Place("incident", "report", incident_id)


def disclosure_at(incident_id: str, seq: int, digest: str) -> Place:
    """What a digest of an entry stands for."""
    return Place("ledger_disclosure", "disclosure", f"{incident_id}/{seq}/{digest}")


def message_at(delivery_id: str) -> Place:
    """What a message says."""
    return Place("delivery", "message", delivery_id)


def document_at(version_id: str) -> Place:
    """A protocol."""
    return Place("protocol_version", "document", version_id)


def variant_name_at(watch_id: str, place: str) -> Place:
    """The name of a protocol's variant that may find nobody."""
    return Place("protocol_problem", "variant_name", f"{watch_id}/{place}")


def name_at(party_id: str) -> Place:
    """What a person, a family or a family's desk is called."""
    return Place("party", "sealed_name", party_id)


def approved_by_at(municipality_id: str) -> Place:
    """Who signed that another organisation's desk holds for a municipality."""
    return Place("party", "accountable_approved_by", municipality_id)


def address_at(contact_point_id: str) -> Place:
    """Where a party is reached."""
    return Place("contact_point", "address", contact_point_id)


def secret_at(contact_point_id: str) -> Place:
    """What signs the messages to a webhook."""
    return Place("contact_point", "secret", contact_point_id)


def label_at(feed_id: str) -> Place:
    """Who has the address of a calendar feed."""
    return Place("calendar_feed", "label", feed_id)


def auditor_at(auditor_id: str) -> Place:
    """Where an auditor gets mail."""
    return Place("ledger_auditor", "address", auditor_id)


def answer_at(scope: str, key: str) -> Place:
    """An answer that is kept for a day."""
    return Place("idempotency", "answer", f"{scope}/{key}")


def reference_blind(vault: Vault, reference: str) -> str:
    """What an organisation's number of a client is found by, hexadecimal."""
    return vault.blind("client_reference.reference", reference).hex()


def auditor_blind(vault: Vault, address: str) -> str:
    """What an auditor's address is known by, hexadecimal."""
    return vault.blind("ledger_auditor.address", address).hex()


def dedup_blind(vault: Vault, stored_key: str) -> str:
    """What the open incident of a reporter's key is found by, hexadecimal."""
    return vault.blind("incident.dedup_key", stored_key).hex()
