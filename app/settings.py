"""Every setting: unit, default, meaning. Read once, frozen; listed in docs/operations.md."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "RENRAKUMO_"
Network = IPv4Network | IPv6Network
_ADDRESS = r"https?://[^/?#@\s]+(/[^?#\s]*)?"


class SettingsInvalid(Exception):
    """A setting is unknown or impossible; the text names it."""


def _own_url(said: dict[str, Any]) -> str:
    """Where a browser on this machine finds the server; "all addresses" are none to go to."""
    near = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # not bound to
    host = str(said["host"])
    return f"http://{near.get(host) or (f'[{host}]' if ':' in host else host)}:{said['port']}"


class Settings(BaseSettings):
    """What the environment says, each variable with the prefix `RENRAKUMO_`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    # `sqlite:///path` (one process) or `postgresql://user@host/name` (any number of nodes).
    database_url: str = "sqlite:///var/renrakumo.db"
    # The address and port that the server listens on.
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    # How responders' browsers reach this service; links begin with it.
    public_url: str = Field(default_factory=_own_url)
    # The key that links and, later, clients' keys are derived from; made at first start.
    data_key_file: Path = Path("var/data.key")
    # The key that signs checkpoints; made at first start. Beside it the last published heads.
    ledger_key_file: Path = Path("var/ledger.key")
    # What the names of new logs begin with, without a scheme; by default host and /ledger.
    ledger_origin: Annotated[str, Field(pattern=r"^[!-*,-~]+$")] | None = None
    # A first operator key, applied at each start: `rk_` and at least 32 URL-safe characters.
    bootstrap_key: str | None = None
    # Private networks that outgoing webhooks may reach, comma-separated CIDRs.
    webhook_allowed_networks: Annotated[tuple[Network, ...], NoDecode] = ()
    # The mail server, `smtp://[user:password@]host:port` or `smtps://…`; none = no e-mail.
    smtp_url: str | None = None
    # The sender of e-mails.
    mail_from: str = "renrakumo@localhost"
    # The hour in Japan at which each auditor is mailed the checkpoint of the day, or later.
    checkpoint_mail_hour: Annotated[int, Field(ge=0, le=23)] = 9
    # Witnesses of our logs: address and verifier key of each, all separated by spaces.
    witnesses: Annotated[tuple[tuple[str, str], ...], NoDecode] = ()
    # Verifier keys of the logs that this installation cosigns, separated by spaces.
    witnessed_logs: Annotated[tuple[str, ...], NoDecode] = ()
    # The time-stamping authority (RFC 3161); none = no time stamps.
    timestamp_url: str | None = None
    # Its root certificates in PEM; without them tokens are kept unverified.
    timestamp_ca_file: Path | None = None
    # How often a time stamp is asked for: hour or day.
    timestamp_every: Annotated[str, Field(pattern="^(hour|day)$")] = "day"
    # Seconds that one message may take.
    send_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    # Messages in flight at once, over all destinations.
    sends_in_flight: Annotated[int, Field(ge=1, le=256)] = 32
    # Unknown links, inboxes and keys that one address may come with in a minute.
    misses_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 30
    # Days after which a contact point is asked again whether it can be read; 0 = never.
    contact_check_days: Annotated[int, Field(ge=0, le=3650)] = 90
    # Log level: debug, info, warning or error.
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not re.match(r"(sqlite:///|postgresql://).", value):
            message = "must begin with sqlite:/// or postgresql://, without a driver name"
            raise ValueError(message)
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^/?#@\s]+/?", value):
            message = "must be an http:// or https:// address without a path or query"
            raise ValueError(message)
        return value.rstrip("/")

    @field_validator("bootstrap_key")
    @classmethod
    def _long_enough(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"rk_[A-Za-z0-9_-]{32,}", value):
            message = "must be rk_ and at least 32 URL-safe characters"
            raise ValueError(message)
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"smtps?://[^/]+$", value):
            message = "must be smtp://[user:password@]host[:port] or smtps://…"
            raise ValueError(message)
        return value

    @field_validator("timestamp_url")
    @classmethod
    def _authority(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(_ADDRESS, value):
            message = "must be an http:// or https:// address"
            raise ValueError(message)
        return value

    @field_validator("witnesses", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        words = value.split()
        pairs = tuple(zip(words[::2], words[1::2], strict=False))
        if len(words) % 2 or not all(re.fullmatch(_ADDRESS, url) for url, _ in pairs):
            message = "must be an http:// or https:// address and a verifier key for each witness"
            raise ValueError(message)
        return pairs

    @field_validator("witnessed_logs", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("webhook_allowed_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())


def read_settings(environment: dict[str, str]) -> Settings:
    """The settings in `environment`.

    Raises:
        SettingsInvalid: a variable with our prefix is unknown, or a value is impossible.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    mine = {name for name in environment if name.startswith(PREFIX)}
    unknown = sorted(name for name in mine - known if not name.startswith(PREFIX + "TEST_"))
    if unknown:
        message = f"Unknown setting {unknown[0]}: see docs/operations.md for the list."
        raise SettingsInvalid(message)
    try:
        given = {name: environment.get(PREFIX + name.upper()) for name in Settings.model_fields}
        return Settings.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        message = f"{name} is impossible: {first['msg'].removeprefix('Value error, ')}."
        raise SettingsInvalid(message) from error
