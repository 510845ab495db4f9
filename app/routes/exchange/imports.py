"""Sheets of rows (CSV) into the directory and rosters."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from email.message import Message
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field
from starlette.exceptions import HTTPException

from app.commands.sheets.importing import import_rows, require_importer
from app.commands.sheets.rows import ImportKind, RowError, RowsInvalid
from app.installation.answer import Answer, FieldError, FieldsInvalid
from app.problems import ERRORS_MAX, problem_responses
from app.protocols.fields import ZoneName
from app.protocols.kinds import Language
from app.routes.dependencies import Caller, Channels, ListQuery, reply
from app.routes.exchange.once import OnceWithQuery
from app.routes.exchange.reading import Read, SheetInvalid, read_rows
from app.routes.exchange.wording import said_in
from app.routes.languages import Reader
from app.routes.v1 import v1_router

router = v1_router("imports")
CSV: Final = "text/csv"
ROWS_SHOWN_MAX: Final = 5000


class SheetQuery(BaseModel):
    """A dry run says what would become of each row. `timezone` is that of local times."""

    model_config = ListQuery.model_config

    dry_run: bool = False
    timezone: ZoneName = "Asia/Tokyo"


class WrongRow(BaseModel):
    """What is wrong with a row: in which column, by the name that the sheet has for it."""

    line: int
    column: str | None
    field: str | None
    detail: str


class ImportedRow(BaseModel):
    """What became of a row, or would; a dry run has no ids of what it would make."""

    line: int
    result: str
    id: str | None
    name: str | None


class RemovedShift(BaseModel):
    """A planned shift that gave way to the rows of a sheet."""

    desk_id: str
    person_id: str
    tier: int
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime


class Imported(BaseModel):
    """What became of a sheet. `ok` is false only in a dry run, with `rows` that say why.

    `secrets` are those of new webhooks by line, shown once; null in a repeated answer.
    """

    kind: ImportKind
    dry_run: bool
    ok: bool
    charset: str
    created: int
    updated: int
    unchanged: int
    ended: int
    items: list[ImportedRow]
    removed: list[RemovedShift]
    rows: list[WrongRow]
    secrets: dict[str, str] | None


_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {CSV: {"schema": {"type": "string"}}}}
}
_NOTHING: Final[Mapping[str, object]] = {
    **dict.fromkeys(("created", "updated", "unchanged", "ended"), 0),
    **{name: [] for name in ("items", "removed", "rows")},
    "secrets": {},
}


@router.post(
    "/imports/{kind}",
    response_model=Imported,
    responses=problem_responses(404, 409, 415),
    openapi_extra=_BODY,
)
async def post_import(
    call: Caller,
    channels: Channels,
    once: OnceWithQuery,
    request: Request,
    kind: ImportKind,
    *,
    query: Annotated[SheetQuery, Query()],
    language: Reader,
) -> Response:
    """Store all rows of a sheet, or, if one is wrong, none and say all that is."""
    require_importer(call.principal, kind)
    charset = _charset(request.headers.get("content-type", ""))
    read = await _read(kind, await request.body(), charset, query, language)
    try:
        answer = await import_rows(
            call.installation,
            channels,
            call.principal,
            kind,
            rows=read.rows,
            wrong=read.errors,
            dry_run=query.dry_run,
            idempotency=once,
        )
    except RowsInvalid as invalid:
        wrong = _shown(read, invalid.errors, language)
        if not query.dry_run:
            raise _refused(wrong) from invalid
        said = {"kind": kind, "charset": read.charset, "dry_run": True, "ok": False}
        return JSONResponse({**_NOTHING, **said, "rows": wrong})
    return reply(_with(answer, dry_run=query.dry_run, charset=read.charset))


def _with(answer: Answer, **members: object) -> Answer:
    """The answer with what the command does not know."""
    more = {"ok": True, "rows": [], **members}
    return Answer(
        status=answer.status, body={**answer.body, **more}, is_replayed=answer.is_replayed
    )


def _charset(content_type: str) -> str | None:
    header = Message()
    header["Content-Type"] = content_type
    if header.get_content_type() != CSV or not content_type:
        raise HTTPException(415, f"Send a sheet, with `Content-Type: {CSV}`.")
    charset = header.get_param("charset")
    return charset if isinstance(charset, str) else None


async def _read(
    kind: ImportKind, content: bytes, charset: str | None, query: SheetQuery, language: Language
) -> Read:
    zone = ZoneInfo(query.timezone)
    try:
        return await asyncio.to_thread(read_rows, kind, content, charset=charset, zone=zone)
    except SheetInvalid as invalid:
        detail = said_in(language, invalid.detail)
        row = {"line": invalid.line, "column": None, "field": None, "detail": detail}
        where = "" if invalid.line is None else f"/lines/{invalid.line}"
        raise FieldsInvalid(
            errors=[FieldError(pointer=where, detail=detail)], members={"rows": [row]}
        ) from invalid


def _shown(read: Read, errors: Sequence[RowError], language: Language) -> list[dict[str, Any]]:
    written = read.header.written
    return [
        {
            **asdict(one),
            "column": written.get(one.field or "", one.field),
            "detail": said_in(language, one.detail),
        }
        for one in errors[:ROWS_SHOWN_MAX]
    ]


def _refused(wrong: Sequence[dict[str, Any]]) -> FieldsInvalid:
    errors = [
        FieldError(
            pointer=f"/lines/{one['line']}" + (f"/{one['field']}" if one["field"] else ""),
            detail=one["detail"],
        )
        for one in wrong[:ERRORS_MAX]
    ]
    return FieldsInvalid(errors=errors, members={"rows": list(wrong)})
