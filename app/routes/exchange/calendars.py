"""Calendars of other programs into rosters, and rosters out as calendars."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Header, Query, Request, Response
from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from starlette.exceptions import HTTPException

from app.commands.exchange.calendars import Calendar, import_calendar
from app.commands.exchange.export import export_roster
from app.commands.rosters.duty import AT_MOST
from app.installation.answer import FieldsInvalid, refuse
from app.problems import ERRORS_MAX, body_errors, problem_responses
from app.routes.bodies import Body, Id, Name, RosterInstant
from app.routes.dependencies import Caller, ListQuery, reply
from app.routes.directory.roster_bodies import TIER_MAX
from app.routes.exchange.once import OnceWithQuery
from app.routes.exchange.wording import spoken
from app.routes.languages import Reader
from app.routes.v1 import parse_json, v1_router

router = v1_router("calendars")
CALENDAR: Final = "text/calendar"
_JSON: Final = "application/json"
_NAMES_MAX: Final = 500

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=1000, description="The ETag of the roster's version."),
]


class NamedCalendar(Body):
    """A calendar, and which person (by id) its own names, addresses or words mean."""

    calendar: Annotated[str, Field(min_length=1)]
    names: Annotated[dict[Name, Id], Field(max_length=_NAMES_MAX)] = Field(default_factory=dict)


class ImportQuery(BaseModel):
    """How the file is meant. A dry run says what would be stored, and stores nothing."""

    model_config = ListQuery.model_config

    dry_run: bool = False
    tier: Annotated[int, Field(ge=1, le=TIER_MAX)] = 1
    from_: RosterInstant | None = Field(default=None, alias="from")
    to: RosterInstant | None = None

    def calendar(self, content: bytes, names: dict[str, str]) -> Calendar:
        """The file as the command takes it."""
        return Calendar(content=content, names=names, tier=self.tier, begin=self.from_, end=self.to)


class ExportQuery(BaseModel):
    """[from, to); by default the feeds' window."""

    model_config = ListQuery.model_config

    from_: RosterInstant | None = Field(default=None, alias="from")
    to: RosterInstant | None = Field(default=None, validate_default=True)

    @field_validator("to")
    @classmethod
    def _ends(cls, to: datetime | None, others: ValidationInfo) -> datetime | None:
        if "from_" not in others.data:
            return to  # it is refused itself
        begin = others.data["from_"]
        if (begin is None) != (to is None):
            raise ValueError("Give both `from` and `to`, or neither.")
        if begin is not None and to is not None and not begin < to <= begin + AT_MOST:
            raise ValueError(f"Must lie at most {AT_MOST.days} days after `from`.")
        return to


class ImportedShift(BaseModel):
    """One person on duty once, and where the file says so."""

    person_id: str
    name: str | None
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    uid: str | None
    line: int


class UnmatchedEvent(BaseModel):
    """An event that names nobody of the desk, at its first time of `count`."""

    uid: str | None
    line: int
    name: str
    attendees: list[str]
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    why: str
    count: int


class RosterWarning(BaseModel):
    """What of the new roster is worth a look."""

    concern: str
    person_id: str | None
    from_: AwareDatetime | None = Field(alias="from")
    to: AwareDatetime | None


class CalendarImport(BaseModel):
    """What a calendar became, or would become; `changed` is false if the roster says it already."""

    dry_run: bool
    roster_id: str | None
    desk_id: str
    version: int | None
    changed: bool
    shifts: list[ImportedShift]
    unmatched: list[UnmatchedEvent]
    warnings: list[RosterWarning]


_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            CALENDAR: {"schema": {"type": "string"}},
            _JSON: {"schema": NamedCalendar.model_json_schema()},
        },
    }
}


@router.post(
    "/rosters/{roster_id}/calendar",
    status_code=201,
    response_model=CalendarImport,
    responses={
        200: {"model": CalendarImport, "description": "Nothing was written"},
        **problem_responses(404, 409, 412, 415),
    },
    openapi_extra=_BODY,
)
async def post_calendar(
    call: Caller,
    once: OnceWithQuery,
    request: Request,
    roster_id: str,
    *,
    query: Annotated[ImportQuery, Query()],
    if_match: IfMatch = None,
    language: Reader,
) -> Response:
    """Let an iCalendar file take the place of the shifts of a roster, or of a desk without one."""
    body, content_type = await request.body(), request.headers.get("content-type", "")
    try:
        answer = await import_calendar(
            call.installation,
            call.principal,
            roster_id,
            query.calendar(*_read(body, content_type)),
            dry_run=query.dry_run,
            if_match=if_match,
            idempotency=None if query.dry_run else once,
        )
    except FieldsInvalid as invalid:
        raise spoken(invalid, language) from invalid
    version = answer.body["version"]
    return reply(answer, {} if version is None else {"ETag": f'"{version}"'})


@router.get(
    "/rosters/{roster_id}/calendar.ics",
    response_class=Response,
    responses={
        200: {"content": {CALENDAR: {"schema": {"type": "string"}}}},
        **problem_responses(404),
    },
)
async def get_calendar(
    call: Caller, roster_id: str, query: Annotated[ExportQuery, Query()]
) -> Response:
    """Who is on duty, as an iCalendar file."""
    content = await export_roster(
        call.installation, call.principal, roster_id, begin=query.from_, end=query.to
    )
    return Response(content, media_type=f"{CALENDAR}; charset=utf-8")


def _read(body: bytes, content_type: str) -> tuple[bytes, dict[str, str]]:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == CALENDAR:
        return body, {}
    if media_type != _JSON:
        detail = f"Send a calendar, with `Content-Type: {CALENDAR}`, or JSON that holds one."
        raise HTTPException(415, detail)
    data, flaws = parse_json(body)
    refuse(flaws[:ERRORS_MAX])
    try:
        said = NamedCalendar.model_validate(data)
    except ValidationError as error:
        found = list(body_errors(error.errors()[:ERRORS_MAX], data))
        raise FieldsInvalid(errors=found) from error
    return said.calendar.encode(), dict(said.names)
