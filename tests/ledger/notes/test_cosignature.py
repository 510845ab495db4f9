"""What a witness signs."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.notes.cosignature import cosignature, cosigned_at
from app.ledger.notes.note import SignatureInvalid, note_bytes, parse_note, signature, verified
from app.ledger.notes.text import FormatInvalid
from tests.ledger.notes.samples import AT, LOG_KEY, SIGNED, WITNESS_KEY

TEXT = SIGNED.decode().partition("\n\n")[0] + "\n"


def test_message_is_that_of_the_specification() -> None:
    made = cosignature(TEXT, WITNESS_KEY, AT)
    seconds = 1_795_403_100
    assert datetime.fromtimestamp(seconds, UTC) == AT
    assert made[:8] == seconds.to_bytes(8, "big")
    message = f"cosignature/v1\ntime {seconds}\n".encode() + SIGNED.partition(b"\n\n")[0] + b"\n"
    Ed25519PublicKey.from_public_bytes(WITNESS_KEY.verifier.public).verify(made[8:], message)


def test_time_comes_back_in_the_note() -> None:
    note = parse_note(SIGNED)
    cosigned = parse_note(
        note_bytes(note)
        + note_bytes(
            note.__class__(text="x\n", signatures=(signature(TEXT, WITNESS_KEY, at=AT),))
        ).partition(b"\n\n")[2]
    )
    found = verified(cosigned, [LOG_KEY.verifier, WITNESS_KEY.verifier])
    assert [one.at for one in found] == [None, AT]


@given(st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - as asked for
def test_any_instant_comes_back_to_the_second(at: datetime) -> None:
    made = cosignature(TEXT, WITNESS_KEY, at)
    assert cosigned_at(TEXT, WITNESS_KEY.verifier, made) == at.replace(microsecond=0)


def test_zone_does_not_matter() -> None:
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))
    assert cosignature(TEXT, WITNESS_KEY, tokyo) == cosignature(TEXT, WITNESS_KEY, AT)


def test_any_flipped_bit_is_refused() -> None:
    made = cosignature(TEXT, WITNESS_KEY, AT)
    for bit in range(8 * len(made)):
        changed = bytearray(made)
        changed[bit // 8] ^= 1 << bit % 8
        assert cosigned_at(TEXT, WITNESS_KEY.verifier, bytes(changed)) is None


def test_other_text_is_refused() -> None:
    made = cosignature(TEXT, WITNESS_KEY, AT)
    assert cosigned_at(TEXT.replace("\n2\n", "\n3\n"), WITNESS_KEY.verifier, made) is None


@pytest.mark.parametrize("length", [0, 8, 64, 71, 73])
def test_other_length_is_refused(length: int) -> None:
    assert cosigned_at(TEXT, WITNESS_KEY.verifier, bytes(length)) is None


def test_time_beyond_all_calendars_is_refused() -> None:
    seconds = 2**40
    message = f"cosignature/v1\ntime {seconds}\n{TEXT}".encode()
    made = seconds.to_bytes(8, "big") + WITNESS_KEY.sign(message)
    assert cosigned_at(TEXT, WITNESS_KEY.verifier, made) is None


def test_only_a_witness_cosigns_and_only_with_a_time() -> None:
    with pytest.raises(FormatInvalid):
        cosignature(TEXT, LOG_KEY, AT)
    with pytest.raises(FormatInvalid):
        cosignature(TEXT, WITNESS_KEY, datetime(1969, 12, 31, tzinfo=UTC))
    with pytest.raises(FormatInvalid):
        signature(TEXT, WITNESS_KEY)


def test_witness_line_on_another_checkpoint_rejects_the_note() -> None:
    note = parse_note(SIGNED)
    line = signature(TEXT.replace("\n2\n", "\n3\n"), WITNESS_KEY, at=AT)
    both = note.__class__(text=note.text, signatures=(*note.signatures, line))
    with pytest.raises(SignatureInvalid):
        verified(both, [LOG_KEY.verifier, WITNESS_KEY.verifier])
    assert verified(both, [LOG_KEY.verifier])
