import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ledger.disclosure import (
    Disclosure,
    DisclosureInvalid,
    Verdict,
    decode,
    digest,
    encode,
    open_all,
    verdicts,
)
from tests.ledger.chain import Chain

# RFC 9901 §4.2: written with spaces, so only its string can be hashed, not its value.
RFC = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
# LEDGER.md 2.8, whose digest is in the leaf of 2.7.
OURS = (
    "WyJRZ19PNjR6cUF4ZTQxMmExMDhpcm9BIiwicGFydHkiLHsiaWQiOiJwdHlfMDEiLCJuYW1lIjoi5L2Q6JekIOiKseWt"
    "kCJ9XQ"
)
SALT = bytes(range(16))


@pytest.mark.parametrize(
    ("disclosure", "expected"),
    [
        (RFC, "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"),
        (OURS, "jmRFYwDMcHx6I83y5O9VyHjNDnzawPacMySZR2X7zsY"),
    ],
    ids=["RFC 9901", "LEDGER.md"],
)
def test_vector_has_its_digest(disclosure: str, expected: str) -> None:
    assert digest(disclosure) == expected


def test_vector_of_the_rfc_is_read() -> None:
    read = decode(RFC)
    assert (read.name, read.value) == ("family_name", "Möbius")
    assert base64.urlsafe_b64encode(read.salt).rstrip(b"=") == b"_26bc4LT-ac6q2KI6cBW5es"


def test_our_vector_is_written_to_the_byte() -> None:
    salt = base64.urlsafe_b64decode("Qg_O64zqAxe412a108iroA==")
    value = {"id": "pty_01", "name": "佐藤 花子"}
    assert encode(salt, "party", value) == OURS
    assert decode(OURS) == Disclosure(salt, "party", value)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.binary(min_size=16, max_size=16),
    st.text(min_size=1).filter(lambda name: name not in {"_sd", "..."}),
    json_values,
)
def test_any_value_is_read_back(salt: bytes, name: str, value: object) -> None:
    assert decode(encode(salt, name, value)) == (salt, name, value)


@settings(deadline=None)
@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_one_value_under_two_salts_has_two_digests(salt: bytes, other: bytes) -> None:
    one, another = encode(salt, "note", "転倒"), encode(other, "note", "転倒")
    assert (digest(one) == digest(another)) is (salt == other)


@pytest.mark.parametrize(
    ("salt", "name", "value", "reason"),
    [
        (SALT[:15], "note", "x", "^/0: .* not 15"),
        (SALT + b"x", "note", "x", "^/0: .* not 17"),
        (SALT, "", "x", "^/1: "),
        (SALT, "_sd", "x", "^/1: "),
        (SALT, "...", "x", "^/1: "),
        (SALT, "note", "\ud800", "^/2: "),  # half a character
    ],
)
def test_what_is_no_disclosure_is_not_written(
    salt: bytes, name: str, value: object, reason: str
) -> None:
    with pytest.raises(DisclosureInvalid, match=reason):
        encode(salt, name, value)


