"""Who hears of what is asked of them about their duty.

Their inbox page lists it. Messages to their contact points have no incident to belong to, and are
for a mechanism of their own to send: it begins here.
"""

from enum import StrEnum

from sqlmodel import Session

from app.models.roster import SubstitutionRow


class Happened(StrEnum):
    """What has become of a request."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


def tell_of_substitution(session: Session, row: SubstitutionRow, happened: Happened) -> None:
    """Tell the colleague of a request, or the person of its answer; in the same transaction.

    Nothing is sent yet: the seam at which a notice without an incident is to be written.
    """
    del session, row, happened


def tell_of_absence(session: Session, desk_id: str, person_id: str, *, is_covered: bool) -> None:
    """Tell those who plan a desk's duty that somebody is away; in the same transaction.

    Nothing is sent yet: the seam at which a notice without an incident is to be written.
    """
    del session, desk_id, person_id, is_covered
