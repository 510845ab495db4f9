"""The witness endpoint: bodies and statuses of c2sp.org/tlog-witness, and no two histories."""

import asyncio

import pytest

from app.ledger.notes.checkpoint import Checkpoint, checkpoint_text
from app.ledger.notes.key import KeyType, SignerKey, verifier_key_text
from app.ledger.notes.note import Note, note_bytes, signed, verified
from app.ledger.notes.witness import (
    AddCheckpoint,
    add_checkpoint_bytes,
    parse_cosignatures,
)
from app.ledger.tree.merkle import EMPTY_ROOT
from app.ledger.tree.proof import consistency_proof
from app.publishing.witness import Reply, Witness
from tests.engine.databases import Place
from tests.engine.node import WITNESS_KEY, Node, running_node
from tests.ledger.exports import Log
from tests.ledger.notes.samples import LOG_KEY

STRANGER = SignerKey(name=LOG_KEY.name, seed=b"s" * 32)
OTHER_LOG = SignerKey(name="other.example/log", seed=b"o" * 32)


def leaves(start: int, count: int, *, of: str = "entry") -> list[bytes]:
    return [f"{of} {number}".encode() for number in range(start, start + count)]


def grown_log(*counts: int, key: SignerKey = LOG_KEY, of: str = "entry") -> Log:
    log = Log(key)
    for count in counts:
        log.append(leaves(len(log.entries), count, of=of))
    return log


def asked(log: Log, old: int, *, note: Note | None = None) -> bytes:
    """A request to cosign a log's head, with the proof from a size."""
    proof = consistency_proof(old, len(log.entries), log.read_tile)
    return add_checkpoint_bytes(
        AddCheckpoint(old_size=old, proof=proof, checkpoint=note or log.checkpoint())
    )


@pytest.fixture
def witness(node: Node) -> Witness:
    return Witness(
        database=node.installation.database,
        clock=node.clock,
        signer=WITNESS_KEY,
        logs=[LOG_KEY.verifier],
    )


def said(reply: Reply) -> tuple[int, bytes, str]:
    return reply.status, reply.body, reply.media_type.partition(";")[0]


async def test_log_that_grows_is_cosigned_with_the_time(witness: Witness, node: Node) -> None:
    log = grown_log(3)
    for old, more in ((0, 5), (3, 300), (8, 0)):
        reply = await witness.add_checkpoint(asked(log, old))
        assert (reply.status, reply.media_type.partition(";")[0]) == (200, "text/plain")
        note = Note(text=log.checkpoint().text, signatures=parse_cosignatures(reply.body))
        (cosigned,) = verified(note, [witness.verifier])
        assert cosigned.key.type is KeyType.COSIGNATURE
        assert cosigned.at == node.clock.now.replace(microsecond=0)
        log.append(leaves(len(log.entries), more))
        node.clock.push(seconds=10)


async def test_same_tree_is_cosigned_again_with_a_newer_time(witness: Witness, node: Node) -> None:
    log = grown_log(7)
    assert (await witness.add_checkpoint(asked(log, 0))).status == 200
    node.clock.push(minutes=5)
    reply = await witness.add_checkpoint(asked(log, 7))
    note = Note(text=log.checkpoint().text, signatures=parse_cosignatures(reply.body))
    assert verified(note, [witness.verifier])[0].at == node.clock.now


async def test_first_request_must_begin_at_nothing(witness: Witness) -> None:
    log = grown_log(3, 4)
    assert said(await witness.add_checkpoint(asked(log, 3))) == (409, b"0\n", "text/x.tlog.size")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old x\n\n" + note_bytes(grown_log(1).checkpoint()),
        b"old 0\nAAAA\n\n" + note_bytes(grown_log(1).checkpoint()),
        b"old 00\n\n" + note_bytes(grown_log(1).checkpoint()),
        b"old 0\n\n" + note_bytes(signed("no checkpoint\n", LOG_KEY)),
        # 64 hashes are one too many.
        b"old 1\n" + b"A" * 43 + b"=\n" * 64 + b"\n" + note_bytes(grown_log(1).checkpoint()),
        asked(grown_log(3), 0).replace(b"old 0", b"old 4"),
        b"\xff",
    ],
)
async def test_what_is_no_request_is_bad(witness: Witness, body: bytes) -> None:
    assert (await witness.add_checkpoint(body)).status == 400


