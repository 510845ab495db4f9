"""Times against what others have seen: who back-dates or forward-dates an entry is found."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.commands.ledgers.export import seen_files
from app.ledger.entry import EntryType, Leaf, leaf_bytes
from app.ledger.exports import layout
from app.ledger.notes.checkpoint import Checkpoint
from app.ledger.notes.key import KeyType, SignerKey, verifier_key_text
from app.ledger.notes.note import Note, note_bytes, parse_note, signature, signature_lines
from app.ledger.notes.policy import Policy, Witness, policy_bytes
from app.ledger.notes.witness import newest_cosignatures, with_cosignature
from app.offline.outside.brackets import Brackets, Seen
from app.offline.report import Check, Report
from app.offline.verify import FOUND, run_verify_path, verify_path
from app.store.audit.export import SeenHead
from tests.ledger.chain import Chain, rechained
from tests.ledger.exports import Log
from tests.ledger.notes.samples import LOG_KEY
from tests.ledger.test_own_chain import OWN

WITNESS = SignerKey(name="b.example/witness", type=KeyType.COSIGNATURE, seed=b"b" * 32)
LIAR = SignerKey(name="b.example/witness", type=KeyType.COSIGNATURE, seed=b"l" * 32)
OTHER = "0193570e-6b1e-7c1a-8f10-000000000002"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def text(at: datetime) -> bytes:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()


def seen(size: int, **after: float) -> Seen:
    head = Checkpoint(origin="log", size=size, root=bytes(32) if size else b"")
    return Seen(head=head, by="a witness", at=NOON + timedelta(**after))


# Others saw 10 entries at noon, 20 at ten past, and 20 again at half past.
BRACKETS = Brackets([seen(20, minutes=30), seen(10), seen(20, minutes=10)])


@pytest.mark.parametrize(
    ("place", "after", "is_fault"),
    [
        # In the first ten: no later than noon, and nothing says since when.
        (9, timedelta(days=-365), False),
        (9, timedelta(seconds=2), False),
        (9, timedelta(seconds=2.001), True),
        (0, timedelta(hours=1), True),
        # In the next ten: sealed after noon, so not older than the deadline allows.
        (10, timedelta(seconds=-62), False),
        (10, timedelta(seconds=-62.001), True),
        (19, timedelta(minutes=10, seconds=2), False),
        (19, timedelta(minutes=10, seconds=3), True),
        # Beyond: not there at half past, which was the last time that somebody looked.
        (20, timedelta(minutes=28, seconds=58), False),
        (20, timedelta(minutes=28), True),
        (20, timedelta(days=365), False),
    ],
)
def test_time_fits_between_when_it_was_absent_and_when_it_was_seen(
    place: int,
    after: timedelta,
    is_fault: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert (BRACKETS.fault(place, text(NOON + after)) is not None) is is_fault


def test_without_anybody_outside_every_time_is_possible() -> None:
    assert Brackets([]).fault(0, text(NOON)) is None


def test_of_each_witness_the_first_and_the_last_line_are_kept() -> None:
    note = Log(LOG_KEY).checkpoint().text
    lines = ""
    for minute in range(4):
        for key in (WITNESS, replace(WITNESS, name="c.example/witness")):
            made = signature(note, key, at=NOON + timedelta(minutes=minute))
            lines = with_cosignature(lines, made)
    assert lines.count("\n") == 4
    assert lines.count("c.example") == 2
    newest = newest_cosignatures(lines)
    assert newest.count("\n") == 2
    last = signature(note, WITNESS, at=NOON + timedelta(minutes=3))
    assert signature_lines([last]) in newest


def shifted(chain: Chain, start: datetime, incident: str) -> list[bytes]:
    """An incident that begins at another time."""
    shift = start - chain.entries[0].at
    moved: list[Leaf] = [
        replace(one, incident=incident, at=one.at + shift, due=one.due and one.due + shift)
        for one in chain.entries
    ]
    return rechained(moved)


class Shown:
    """A log of two incidents; a witness saw it after each, at 12:30 and at 12:41.

    `before` is what the witness saw of it earlier: entries, and how many minutes after noon.
    """

    def __init__(
        self,
        *,
        second_at: datetime,
        witness: SignerKey = WITNESS,
        before: Sequence[tuple[Sequence[bytes], int]] = (),
    ) -> None:
        self.log = Log(LOG_KEY)
        first_at = NOON + timedelta(minutes=5 if before else 0)
        first = shifted(
            Chain().opened().started(1).closed(), first_at, Chain().opened().entries[0].incident
        )
        second = shifted(Chain().opened().started(1).closed(), second_at, OTHER)
        self.witness = witness
        self.heads = []
        for leaves, minutes in (*before, (first, 30), (second, 41)):
            note = self.log.append(leaves)
            self.heads.append(self.seen_head(note, NOON + timedelta(minutes=minutes)))

    def seen_head(self, note: Note, at: datetime) -> SeenHead:
        return SeenHead(
            size=int(note.text.split("\n")[1]),
            note=note_bytes(note).decode(),
            cosigned=signature_lines([signature(note.text, self.witness, at=at)]),
            token=None,
        )

    def export(self, folder: Path) -> Path:
        self.log.export(folder)
        policy = Policy(
            logs=(LOG_KEY.verifier,),
            witnesses=(Witness(name="b", key=self.witness.verifier),),
        )
        (folder / layout.POLICY).write_bytes(policy_bytes(policy))
        for name, data in seen_files(self.heads).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        return folder


def rebuilt(second_at: datetime) -> Shown:
    """A successor, begun at noon: a witness saw it before and after it had the old entries."""
    begun = leaf_bytes(replace(OWN, type=EntryType.SUCCEEDED, at=NOON))
    old = shifted(Chain().opened().started(1).closed(), NOON - timedelta(hours=2), f"{OTHER[:-1]}3")
    return Shown(second_at=second_at, before=[([begun], 1), (old, 2)])


def judged(folder: Path, *, key: SignerKey | None = None) -> Report:
    if key is None:
        return verify_path(folder)
    given = folder.with_suffix(".witness")
    given.write_text(f"{verifier_key_text(key.verifier)}\n")
    return verify_path(folder, witnesses=given)


def test_honest_log_fits_what_others_saw(tmp_path: Path) -> None:
    folder = Shown(second_at=NOON + timedelta(minutes=40)).export(tmp_path / "export")
    for report in (judged(folder), judged(folder, key=WITNESS)):
        assert (report.findings, report.seen) == ([], 2)


@pytest.mark.parametrize(
    "second_at",
    [
        NOON + timedelta(minutes=10),  # said to be before the witness looked
        NOON + timedelta(hours=2),  # said to be after it was seen
    ],
)
def test_back_dated_or_forward_dated_entry_is_found(tmp_path: Path, second_at: datetime) -> None:
    folder = Shown(second_at=second_at).export(tmp_path / "export")
    for report in (judged(folder), judged(folder, key=WITNESS)):
        assert set(report.counts) == {Check.TIME}
        assert "b.example/witness" in report.findings[0].detail


def test_entries_of_the_log_before_may_be_older_than_others_saw_its_successor(
    tmp_path: Path,
) -> None:
    shown = rebuilt(NOON + timedelta(minutes=40))
    report = judged(shown.export(tmp_path / "export"))
    assert (report.findings, report.seen) == ([], 4)
    assert report.took is not None


@pytest.mark.parametrize(
    ("second_at", "found"),
    [
        # It was not there at half past; in no log before, either.
        (NOON + timedelta(minutes=10), {Check.TIME}),
        # Before the succession, but behind what is younger than that.
        (NOON - timedelta(hours=1), {Check.L2}),
        (NOON + timedelta(hours=2), {Check.TIME}),
    ],
)
def test_what_happened_since_a_succession_is_held_against_what_others_saw(
    tmp_path: Path, second_at: datetime, found: set[Check]
) -> None:
    assert set(judged(rebuilt(second_at).export(tmp_path / "export")).counts) == found


def test_report_says_that_others_looked_and_whose_keys_were_taken(tmp_path: Path) -> None:
    folder = Shown(second_at=NOON + timedelta(minutes=10)).export(tmp_path / "export")
    for language, looked, finding in (
        ("ja", "外部が検証点を確認した時刻 2 件と照合しました", "[time] 記録の時刻と外部の時刻"),
        ("en", "against 2 times at which others saw the log", "[time] not when others saw it"),
    ):
        out = io.StringIO()
        assert run_verify_path(folder, language=language, out=out) == FOUND
        assert looked in out.getvalue()
        assert finding in out.getvalue()
        assert "--witness" in out.getvalue()


def test_witness_of_the_forger_is_believed_by_nobody_who_knows_the_right_one(
    tmp_path: Path,
) -> None:
    folder = Shown(second_at=NOON + timedelta(minutes=40), witness=LIAR).export(tmp_path / "export")
    report = judged(folder, key=WITNESS)
    assert (report.findings, report.seen) == ([], 0)


def test_kept_note_of_the_auditor_counts_with_its_cosignatures(tmp_path: Path) -> None:
    shown = Shown(second_at=NOON + timedelta(minutes=10))
    folder = shown.log.export(tmp_path / "export")
    assert judged(folder).findings == []
    kept, key = tmp_path / "kept", tmp_path / "key"
    kept.write_text(shown.heads[0].note + (shown.heads[0].cosigned or ""))
    key.write_text(verifier_key_text(WITNESS.verifier))
    report = verify_path(folder, checkpoints=[kept], witnesses=key)
    assert set(report.counts) == {Check.TIME}


def test_two_histories_for_two_auditors_are_found_by_comparing(tmp_path: Path) -> None:
    one = Shown(second_at=NOON + timedelta(minutes=40))
    two = Shown(second_at=NOON + timedelta(minutes=39))
    folders = [shown.export(tmp_path / name) for name, shown in (("one", one), ("two", two))]
    for folder in folders:
        assert judged(folder).findings == []
    kept = tmp_path / "mailed"
    kept.write_bytes((folders[1] / layout.CHECKPOINT).read_bytes())
    assert Check.KEPT in verify_path(folders[0], checkpoints=[kept]).counts
    # Or a head that one of them has is put beside the other's export.
    mixed = Shown(second_at=NOON + timedelta(minutes=40))
    mixed.heads[1] = two.heads[1]
    assert Check.TREE in judged(mixed.export(tmp_path / "mixed")).counts


def files_beside(folder: Path) -> list[Path]:
    return sorted((folder / layout.HEADS).iterdir())


def test_any_byte_of_what_others_saw_is_found(tmp_path: Path) -> None:
    folder = Shown(second_at=NOON + timedelta(minutes=40)).export(tmp_path / "export")
    for file in files_beside(folder):
        data = file.read_bytes()
        for at in range(len(data)):
            file.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
            assert judged(folder).count, (file.name, at)
        file.write_bytes(data)
    assert judged(folder).findings == []


def test_what_is_missing_or_too_much_beside_the_heads_is_found(tmp_path: Path) -> None:
    folder = Shown(second_at=NOON + timedelta(minutes=40)).export(tmp_path / "export")
    for file in files_beside(folder):
        data = file.read_bytes()
        file.unlink()
        assert Check.FILES in judged(folder).counts, file.name
        file.write_bytes(data)
    for name in ("99999", "03", "3.txt", "3.tsr"):
        extra = folder / layout.HEADS / name
        extra.write_bytes(b"x")
        assert Check.FILES in judged(folder).counts, name
        extra.unlink()


def test_stranger_among_the_witnesses_is_found(tmp_path: Path) -> None:
    shown = Shown(second_at=NOON + timedelta(minutes=40))
    note = parse_note(shown.heads[0].note.encode())
    stranger = signature(note.text, replace(WITNESS, name="x.example"), at=NOON)
    shown.heads[0] = replace(shown.heads[0], cosigned=signature_lines([stranger]))
    assert Check.SIGNATURE in judged(shown.export(tmp_path / "export")).counts
