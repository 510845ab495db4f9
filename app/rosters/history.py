"""The versions of a roster: what was answered about the past stays answerable.

A roster is never edited. Each change is a new version with its whole document: an ordinary one
holds from now or later, so that it cannot touch what has been; a correction may begin in the past,
says why, and is one more version. Whoever asks "as of" an instant hears what was known then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from app.protocols.problems import Problem
from app.rosters.duty import Duty, DutySpan, duty_intervals, on_duty
from app.rosters.roster import Roster, RosterInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a desk's roster.

    From `effective_from` on, everything is as `document` says, until a higher number is effective.
    """

    number: int
    """1 for the first; later ones are higher, and were recorded no earlier."""
    document: Roster
    effective_from: datetime
    recorded_at: datetime
    is_correction: bool = False
    reason: str | None = None
    """Why; a correction has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reign:
    """In [begins_at, ends_at) this version is in force; None: the desk has no roster yet."""

    version: Version | None
    begins_at: datetime
    ends_at: datetime


def appended(versions: Sequence[Version], new: Version) -> tuple[Version, ...]:
    """The versions with one more.

    Args:
        versions: In order of their numbers.
        new: Its number is the one after the last.

    Raises:
        RosterInvalid: It would change the past and is no correction, or a correction without a
            reason. The pointers are those of a request to publish: `/effective_from`, `/reason`.
    """
    last = versions[-1] if versions else None
    assert new.number == (last.number + 1 if last else 1), "versions are numbered without a gap"
    assert last is None or new.recorded_at >= last.recorded_at, "time does not go back"
    problems = list(_problems(new))
    if problems:
        raise RosterInvalid(problems)
    return (*versions, new)


def in_force(
    versions: Sequence[Version], at: datetime, as_of: datetime | None = None
) -> Version | None:
    """The version that holds at an instant, by what was recorded up to `as_of` (None: all).

    Returns:
        None if the desk had no roster then.
    """
    held = (one for one in _known(versions, as_of) if one.effective_from <= at)
    return max(held, key=lambda version: version.number, default=None)


def reigns(
    versions: Sequence[Version], begin: datetime, end: datetime, as_of: datetime | None = None
) -> tuple[Reign, ...]:
    """Which version holds when: [begin, end) without a gap, neighbours always different."""
    changes = {
        one.effective_from for one in _known(versions, as_of) if begin < one.effective_from < end
    }
    found: list[Reign] = []
    for first, last in pairwise(sorted(changes | {begin, end})):
        version = in_force(versions, first, as_of)
        if found and found[-1].version is version:
            first = found.pop().begins_at  # noqa: PLW2901 - it goes on
        found.append(Reign(version=version, begins_at=first, ends_at=last))
    return tuple(found)


def on_duty_in(
    versions: Sequence[Version], at: datetime, as_of: datetime | None = None
) -> tuple[Duty, ...] | None:
    """Who was on duty at an instant, by what was recorded up to `as_of` (None: all).

    Returns:
        None if the desk had no roster then: all its persons are on duty. Empty: nobody was.
    """
    version = in_force(versions, at, as_of)
    return None if version is None else on_duty(version.document, at)


def duty_intervals_in(
    versions: Sequence[Version], begin: datetime, end: datetime, as_of: datetime | None = None
) -> tuple[DutySpan, ...]:
    """Who was on duty when, within [begin, end); for no roster at all there is no span.

    A span ends where another version begins to hold: `source` points into the document of the
    version that holds at the span's begin.
    """
    return tuple(
        span
        for reign in reigns(versions, begin, end, as_of)
        if reign.version is not None
        for span in duty_intervals(reign.version.document, reign.begins_at, reign.ends_at)
    )


def _known(versions: Sequence[Version], as_of: datetime | None) -> Iterator[Version]:
    return (one for one in versions if as_of is None or one.recorded_at <= as_of)


def _problems(new: Version) -> Iterator[Problem]:
    if not new.is_correction and new.effective_from < new.recorded_at:
        yield Problem(
            pointer="/effective_from",
            detail="Duty of the past is not changed: this must not lie before now, "
            "unless it is a correction.",
        )
    if new.is_correction and not (new.reason and new.reason.strip()):
        yield Problem(pointer="/reason", detail="A correction says why.")
