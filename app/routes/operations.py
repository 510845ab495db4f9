"""Liveness, readiness and metrics."""

from contextlib import suppress
from datetime import timedelta
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from app.database import DatabaseError
from app.engine.engine import Engine
from app.models.columns import milliseconds
from app.sealing.alarm import measure_logs

# A node whose clock is further from the database's must not write the ledger (DESIGN.md 4.1.18).
SKEW_SECONDS_MAX = 1.0
# Without a round of the scheduler for this long, timers are not being watched.
STUCK_AFTER = timedelta(seconds=15)

router = APIRouter(tags=["operations"])


class Readiness(BaseModel):
    """Whether the node can do its work; `engine` says whether it also wakes and sends."""

    status: Literal["ready", "not ready"]
    missing: list[str]
    database: str | None
    engine: bool


@router.get("/livez", summary="Whether the process answers")
async def live() -> dict[str, str]:
    """Always `ok` while the process can answer at all."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="Whether the node can do its work, and what is missing if not",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "Not ready; `missing` says why"}},
)
async def ready(request: Request) -> JSONResponse:
    """200 when ready, 503 with the list of what is not."""
    engine: Engine = request.app.state.engine
    missing = await _missing(engine)
    database = engine.installation.database
    body: dict[str, object] = {
        "status": "not ready" if missing else "ready",
        "missing": missing,
        "database": None if any("database" in one for one in missing) else await database.version(),
        "engine": engine.sends,
    }
    return JSONResponse(body, status_code=503 if missing else 200)


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Counters and histograms of this process; of the logs also where others seal them."""
    engine: Engine = request.app.state.engine
    if not engine.sends:
        with suppress(DatabaseError):
            await measure_logs(engine.installation.database, engine.installation.clock())
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _missing(engine: Engine) -> list[str]:
    installation = engine.installation
    now = installation.clock()
    try:
        skew = await installation.database.clock_skew_seconds(milliseconds(now))
        await installation.database.version()
    except DatabaseError as error:
        return [f"database: {type(error).__name__}"]
    missing = []
    if abs(skew) > SKEW_SECONDS_MAX:
        missing.append(f"clock: {skew:+.1f} s from the database's")
    if not engine.writer.is_running:
        missing.append("writer: not running")
    last = engine.scheduler.last_round_at
    if engine.sends and (last is None or now - last > STUCK_AFTER):
        missing.append("scheduler: timers are not being watched")
    return missing
