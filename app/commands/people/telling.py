"""Who hears of what is asked of them about their duty: by a notice, in the same transaction.

Their own page lists it in any case; a notice says that it is there.
"""

from enum import StrEnum

from sqlmodel import Session

from app.channels.channel import rfc3339
from app.installation.installation import Installation
from app.models.directory import PartyRow
from app.models.roster import SubstitutionRow
from app.protocols.kinds import NoticeKind
from app.rosters.changing.absence import Lack
from app.store.notice import Notice, add_notices


class Happened(StrEnum):
    """What has become of a request."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


def tell_of_substitution(
    session: Session, installation: Installation, row: SubstitutionRow, happened: Happened
) -> None:
    """Tell the colleague of a request or that it was taken back, or the person of its answer."""
    is_asked = happened is Happened.OFFERED
    to_colleague = happened in {Happened.OFFERED, Happened.WITHDRAWN}
    data: dict[str, object] = {
        "request_id": row.id,
        "roster_id": row.roster_id,
        "from": row.duties[0]["from"],
        "until": row.duties[-1]["to"],
    }
    data |= {"answer_by": rfc3339(row.lapses_at)} if is_asked else {"answer": happened.value}
    notice = Notice(
        id=installation.new_id(),
        kind=NoticeKind.DUTY_REQUESTED if is_asked else NoticeKind.DUTY_ANSWERED,
        party_id=row.substitute_id if to_colleague else row.person_id,
        data=data,
    )
    add_notices(session, [notice], now=installation.clock(), new_id=installation.new_id)


def tell_of_absence(
    session: Session, installation: Installation, desk: PartyRow, person_id: str, lack: Lack
) -> None:
    """Tell a desk's organisation that somebody is away whose duty nobody covers.

    Whether a protocol loses cover by it is the watch's to find, and the municipality's to hear.
    """
    if lack.tiers:
        notice = _to_organisation(installation, NoticeKind.DUTY_UNCOVERED, desk, person_id, lack)
        add_notices(session, [notice], now=installation.clock(), new_id=installation.new_id)


def tell_of_return(
    session: Session, installation: Installation, desk: PartyRow, person_id: str, lack: Lack
) -> None:
    """Tell a desk's organisation that somebody does the duty after all that nobody covered."""
    if lack.tiers:
        notice = _to_organisation(installation, NoticeKind.DUTY_RESUMED, desk, person_id, lack)
        add_notices(session, [notice], now=installation.clock(), new_id=installation.new_id)


def _to_organisation(
    installation: Installation, kind: NoticeKind, desk: PartyRow, person_id: str, lack: Lack
) -> Notice:
    return Notice(
        id=installation.new_id(),
        kind=kind,
        party_id=desk.organisation_id,
        data={
            "desk_id": desk.id,
            "party_id": person_id,
            "from": rfc3339(min(one.begins_at for one in lack.tiers)),
            "until": rfc3339(max(one.ends_at for one in lack.tiers)),
        },
    )
