"""Policies: what a reader asks for, and when it is met."""

import contextlib
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.notes.key import KeyType, SignerKey, VerifierKey, verifier_key_text
from app.ledger.notes.policy import (
    Group,
    Policy,
    Witness,
    is_quorum,
    parse_policy,
    policy_bytes,
)
from app.ledger.notes.text import FormatInvalid
from tests.ledger.notes.samples import LOG_KEY, LOG_VKEY, OTHER_KEY


def witness_key(name: str) -> VerifierKey:
    seed = name.encode().ljust(32, b"\0")
    return SignerKey(name=f"witness.example/{name}", type=KeyType.COSIGNATURE, seed=seed).verifier


NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
KEYS = {name: witness_key(name) for name in NAMES}
VKEYS = {name: verifier_key_text(key) for name, key in KEYS.items()}
# The example of c2sp.org/tlog-policy.
TEXT = "\n".join(
    (
        f"log {LOG_VKEY}",
        *(f"witness {name} {VKEYS[name]}" for name in NAMES),
        "group X-witnesses 2 X1 X2 X3",
        "group Y-witnesses any Y1 Y2 Y3",
        "group X-and-Y all X-witnesses Y-witnesses",
        "quorum X-and-Y",
        "",
    )
)
ONE = f"log {LOG_VKEY}\nwitness X1 {VKEYS['X1']}\n"
TWO = f"{ONE}witness X2 {VKEYS['X2']}\n"
NO_POLICIES = {
    "nothing": "",
    "no quorum": ONE,
    "two quorums": f"{ONE}quorum X1\nquorum X1\n",
    "quorum of nobody": f"{ONE}quorum X2\n",
    "quorum not ended": f"{ONE}quorum X1",
    "quorum of two": f"{TWO}quorum X1 X2\n",
    "log without a key": "log\nquorum none\n",
    "log with an address": f"log {LOG_VKEY} https://ledger.example\nquorum none\n",
    "log of a witness's key": f"log {VKEYS['X1']}\nquorum none\n",
    "witness of a log's key": f"witness X1 {LOG_VKEY}\nquorum X1\n",
    "log twice": f"log {LOG_VKEY}\nlog {LOG_VKEY}\nquorum none\n",
    "witness twice under two names": f"{ONE}witness X2 {VKEYS['X1']}\nquorum X1\n",
    "name twice": f"{ONE}witness X1 {VKEYS['X2']}\nquorum X1\n",
    "witness called none": f"witness none {VKEYS['X1']}\nquorum none\n",
    "group called none": f"{TWO}group none any X1 X2\nquorum none\n",
    "group called as a witness": f"{TWO}group X1 any X2\nquorum X1\n",
    "group called as a group": f"{TWO}group g any X1\ngroup g any X2\nquorum g\n",
    "group without members": f"{ONE}group g any\nquorum g\n",
    "group without anything": f"{ONE}group\nquorum X1\n",
    "group of strangers": f"{ONE}group g any X2\nquorum g\n",
    "group of itself": f"{ONE}group g any g\nquorum g\n",
    "group before its member": f"{TWO}group g any h\ngroup h any X1\nquorum g\n",
    "group of none": f"{ONE}group g any none\nquorum g\n",
    "member twice": f"{TWO}group g 2 X1 X1\nquorum g\n",
    "member of two groups": f"{TWO}group g any X1\ngroup h any X1 X2\nquorum h\n",
    "threshold 0": f"{TWO}group g 0 X1 X2\nquorum g\n",
    "threshold with a zero": f"{TWO}group g 02 X1 X2\nquorum g\n",
    "threshold too high": f"{TWO}group g 3 X1 X2\nquorum g\n",
    "threshold huge": f"{TWO}group g {'9' * 5000} X1 X2\nquorum g\n",
    "threshold in words": f"{TWO}group g most X1 X2\nquorum g\n",
    "threshold in other digits": f"{TWO}group g ２ X1 X2\nquorum g\n",
    "two spaces": f"{ONE}quorum  X1\n",
    "tab": f"{ONE}quorum\tX1\n",
    "comment": f"# ours\n{ONE}quorum X1\n",
    "empty line": f"{ONE}\nquorum X1\n",
    "quorum first": f"quorum none\nlog {LOG_VKEY}\n",
    "witness before the log": f"witness X1 {VKEYS['X1']}\nlog {LOG_VKEY}\nquorum X1\n",
    "another word": f"{ONE}monitor X1\nquorum X1\n",
    "another log's name": f"log {LOG_VKEY.replace('city-a', 'city-b')}\nquorum none\n",
}


def test_example_is_read_and_written() -> None:
    policy = parse_policy(TEXT.encode())
    assert policy_bytes(policy).decode() == TEXT
    assert policy.logs == (LOG_KEY.verifier,)
    assert [(group.name, group.count) for group in policy.groups] == [
        ("X-witnesses", 2),
        ("Y-witnesses", 1),
        ("X-and-Y", 2),
    ]


def test_quorum_of_the_example_is_two_of_x_and_one_of_y() -> None:
    policy = parse_policy(TEXT.encode())
    for count in range(len(NAMES) + 1):
        for chosen in combinations(NAMES, count):
            expected = sum(n[0] == "X" for n in chosen) >= 2 and any(n[0] == "Y" for n in chosen)
            assert is_quorum(policy, [KEYS[name] for name in chosen]) is expected, chosen


def test_no_quorum_asks_for_nobody() -> None:
    policy = Policy(logs=(LOG_KEY.verifier, OTHER_KEY.verifier))
    assert policy_bytes(policy).decode().endswith("\nquorum none\n")
    assert parse_policy(policy_bytes(policy)) == policy
    assert is_quorum(policy, [])


def test_single_witness_may_be_the_quorum() -> None:
    policy = parse_policy(f"{TWO}quorum X2\n".encode())
    assert is_quorum(policy, [KEYS["X2"]])
    assert not is_quorum(policy, [KEYS["X1"], LOG_KEY.verifier])


@pytest.mark.parametrize("text", NO_POLICIES.values(), ids=NO_POLICIES)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(FormatInvalid):
        parse_policy(text.encode())


@pytest.mark.parametrize("name", ["", "a b", "a\tb", "a\nb", "a\0"], ids=ascii)
def test_name_that_would_break_the_line_is_not_written(name: str) -> None:
    with pytest.raises(FormatInvalid):
        Policy(logs=(), witnesses=(Witness(name=name, key=KEYS["X1"]),))
    with pytest.raises(FormatInvalid):
        Policy(
            logs=(),
            witnesses=(Witness(name="X1", key=KEYS["X1"]),),
            groups=(Group(name=name, threshold="any", members=("X1",)),),
        )


@given(st.permutations(TEXT.splitlines()), st.integers(0, 11))
def test_no_policy_is_read_that_is_not_written(lines: list[str], count: int) -> None:
    data = "".join(f"{line}\n" for line in lines[:count]).encode()
    with contextlib.suppress(FormatInvalid):
        assert policy_bytes(parse_policy(data)) == data
