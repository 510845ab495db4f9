"""What a message to a responder says: ids and codes, never personal data (H10)."""

from datetime import UTC, datetime

from app.escalation.decision import MessageKind, Send
from app.store.incident import StoredIncident

LINKS = {
    MessageKind.PAGED: ("respond", "acknowledge", "decline"),
    MessageKind.REMINDED: ("respond", "acknowledge", "decline"),
    MessageKind.OFFERED: ("respond", "accept", "decline"),
}


def rfc3339(at: datetime | None) -> str | None:
    """An instant as the API writes it: UTC, three decimals, `Z`."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message_of(stored: StoredIncident, send: Send) -> dict[str, object]:
    """The data of a message, without its links, which only the sender makes."""
    incident = stored.incident
    data: dict[str, object] = {
        "incident_id": incident.id,
        "incident_type": incident.type.value,
        "severity": incident.severity.value,
        "status": incident.status.value,
        "client_code": stored.client_code,
        "town": stored.client_town,
        "step": incident.step or None,
        "round": incident.round or None,
        "due_at": rfc3339(send.due_at or incident.step_due_at),
        "opened_at": rfc3339(incident.opened_at),
        "drill": incident.drill,
        "signal_count": incident.signal_count,
    }
    if send.kind is MessageKind.ALARM:
        data["exhausted"] = incident.exhausted
        data["reason"] = send.reason
    return data


def links_of(kind: MessageKind, public_url: str, token: str | None) -> dict[str, str]:
    """The links of a message: where to read, and where to post an answer."""
    page = f"{public_url}/r/{token}"
    paths = LINKS.get(kind, ()) if token else ()
    return {name: page if name == "respond" else f"{page}/{name}" for name in paths}
