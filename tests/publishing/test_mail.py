"""The checkpoint of the day: mailed once to each auditor, and checked with openssl alone."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.auth import Principal, Role
from app.channels.email import EmailChannel, read_mail_server
from app.channels.wording.checkpoint import MARK
from app.commands.ledgers.auditors import read_auditors
from app.database import DatabaseUnavailable
from app.ledger.notes.checkpoint import opened
from app.ledger.notes.note import parse_note
from app.publishing.mail import RETRY_MIN, mail_checkpoints
from tests.engine.databases import rows
from tests.engine.faults import COMMIT, Fault, FaultyDatabase, Moment
from tests.peers.smtp import MailPeer, MailRules, ReceivedMail, running_smtp
from tests.publishing.conftest import House

AUDITORS = [
    {"address": "kansa@city.example.jp", "language": "ja"},
    {"address": "auditor@example.org", "language": "en"},
]
STORED = "SELECT id, address, blind FROM ledger_auditor ORDER BY id"


@dataclass
class Post:
    """A house, its mail server, and the publisher's way to it."""

    house: House
    peer: MailPeer
    channel: EmailChannel

    @property
    def path(self) -> str:
        return f"/v1/ledgers/{self.house.log_id}/auditors"

    async def name(self, *auditors: object) -> None:
        await self.house.town.make(self.path, {"auditors": [*auditors]}, method="PUT")

    async def mail(self) -> int:
        return await mail_checkpoints(self.house.node.installation, self.channel)

    async def states(self) -> list[tuple[str, str | None]]:
        said = (await self.house.town.get(self.path))["auditors"]
        return [(one["last_mail"]["status"], one["last_mail"]["reason"]) for one in said]


@pytest.fixture
async def post(house: House) -> AsyncIterator[Post]:
    await house.open_incidents(2)
    await house.sealer.run_once()
    async with running_smtp() as peer:
        server = read_mail_server(f"smtp://127.0.0.1:{peer.port}")
        yield Post(house, peer, EmailChannel(house.node.installation.settings, server=server))


def text_of(received: ReceivedMail) -> str:
    text: str = received.mail.get_content()
    return text.replace("\r\n", "\n")


def checked(text: str, folder: Path) -> str:
    """What the lines of the mail answer, run as they are in an empty folder."""
    _, script, _ = text.split(f"{MARK}\n")
    folder.mkdir()
    ended = subprocess.run(
        ["/bin/sh", "-ec", script], cwd=folder, capture_output=True, text=True, check=False
    )
    return ended.stdout.strip()


async def test_each_auditor_gets_the_checkpoint_and_can_check_it_with_openssl(
    post: Post, tmp_path: Path
) -> None:
    await post.name(*AUDITORS)
    assert await post.mail() == 2
    mails = {one.recipients[0]: one for one in post.peer.mails}
    assert set(mails) == {one["address"] for one in AUDITORS}
    head = await post.house.head()
    for at, received in enumerate(mails.values()):
        text = text_of(received)
        assert text.count(head["checkpoint"]) == 2
        assert head["verifier_key"] in text
        folder = tmp_path / str(at)
        assert checked(text, folder) == "Signature Verified Successfully"
        # What the lines leave behind is a checkpoint that can be kept.
        note = parse_note((folder / "checkpoint").read_bytes())
        kept = opened(note, origin=post.house.origin, log_keys=[post.house.verifier])
        assert kept.checkpoint.size == head["size"]
    japanese, english = (mails[one["address"]] for one in AUDITORS)
    assert "保管してください" in text_of(japanese)
    assert japanese.mail["subject"].startswith("【台帳の検証点】")
    assert "Please keep this mail" in text_of(english)
    assert english.mail["subject"].endswith(f"{head['size']} entries")
    assert await post.states() == [("sent", None), ("sent", None)]


async def test_changed_mail_does_not_verify(post: Post, tmp_path: Path) -> None:
    await post.name(AUDITORS[0])
    await post.mail()
    size = (await post.house.head())["size"]
    text = text_of(post.peer.mails[0]).replace(f"\n{size}\n", f"\n{size + 1}\n")
    assert checked(text, tmp_path / "changed") != "Signature Verified Successfully"


async def test_one_mail_a_day_at_its_hour_however_many_nodes(post: Post) -> None:
    clock = post.house.node.clock
    await post.name(*AUDITORS)
    await asyncio.gather(*(post.mail() for _ in range(4)))
    assert len(post.peer.mails) == 2
    clock.push(hours=11, minutes=59)  # 23:59 in Tokyo
    assert await post.mail() == 0
    clock.push(hours=9)  # 08:59, the next day
    assert await post.mail() == 0
    clock.push(minutes=1)
    await post.house.open_incidents(1)
    await post.house.sealer.run_once()
    assert await post.mail() == 2
    assert f"\n{(await post.house.head())['size']}\n" in text_of(post.peer.mails[-1])
    ids = {one.mail["message-id"] for one in post.peer.mails}
    assert len(ids) == 4


async def test_mail_server_that_is_away_is_asked_again_and_each_day_anew(post: Post) -> None:
    clock, rules = post.house.node.clock, post.peer.rules
    await post.name(AUDITORS[0])
    post.peer.rules = replace(rules, data="451 later")
    await post.mail()
    assert await post.states() == [("pending", "smtp_451")]
    assert await post.mail() == 0
    clock.push(seconds=RETRY_MIN.total_seconds())
    post.peer.rules = rules
    assert await post.mail() == 1
    assert await post.states() == [("sent", None)]
    post.peer.rules = MailRules(recipient="550 no such mailbox")
    clock.push(days=1)
    await post.mail()
    assert await post.states() == [("failed", "smtp_550")]
    clock.push(hours=2)
    assert await post.mail() == 0
    post.peer.rules = rules
    clock.push(days=1)
    await post.mail()
    assert len(post.peer.mails) == 2


