"""The publisher and the witness as the settings want them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import httpx
from cryptography.x509 import Certificate

from app.channels.channel import Channel
from app.channels.email import EmailChannel
from app.installation.installation import Installation
from app.ledger.exports.timestamp import TimestampInvalid, authorities
from app.ledger.notes.key import KeyType, VerifierKey, parse_verifier_key
from app.ledger.notes.text import FormatInvalid
from app.publishing.asking import Asker
from app.publishing.cosigning import Cosigning, Peer
from app.publishing.keys import cosigner
from app.publishing.mail import mail_checkpoints
from app.publishing.publisher import Publisher, Way
from app.publishing.stamping import Stamping
from app.publishing.witness import Witness
from app.sealing.keys import read_ledger_key
from app.settings import Settings, SettingsInvalid

MAIL_SECONDS: Final = 20
COSIGN_SECONDS: Final = 1
STAMP_SECONDS: Final = 60


def open_publisher(installation: Installation, channels: Mapping[str, Channel]) -> Publisher:
    """A publisher with those ways out that the settings name; mail always is one.

    Raises:
        SettingsInvalid: a key of a witness is none, or the authorities' file cannot be read.
    """
    settings = installation.settings
    mail = partial(mail_checkpoints, installation, channels[EmailChannel.name])
    ways = [Way(name="checkpoint_mails", run_once=mail, seconds=MAIL_SECONDS)]
    peers = witnesses(settings)
    trusted = _trusted(settings)
    if not peers and settings.timestamp_url is None:
        return Publisher((*ways,))
    http = httpx.AsyncClient(timeout=settings.send_timeout_seconds)
    asker = Asker(http=http, seconds=settings.send_timeout_seconds)
    if peers:
        cosigning = Cosigning(installation, peers, asker)
        ways.append(Way(name="cosigning", run_once=cosigning.run_once, seconds=COSIGN_SECONDS))
    if settings.timestamp_url is not None:
        stamping = Stamping(
            installation=installation,
            asker=asker,
            url=settings.timestamp_url,
            every=settings.timestamp_every,
            trusted=trusted,
        )
        ways.append(Way(name="stamping", run_once=stamping.run_once, seconds=STAMP_SECONDS))
    return Publisher((*ways,), http.aclose)


@asynccontextmanager
async def publishing(
    installation: Installation, channels: Mapping[str, Channel]
) -> AsyncIterator[None]:
    """Publish meanwhile what was sealed.

    Raises:
        SettingsInvalid: as `open_publisher`.
    """
    publisher = open_publisher(installation, channels)
    publisher.start()
    try:
        yield
    finally:
        await publisher.close()


def check_outside(settings: Settings) -> None:
    """Read every key and certificate that the settings name, and open nothing.

    Raises:
        SettingsInvalid: one is none, or cannot be read.
    """
    witnesses(settings)
    witnessed(settings)
    _trusted(settings)


def open_witness(installation: Installation) -> Witness:
    """The witness that this installation is for others.

    Raises:
        SettingsInvalid: a key of a witnessed log is none.
        KeyFileInvalid: the ledger key's file holds something else.
    """
    settings = installation.settings
    return Witness(
        database=installation.database,
        clock=installation.clock,
        signer=cosigner(settings, read_ledger_key(settings.ledger_key_file)),
        logs=witnessed(settings),
    )


def witnesses(settings: Settings) -> Sequence[Peer]:
    """Whom our logs are shown to.

    Raises:
        SettingsInvalid: a key is none of a witness.
    """
    return [
        Peer(url=url.rstrip("/"), key=_key("WITNESSES", text, KeyType.COSIGNATURE))
        for url, text in settings.witnesses
    ]


def witnessed(settings: Settings) -> Sequence[VerifierKey]:
    """The keys of the logs that are cosigned here.

    Raises:
        SettingsInvalid: one is no key of a log.
    """
    return [_key("WITNESSED_LOGS", text, KeyType.NOTE) for text in settings.witnessed_logs]


def _key(setting: str, text: str, type_: KeyType) -> VerifierKey:
    what = "log" if type_ is KeyType.NOTE else "witness"
    try:
        key = parse_verifier_key(text)
    except FormatInvalid as error:
        raise SettingsInvalid(f"RENRAKUMO_{setting} is impossible: {error}.") from None
    if key.type is not type_:
        raise SettingsInvalid(
            f"RENRAKUMO_{setting} is impossible: {key.name} is no key of a {what}."
        )
    return key


def _trusted(settings: Settings) -> Sequence[Certificate] | None:
    path = settings.timestamp_ca_file
    if path is None:
        return None
    try:
        return authorities(path.read_bytes())
    except (OSError, TimestampInvalid) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsInvalid(f"RENRAKUMO_TIMESTAMP_CA_FILE is impossible: {reason}.") from None
