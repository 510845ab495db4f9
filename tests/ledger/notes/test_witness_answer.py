"""What a witness answers: each reason to refuse, in the order of the specification."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.ledger.notes.checkpoint import Checkpoint, checkpoint_text
from app.ledger.notes.key import SignerKey, VerifierKey
from app.ledger.notes.note import signed
from app.ledger.notes.witness import AddCheckpoint, Answer, judged
from tests.ledger.notes.samples import LOG_KEY, ORIGIN, OTHER_KEY
from tests.ledger.tree.naive import NaiveTree, numbered

TREE = NaiveTree(numbered(20))
KEYS = [LOG_KEY.verifier]


def head(size: int, tree: NaiveTree = TREE) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=tree.root(size))


def request(old_size: int, size: int, key: SignerKey = LOG_KEY) -> AddCheckpoint:
    note = signed(checkpoint_text(head(size)), key)
    proof = tuple(TREE.proof(old_size, size)) if old_size <= size else ()
    return AddCheckpoint(old_size=old_size, proof=proof, checkpoint=note)


def answer(
    asked: AddCheckpoint, last: Checkpoint | None, keys: Sequence[VerifierKey] = KEYS
) -> Answer:
    return judged(asked, keys=keys, last=last)


@pytest.mark.parametrize("old_size", [1, 6, 8, 19, 20])
def test_log_that_grew_is_cosigned(old_size: int) -> None:
    assert answer(request(old_size, 20), head(old_size)) is Answer.COSIGNED


@pytest.mark.parametrize("size", [0, 1, 20])
def test_first_checkpoint_of_a_log_is_cosigned(size: int) -> None:
    assert answer(request(0, size), None) is Answer.COSIGNED
    assert answer(request(0, size), head(0)) is Answer.COSIGNED


def test_unknown_log_is_not_known() -> None:
    assert answer(request(0, 20), None, []) is Answer.UNKNOWN_LOG


def test_checkpoint_by_another_key_is_forbidden() -> None:
    assert answer(request(0, 20, OTHER_KEY), None) is Answer.NOT_SIGNED


def test_wrong_signature_of_the_log_is_forbidden() -> None:
    right, other = request(0, 20), request(0, 19)
    wrong = replace(right.checkpoint, signatures=other.checkpoint.signatures)
    assert answer(replace(right, checkpoint=wrong), None) is Answer.NOT_SIGNED


def test_old_size_beyond_the_new_is_a_bad_request() -> None:
    assert answer(request(20, 19), head(20)) is Answer.OLD_IS_LARGER


# What the request says of the old size, and what the witness has.
@pytest.mark.parametrize(("said", "known"), [(6, 7), (7, 6), (0, 6), (6, 20)])
def test_other_size_than_the_witness_has_is_a_conflict(said: int, known: int) -> None:
    assert answer(request(said, 20), head(known)) is Answer.OTHER_SIZE


def test_old_size_without_a_checkpoint_is_a_conflict() -> None:
    assert answer(request(6, 20), None) is Answer.OTHER_SIZE


def test_other_root_at_the_same_size_is_a_conflict() -> None:
    other = replace(head(20), root=bytes(32))
    assert answer(request(20, 20), other) is Answer.OTHER_SIZE


def test_proof_that_does_not_hold_is_refused() -> None:
    asked = request(6, 20)
    for proof in ((), asked.proof[1:], (*asked.proof, bytes(32)), (bytes(32), *asked.proof[1:])):
        assert answer(replace(asked, proof=proof), head(6)) is Answer.NOT_CONSISTENT
    assert answer(replace(request(0, 20), proof=(bytes(32),)), None) is Answer.NOT_CONSISTENT


def test_log_that_was_sealed_anew_is_refused() -> None:
    forged = NaiveTree([bytes(32), *TREE.leaf_hashes[1:]])
    assert answer(request(6, 20), head(6, forged)) is Answer.NOT_CONSISTENT
