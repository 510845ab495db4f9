"""Rows of shifts: they take the place of what is planned in their time, desk by desk."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.commands.exchange.desk import Plan, find_desk, plan_shifts, write_plan
from app.commands.sheets.book import UNKNOWN
from app.commands.sheets.rows import ReferringRow, Result, RowError, ShiftRow
from app.commands.sheets.work import TWICE, Work, wrong
from app.installation.answer import FieldError, FieldsInvalid, Refusal, refuse
from app.models.directory import PartyRow
from app.rosters.changing.replacing import Window
from app.rosters.roster import Shift

_NOTHING = UNKNOWN.partition("{")[0]
_STRANGER = "No such person takes turns at this desk."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    row: ShiftRow
    shift: Shift
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of a sheet of shifts: of each row, and which shifts had to give way."""

    results: Sequence[Result]
    errors: Sequence[RowError]
    removed: Sequence[tuple[str, Shift]]
    """Each with the desk's id."""


def store_shifts(work: Work, rows: Sequence[ReferringRow]) -> Stored:
    """Write one new version for each desk whose rows say something new.

    A row that has ended is passed over: duty of the past is not changed. Of one with a flaw in
    another cell only those whom it means are looked up.
    """
    now = work.installation.clock()
    by_desk: dict[str, list[_Placed]] = defaultdict(list)
    results: list[Result] = []
    errors: list[RowError] = []
    for row in rows:
        try:
            desk, person = _referred(work, row)
            if not isinstance(row, ShiftRow):
                continue
            assert desk is not None, "else it was refused"
            assert person is not None, "a shift is somebody's"
            placed = _placed(work, row, desk, person)
        except FieldsInvalid as invalid:
            errors += errors_of(row.line, invalid)
            continue
        if row.ends_at <= now:
            results.append(Result(line=row.line, result="ended", id=None, name=placed.name))
        else:
            by_desk[desk.id].append(placed)
    removed: list[tuple[str, Shift]] = []
    for desk_id, placed_rows in by_desk.items():
        try:
            plan = _written(work, desk_id, placed_rows, now)
        except Refusal as refusal:
            errors += errors_of(placed_rows[0].row.line, refusal)
            continue
        before = {_key(one) for one in plan.desk.document.shifts}
        removed += [(desk_id, one) for one in plan.removed(now)]
        results += [_result(one, is_new=_key(one.shift) not in before) for one in placed_rows]
    results.sort(key=lambda one: one.line)
    return Stored(results=results, errors=errors, removed=removed)


def errors_of(line: int, refusal: Exception) -> Iterator[RowError]:
    """What is wrong with a row, by its own fields, from what a command refused."""
    errors = refusal.errors if isinstance(refusal, Refusal) else ()
    if not errors:
        yield RowError(line=line, field=None, detail=str(refusal))
    for one in errors:
        member = one.pointer.split("/")[1] if one.pointer else ""
        yield RowError(line=line, field=_FIELDS.get(member, member) or None, detail=one.detail)


# How commands name what a row names otherwise.
_FIELDS = {
    "organisation_id": "organisation",
    "municipality_id": "municipality",
    "municipality_ids": "municipalities",
    "desk_ids": "desks",
    "external_refs": "external_ref",
    "retired": "",
}


def _referred(work: Work, row: ReferringRow) -> tuple[PartyRow | None, PartyRow | None]:
    """The desk and the person of a row, as far as it names them.

    Raises:
        FieldsInvalid: somebody is not known; it names all who are not.
    """
    wrong_: list[FieldError] = []
    organisation = desk = person = None
    if row.organisation is not None:
        try:
            organisation = work.book.organisation(row.organisation, "organisation")
        except FieldsInvalid as invalid:
            wrong_ += invalid.errors
    try:
        desk = work.book.desk(row.desk, "desk", organisation)
    except FieldsInvalid as invalid:
        # Several of a name may be one of the organisation that was meant.
        wrong_ += [one for one in invalid.errors if not wrong_ or one.detail.startswith(_NOTHING)]
    if row.person is not None:
        try:
            person = _person(work, row.person, desk)
        except FieldsInvalid as invalid:
            wrong_ += invalid.errors
    refuse(wrong_)
    return desk, person


def _placed(work: Work, row: ShiftRow, desk: PartyRow, person: PartyRow) -> _Placed:
    data = {"from": row.begins_at, "to": row.ends_at, "tier": row.tier, "person": person.id}
    shift = Shift.model_validate(data)
    first = work.seen.setdefault((desk.id, *_key(shift)), row.line)
    if first != row.line:
        raise wrong(None, TWICE.format(line=first))
    return _Placed(row=row, shift=shift, name=person.name)


def _person(work: Work, text: str, desk: PartyRow | None) -> PartyRow | None:
    """Somebody of the desk; they may belong to an organisation that the caller does not see.

    Where nobody knows which desk, nothing can be said of them.
    """
    if desk is None:
        return None
    found = [one for one in work.at_desk(desk.id) if text in {one.id, one.name}]
    if len(found) > 1:
        raise wrong("person", f"Several have this name; give the id: {text[:100]}")
    if not found:
        raise wrong("person", _STRANGER)
    return found[0]


def _written(work: Work, desk_id: str, placed: Sequence[_Placed], now: datetime) -> Plan:
    desk = find_desk(work.session, work.principal, desk_id)
    shifts = [one.shift for one in placed]
    window = Window(
        begin=min(one.begins_at for one in shifts),
        end=max(one.ends_at for one in shifts),
        cuts_begin=True,
        cuts_end=True,
    )
    tiers = sorted({one.tier for one in shifts})
    plan = plan_shifts(desk, shifts, tiers=tiers, window=window, now=now)
    if plan.is_new:
        write_plan(work.session, work.installation, work.principal, plan)
    return plan


def _result(placed: _Placed, *, is_new: bool) -> Result:
    return Result(
        line=placed.row.line,
        result="created" if is_new else "unchanged",
        id=None,
        name=placed.name,
    )


def _key(shift: Shift) -> tuple[datetime, datetime, int, str]:
    return shift.begins_at, shift.ends_at, shift.tier, shift.person
