"""The settings of publishing: what they name is used, and what is impossible stops the start."""

from pathlib import Path
from typing import cast

import pytest
from typer.testing import CliRunner

from app.__main__ import cli
from app.channels import open_channels
from app.clock import utc_now
from app.database import Database
from app.installation.installation import Installation
from app.installation.secrets import LinkKey, new_id
from app.ledger.notes.key import verifier_key_text
from app.publishing.opening import open_publisher, open_witness, witnesses
from app.settings import Settings, SettingsInvalid, read_settings
from tests.ledger.notes.samples import LOG_KEY
from tests.publishing.outside import KEYS

B, C = (verifier_key_text(key.verifier) for key in KEYS)
LOG = verifier_key_text(LOG_KEY.verifier)


def read(**said: str) -> Settings:
    return read_settings({f"RENRAKUMO_{name}": value for name, value in said.items()})


def test_witnesses_are_pairs_of_address_and_key() -> None:
    found = witnesses(read(WITNESSES=f"https://b.example/witness/ {B}\n http://c.example:8000 {C}"))
    assert [one.url for one in found] == ["https://b.example/witness", "http://c.example:8000"]
    assert [one.key for one in found] == [key.verifier for key in KEYS]
    assert witnesses(read(WITNESSES="")) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WITNESSES", "https://b.example"),
        ("WITNESSES", f"b.example {B}"),
        ("WITNESSES", f"https://b.example?x {B}"),
        ("WITNESSES", "https://b.example nonsense"),
        # A log's key in the place of a witness's, and the reverse.
        ("WITNESSES", f"https://b.example {LOG}"),
        ("WITNESSED_LOGS", B),
        ("WITNESSED_LOGS", f"{LOG} nonsense"),
        ("TIMESTAMP_URL", "tsa.example"),
        ("TIMESTAMP_EVERY", "week"),
        ("TIMESTAMP_CA_FILE", "pyproject.toml"),
        ("TIMESTAMP_CA_FILE", "no/such/file.pem"),
        ("CHECKPOINT_MAIL_HOUR", "24"),
    ],
)
def test_impossible_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"RENRAKUMO_{name} is impossible"):
        opened(read(**{name: value, "LEDGER_KEY_FILE": str(tmp_path / "ledger.key")}))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("WITNESSES", "https://b.example/witness nonsense", "the verifier key"),
        ("WITNESSES", "https://b.example", "must be an http:// or https:// address and a verifier"),
        ("WITNESSED_LOGS", "foo", "the verifier key"),
        ("TIMESTAMP_CA_FILE", "no/such/file.pem", "No such file"),
    ],
)
def test_commands_refuse_an_impossible_setting_before_anything_is_made(
    tmp_path: Path, name: str, value: str, reason: str
) -> None:
    environment = {
        "RENRAKUMO_LEDGER_KEY_FILE": str(tmp_path / "ledger.key"),
        f"RENRAKUMO_{name}": value,
    }
    ended = CliRunner().invoke(cli, ["ledger", "witness-key"], env=environment)
    assert ended.exit_code == 2
    assert ended.stderr.startswith(f"RENRAKUMO_{name} is impossible: {reason}")
    assert not (tmp_path / "ledger.key").exists()


def opened(settings: Settings) -> list[str]:
    """The names of the ways out that the settings open; nothing is asked of the database."""
    installation = Installation(
        settings=settings,
        database=cast(Database, None),
        clock=utc_now,
        link_key=LinkKey(bytes(32)),
        new_id=new_id,
    )
    open_witness(installation)
    publisher = open_publisher(installation, open_channels(settings, utc_now))
    return [way.name for way in publisher.ways]


def test_only_what_is_named_is_asked(tmp_path: Path) -> None:
    key = str(tmp_path / "ledger.key")
    assert opened(read(LEDGER_KEY_FILE=key)) == ["checkpoint_mails"]
    settings = read(
        LEDGER_KEY_FILE=key,
        WITNESSES=f"https://b.example {B}",
        TIMESTAMP_URL="https://tsa.example/stamp",
    )
    assert opened(settings) == ["checkpoint_mails", "cosigning", "stamping"]
