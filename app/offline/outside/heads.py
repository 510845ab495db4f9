"""Heads that others have seen: those of an export, its own, and those that an auditor kept."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography.x509 import Certificate

from app.ledger.exports import layout
from app.ledger.exports.timestamp import TimestampInvalid, stamped_at
from app.ledger.notes.checkpoint import Checkpoint, opened
from app.ledger.notes.key import KeyType, VerifierKey
from app.ledger.notes.note import (
    Note,
    Signature,
    SignatureInvalid,
    parse_note,
    parse_signature_lines,
    verified,
)
from app.ledger.notes.policy import Policy
from app.ledger.notes.text import FormatInvalid, decode_text
from app.offline.files import FileBroken, Files
from app.offline.outside.brackets import Seen
from app.offline.report import Check, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom the auditor believes beside the log's own key.

    Attributes:
        witnesses: keys had from elsewhere; None: those that the policy of the export names.
        authorities: roots of time-stamping authorities; None: no time stamp is believed.
    """

    witnesses: Sequence[VerifierKey] | None = None
    authorities: Sequence[Certificate] | None = None


class Outside:
    """Reads what others have seen of one log, and puts on record what is wrong with it."""

    def __init__(
        self, keys: Sequence[VerifierKey], policy: Policy | None, trust: Trust, report: Report
    ) -> None:
        """Take the log's keys, the one that signs now first, and whom to believe."""
        self._log_keys = keys
        self._named = (
            {(one.key.name, one.key.id): one.key for one in policy.witnesses} if policy else {}
        )
        believed = trust.witnesses
        self._believed = [*self._named.values()] if believed is None else [*believed]
        self._authorities = trust.authorities
        self._origin = keys[0].name
        self._report = report

    def of_note(self, data: bytes) -> Iterator[Seen]:
        """When a note was seen that carries the signatures of witnesses; never, if it is wrong."""
        try:
            note = parse_note(data)
            head = self._opened(note)
            yield from self._seen(head, note)
        except (FormatInvalid, SignatureInvalid):
            # Said already by whoever judges this note.
            return

    def of_files(self, files: Files, size: int) -> tuple[list[Checkpoint], list[Seen]]:
        """The heads beside an export of this size, and when they were seen."""
        heads: list[Checkpoint] = []
        seen: list[Seen] = []
        names = [name for name in files.names if name.startswith(layout.HEADS)]
        if names:
            self._check_sums(files, names)
        for name in names:
            stated = layout.head_size(name)
            if stated is None or stated > size:
                continue
            try:
                note = parse_note(files.read(name))
                head = self._opened(note)
                if head.size != stated:
                    self._report.find(Check.SIGNATURE, name, f"a head of {head.size} entries")
                    continue
                heads.append(head)
                seen += self._witnessed(files, name, head, note)
                seen += self._stamped(files, name, head)
            except FileBroken as error:
                self._report.find(Check.FILES, name, error)
            except (FormatInvalid, SignatureInvalid) as error:
                self._report.find(Check.SIGNATURE, name, error)
        return heads, seen

    def _opened(self, note: Note) -> Checkpoint:
        return opened(note, origin=self._origin, log_keys=self._log_keys).checkpoint

    def _witnessed(self, files: Files, name: str, head: Checkpoint, note: Note) -> list[Seen]:
        name += layout.COSIGNED_SUFFIX
        if name not in files.names:
            return []
        lines = parse_signature_lines(decode_text(files.read(name), name))
        for one in lines:
            signer = self._named.get((one.name, one.key_id))
            if signer is None:
                raise SignatureInvalid(f"{name}: by somebody whom the policy does not name")
            verified(Note(text=note.text, signatures=(one,)), [signer])
        return [*self._seen(head, Note(text=note.text, signatures=lines))]

    def _seen(self, head: Checkpoint, note: Note) -> Iterator[Seen]:
        for key in self._believed:
            own = tuple(one for one in note.signatures if _is_by(one, key))
            if key.type is not KeyType.COSIGNATURE or not own:
                continue
            for one in verified(Note(text=note.text, signatures=own), [key]):
                if one.at is not None:
                    yield Seen(head=head, by=key.name, at=one.at)

    def _stamped(self, files: Files, name: str, head: Checkpoint) -> list[Seen]:
        token = name + layout.STAMP_SUFFIX
        if token not in files.names:
            return []
        try:
            at = stamped_at(files.read(token), files.read(name), self._authorities)
        except TimestampInvalid as error:
            self._report.find(Check.SIGNATURE, token, error)
            return []
        if self._authorities is None:
            return []
        return [Seen(head=head, by="the time-stamping authority", at=at)]

    def _check_sums(self, files: Files, names: Sequence[str]) -> None:
        """Each of the files is what the list says: a token is not verified without its root."""
        try:
            sums = layout.parse_sums(files.read(layout.HEAD_SUMS))
        except (FileBroken, FormatInvalid) as error:
            self._report.find(Check.FILES, layout.HEAD_SUMS, error)
            return
        for name in sorted({*names} - {layout.HEAD_SUMS} ^ sums.keys()):
            self._report.find(Check.FILES, ascii(name)[1:-1], "is not in both list and folder")
        for name in sorted({*names} & sums.keys()):
            try:
                if hashlib.sha256(files.read(name)).digest() != sums[name]:
                    self._report.find(Check.FILES, name, f"not what {layout.HEAD_SUMS} says")
            except FileBroken as error:
                self._report.find(Check.FILES, name, error)


def _is_by(one: Signature, key: VerifierKey) -> bool:
    return (one.name, one.key_id) == (key.name, key.id)