async def test_mail_of_a_day_that_is_over_is_not_sent_late(post: Post) -> None:
    rules = post.peer.rules
    await post.name(AUDITORS[0])
    post.peer.rules = replace(rules, data="451 later")
    await post.mail()
    post.peer.rules = rules
    post.house.node.clock.push(days=2)
    assert await post.mail() == 1
    (received,) = post.peer.mails
    assert "-2026-11-22@" in received.mail["message-id"]


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize(
    ("write", "after"),
    [
        ("checkpoint_mail", 2),  # while it is leased
        ("checkpoint_mail", 3),  # while it is recorded, after it was handed in
        (COMMIT, 0),
        (COMMIT, 1),
    ],
)
async def test_crash_while_mailing_repeats_the_same_mail_at_most(
    post: Post, write: str, after: int, moment: Moment
) -> None:
    await post.name(AUDITORS[0])
    node = post.house.node
    faulty = FaultyDatabase.around(node.installation.database)
    faulty.plan = [Fault(write=write, moment=moment, after=after)]
    broken = replace(node.installation, database=faulty)
    with pytest.raises(DatabaseUnavailable):
        await mail_checkpoints(broken, post.channel)
    assert faulty.happened
    node.clock.push(minutes=5)
    for _ in range(3):
        await post.mail()
    assert 1 <= len(post.peer.mails) <= 2
    assert len({one.mail["message-id"] for one in post.peer.mails}) == 1
    assert await post.states() == [("sent", None)]


async def test_log_without_auditors_mails_nothing_and_who_is_taken_off_gets_no_more(
    post: Post,
) -> None:
    assert await post.mail() == 0
    await post.name(*AUDITORS)
    await post.mail()
    await post.name(AUDITORS[1])
    post.house.node.clock.push(days=1)
    assert await post.mail() == 1
    assert len(post.peer.mails) == 3
    assert (await post.house.town.get(post.path))["auditors"][0]["address"] == "auditor@example.org"


async def test_address_is_sealed_and_naming_the_same_again_keeps_what_was_mailed(
    post: Post,
) -> None:
    await post.name(*AUDITORS)
    await post.mail()
    url = post.house.place.url
    before = await rows(url, STORED)
    assert not [one for one in before if b"example" in bytes(one["address"])]
    assert not [one for one in before if "example" in one["blind"]]
    english = [one | {"language": "en"} for one in AUDITORS]
    await post.name(*english)
    after = await rows(url, STORED)
    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert (await post.house.town.get(post.path))["auditors"][1]["language"] == "en"
    assert await post.states() == [("sent", None), ("sent", None)]


async def test_address_that_does_not_open_holds_up_no_other_mail(post: Post) -> None:
    await post.name(*AUDITORS)
    (first, _) = await rows(post.house.place.url, STORED)
    async with post.house.node.installation.database.transaction() as tx:
        broken = "UPDATE ledger_auditor SET address = $2 WHERE id = $1"
        await tx.execute(broken, first["id"], bytes(64))
    with capture_logs() as logs:
        await post.mail()
    assert len(post.peer.mails) == 1
    assert [one["row"] for one in logs if one["event"] == "seal_broken"] == [first["id"]]
    states = await rows(post.house.place.url, "SELECT status, reason FROM checkpoint_mail")
    assert {(one["status"], one["reason"]) for one in states} == {
        ("sent", None),
        ("failed", "seal_broken"),
    }


async def test_auditors_are_named_by_coordinators_alone(post: Post) -> None:
    town = post.house.town
    town.keys["auditor"] = (
        await town.make("/v1/keys", {"organisation_id": post.house.log_id, "role": "auditor"})
    )["key"]
    body = {"auditors": AUDITORS}
    # Who is mailed sees too whether they still are.
    for key, write, read in (
        ("coordinator", 200, 200),
        ("provider", 403, 403),
        ("auditor", 403, 200),
    ):
        assert (await town.call("PUT", post.path, body, key=key)).status_code == write, key
        assert (await town.call("GET", post.path, key=key)).status_code == read, key
    assert (await town.call("GET", "/v1/ledgers/nothing/auditors")).status_code == 404
    assert (await town.call("PUT", "/v1/ledgers/nothing/auditors", body)).status_code == 404


async def test_address_that_is_none_or_stands_twice_is_refused(post: Post) -> None:
    twice = [*AUDITORS, {"address": "auditor@EXAMPLE.org"}]
    for auditors, pointer in (
        ([{"address": "x"}], "/auditors/0/address"),
        (twice, "/auditors/2/address"),
    ):
        response = await post.house.town.call("PUT", post.path, {"auditors": auditors})
        assert response.status_code == 422
        assert [one["pointer"] for one in response.json()["errors"]] == [pointer]
    assert (await post.house.town.get(post.path))["auditors"] == []


async def test_whoever_names_auditors_is_told_whether_there_is_a_mail_server(post: Post) -> None:
    town, installation = post.house.town, post.house.node.installation
    answer = await town.call("PUT", post.path, {"auditors": AUDITORS}, key="coordinator")
    assert answer.json()["mail_server"] is False
    settings = installation.settings.model_copy(update={"smtp_url": "smtp://mail.example"})
    principal = Principal(
        key_id="k",
        role=Role.COORDINATOR,
        organisation_id=post.house.log_id,
        municipality_ids=frozenset({post.house.log_id}),
    )
    there = replace(installation, settings=settings)
    assert (await read_auditors(there, principal, post.house.log_id))["mail_server"] is True
