"""How the keys of a log followed one another.

An entry names the new key, and lies in a tree whose checkpoint both keys signed: so the old key
itself vouches for the new one, to whoever trusts it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.ledger.disclosure import DisclosureInvalid, decode, digest
from app.ledger.entry import LeafInvalid, leaf_hash, parse_leaf
from app.ledger.exports import layout
from app.ledger.notes.checkpoint import opened
from app.ledger.notes.key import VerifierKey, parse_verifier_key
from app.ledger.notes.note import Note, SignatureInvalid, verified
from app.ledger.notes.proof_file import parse_proof_file
from app.ledger.notes.text import FormatInvalid, decode_text
from app.ledger.tree.merkle import ProofInvalid, check_inclusion
from app.ledger.words import EntryType
from app.offline.files import FileBroken, Files
from app.offline.report import Check, Report

KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """A key, and those that signed the tree in which it is named; itself among them."""

    key: VerifierKey
    by: frozenset[VerifierKey]


def read_rotations(
    files: Files, logs: Sequence[VerifierKey], report: Report
) -> tuple[Rotated, ...]:
    """The rotations that are handed on, the oldest first; what is wrong with them is recorded.

    Args:
        files: an export or evidence.
        logs: the keys that the policy names.
        report: is added to.
    """
    numbers = {layout.key_number(name) for name in files.names} - {None}
    found = []
    for number in sorted(one for one in numbers if one is not None):
        where = layout.key_file(number, layout.KEY_PARTS[0])
        try:
            found.append(_rotation(files, number, logs))
        except FileBroken as error:
            report.find(Check.FILES, where, error)
        except (FormatInvalid, SignatureInvalid, ProofInvalid, LeafInvalid) as error:
            report.find(Check.SIGNATURE, where, error)
        except DisclosureInvalid as error:
            report.find(Check.FORMAT, where, error)
    return tuple(found)


def vouched(start: VerifierKey, rotations: Iterable[Rotated]) -> tuple[VerifierKey, ...]:
    """The keys for which this one vouches, itself first, one rotation after the other."""
    line = [start]
    for one in rotations:
        if not one.by.isdisjoint(line) and one.key not in line:
            line.append(one.key)
    return tuple(line)


def earlier(keys: Sequence[VerifierKey], rotations: Sequence[Rotated]) -> tuple[VerifierKey, ...]:
    """The keys whose place these took: checkpoints that somebody kept may be theirs."""
    line = list(keys)
    for one in reversed(rotations):
        if one.key in line:
            line += [key for key in one.by if key not in line]
    return tuple(line)


def _rotation(files: Files, number: int, logs: Sequence[VerifierKey]) -> Rotated:
    data, text, proof_data = (
        files.read(layout.key_file(number, part)) for part in layout.KEY_PARTS
    )
    leaf, proof = parse_leaf(data), parse_proof_file(proof_data)
    disclosure = decode_text(text, "the disclosure").removesuffix("\n")
    if leaf.type is not EntryType.KEY_ROTATED or digest(disclosure) not in leaf.sd:
        raise SignatureInvalid("no entry that names a key")
    told = decode(disclosure)
    if told.name != KEY or not isinstance(told.value, str):
        raise SignatureInvalid("no entry that names a key")
    key = parse_verifier_key(told.value)
    by = _signed_by(proof.checkpoint, key, logs)
    stated = opened(proof.checkpoint, origin=key.name, log_keys=[key]).checkpoint
    check_inclusion(
        proof.proof,
        size=stated.size,
        index=proof.index,
        root=stated.root,
        leaf_hash=leaf_hash(data),
    )
    return Rotated(key=key, by=by)


def _signed_by(note: Note, key: VerifierKey, logs: Sequence[VerifierKey]) -> frozenset[VerifierKey]:
    """Who signed: all of them are this log's keys, and the policy names them."""
    known = {(one.name, one.id): one for one in logs if one.name == key.name}
    signers = [known.get((one.name, one.key_id)) for one in note.signatures]
    by = frozenset(one for one in signers if one is not None)
    if key not in by or len(by) != len(signers) or len(by) == 1:
        raise SignatureInvalid("not signed by the key before and the new one")
    verified(note, by)
    return by
