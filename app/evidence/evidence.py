"""The files of an incident's evidence, and all of them in one."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.evidence.page import page_html
from app.evidence.readme import readme_text
from app.ledger.exports import layout
from app.ledger.exports.archive import write_zip
from app.ledger.exports.disclosed import Disclosed, disclosed_line
from app.ledger.notes.proof_file import ProofFile, proof_file_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one incident.

    Attributes:
        incident_id: whose evidence it is.
        head: the key, the checkpoint and the policy, by the names of their files.
        leaves: the sealed entries verbatim, from the first on without a gap.
        proofs: theirs, all to the checkpoint in `head`.
        disclosed: what digests stand for, as far as the reader may see it.
        documents: the lines of `protocols.jsonl`, likewise.
        waiting: how many entries are younger than the checkpoint.
    """

    incident_id: str
    head: Mapping[str, bytes]
    leaves: Sequence[bytes]
    proofs: Sequence[ProofFile]
    disclosed: Sequence[Disclosed]
    documents: Sequence[bytes] = ()
    waiting: int


def evidence_files(evidence: Evidence) -> dict[str, bytes]:
    """The files by name; `ledger verify` reads them."""
    files = dict(evidence.head)
    for seq, (leaf, proof) in enumerate(zip(evidence.leaves, evidence.proofs, strict=True)):
        files[layout.leaf_file(seq)] = leaf
        files[layout.proof_file(seq)] = proof_file_bytes(proof)
    files[layout.DISCLOSURES] = b"".join(disclosed_line(one) for one in evidence.disclosed)
    if evidence.documents:
        files[layout.PROTOCOLS] = b"".join(evidence.documents)
    files[layout.README] = readme_text(evidence.incident_id, waiting=evidence.waiting).encode()
    files[layout.PAGE] = evidence_page(evidence).encode()
    files[layout.SUMS] = layout.sums_bytes(files)
    return files


def evidence_page(evidence: Evidence) -> str:
    """The page to print."""
    return page_html(
        incident_id=evidence.incident_id,
        leaves=evidence.leaves,
        places=[one.index for one in evidence.proofs],
        disclosed=evidence.disclosed,
        checkpoint=evidence.head[layout.CHECKPOINT].decode(),
        verifier_key=evidence.head[layout.VERIFIER_KEY].decode(),
        waiting=evidence.waiting,
    )


def evidence_zip(evidence: Evidence) -> bytes:
    """All files in one zip; the same evidence gives the same bytes."""
    stream = io.BytesIO()
    write_zip(stream, sorted(evidence_files(evidence).items()))
    return stream.getvalue()