async def test_unknown_log_and_unknown_key_are_told_apart(witness: Witness) -> None:
    log = grown_log(3)
    other = grown_log(3, key=OTHER_LOG)
    assert (await witness.add_checkpoint(asked(other, 0))).status == 404
    forged = signed(log.checkpoint().text, STRANGER)
    assert (await witness.add_checkpoint(asked(log, 0, note=forged))).status == 403
    # A wrong signature by the right key's name and id.
    right = log.checkpoint()
    wrong = Note(text=grown_log(4).checkpoint().text, signatures=right.signatures)
    assert (await witness.add_checkpoint(asked(grown_log(4), 0, note=wrong))).status == 403


async def test_other_size_is_told_and_another_tree_refused(witness: Witness) -> None:
    log = grown_log(3, 2)
    assert (await witness.add_checkpoint(asked(log, 0))).status == 200
    log.append(leaves(5, 4))
    assert said(await witness.add_checkpoint(asked(log, 3))) == (409, b"5\n", "text/x.tlog.size")
    assert (await witness.add_checkpoint(asked(log, 5))).status == 200
    # Another history of the same size; one that is larger; one that is smaller.
    fork = grown_log(9, of="forged")
    assert said(await witness.add_checkpoint(asked(fork, 9))) == (409, b"9\n", "text/x.tlog.size")
    fork.append(leaves(9, 2))
    assert (await witness.add_checkpoint(asked(fork, 9))).status == 422
    assert (await witness.add_checkpoint(asked(log, 0))).status == 409
    assert (await witness.add_checkpoint(asked(log, 9))).status == 200


async def test_of_two_histories_at_once_one_is_cosigned(witness: Witness) -> None:
    logs = [grown_log(5, of=f"history {at}") for at in range(6)]
    replies = await asyncio.gather(*(witness.add_checkpoint(asked(one, 0)) for one in logs))
    assert sorted(one.status for one in replies) == [200, *[409] * 5]
    (first,) = [one for one, reply in zip(logs, replies, strict=True) if reply.status == 200]
    grown = []
    for at in range(6):
        log = Log(LOG_KEY)
        log.append(first.entries)
        log.append(leaves(5, 3 + at, of=f"branch {at}"))
        grown.append(log)
    replies = await asyncio.gather(*(witness.add_checkpoint(asked(one, 5)) for one in grown))
    assert sorted(one.status for one in replies) == [200, *[409] * 5]


async def test_what_was_cosigned_is_still_known_after_a_restart(
    witness: Witness, node: Node
) -> None:
    assert (await witness.add_checkpoint(asked(grown_log(5), 0))).status == 200
    again = Witness(
        database=node.installation.database,
        clock=node.clock,
        signer=WITNESS_KEY,
        logs=[LOG_KEY.verifier],
    )
    assert (await again.add_checkpoint(asked(grown_log(5, of="forged"), 5))).status == 409


async def test_empty_log_is_cosigned_and_grows(witness: Witness) -> None:
    empty = checkpoint_text(Checkpoint(origin=LOG_KEY.name, size=0, root=EMPTY_ROOT))
    body = add_checkpoint_bytes(
        AddCheckpoint(old_size=0, proof=(), checkpoint=signed(empty, LOG_KEY))
    )
    assert (await witness.add_checkpoint(body)).status == 200
    assert (await witness.add_checkpoint(asked(grown_log(4), 0))).status == 200


async def test_endpoint_needs_no_key_and_answers_as_the_protocol_says(place: Place) -> None:
    key = verifier_key_text(LOG_KEY.verifier)
    async with running_node(place.url, witnessed_logs=(key,)) as node:
        node.http.headers.pop("authorization")
        answer = await node.http.get("/witness/key")
        assert answer.text == f"{verifier_key_text(WITNESS_KEY.verifier)}\n"
        log = grown_log(3)
        answer = await node.http.post("/witness/add-checkpoint", content=asked(log, 0))
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (
            200,
            "text/plain",
        )
        note = Note(text=log.checkpoint().text, signatures=parse_cosignatures(answer.content))
        verified(note, [WITNESS_KEY.verifier])
        answer = await node.http.post("/witness/add-checkpoint", content=asked(log, 0))
        assert (answer.status_code, answer.headers["content-type"], answer.text) == (
            409,
            "text/x.tlog.size",
            "3\n",
        )
        answer = await node.http.post("/witness/add-checkpoint", content=b"x")
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (
            400,
            "text/plain",
        )
