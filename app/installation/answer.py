"""What a command answers, what it refuses, and how it answers again without acting again."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal

from sqlmodel import Session

from app.database import ConstraintError
from app.installation.installation import Installation
from app.store.directory.access import add_answer, find_answer

# How long an answer is given again under its Idempotency-Key.
KEPT_FOR: Final = timedelta(hours=24)
# A constraint error is a race that was lost: what won is seen at the next attempt.
ATTEMPTS_MAX: Final = 4

Place = Literal["body", "query", "path", "header"]
Work = Callable[[Session], "Answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP status and the JSON object that goes with it.

    `secrets` are the members of the body that are shown once: a repeated answer has null there.
    """

    status: int
    body: Mapping[str, object]
    secrets: tuple[str, ...] = ()
    # Whether it was given before, under the same Idempotency-Key.
    is_replayed: bool = False

    def repeated(self) -> dict[str, object]:
        """The body as it is kept, and as it is given again."""
        return {name: None if name in self.secrets else self.body[name] for name in self.body}


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """An Idempotency-Key: whose, for what, and with which body.

    `scope` is the access key's id, the method and the path; `body_hash` is SHA-256, hexadecimal.
    """

    scope: str
    key: str
    body_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one field: a JSON pointer within its place, and a sentence."""

    pointer: str
    detail: str
    place: Place = "body"


class Refusal(Exception):
    """This is refused.

    The docstring's first line is what is said where no `detail` is given. `members` are further
    members of the problem document, such as the state that forbids an act.
    """

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Iterable[FieldError] = (),
        members: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self.errors = tuple(errors)
        self.members = members
        super().__init__(detail or inspect.cleandoc(type(self).__doc__ or "").partition("\n")[0])


class NotFound(Refusal):
    """There is no such thing, or your key may not see it."""


class FieldsInvalid(Refusal):
    """Some fields are wrong; nothing was changed."""


class ClientErased(Refusal):
    """All that was personal of this client was erased; nothing more is written about them."""


class IdempotencyKeyReused(Refusal):
    """This Idempotency-Key was used for a request with another body; take a new one."""


def refuse(errors: Iterable[FieldError]) -> None:
    """Go on only if there are no errors.

    Raises:
        FieldsInvalid: there are, and it names them.
    """
    found = tuple(errors)
    if found:
        raise FieldsInvalid(errors=found)


async def once(installation: Installation, idempotency: Idempotency | None, work: Work) -> Answer:
    """Do `work` in one transaction, or give the answer that it gave under this key before.

    The answer is kept in the transaction of the work: either both are there or neither. Of two
    requests at once with one key, one works and the other gets its answer. `work` may be called
    several times and must not act outside of its session. A refusal is not kept.

    Raises:
        IdempotencyKeyReused: the key was used with another body.
        ConstraintError: a race was lost again and again.
        DatabaseError: nothing was changed, as far as is known.
    """
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return await _attempt(installation, idempotency, work)
        except ConstraintError:
            continue
    return await _attempt(installation, idempotency, work)


class _Tried(Exception):  # nothing has gone wrong
    """What `work` would have answered; raised so that its transaction is rolled back."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


async def tried(installation: Installation, work: Work) -> Answer:
    """What `work` would answer if it were done now; nothing of it is kept.

    Raises:
        Refusal: `work` would be refused.
    """

    def trial(session: Session) -> Answer:
        raise _Tried(work(session))

    try:
        return await installation.database.write(trial)
    except _Tried as said:
        return said.answer


async def _attempt(
    installation: Installation, idempotency: Idempotency | None, work: Work
) -> Answer:
    if idempotency is None:
        return await installation.database.write(work)
    return await installation.database.write(
        lambda session: _work_once(installation, idempotency, work, session)
    )


def _work_once(
    installation: Installation, idempotency: Idempotency, work: Work, session: Session
) -> Answer:
    now = installation.clock()
    kept = find_answer(
        session, scope=idempotency.scope, key=idempotency.key, kept_since=now - KEPT_FOR
    )
    if kept is not None:
        if kept.body_hash != idempotency.body_hash:
            raise IdempotencyKeyReused
        return Answer(status=kept.status, body=kept.answer, is_replayed=True)
    answer = work(session)
    add_answer(
        session,
        scope=idempotency.scope,
        key=idempotency.key,
        body_hash=idempotency.body_hash,
        status=answer.status,
        answer=answer.repeated(),
        created_at=now,
        outdated_at=now - KEPT_FOR,
    )
    return answer
