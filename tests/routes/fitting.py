"""Requests made from the OpenAPI document, and fitted to the ground on which they are sent."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, GenerationMode

from app.commands.acts import ACTS
from tests.engine.node import PUBLIC_URL
from tests.routes.ground import Ground, Names, act_of
from tests.routes.tally import Case

Operation = APIOperation[Any, Any, Any, Any]
Fields = dict[str, Any]

# Every fourth request is sent as it was generated; of the others every second is also mended.
MIXED: Final = 4
# Which answers are asked for, in turn.
ACCEPTED: Final = (
    *("application/json", "text/html", "text/csv", "*/*"),
    *("text/plain", "image/svg+xml"),
)
# httpx writes these itself.
OWN_HEADERS: Final = frozenset({"authorization", "connection", "content-length"})


def edges(operation: Operation, mode: GenerationMode, *, most: int) -> Sequence[Case]:
    """The edges of every field one by one, always the same; evenly thinned to at most `most`."""
    schema = operation.schema
    config = schema.config.generation_for(operation=operation, phase="coverage")
    found = schema.iter_coverage_cases(operation, generation_modes=[mode], generation_config=config)
    cases = list(found)
    return cases[:: -(-len(cases) // most) or 1]


def drawn(operation: Operation, mode: GenerationMode, *, most: int, number: int) -> Sequence[Case]:
    """Requests drawn at random; the same ones for the same number."""
    if mode is GenerationMode.NEGATIVE and not _can_be_wrong(operation):
        return ()
    cases: list[Case] = []

    @seed(number)
    @settings(
        max_examples=most,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def draw(case: Case) -> None:
        cases.append(case)

    try:
        draw()
    except Unsatisfiable:
        # Where nothing is asked for, nothing can be wrong.
        assert mode is GenerationMode.NEGATIVE
    return cases


def _can_be_wrong(operation: Operation) -> bool:
    """False if no more is asked for than any text in the path: it is long searched for in vain."""
    asked = operation.definition.raw
    return "requestBody" in asked or any(
        one["in"] != "path" or one["schema"].keys() - {"type", "title", "description"}
        for one in asked.get("parameters", ())
    )


async def fit(case: Case, ground: Ground, *, is_valid: bool) -> None:
    """Give a request real ids, and what else the document cannot say, or leave it as it is."""
    ground.turn += 1
    case.headers["Accept"] = ACCEPTED[ground.turn // MIXED % len(ACCEPTED)]
    if ground.turn % MIXED == 0:
        return
    names = await ground.names(case.operation.label, acts=is_valid)
    for part in ("path_parameters", "query", "body"):
        generated = getattr(case, part)
        fitted = _fitted("", generated, names)
        # What was set is judged anew, and no body or null would be judged wrong.
        if fitted != generated:
            setattr(case, part, fitted)
    if is_valid and ground.turn % 2:
        await _mend(case, ground, names)


async def send(case: Case, http: httpx.AsyncClient, key: str) -> httpx.Response:
    """Send a request with an access key."""
    made = case.as_transport_kwargs(base_url=PUBLIC_URL)
    content = made.get("data")
    if "json" in made:
        content = json.dumps(made["json"])
    elif isinstance(content, dict | list):
        content = urlencode(content, doseq=True)
    # As bytes: a header may hold more than ASCII.
    headers = {
        name.encode(): value.encode("latin-1")
        for name, value in made["headers"].items()
        if name.lower() not in OWN_HEADERS
    }
    return await http.request(
        made["method"],
        made["url"],
        params=made["params"] or None,
        content=content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content,
        headers=headers | {b"authorization": b"Bearer " + key.encode()},
    )


def _fitted(name: str, value: Any, names: Names) -> Any:  # noqa: ANN401  # whatever JSON may be
    """Real ids where ids are meant; what is of another type than an id was meant to be wrong."""
    wanted = names.get(name)
    if isinstance(wanted, list) and isinstance(value, list):
        return wanted if value and all(isinstance(one, str) for one in value) else value
    if isinstance(value, str | int) and type(value) is type(wanted):
        return wanted
    if name == "external_refs" and isinstance(value, dict):
        return dict(zip([names["organisation_id"]], value.values(), strict=False))
    if isinstance(value, dict):
        return {key: _fitted(key, one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_fitted("", one, names) for one in value]
    return value


async def _mend(case: Case, ground: Ground, names: Names) -> None:
    """Make a request that the document calls valid one that the rules allow too."""
    if "cursor" in case.query:
        case.query["cursor"] = await _cursor(case, ground)
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"turn-{ground.turn}"
    case.headers.pop("If-Match", None)
    operation = case.operation.label
    if operation in FILES:
        case.body, case.media_type = FILES[operation](case, names)
    if operation.startswith("POST ") and act_of(operation, names) in ACTS:
        case.body = _act(case.body, names, operation)
        case.media_type = case.media_type or "application/json"
    elif operation in MENDED:
        fields: Any = case.query if operation.startswith("GET ") else case.body
        MENDED[operation](fields, names)
    if isinstance(case.body, dict) and isinstance(case.body.get("hours"), list):
        case.body["hours"] = ["18:00-08:30"]


async def _cursor(case: Case, ground: Ground) -> str:
    page = await ground.town.get(f"{case.formatted_path}?limit=1")
    return page["next_cursor"] or ""


def _act(body: object, names: Names, operation: str) -> Fields:
    """With the person, what must be said, and nothing that this act does not take."""
    known = ACTS[act_of(operation, names)].model_fields
    said = dict(body) if isinstance(body, dict) else {}
    required = {"outcome": "client_safe", "text": "確認した", "to_party_id": names["to_party_id"]}
    return {
        **{name: required[name] for name in required if name in known},
        **{name: said[name] for name in said if name in known},
        "party_id": names["party_id"],
    }


def _report(report: Fields, names: Names) -> None:
    report.pop("client_ref", None)
    report["client_id"] = names["client_id"]


def _reports(body: Fields, names: Names) -> None:
    for report in body["items"]:
        _report(report, names)


def _instant(query: Fields, names: Names) -> None:
    query.pop("client_id", None)
    query["incident_id"] = names["incident_id"]


def _organisation(body: Fields, names: Names) -> None:
    body["municipality_ids"] = names["municipality_ids"]
    if body["kind"] in {"municipality", "operator"}:
        del body["municipality_ids"]


def _changed_organisation(body: Fields, names: Names) -> None:
    """A municipality works nowhere else, and stays; no other has an accountable desk."""
    if names["organisation_kind"] == "municipality":
        unfit = ["municipality_ids", "retired"]
    else:
        unfit = ["accountable_desk_id", "accountable_approval"]
        body["municipality_ids"] = names["municipality_ids"]
    for name in unfit:
        body.pop(name, None)


def _party(body: Fields, names: Names) -> None:
    """A desk has hours, a person has desks."""
    kind = body.get("kind", names.get("party_kind"))
    body.pop("desk_ids" if kind == "desk" else "hours", None)


def _contact_point(body: Fields, names: Names) -> None:
    body.pop("secret", None)
    body.pop("address", None)
    if body["channel"] != "inbox":
        is_webhook = body["channel"] == "webhook"
        body["address"] = names["address"] if is_webhook else "nurse@example.jp"


def _protocol(body: Fields, names: Names) -> None:
    approval = {"approved_by": "山田 管理者", "approved_on": "2020-04-01"}
    body["approvals"] = [{"organisation": names["organisation"], **approval}]
    body["variants"][-1].pop("when", None)
    for variant in body["variants"]:
        for step in variant["steps"]:
            step.pop("on_decline", None)


def _difference(query: Fields, names: Names) -> None:
    query.pop("role", None)
    query["against"] = f"version:{names['number']}"


def _filling(body: Fields, names: Names) -> None:
    body["roles"] = {"accountable": names["accountable"]}


def _simulation(body: Fields, names: Names) -> None:
    """Of the published document, without answers of persons whom it does not know."""
    del names
    body.pop("document", None)
    body.pop("answers", None)


def _roster(body: Fields, names: Names) -> None:
    """The same person every night, from now on."""
    body["document"] = names["roster"]
    body.pop("effective_from", None)


def _shift(body: Fields, names: Names) -> None:
    del names
    body |= {"from": "2026-11-22T00:00:00Z", "to": "2026-11-22T08:00:00Z"}


def _duty(query: Fields, names: Names) -> None:
    del names
    if query.pop("from", None) or query.pop("to", None):
        query.pop("at", None)
        query |= {"from": "2026-11-22T00:00:00Z", "to": "2026-11-22T08:00:00Z"}


def _absence(fields: Fields, names: Names) -> None:
    """Within what is on duty, and of no swap."""
    del names
    fields.pop("in_return", None)
    fields |= {"from": "2026-11-22T00:00:00Z", "to": "2026-11-22T08:00:00Z"}


def _erasure(body: Fields, names: Names) -> None:
    """Of whoever is in the path; of an incident what its first entry says of the client."""
    del names
    body.pop("code", None)
    if {"digests", "disclosures"} & body.keys():
        body.pop("digests", None)
        body["disclosures"] = [{"seq": 0, "name": "client"}]


def _window(query: Fields, names: Names) -> None:
    del names
    query.pop("from", None)


def _auditors(body: Fields, names: Names) -> None:
    del names
    body["auditors"] = [{"address": "kansa@example.jp", "language": "ja"}]


def _place(query: Fields, names: Names) -> None:
    query["entry"] = names["number"]


def _old(query: Fields, names: Names) -> None:
    query["old"] = names["number"]


_PROTOCOLS: Final = (
    "/v1/clients/{client_id}/protocol",
    "/v1/organisations/{organisation_id}/protocol",
)
MENDED: Final[Mapping[str, Callable[[Fields, Names], None]]] = {
    "POST /v1/incidents": _report,
    "POST /v1/incidents/batch": _reports,
    "GET /v1/responsibility/at": _instant,
    "GET /v1/reachability": _window,
    "POST /v1/clients/{client_id}/erase": _erasure,
    "POST /v1/incidents/{incident_id}/erase": _erasure,
    "GET /v1/ledgers/{municipality_id}/proof": _place,
    "PUT /v1/ledgers/{municipality_id}/auditors": _auditors,
    "GET /v1/ledgers/{municipality_id}/consistency": _old,
    "POST /v1/organisations": _organisation,
    "PATCH /v1/organisations/{organisation_id}": _changed_organisation,
    "POST /v1/parties": _party,
    "PATCH /v1/parties/{party_id}": _party,
    "POST /v1/parties/{party_id}/contact-points": _contact_point,
    "GET /v1/clients/{client_id}/protocol/differences": _difference,
    "POST /v1/protocol-templates/{name}/fill": _filling,
    **{f"PUT {path}": _protocol for path in _PROTOCOLS},
    **{f"POST {path}/check": _protocol for path in _PROTOCOLS},
    **{f"POST {path}/distribution": _protocol for path in _PROTOCOLS},
    **{f"POST {path}/simulate": _simulation for path in _PROTOCOLS},
    "POST /v1/parties/{party_id}/absences": _absence,
    "POST /v1/parties/{party_id}/absences/withdraw": _absence,
    "GET /inbox/{token}/duty/absence": _absence,
    "POST /inbox/{token}/duty/absence/withdraw": _absence,
    "POST /inbox/{token}/duty/absence": _absence,
    "POST /v1/rosters": _roster,
    "PUT /v1/rosters/{roster_id}": _roster,
    "POST /v1/rosters/{roster_id}/shifts": _shift,
    "POST /v1/rosters/{roster_id}/overrides": _shift,
    "GET /v1/rosters/{roster_id}/on-duty": _duty,
    "GET /v1/rosters/{roster_id}/calendar.ics": _duty,
}


def _calendar_file(case: Case, names: Names) -> tuple[str | Fields, str]:
    """A calendar, alone or in JSON; for the time from now on."""
    case.query = {name: case.query[name] for name in ("dry_run", "tier") if name in case.query}
    if case.media_type == "application/json":
        return {"calendar": names["calendar"], "names": {}}, "application/json"
    return str(names["calendar"]), "text/calendar"


def _sheet_file(case: Case, names: Names) -> tuple[str | Fields, str]:
    """A sheet of persons, by turns new and known."""
    case.path_parameters["kind"] = "persons"
    return f"name,organisation\n当番者,{names['organisation_id']}\n", "text/csv"


def _checkpoint_file(case: Case, names: Names) -> tuple[str | Fields, str]:
    """A log without entries, which may be cosigned as often as one likes."""
    del case
    return str(names["add_checkpoint"]), "text/plain"


FILES: Final[Mapping[str, Callable[[Case, Names], tuple[str | Fields, str]]]] = {
    "POST /v1/rosters/{roster_id}/calendar": _calendar_file,
    "POST /v1/imports/{kind}": _sheet_file,
    "POST /witness/add-checkpoint": _checkpoint_file,
}
