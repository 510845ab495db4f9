"""Hypothesis strategies: single leaves, and whole incidents that keep every rule."""

import base64
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from app.ledger.entry import Basis, Cause, EntryType, Leaf
from tests.ledger.chain import Chain

pseudonyms = st.integers(1, 999_999).map(lambda number: f"h{number}")
instants = st.datetimes(timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
digests = st.binary(min_size=32, max_size=32).map(
    lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
)

any_leaf = st.builds(
    Leaf,
    incident=st.uuids().map(str),
    seq=st.integers(0, 10**15 - 1),
    prev=st.none() | st.binary(min_size=32, max_size=32),
    at=instants,
    type=st.sampled_from(EntryType),
    cause=st.none() | st.sampled_from(Cause),
    basis=st.none() | st.sampled_from(Basis),
    from_=st.none() | pseudonyms,
    to=st.none() | pseudonyms,
    actor=st.just("system") | pseudonyms,
    step=st.none() | st.integers(1, 10**15 - 1),
    round=st.none() | st.integers(1, 10**15 - 1),
    due=st.none() | instants,
    sd=st.sets(digests, max_size=4).map(lambda found: tuple(sorted(found))),
    drill=st.booleans(),
)

# Several entries often share an instant.
PAUSES = st.sampled_from([0, 0, 1, 250, 60_000])
ACTS = st.sampled_from(
    ["escalate", "exhaust", "accept", "lapse", "en_route", "arrive", "signal", "note", "page"]
)


@st.composite
def stories(draw: st.DrawFn) -> Chain:
    """An incident as the rules allow it: opened, some acts, perhaps closed, perhaps noted on."""
    chain = Chain(drill=draw(st.booleans())).opened().started(1)
    for act in draw(st.lists(ACTS, max_size=12)):
        _act(chain, act, draw(PAUSES))
    if draw(st.booleans()):
        cause = draw(st.sampled_from([Cause.RESOLVED, Cause.CANCELLED]))
        chain.closed(cause, at=_later(chain, draw(PAUSES)))
        for _ in range(draw(st.integers(0, 2))):
            chain.add(EntryType.NOTED, at=_later(chain, draw(PAUSES)))
    return chain


def _later(chain: Chain, pause_ms: int) -> datetime:
    return chain.entries[-1].at + timedelta(milliseconds=pause_ms)


def _act(chain: Chain, act: str, pause_ms: int) -> None:
    at = _later(chain, pause_ms)
    match act:
        case "escalate" | "exhaust" | "lapse":
            cause = {
                "escalate": Cause.ESCALATED,
                "exhaust": Cause.EXHAUSTED,
                "lapse": Cause.LAPSED,
            }[act]
            chain.escalated(_stranger(chain, "desk", at), cause=cause, at=at)
            chain.started(1, cause, at=at)
        case "accept":
            chain.accepted(_stranger(chain, "person", at), at=at)
        case "en_route":
            chain.add(EntryType.EN_ROUTE, actor=chain.holder or "", at=at)
        case "arrive":
            chain.add(EntryType.ARRIVED, actor=chain.holder or "", at=at)
        case "signal":
            chain.add(EntryType.SIGNALLED, cause=Cause.REPEATED, at=at)
        case "note":
            chain.add(EntryType.NOTED, ("note", "玄関に鍵"), at=at)
        case _:
            chain.add(EntryType.PAGED, actor=_stranger(chain, "person", at), at=at)


def _stranger(chain: Chain, kind: str, at: datetime) -> str:
    """A party that this incident has not named yet, bound now."""
    pseudonym = f"h{len(chain.entries) + 1}"
    chain.bound(pseudonym, kind, at=at)
    return pseudonym
