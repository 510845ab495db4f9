"""What a channel is: one message to one address, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol

from app.escalation.decision import MessageKind
from app.protocols.kinds import Language, NoticeKind

MESSAGE_TYPES: Final = tuple(f"incident.{kind}" for kind in MessageKind)
"""The types of the messages to responders."""

NOTICE_TYPES: Final = tuple(NoticeKind)

NOTICE_DATA: Final = (
    *("notice_id", "municipality_id", "party_id", "desk_id", "roster_id", "contact_point_id"),
    *("request_id", "protocol_count", "client_codes", "causes", "first_at", "from", "until"),
    *("ends_at", "answer_by", "answer", "scheduled", "reason"),
    *("client_id", "client_count", "desk_ids", "changes", "problems"),
)
"""All that a notice may say (H10), in the order of its body; links beside it."""

RESPONDER_DATA: Final = (
    *("incident_id", "incident_type", "severity", "status", "client_code", "town", "drill"),
    *("step", "round", "due_at", "opened_at", "acknowledged_at", "arrived_at", "closed_at"),
    *("party_id", "holder_id", "from_party_id", "page_id", "offer_id", "protocol_version"),
    *("cause", "basis", "outcome", "exhausted", "reason", "signal_count"),
)
"""All that a message to a responder may say (H10), in the order of its body; links beside it."""

LINKS: Final = ("respond", "acknowledge", "decline", "accept", "confirm")
"""The links that a message may carry, in the order of its body."""


def message_type(kind: MessageKind | NoticeKind) -> str:
    """What the type of a message says: a notice's kind is one already."""
    return kind.value if isinstance(kind, NoticeKind) else f"incident.{kind.value}"


class AddressInvalid(Exception):
    """An address cannot be used; the text is a sentence for the person who wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one contact point, the same on every try."""

    # The delivery's id: the receiver tells a repeat by it.
    id: str
    # `incident.paged`, …; `cover.lost`, …; to a subscription also other events (DESIGN.md 6.2).
    type: str
    created_at: datetime
    address: str
    # Webhooks only: `whsec_…`.
    secret: str | None = None
    # Ids and codes; nothing but RESPONDER_DATA or NOTICE_DATA, and `links`, leaves the house.
    data: Mapping[str, object]
    language: Language = "ja"

    @property
    def is_notice(self) -> bool:
        """Whether it is about no incident."""
        return self.type in NOTICE_TYPES

    @property
    def public_data(self) -> Mapping[str, object]:
        """The data that may leave the house, in an order that no storage changes.

        A subscription's event has been written for its receiver and leaves as it is.
        """
        if self.type not in MESSAGE_TYPES and not self.is_notice:
            return self.data
        allowed = NOTICE_DATA if self.is_notice else RESPONDER_DATA
        shown = {key: self.data[key] for key in allowed if key in self.data}
        links = self.data.get("links")
        if isinstance(links, Mapping):
            shown["links"] = {name: links[name] for name in LINKS if name in links}
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The other side has taken the message. Nobody has answered for anything by that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The message was not taken. `reason` is a code, never the other side's words."""

    # Trying again is pointless: this contact point counts as failed at once (DESIGN.md 4.1.4).
    permanent: bool
    reason: str


Result = Sent | Failed


class Reason(StrEnum):
    """Why a try failed, beside `http_<status>` and `smtp_<code>`."""

    TIMEOUT = "timeout"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_RESET = "connection_reset"
    CONNECTION_FAILED = "connection_failed"
    TLS_FAILED = "tls_failed"
    NAME_NOT_FOUND = "name_not_found"
    PROTOCOL_ERROR = "protocol_error"
    # Others are waiting for the same host, and it answers none of them.
    DESTINATION_BUSY = "destination_busy"
    REFUSED_ADDRESS = "refused_address"
    SECRET_INVALID = "secret_invalid"  # noqa: S105  # a code, not a secret
    NO_MAIL_SERVER = "no_mail_server"
    SMTP_UNAVAILABLE = "smtp_unavailable"
    SMTP_LOGIN_REFUSED = "smtp_login_refused"
    SMTP_SENDER_REFUSED = "smtp_sender_refused"


class Channel(Protocol):
    """One way to reach a contact."""

    @property
    def name(self) -> str:
        """What contact points call it."""

    async def send(self, message: Message) -> Result:
        """Try once, within 1.75 × `send_timeout_seconds`; others' failures are values."""

    def check_address(self, address: str) -> str:
        """The address in the form to store; looks at nothing but the text.

        Raises:
            AddressInvalid: it can never be used.
        """

    async def check_destination(self, address: str) -> str:
        """`check_address`, and for a name also where it leads just now.

        Raises:
            AddressInvalid: it cannot be used, or leads where we do not send.
        """

    async def close(self) -> None:
        """Let go of connections; nothing is sent afterwards."""


def result_of_status(status: int) -> Result:
    """What an HTTP status means for a message: the one place that knows.

    Redirects are not followed. 408, 425 and 429 ask for another try.
    """
    if 200 <= status < 300:  # noqa: PLR2004  # RFC 9110 §15.3
        return Sent()
    permanent = 300 <= status < 500 and status not in {408, 425, 429}  # noqa: PLR2004  # RFC 9110
    return Failed(permanent=permanent, reason=f"http_{status}")


def rfc3339(instant: datetime) -> str:
    """An instant as the contract writes it: UTC, three decimals, `Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
