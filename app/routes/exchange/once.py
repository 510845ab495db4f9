"""An Idempotency-Key of a request whose query says what is done with the body."""

import hashlib
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request

from app.installation.answer import Idempotency
from app.routes.dependencies import Once


async def with_query(request: Request, once: Once) -> Idempotency | None:
    """The key, bound to the query and the body's type too: another of them is another request."""
    if once is None:
        return None
    beside = f"{once.body_hash} {request.url.query} {request.headers.get('content-type', '')}"
    return replace(once, body_hash=hashlib.sha256(beside.encode()).hexdigest())


OnceWithQuery = Annotated[Idempotency | None, Depends(with_query)]
