"""The one shape of every error that HTTP sees.

Source: RFC 9457. Every answer of 400 or more is `application/problem+json` with the members `type`
(`urn:renrakumo:problem:` and a slug), `title`, `status`, `detail` and `errors`. The last names bad
fields by JSON pointer; for a query parameter, a header or a part of the path it also says `in`.
A new refusal needs a row in `table.py`.
"""

from app.problems.answering import BodyTooLarge, install_problems, response_of
from app.problems.fields import ERRORS_MAX, body_errors
from app.problems.openapi import problem_responses, protocol_body
from app.problems.table import PROBLEMS, ProblemKind

__all__ = [
    "ERRORS_MAX",
    "PROBLEMS",
    "BodyTooLarge",
    "ProblemKind",
    "body_errors",
    "install_problems",
    "problem_responses",
    "protocol_body",
    "response_of",
]
