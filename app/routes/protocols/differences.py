"""What a client's protocol differs in from another document."""

import re
from typing import Annotated, Any, Final

from fastapi import Query, Response
from fastapi.responses import JSONResponse
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from app.commands.protocols.differences import (
    Against,
    AgainstDefault,
    AgainstTemplate,
    AgainstVersion,
    read_differences,
)
from app.problems import problem_responses
from app.protocols.authoring.difference import Op
from app.routes.dependencies import Caller
from app.routes.languages import Reader
from app.routes.protocols.protocols import CLIENT, NUMBER_MAX
from app.routes.v1 import v1_router

router = v1_router("protocols")
ROLES_MAX: Final = 100

_AGAINST: Final = re.compile(r"default|version:(?P<number>[1-9][0-9]{0,9})|template:(?P<name>\w+)")
_ROLE: Final = re.compile(r"(?P<role>\w{1,100}):(?P<party>[!-~]{1,100})", re.ASCII)


def _named(against: str) -> str:
    found = _AGAINST.fullmatch(against)
    if found is None or int(found["number"] or 1) > NUMBER_MAX:
        raise ValueError("Must be default, version:<number> or template:<name>.")
    return against


def _filled(role: str) -> str:
    if not _ROLE.fullmatch(role):
        raise ValueError("Must be <role>:<party id>.")
    return role


class DifferencesQuery(BaseModel):
    """What to compare with; roles are for a template, and each is given once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    against: Annotated[
        str,
        AfterValidator(_named),
        Field(description="`default`, `version:<number>` or `template:<name>`"),
    ]
    role: Annotated[
        list[Annotated[str, AfterValidator(_filled)]],
        Field(max_length=ROLES_MAX, description="`<role>:<party id>`, for a template"),
    ] = []

    @field_validator("role")
    @classmethod
    def _is_for_a_template(cls, roles: list[str], info: ValidationInfo) -> list[str]:
        if roles and not str(info.data.get("against")).startswith("template:"):
            raise ValueError("Only a template has roles.")
        if len({one.partition(":")[0] for one in roles}) < len(roles):
            raise ValueError("Each role must be given once.")
        return roles

    @property
    def document(self) -> Against:
        """The document that is meant."""
        kind, _, which = self.against.partition(":")
        if kind == "version":
            return AgainstVersion(number=int(which))
        if kind == "template":
            roles = dict(one.split(":", 1) for one in self.role)
            return AgainstTemplate(name=which, roles=roles)
        return AgainstDefault()


class DocumentChange(BaseModel):
    """One difference: where, and what was and is there.

    The pointer leads into the client's document, of what was removed into the other one. Of what
    was moved within its list, `before` and `after` are the pointers in the other and in the
    client's document.
    """

    op: Op
    pointer: str
    before: Any
    after: Any


class Differences(BaseModel):
    """What the client's newest version says otherwise; `lines` has a sentence for each change."""

    version: int
    against_version: int | None
    changes: list[DocumentChange]
    lines: list[str]


@router.get(CLIENT + "/differences", response_model=Differences, responses=problem_responses(404))
async def get_differences(
    call: Caller, client_id: str, query: Annotated[DifferencesQuery, Query()], language: Reader
) -> Response:
    """What a client's protocol says otherwise than the default, a version, or a template."""
    found = await read_differences(
        call.installation, call.principal, client_id, query.document, language
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return JSONResponse(found, headers=headers)