def packed(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


SALT_TEXT = packed(SALT)


@pytest.mark.parametrize(
    "text",
    [
        f'["{SALT_TEXT}","note","x"]',
        f'\n[ "{SALT_TEXT}" , "note" , {{"a": [1, 2.5, null, true]}} ]',  # spaces
        f'["{SALT_TEXT}{SALT_TEXT}","note","x"]',  # a longer salt
        f'["{SALT_TEXT}","note","\\u4f50\\u85e4"]',  # escapes
        f'["{SALT_TEXT}","note","\\ud83d\\ude91"]',  # one character in two escapes
    ],
)
def test_disclosure_of_another_writer_is_read(text: str) -> None:
    assert decode(packed(text)).name == "note"


@pytest.mark.parametrize(
    ("disclosure", "reason"),
    [
        ("", "not JSON"),
        (RFC + "=", "base64url"),  # padded
        (RFC[:-1] + "1", "base64url"),  # other bits behind the last byte
        (RFC + "\n", "base64url"),
        (RFC[:20] + "+" + RFC[20:], "base64url"),  # a character of the other alphabet
        (RFC + "佐藤", "base64url"),
        (RFC + "AA", "base64url"),  # no length of base64
        (packed(b"\xff\xfe"), "not JSON in UTF-8"),
        (packed("[" * 60_000), "nested too deeply"),
        (packed(f'{{"{SALT_TEXT}":"note"}}'), "not an array"),
        (packed(f'["{SALT_TEXT}","x"]'), "not an array"),  # an array element of RFC 9901
        (packed(f'["{SALT_TEXT}","note","x","y"]'), "not an array"),
        (packed('{"a":1,"b":2,"c":3}'), "not an array"),
        (packed('"abc"'), "not an array"),
        (packed("3"), "not an array"),
        (packed('[1,"note","x"]'), "^/0: "),
        (packed(f'["{SALT_TEXT}=","note","x"]'), "^/0: "),
        (packed(f'["{packed(SALT[:15])}","note","x"]'), "^/0: "),
        (packed(f'["{SALT_TEXT}",1,"x"]'), "^/1: "),
        (packed(f'["{SALT_TEXT}","","x"]'), "^/1: "),
        (packed(f'["{SALT_TEXT}","_sd","x"]'), "^/1: "),
        (packed(f'["{SALT_TEXT}","...","x"]'), "^/1: "),
        (packed(f'["{SALT_TEXT}","note",{{"a":1,"a":2}}]'), "repeated"),
        (packed(f'["{SALT_TEXT}","note",NaN]'), "NaN"),
        (packed(f'["{SALT_TEXT}","note",-Infinity]'), "Infinity"),
        (packed(f'["{SALT_TEXT}","note","\\ud800"]'), "not JSON in UTF-8"),
    ],
)
def test_what_is_no_disclosure_is_refused(disclosure: str, reason: str) -> None:
    with pytest.raises(DisclosureInvalid, match=reason):
        decode(disclosure)


def test_digest_of_a_text_outside_ascii_is_refused() -> None:
    with pytest.raises(DisclosureInvalid, match="ASCII"):
        digest("佐藤")


def test_refusal_shows_nothing_of_the_value() -> None:
    with pytest.raises(DisclosureInvalid) as refusal:
        decode(packed(json.dumps([SALT_TEXT, "佐藤", "x", "y"], ensure_ascii=False)))
    assert "佐藤" not in str(refusal.value)


# --- digests of a chain ----------------------------------------------------------------------


def noted_chain() -> Chain:
    """Places: 0 opened with a party, 1 and 2 noted."""
    chain = Chain().opened()
    return chain.add_note("玄関に鍵").add_note("犬がいる")


def found(chain: Chain) -> list[tuple[int, Verdict]]:
    return [(one.seq, one.verdict) for one in verdicts(chain.entries, chain.disclosures)]


def test_digest_with_its_disclosure_is_opened() -> None:
    chain = noted_chain()
    assert found(chain) == [(0, Verdict.OPENED), (1, Verdict.OPENED), (2, Verdict.OPENED)]


def test_digest_named_by_an_erased_entry_is_erased_and_its_neighbours_stay() -> None:
    chain = noted_chain().erased(1)
    assert found(chain) == [(0, Verdict.OPENED), (1, Verdict.ERASED), (2, Verdict.OPENED)]


def test_digest_without_disclosure_and_without_record_is_missing() -> None:
    chain = noted_chain()
    del chain.disclosures[1]
    assert found(chain) == [(0, Verdict.OPENED), (1, Verdict.MISSING), (2, Verdict.OPENED)]


def test_disclosure_of_another_entry_does_not_open_a_digest() -> None:
    chain = noted_chain()
    chain.disclosures[1] = chain.disclosures[2]
    assert found(chain)[1] == (1, Verdict.MISSING)


def test_erased_entry_says_nothing_of_later_digests() -> None:
    chain = noted_chain().erased(1)
    # The same digest once more, after the record of its erasure.
    chain.add_note("犬がいる", sd=chain.entries[1].sd)
    chain.disclosures.pop(4)
    assert found(chain)[-1] == (4, Verdict.MISSING)


def test_verdict_names_the_digest() -> None:
    chain = noted_chain()
    assert [one.digest for one in verdicts(chain.entries, {})] == [
        entry.sd[0] for entry in chain.entries
    ]


def test_text_outside_ascii_opens_no_digest() -> None:
    chain = noted_chain()
    chain.disclosures[1] = ["佐藤"]
    assert found(chain)[1] == (1, Verdict.MISSING)


def test_disclosures_that_fit_are_opened_by_place() -> None:
    opened, faults = open_all(noted_chain().entries, noted_chain().disclosures)
    assert [[one.name for one in told] for told in opened] == [["party"], ["note"], ["note"]]
    assert faults == []


@pytest.mark.parametrize(
    ("place", "disclosures", "reason"),
    [
        (3, [encode(SALT, "note", "x")], "disclosed for no entry"),
        (-1, [encode(SALT, "note", "x")], "disclosed for no entry"),
        (1, [encode(SALT, "note", "x")], "does not commit to"),  # another value
        (1, ["佐藤"], "cannot be read"),
    ],
)
def test_disclosure_that_fits_nowhere_is_a_fault(
    place: int, disclosures: list[str], reason: str
) -> None:
    chain = noted_chain()
    chain.disclosures[place] = disclosures
    opened, faults = open_all(chain.entries, chain.disclosures)
    assert [seq for seq, _ in faults] == [place]
    assert reason in faults[0][1]
    assert len(opened) == len(chain.entries)


def test_disclosure_that_is_committed_to_but_no_disclosure_is_a_fault() -> None:
    chain = noted_chain()
    chain.add_note("x", sd=(digest("bm90IEpTT04"),))
    chain.disclosures[3] = ["bm90IEpTT04"]
    _, faults = open_all(chain.entries, chain.disclosures)
    assert faults == [(3, "a disclosure that cannot be read: not JSON in UTF-8")]


def test_disclosure_given_twice_is_a_fault() -> None:
    chain = noted_chain()
    chain.disclosures[1] *= 2
    opened, faults = open_all(chain.entries, chain.disclosures)
    assert [seq for seq, _ in faults] == [1]
    assert len(opened[1]) == 1


def test_salt_used_for_two_values_is_a_fault() -> None:
    chain = noted_chain()
    again = encode(decode(chain.disclosures[1][0]).salt, "note", "もう一つ")
    chain.add_note("x", sd=(digest(again),))
    chain.disclosures[3] = [again]
    _, faults = open_all(chain.entries, chain.disclosures)
    assert faults == [(3, "a salt that was used before")]


def test_erased_entry_discloses_nothing_of_its_own() -> None:
    chain = noted_chain()
    kept = chain.disclosures[1]
    chain.erased(1)
    chain.disclosures[3] = kept
    _, faults = open_all(chain.entries, chain.disclosures)
    assert faults == [(3, "a disclosure that the entry does not commit to")]
