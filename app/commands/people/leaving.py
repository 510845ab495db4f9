"""Somebody is changed or leaves: what is told beside what is done, and a trial of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from app.auth import Principal
from app.channels.channel import Channel, rfc3339
from app.commands.directory.contact_points import ContactPointChange, change_contact_point
from app.commands.directory.parties import PartyChange, apply_party_change, party_view, seen_party
from app.commands.people.duties import HORIZON, duties_of
from app.commands.people.uses import read_contact_point_uses, read_party_uses
from app.escalation.party import PartyKind
from app.installation.answer import Answer, FieldsInvalid, Refusal, once, tried
from app.installation.installation import Installation
from app.models.directory import PartyRow
from app.store.directory.directory import EVERYTHING, desk_ids_of, touch_directory
from app.store.people.uses import open_incidents_of

USES_MAX: Final = 50
"""So many uses of each kind a trial lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a change would do: where what it changes is used, and its answer or its refusal."""

    uses: dict[str, object]
    body: Mapping[str, object] | None
    refusal: Refusal | None


async def change_party(
    installation: Installation, principal: Principal, party_id: str, change: PartyChange
) -> Answer:
    """Change or retire a desk or a person; `warnings` says which duty nobody will do any more.

    Raises:
        NotFound, RoleForbids, FieldsInvalid, Retired, IncidentsHeld, AccountableDeskNeeded: as
            `apply_party_change` does.
    """
    return await once(
        installation,
        None,
        lambda session: _changed(session, installation, principal, party_id, change),
    )


async def try_party_change(
    installation: Installation, principal: Principal, party_id: str, change: PartyChange
) -> Trial:
    """What `change_party` would do; changes nothing.

    Raises:
        NotFound, RoleForbids, FieldsInvalid: the request itself is wrong.
    """
    uses = await read_party_uses(installation, principal, party_id, limit=USES_MAX)
    try:
        answer = await tried(
            installation,
            lambda session: _changed(session, installation, principal, party_id, change),
        )
    except FieldsInvalid:
        raise
    except Refusal as refusal:
        return Trial(uses=uses, body=None, refusal=refusal)
    return Trial(uses=uses, body=answer.body, refusal=None)


async def try_contact_point_change(
    installation: Installation,
    channels: Mapping[str, Channel],
    principal: Principal,
    party_id: str,
    *,
    contact_point_id: str,
    change: ContactPointChange,
) -> Trial:
    """What `change_contact_point` would do; changes nothing.

    Raises:
        NotFound, RoleForbids, FieldsInvalid: the request itself is wrong.
    """
    uses = await read_contact_point_uses(
        installation, principal, party_id, contact_point_id, limit=USES_MAX
    )
    try:
        answer = await change_contact_point(
            installation,
            channels,
            principal,
            party_id,
            contact_point_id=contact_point_id,
            change=change,
            is_trial=True,
        )
    except FieldsInvalid:
        raise
    except Refusal as refusal:
        return Trial(uses=uses, body=None, refusal=refusal)
    return Trial(uses=uses, body=answer.body, refusal=None)


def _changed(
    session: Session,
    installation: Installation,
    principal: Principal,
    party_id: str,
    change: PartyChange,
) -> Answer:
    touch_directory(session)
    before = seen_party(session, principal, party_id)
    was_retired = before.retired_at is not None
    desk_ids = set(desk_ids_of(session, [party_id])[party_id])
    row = apply_party_change(session, installation, principal, party_id, change)
    warnings: list[dict[str, object]] = []
    if not was_retired:
        kept = desk_ids if change.desk_ids is None else set(change.desk_ids)
        left = desk_ids if change.retired else desk_ids - kept
        pointer = "/retired" if change.retired else "/desk_ids"
        said = (*_duty_left(session, installation, row, left), *_asked(session, row, change))
        warnings = [{"pointer": pointer, "detail": one} for one in said]
    return Answer(status=200, body=party_view(session, row) | {"warnings": warnings})


def _duty_left(
    session: Session, installation: Installation, row: PartyRow, desk_ids: set[str]
) -> Iterator[str]:
    """The rosters by which somebody who leaves these desks still has duty: nobody does it."""
    if row.kind != PartyKind.PERSON:
        return
    now = installation.clock()
    for one in duties_of(session, row.id, now, now + HORIZON, now=now):
        if one.desk.id in desk_ids:
            first = one.stretches[0]
            yield (
                f"Is on duty by roster {one.roster.id} of desk {one.desk.id}, "
                f"{len(one.stretches)} times in the next {HORIZON.days // 7} weeks, first from "
                f"{rfc3339(first.begins_at)}; from now on nobody is paged for it."
            )


def _asked(session: Session, row: PartyRow, change: PartyChange) -> Iterator[str]:
    if change.retired:
        found, _ = open_incidents_of(session, row.id, EVERYTHING)
        if found:
            yield (
                f"Was asked in {len(found)} open incidents, and can answer no more; "
                "each goes on to its next step in its time."
            )
