"""Intervals across incidents: filters, pages, order; and the same as a table."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from app.auth import Role
from app.commands.audit import interval_search, responsibility
from app.routes.audit import interval_table
from tests.routes.office import Office, later, open_office
from tests.routes.world import Api, Json, World

CSV = {"Accept": "text/csv"}


@pytest.fixture
async def office(api: Api, world: World) -> AsyncIterator[Office]:
    async with open_office(api, world) as opened:
        yield opened


async def _fill(office: Office) -> list[str]:
    """Incidents over four days: short ones, long ones, open ones, two that begin at once.

    One is given back: its desk holds for no time at all, between the nurse and the next step.
    """
    long = await office.open("foreign_client")
    short = await office.run()
    given_back = await office.open()
    await office.pass_time(seconds=5)
    await office.act(given_back, "acknowledge", party_id=office["nurse"])
    await office.pass_time(seconds=5)
    await office.act(given_back, "decline", party_id=office["nurse"])
    await office.pass_time(seconds=5)
    await office.act(given_back, "cancel")
    await office.pass_time(days=2)
    twins = [await office.open(), await office.open()]
    await office.pass_time(*twins, seconds=180)
    await office.pass_time(hours=30)
    await office.act(twins[0], "cancel")
    await office.pass_time(hours=1)
    await office.act(long, "cancel")
    return [long, short, given_back, *twins]


async def _reference(office: Office, incident_ids: list[str]) -> list[Json]:
    """The intervals of these incidents as the endpoint of each of them says."""
    found: list[Json] = []
    for incident_id in incident_ids:
        incident = await office.api.get(f"/v1/incidents/{incident_id}")
        one = await office.api.get(f"/v1/incidents/{incident_id}/responsibility")
        more = {"incident_id": incident_id, "client_id": incident["client_id"], "drill": False}
        found += [{**more, **interval} for interval in one["intervals"]]
    return found


def _sorted(found: list[Json]) -> list[Json]:
    return sorted(found, key=lambda one: (one["from"], one["incident_id"]))


async def test_window_finds_exactly_the_intervals_that_overlap_it(office: Office) -> None:
    reference = await _reference(office, await _fill(office))
    assert len(reference) == 11
    found = await office.intervals()
    assert _sorted(found) == _sorted(reference)
    assert [one["from"] for one in found] == sorted(one["from"] for one in found)
    edges = {one[end] for one in reference for end in ("from", "to") if one[end]}
    for edge in sorted(edges):
        # A window that ends or begins at an edge, and the one millisecond before and after it.
        for from_at, to_at in (
            (None, edge),
            (edge, None),
            (later(edge, -1), edge),
            (edge, later(edge, 1)),
        ):
            limits = {"from": from_at, "to": to_at}
            query = "&".join(f"{name}={at}" for name, at in limits.items() if at)
            expected = [
                one
                for one in reference
                if (to_at is None or one["from"] < to_at)
                and (from_at is None or one["to"] is None or one["to"] > from_at)
            ]
            assert _sorted(await office.intervals(query)) == _sorted(expected), query


# A filter, in which words stand for ids; which of all intervals it means.
FILTERS: list[tuple[str, Callable[[Json, Office], bool]]] = [
    ("party_id=desk", lambda one, office: one["holder"]["id"] == office["desk"]),
    ("party_id=advisor", lambda one, office: one["holder"]["id"] == office["advisor"]),
    ("party_id=nurse", lambda one, office: one["holder"]["id"] == office["nurse"]),
    ("party_id=daughter", lambda _one, _office: False),  # was asked, never held
    ("party_id=nobody", lambda _one, _office: False),  # unknown
    ("organisation_id=centre", lambda one, _office: one["holder"]["organisation"] == "centre"),
    ("organisation_id=b", lambda one, office: one["holder"]["id"] == office["b"]),
    ("client_id=client", lambda one, office: one["client_id"] == office["client"]),
    ("client_id=foreign_client", lambda one, office: one["client_id"] != office["client"]),
    ("cause=escalated", lambda one, _office: one["cause"] == "escalated"),
    ("cause=resolved", lambda _one, _office: False),  # it ends an interval and begins none
    (
        "organisation_id=centre&cause=acknowledged&client_id=client",
        lambda one, office: one["holder"]["id"] == office["advisor"],
    ),
    ("party_id=desk&organisation_id=centre", lambda _one, _office: False),  # not of this one
]


async def test_filters_choose_among_all_intervals(office: Office) -> None:
    ids = await _fill(office)
    everything = await office.intervals()
    to_at = office.now
    for query, is_meant in FILTERS:
        named = "&".join(
            f"{name}={office.world.ids.get(value, value)}"
            for name, value in (part.split("=") for part in query.split("&"))
        )
        expected = [one for one in everything if is_meant(one, office)]
        assert await office.intervals(named) == expected, query
        # The same in a window that begins in the middle of long intervals.
        running = [one for one in expected if one["to"] is None or one["to"] > later(to_at, -1)]
        assert await office.intervals(f"{named}&from={later(to_at, -1)}") == running, query
    for incident_id in ids:
        expected = [one for one in everything if one["incident_id"] == incident_id]
        assert await office.intervals(f"incident_id={incident_id}") == expected


async def test_pages_of_any_length_make_the_same_list(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _fill(office)
    begin = later(office.now, -1)
    for query in ("", f"from={begin}&", "cause=escalated&", f"organisation_id={office['centre']}&"):
        whole = await office.intervals(query)
        for limit in (1, 2, len(whole)):
            assert await office.intervals(f"{query}limit={limit}") == whole, (query, limit)
        page = await office.api.get(f"/v1/responsibility?{query}limit={len(whole)}")
        assert page["next_cursor"] is None, "nothing is promised that does not come"
    # A search that gives up early says where to go on.
    monkeypatch.setattr(interval_search, "EXAMINED_MAX", 1)
    page = await office.api.get("/v1/responsibility?cause=acknowledged&limit=1")
    assert page["items"] == []
    assert page["next_cursor"]
    found = await office.intervals("cause=acknowledged&limit=1")
    assert [one["cause"] for one in found] == ["acknowledged"] * 2


async def test_organisation_of_many_parties_is_found_among_all(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _fill(office)
    query = f"organisation_id={office['centre']}"
    expected = await office.intervals(query)
    monkeypatch.setattr(interval_search, "LANES_MAX", 1)
    assert expected
    assert await office.intervals(query) == expected


async def test_table_opens_in_a_spreadsheet(office: Office) -> None:
    begin = office.now
    incident_id = await office.run()
    response = await office.api.call("GET", "/v1/responsibility", headers=CSV)
    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert "attachment" in response.headers["content-disposition"]
    assert response.headers["vary"] == "Accept"
    assert response.content.startswith(b"\xef\xbb\xbf")
    lines = response.content.decode("utf-8-sig").split("\r\n")
    assert lines.pop() == "", "each line ends, the last too"
    assert "\n" not in "".join(lines)
    assert all(line.startswith('"') and line.endswith('"') for line in lines)
    heading, first, *_, last = csv.reader(lines)
    assert tuple(heading) == interval_table.HEADINGS
    assert dict(zip(heading, first, strict=True)) == {
        "事案ID": incident_id,
        "利用者ID": office["client"],
        "対応責任者ID": office["desk"],
        "対応責任者の種類": "当番窓口",
        "対応責任者": "夜間当番",
        "機関": "provider",
        "開始（日本時間）": "2026-11-20T12:00:00.000+09:00",
        "終了（日本時間）": "2026-11-20T12:03:00.000+09:00",
        "開始（UTC）": begin,
        "終了（UTC）": later(begin, 180_000),
        "期間（秒）": "180.000",
        "理由": "通報を受けた",
        "理由コード": "reported",
        "根拠": "事前合意",
        "根拠コード": "agreement",
        "段階": "1",
        "手順書の版": "1",
        "訓練": "",
    }
    assert last[4] == "相談員 鈴木"


# A name that a spreadsheet would take for a formula, and one that it would not.
NAMES = [
    ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
    ("+81 相談", "'+81 相談"),
    ("-1", "'-1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("＝１＋１", "'＝１＋１"),  # full width counts in a Japanese spreadsheet
    ("当番=A", "当番=A"),  # only the beginning counts
    ('"引用", 当番', '"引用", 当番'),
]


async def test_names_cannot_become_formulas(office: Office) -> None:
    await office.open()
    for name, cell in NAMES:
        async with office.api.installation.database.transaction() as tx:
            await tx.execute("UPDATE party SET name = $1 WHERE id = $2", name, office["desk"])
        response = await office.api.call("GET", "/v1/responsibility", headers=CSV)
        (_, first) = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
        assert first[4] == cell


@pytest.mark.parametrize("begin", ["\t=1", "\r=1", "\n=1"], ids=["tab", "return", "line feed"])
def test_white_space_cannot_hide_a_formula(begin: str) -> None:
    holder = {"id": "p", "kind": "person", "name": begin, "organisation": None}
    blank = dict.fromkeys(("from", "to", "cause", "basis", "step", "protocol_version", "drill"))
    line = interval_table.rows([{"incident_id": "i", "client_id": "c", "holder": holder, **blank}])
    (row,) = csv.reader(io.StringIO(line, newline=""))
    assert row[4] == "'" + begin


async def test_table_is_streamed_page_by_page_and_says_where_it_stops(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await _fill(office)
    everything = await office.intervals()
    monkeypatch.setattr(responsibility, "STREAMED_AT_ONCE", 3)
    # `limit` is for pages; a table is whole.
    response = await office.api.call("GET", "/v1/responsibility?limit=1", headers=CSV)
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))
    assert [(one["事案ID"], one["開始（UTC）"]) for one in rows] == [
        (one["incident_id"], one["from"]) for one in everything
    ]
    path = f"/v1/responsibility?incident_id={ids[1]}"
    response = await office.api.call("GET", path, headers=CSV)
    assert response.text.count("\r\n") == 1 + 3
    monkeypatch.setattr(interval_table, "ROWS_MAX", 3)
    response = await office.api.call("GET", "/v1/responsibility", headers=CSV)
    assert response.text.count("\r\n") == 1 + 3 + 1
    assert interval_table.TRUNCATED in response.text


# What is asked for; whether CSV comes.
ACCEPTED = [
    ("text/csv", True),
    ("Text/CSV; charset=utf-8", True),
    ("text/csv, application/json;q=0.5", True),
    ("text/csv, */*;q=0.1", True),
    ("application/json", False),
    ("*/*", False),
    ("application/json, text/csv", False),  # with equal right
    ("text/csv;q=0", False),
    ("text/csv;q=x", False),
]


async def test_table_comes_only_when_asked_for(office: Office) -> None:
    await office.open()
    for accept, is_table in ACCEPTED:
        response = await office.api.call("GET", "/v1/responsibility", headers={"Accept": accept})
        assert response.headers["content-type"].startswith("text/csv") == is_table, accept


async def test_bad_filter_is_refused_before_a_table_begins(office: Office) -> None:
    response = await office.api.call("GET", "/v1/responsibility?from=noon", headers=CSV)
    assert response.status_code == 422
    key = await office.key(Role.AUDITOR, "a")
    path = f"/v1/responsibility?party_id={office['advisor']}"
    response = await office.api.call("GET", path, headers=CSV, key=key)
    assert response.status_code == 403


@contextmanager
def _plans() -> Iterator[list[str]]:
    """SQLite's plan of every statement that runs meanwhile."""
    plans: list[str] = []

    def explain(
        connection: object, cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        del connection
        if statement.startswith(("SELECT", "WITH")):
            run = cursor.execute  # type: ignore[attr-defined]  # the driver's cursor
            plans.extend(row[-1] for row in run(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(Engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_query_looks_through_all_entries(office: Office) -> None:
    incident_id = await office.run()
    provider, coordinator = office.world.keys[Role.PROVIDER], office.world.keys[Role.COORDINATOR]
    at = office.now
    with _plans() as plans:
        for query in (
            "",
            f"from={at}",
            f"from={at}&to={later(at, 1)}",
            f"party_id={office['desk']}",
            f"organisation_id={office['centre']}&from={at}",
            f"client_id={office['client']}",
            f"incident_id={incident_id}",
            "cause=escalated",
        ):
            for key in (office.api.operator, provider, coordinator):
                await office.intervals(query, key=key)
        await office.api.get(f"/v1/responsibility/at?incident_id={incident_id}&time={at}")
        await office.api.get(f"/v1/responsibility/at?client_id={office['client']}&time={at}")
        await office.api.get(f"/v1/incidents/{incident_id}/responsibility")
        await office.api.get(f"/v1/incidents/{incident_id}/entries")
    assert any("ix_ledger_entry_log_id_at" in one for one in plans)
    assert any("ix_ledger_entry_to_id_at" in one for one in plans)
    scanned = {one for one in plans if one.startswith("SCAN")}
    assert not {one for one in scanned if "entry" in one or "change" in one or "incident" in one}
