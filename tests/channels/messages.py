"""Messages for tests, the settings that let them reach this machine, and results."""

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from app.channels.channel import Failed, Message
from app.settings import Settings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 11, 23, 18, 12, 0, 250_000, UTC)
LINK = "https://renraku.example.jp/r/Zr8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9"

DATA = MappingProxyType(
    {
        "incident_id": "0193571a-0000-7000-8000-000000000001",
        "incident_type": "fall",
        "severity": "high",
        "client_code": "K7QX2",
        "town": "みどり町",
        "step": 1,
        "round": 1,
        "opened_at": "2026-11-23T18:12:00.000Z",
        "due_at": "2026-11-23T18:15:00.000Z",
        "drill": False,
        "links": {
            "respond": LINK,
            "acknowledge": LINK + "/acknowledge",
            "decline": LINK + "/decline",
        },
    }
)

PAGE = Message(
    id="0193571a-0000-7000-8000-00000000000a",
    type="incident.paged",
    created_at=NOW,
    address="http://127.0.0.1:1/",
    secret=SECRET,
    data=DATA,
)


def page(address: str, **changes: Any) -> Message:  # noqa: ANN401  # fields of a message
    """A page to an address."""
    return replace(PAGE, address=address, **changes)


def saying(kind: str, **data: object) -> Message:
    """A message of this kind, with these members of its data in place of the usual ones."""
    return replace(PAGE, type=f"incident.{kind}", data={**DATA, **data})


def settings(**changes: Any) -> Settings:  # noqa: ANN401  # fields of the settings
    """Settings that allow webhooks to this machine, and wait no longer than a test should."""
    return Settings(
        **{
            "webhook_allowed_networks": "127.0.0.0/8",
            "send_timeout_seconds": 2.0,
            "mail_from": "renrakumo@city.example",
            **changes,
        }
    )


def temporary(reason: str) -> Failed:
    """A failure that another try may mend."""
    return Failed(permanent=False, reason=reason)


def permanent(reason: str) -> Failed:
    """A failure for good."""
    return Failed(permanent=True, reason=reason)
