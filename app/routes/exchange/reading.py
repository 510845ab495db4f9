"""From a sheet to rows: every cell by the rules of its field, and all that is wrong."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from app.commands.sheets.rows import ImportKind, ReferringRow, Row, RowError
from app.protocols.wording import sentence
from app.routes.exchange.columns import COLUMNS, Header, read_header
from app.routes.exchange.row_bodies import ROWS
from app.routes.exchange.sheet import SheetInvalid, read_sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The rows of a sheet that its fields allow, and what is wrong with the others."""

    charset: str
    header: Header
    rows: tuple[Row, ...]
    errors: tuple[RowError, ...]


def read_rows(kind: ImportKind, content: bytes, *, charset: str | None, zone: ZoneInfo) -> Read:
    """Read a sheet of rows of one kind; local times are those of `zone`.

    Raises:
        SheetInvalid: it is no sheet, or its first line is not that of such a sheet.
    """
    sheet = read_sheet(content, charset)
    header = read_header(kind, sheet.header)
    _require_columns(kind, header)
    if not sheet.rows:
        raise SheetInvalid("The file has no rows: its first line only names the columns.", line=1)
    found: list[Row] = []
    errors: list[RowError] = []
    for line, cells in sheet.rows:
        said = {
            column.field: column.read(cell)
            for column, cell in zip(header.columns, cells, strict=False)
            if column is not None and cell.strip()
        }
        if any(cell.strip() for cell in cells[len(header.columns) :]):
            errors.append(
                RowError(line=line, field=None, detail="Has more cells than there are columns.")
            )
            continue
        try:
            row = ROWS[kind].model_validate(said, context={"zone": zone})
        except ValidationError as error:
            flaws = list(_errors(line, error))
            errors += flaws
            if kind is ImportKind.ROSTERS:
                found += _referring(line, said, {one.field for one in flaws})
        else:
            found.append(row.row(line))
    return Read(charset=sheet.charset, header=header, rows=tuple(found), errors=tuple(errors))


def _referring(
    line: int, said: Mapping[str, object], wrong: Collection[str | None]
) -> Iterator[ReferringRow]:
    """Whom a row of a roster means all the same, so that all of its faults are named at once."""
    names = {one: said.get(one) for one in ("organisation", "desk", "person") if one not in wrong}
    desk, person, organisation = (
        text if isinstance(text, str) else None
        for text in (names.get("desk"), names.get("person"), names.get("organisation"))
    )
    if desk is not None:
        yield ReferringRow(line=line, desk=desk, person=person, organisation=organisation)


def _require_columns(kind: ImportKind, header: Header) -> None:
    if header.repeated:
        raise SheetInvalid(f"Two columns are the same: {', '.join(header.repeated)}", line=1)
    if header.unknown:
        known = ", ".join(one.field for one in COLUMNS[kind])
        unknown = ", ".join(one[:40] for one in header.unknown[:10])
        raise SheetInvalid(f"There is no such column: {unknown} (there are: {known})", line=1)
    fields = ROWS[kind].model_fields.items()
    needed = [field.alias or name for name, field in fields if field.is_required()]
    missing = [one for one in needed if one not in header.written]
    if missing:
        raise SheetInvalid(f"This column is needed: {', '.join(missing)}", line=1)


def _errors(line: int, error: ValidationError) -> Iterator[RowError]:
    for one in error.errors():
        place: Sequence[int | str] = one["loc"]
        member = str(place[0]) if place else "to"
        if member == "family_contacts":
            member = f"family_{place[-1]}"
        yield RowError(line=line, field=member, detail=sentence(one))


__all__ = ["Read", "SheetInvalid", "read_rows"]
