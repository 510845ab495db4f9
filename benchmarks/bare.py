"""The yardstick: an endpoint on the same server that parses the same body and stores nothing."""

from fastapi import FastAPI

from app.routes.incidents import ReportBody

app = FastAPI()


@app.post("/v1/incidents", status_code=201)
async def echo(body: ReportBody) -> dict[str, object]:
    """Parse, and answer with a few fields."""
    return {"id": body.client_id, "type": body.type, "status": "triggered"}
