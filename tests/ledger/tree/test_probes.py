"""The probes of transparency-dev/merkle: proofs that another project wrote to break checkers.

Unchanged from its testdata/ (commit 417fb0c, Apache-2.0). Their names are theirs.
"""

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.ledger.tree.merkle import (
    HashInvalid,
    ProofInvalid,
    check_consistency,
    check_inclusion,
)

PROBES = Path(__file__).parents[1] / "vectors/merkle"
NAMES = sorted(path.relative_to(PROBES).as_posix() for path in PROBES.rglob("*.json"))
# An empty leaf hash equals an empty root. By the algorithm of RFC 9162 alone that is a proof; the
# probe wants an error. Its verdict is a matter of definition: a hash has 32 bytes, always.
BY_DEFINITION = "inclusion/single-entry/empty-root-and-leaf.json"


def is_accepted(name: str) -> bool:
    probe = json.loads((PROBES / name).read_text())
    try:
        (inclusion if name.startswith("inclusion/") else consistency)(probe)
    except (HashInvalid, ProofInvalid):
        return False
    return True


def inclusion(probe: dict[str, Any]) -> None:
    check_inclusion(
        proof_of(probe),
        size=probe["treeSize"],
        index=probe["leafIdx"],
        root=base64.b64decode(probe["root"]),
        leaf_hash=base64.b64decode(probe["leafHash"]),
    )


def consistency(probe: dict[str, Any]) -> None:
    check_consistency(
        proof_of(probe),
        old_size=probe["size1"],
        size=probe["size2"],
        old_root=base64.b64decode(probe["root1"]),
        root=base64.b64decode(probe["root2"]),
    )


def proof_of(probe: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(one) for one in probe["proof"] or ()]


@pytest.mark.parametrize("name", NAMES)
def test_probe_gets_the_verdict_that_it_wants(name: str) -> None:
    wants_error = json.loads((PROBES / name).read_text())["wantErr"]
    assert is_accepted(name) is not wants_error


def test_probe_with_empty_hashes_is_refused_for_their_length_alone() -> None:
    probe = json.loads((PROBES / BY_DEFINITION).read_text())
    with pytest.raises(HashInvalid, match="32 bytes, not 0"):
        inclusion(probe)
    whole = base64.b64encode(bytes(32)).decode()
    inclusion({**probe, "root": whole, "leafHash": whole})


def test_all_96_probes_are_there() -> None:
    kinds = Counter(
        (name.partition("/")[0], json.loads((PROBES / name).read_text())["wantErr"])
        for name in NAMES
    )
    assert sum(kinds.values()) == 96
    assert kinds["inclusion", False] + kinds["consistency", False] == 7
