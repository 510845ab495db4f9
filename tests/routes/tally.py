"""What generated requests were answered, and what is wrong with an answer."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import schemathesis
from schemathesis import CheckContext, Response
from schemathesis.checks import not_a_server_error
from schemathesis.errors import FailureGroup
from schemathesis.specs.openapi import checks

from tests.routes.world import PROBLEM_MEMBERS

Case = schemathesis.Case[Any]


def says_what_went_wrong(_context: CheckContext, response: Response, case: Case) -> None:
    """Every error is a problem document, or, for a person, a page; bad fields are named."""
    status = response.status_code
    if status == 207:
        for one in response.json()["items"]:
            assert one["status"] < 500, "a server error in a batch"
            if one["status"] >= 400:
                _assert_problem(one["body"], one["status"])
    if status < 400 or case.path == "/readyz":
        return
    media_type = response.headers["content-type"][0]
    if case.path == "/witness/add-checkpoint" and status in {400, 403, 404, 409, 422}:
        # Another document says what is answered there.
        assert media_type.startswith("text/"), media_type
        return
    if media_type.startswith("text/html"):
        assert not case.path.startswith("/v1/"), "a page for a program"
        assert case.headers.get("Accept") != "application/json", "a page for who wants JSON"
        return
    assert media_type == "application/problem+json", media_type
    _assert_problem(response.json(), status)
    if status == 405:
        allowed = set(response.headers["allow"][0].split(", "))
        # More than these where another path's parameter could stand for this one's end.
        assert allowed >= _methods(case), "not all methods are allowed"


def _assert_problem(problem: Mapping[str, Any], status: int) -> None:
    assert problem.keys() >= PROBLEM_MEMBERS, "not all members"
    assert problem["status"] == status, "two statuses"
    assert problem["type"].startswith("urn:renrakumo:problem:"), "a foreign type"
    assert problem["title"], "no title"
    assert problem["detail"], "no detail"
    pointers = [one["pointer"] for one in problem["errors"]]
    assert all(pointer == "" or pointer.startswith("/") for pointer in pointers), pointers
    # A key that was used before is no bad field.
    if status == 422 and not problem["type"].endswith(":idempotency-key-reused"):
        assert pointers, "no field is named"


def refuses_what_is_wrong(context: CheckContext, response: Response, case: Case) -> bool | None:
    """What the document forbids is refused, unless the answer itself says what is wrong.

    Or `{}` says nothing, and the published version is meant.
    """
    if case.path.endswith(("/check", "/batch", "/distribution")):
        return None
    return checks.negative_data_rejection(context, response, case)


def _methods(case: Case) -> set[str]:
    return {method.upper() for method in case.operation.schema[case.path]}


CHECKS: Final = (
    says_what_went_wrong,
    refuses_what_is_wrong,
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.unsupported_method,
)


@dataclass
class Tally:
    """What was answered, by operation, and what was wrong with answers."""

    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    faults: dict[str, str] = field(default_factory=dict)
    valid: int = 0
    succeeded: int = 0

    def __str__(self) -> str:
        """A line for each operation."""
        lines = [f"{name}: {dict(sorted(said.items()))}" for name, said in self.statuses.items()]
        return "\n".join([*lines, f"{self.succeeded} of {self.valid} valid ones succeeded"])

    @property
    def never_succeeded(self) -> set[str]:
        """The operations that have refused whatever came."""
        return {name for name, said in self.statuses.items() if not any(one < 400 for one in said)}

    def count(self, case: Case, response: httpx.Response, *, is_valid: bool) -> None:
        """Note an answer, and what is wrong with it."""
        name, status = case.operation.label, response.status_code
        self.statuses[name][status] += 1
        self.valid += is_valid
        self.succeeded += is_valid and status < 400
        try:
            case.validate_response(response, checks=list(CHECKS))
        except FailureGroup as group:
            for failure in group.exceptions:
                # The whole group, because it says how to repeat the request.
                self.faults.setdefault(f"{name} {status} {failure}", str(group))
