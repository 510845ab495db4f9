"""Who signs, and what was signed: keys, the policy, checkpoints."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from app.ledger.exports import layout
from app.ledger.notes.checkpoint import Checkpoint, opened, parse_checkpoint
from app.ledger.notes.key import KeyType, VerifierKey, parse_verifier_key, verifier_key_text
from app.ledger.notes.note import Note, SignatureInvalid, parse_note, verified
from app.ledger.notes.policy import Policy, parse_policy
from app.ledger.notes.text import FormatInvalid, decode_text
from app.offline.files import FileBroken, Files
from app.offline.lineage.keys import Rotated, earlier, read_rotations, vouched
from app.offline.report import Check, Report


def given_keys(data: bytes) -> tuple[VerifierKey, ...]:
    """The keys of a file that the auditor has from elsewhere, a line each.

    Raises:
        FormatInvalid: it holds none, or something else.
    """
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError:
        raise FormatInvalid("not text") from None
    if not lines:
        raise FormatInvalid("there is no key in it")
    return tuple(parse_verifier_key(line) for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the checkpoint says, believed or not; None where it says nothing of use.

    `keys` are this log's: the one that signs now, and those before it.
    """

    stated: Checkpoint | None
    keys: tuple[VerifierKey, ...]
    policy: Policy | None

    @property
    def origins(self) -> frozenset[str]:
        """The logs that the policy names: this one, and those whose place it took."""
        return frozenset(one.name for one in self.policy.logs) if self.policy else frozenset()


def check_head(files: Files, report: Report, keys: Sequence[VerifierKey]) -> Head:
    """Check key, policy and checkpoint.

    Args:
        files: an export or evidence.
        report: is added to.
        keys: those that the auditor gave; the one of the log of this name counts, else the first.
    """
    found = _found_key(files, report)
    own = (one for one in keys if found and one.name == found.name)
    given = next(own, keys[0] if keys else None)
    policy = _checked_policy(files, report, found or given)
    rotations = read_rotations(files, policy.logs if policy else (), report)
    key = _believed(given, found, rotations, report)
    report.key = verifier_key_text(key) if key else None
    stated = None
    with _recording(report, Check.SIGNATURE, layout.CHECKPOINT):
        note = parse_note(files.read(layout.CHECKPOINT))
        stated = parse_checkpoint(note.text)
        report.origin, report.size, report.root = stated.origin, stated.size, stated.root
        with _recording(report, Check.SIGNATURE, layout.CHECKPOINT):
            _check_signatures(note, key, policy)
    return Head(stated=stated, keys=earlier((key,), rotations) if key else (), policy=policy)


def _believed(
    given: VerifierKey | None,
    found: VerifierKey | None,
    rotations: Sequence[Rotated],
    report: Report,
) -> VerifierKey | None:
    """The key that must have signed: the one that was given, or for which that one vouches."""
    report.is_key_given = given is not None
    if given is None or found is None or found == given:
        return given or found
    if found in vouched(given, rotations):
        report.is_key_followed = True
        return found
    report.find(Check.SIGNATURE, layout.VERIFIER_KEY, "another key than the one that was given")
    return given


def _check_signatures(note: Note, key: VerifierKey | None, policy: Policy | None) -> None:
    """The log signed, and so did everybody else who is said to have; all of them are named."""
    witnesses = [one.key for one in policy.witnesses] if policy else []
    if key is None:
        raise SignatureInvalid("without a key nothing can be verified")
    opened(note, origin=key.name, log_keys=[key], witness_keys=witnesses)
    known = {(one.name, one.id): one for one in (key, *witnesses, *(policy.logs if policy else ()))}
    for one in note.signatures:
        signer = known.get((one.name, one.key_id))
        if signer is None:
            raise SignatureInvalid("a signature of somebody whom the policy does not name")
        verified(note, [signer])


def kept_checkpoint(
    data: bytes, keys: Sequence[VerifierKey], report: Report
) -> Checkpoint | Note | None:
    """A checkpoint that somebody kept, if this log signed it; as a note if it is another log's."""
    note = parse_note(data)
    stated = parse_checkpoint(note.text)
    if not keys:
        return stated
    if stated.origin != keys[0].name:
        return note
    try:
        return opened(note, origin=stated.origin, log_keys=keys).checkpoint
    except (FormatInvalid, SignatureInvalid) as error:
        report.find(Check.KEPT, f"the kept checkpoint of {stated.size} entries", error)
        return None


def _found_key(files: Files, report: Report) -> VerifierKey | None:
    try:
        return _log_key(files.read(layout.VERIFIER_KEY))
    except FileBroken as error:
        report.find(Check.FILES, layout.VERIFIER_KEY, error)
    except FormatInvalid as error:
        report.find(Check.SIGNATURE, layout.VERIFIER_KEY, error)
    return None


def _log_key(data: bytes) -> VerifierKey:
    key = parse_verifier_key(decode_text(data, layout.VERIFIER_KEY).removesuffix("\n"))
    if f"{verifier_key_text(key)}\n".encode() != data or key.type is not KeyType.NOTE:
        raise FormatInvalid("one line with the key of a log expected")
    return key


def _checked_policy(files: Files, report: Report, key: VerifierKey | None) -> Policy | None:
    policy = None
    with _recording(report, Check.SIGNATURE, layout.POLICY):
        policy = parse_policy(files.read(layout.POLICY))
        if key is not None and key not in policy.logs:
            report.find(Check.SIGNATURE, layout.POLICY, "it does not name the log's key")
    return policy


@contextmanager
def _recording(report: Report, rule: Check, where: str) -> Iterator[None]:
    try:
        yield
    except FileBroken as error:
        report.find(Check.FILES, where, error)
    except (FormatInvalid, SignatureInvalid) as error:
        report.find(rule, where, error)
