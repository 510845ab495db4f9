"""The checks that an auditor makes with tools that are everywhere (LEDGER.md 2.9)."""

import base64
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ledger.notes.samples import HASHES, LEAVES, LOG_KEY, SIGNED
from tests.peers import MissingToolError


def openssl(*arguments: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("openssl")
    if program is None:
        raise MissingToolError("no openssl on this machine: install openssl")
    return subprocess.run(
        [program, *arguments], check=False, capture_output=True, input=given, timeout=30
    )


@pytest.mark.parametrize("is_changed", [False, True])
def test_openssl_verifies_the_checkpoint(tmp_path: Path, *, is_changed: bool) -> None:
    text, _, lines = SIGNED.partition(b"\n\n")
    text += b"\n"
    (tmp_path / "body").write_bytes(text.replace(b"\n2\n", b"\n3\n") if is_changed else text)
    (tmp_path / "sig").write_bytes(base64.b64decode(lines.split()[2])[4:])
    key = bytes.fromhex("302a300506032b6570032100") + LOG_KEY.verifier.public
    (tmp_path / "pub.der").write_bytes(key)
    ended = openssl(
        *("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "pub.der"),
        *("-rawin", "-in", tmp_path / "body", "-sigfile", tmp_path / "sig"),
    )
    assert (ended.returncode != 0) is is_changed, ended.stderr


def test_openssl_hashes_the_leaf() -> None:
    for leaf, expected in zip(LEAVES, HASHES, strict=True):
        assert openssl("dgst", "-sha256", "-binary", given=b"\0" + leaf).stdout == expected
