"""Sheets of rows: stored as a whole, matched with what there is, every bad row named."""

from typing import Final
from urllib.parse import urlencode

import httpx
import pytest

from app.auth import Role
from app.commands.sheets.importing import ROWS_MAX
from tests.routes.duty_desk import DutyDesk, open_duty_desk
from tests.routes.world import Api, Json, World

ENGLISH: Final = {"Accept-Language": "en"}
BOM: Final = b"\xef\xbb\xbf"


def sheet(*lines: str) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode()


async def send(
    api: Api,
    kind: str,
    content: bytes,
    *,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    content_type: str = "text/csv",
    **query: object,
) -> httpx.Response:
    path = f"/v1/imports/{kind}?{urlencode(query)}".rstrip("?")
    sent = {"Content-Type": content_type, **ENGLISH, **(headers or {})}
    return await api.call("POST", path, content=content, key=key, headers=sent)


async def stored(api: Api, kind: str, content: bytes, **query: object) -> Json:
    response = await send(api, kind, content, **query)  # type: ignore[arg-type]  # all are of the query
    assert response.status_code == 200, response.text
    body: Json = response.json()
    return body


def counts(body: Json) -> tuple[int, int, int, int]:
    return body["created"], body["updated"], body["unchanged"], body["ended"]


def wrong(body: Json) -> list[tuple[int, str | None, str]]:
    return [(one["line"], one["field"], one["detail"]) for one in body["rows"]]


async def parties(api: Api, **query: str) -> dict[str, Json]:
    items = (await api.get(f"/v1/parties?limit=500&{urlencode(query)}"))["items"]
    return {one["name"]: one for one in items}


ORGANISATIONS: Final = sheet(
    "名称,種別,市区町村,備考",
    "C市,市区町村,,新しい市",
    "みどり訪問看護,サービス事業者,C市;a市,",
    "C市包括,地域包括支援センター,C市,",
    "provider,provider,a市,前からある",
)


async def test_organisations_are_made_and_found_again(api: Api, world: World) -> None:
    body = await stored(api, "organisations", ORGANISATIONS)
    assert counts(body) == (3, 0, 1, 0)
    assert (body["ok"], body["dry_run"], body["charset"]) == (True, False, "utf-8")
    results = [(one["line"], one["result"], one["name"]) for one in body["items"]]
    assert results[0] == (2, "created", "C市")
    assert body["items"][3]["id"] == world["provider"]
    green = await api.get(f"/v1/organisations/{body['items'][1]['id']}")
    assert green["kind"] == "provider"
    assert set(green["municipality_ids"]) == {body["items"][0]["id"], world["a"]}
    before = [one for one in await api.everything() if "Revision" not in one]
    again = await stored(api, "organisations", ORGANISATIONS)
    assert counts(again) == (0, 0, 4, 0)
    assert [one for one in await api.everything() if "Revision" not in one] == before


async def test_organisation_goes_on_working_where_else_it_works(api: Api, world: World) -> None:
    content = sheet("name,kind,municipalities", "shared,provider,a市", "provider,provider,b市")
    body = await stored(api, "organisations", content)
    assert [one["result"] for one in body["items"]] == ["unchanged", "updated"]
    for name in ("shared", "provider"):
        found = await api.get(f"/v1/organisations/{world[name]}")
        assert set(found["municipality_ids"]) == {world["a"], world["b"]}


async def test_desks_and_persons_refer_by_name_or_id(api: Api, world: World) -> None:
    desks = sheet(
        "機関,窓口名,受付時間",
        "provider,夜間当番,",
        'provider,日勤窓口,"9:00～12:00、１３:００-17:30"',
        f"{world['centre']},本部,24時間",
    )
    body = await stored(api, "desks", desks)
    assert [one["result"] for one in body["items"]] == ["unchanged", "created", "created"]
    found = await parties(api, kind="desk", organisation_id=world["provider"])
    assert found["日勤窓口"]["hours"] == ["09:00-12:00", "13:00-17:30"]
    persons = sheet(
        "事業所,氏名,窓口",
        'provider,佐藤　花子,"夜間当番,日勤窓口"',
        f"provider,鈴木,centre/本部;{found['日勤窓口']['id']}",
        "provider,看護師,日勤窓口",
    )
    body = await stored(api, "persons", persons)
    assert [one["result"] for one in body["items"]] == ["created", "created", "updated"]
    people = await parties(api, kind="person", organisation_id=world["provider"])
    assert set(people["佐藤　花子"]["desk_ids"]) == {world["desk"], found["日勤窓口"]["id"]}
    assert people["看護師"]["desk_ids"] == [found["日勤窓口"]["id"]]
    assert len(people["鈴木"]["desk_ids"]) == 2
    assert counts(await stored(api, "persons", persons)) == (0, 0, 3, 0)
    # By id a name is changed; what is not said stays.
    renamed = sheet("id,name", f"{world['nurse']},看護師 佐々木")
    assert counts(await stored(api, "persons", renamed)) == (0, 1, 0, 0)
    changed = await api.get(f"/v1/parties/{world['nurse']}")
    assert (changed["name"], changed["desk_ids"]) == ("看護師 佐々木", people["看護師"]["desk_ids"])


async def test_contact_points_are_found_by_their_address(api: Api, world: World) -> None:
    content = sheet(
        "機関,窓口,担当者,手段,連絡先,使える時間,待ち時間",
        "provider,,看護師,メール,nurse@example.jp,18:00-08:30,60",
        "provider,夜間当番,,webhook,http://127.0.0.1:9/desk,,",
        "provider,,看護師,受信箱,,,",
        "a市,,,email,city@example.jp,,",
    )
    body = await stored(api, "contact-points", content)
    assert [one["result"] for one in body["items"]] == [
        "created",
        "created",
        "unchanged",
        "created",
    ]
    assert list(body["secrets"]) == ["3"]
    assert body["secrets"]["3"].startswith("whsec_")
    items = (await api.get(f"/v1/parties/{world['nurse']}/contact-points"))["items"]
    assert [(one["channel"], one["delay_seconds"]) for one in items] == [
        ("inbox", 0),
        ("email", 60),
    ]
    again = await stored(api, "contact-points", content)
    assert (counts(again), again["secrets"]) == ((0, 0, 4, 0), {})
    later = content.replace(b",60", b",90")
    assert counts(await stored(api, "contact-points", later)) == (0, 1, 3, 0)


CLIENTS: Final = sheet(
    "利用者名,生年月日,市区町村,担当事業所,利用者番号,電話,住所,アレルギー,家族氏名,続柄,家族電話",
    "田中 ハル,1940年4月1日,a市,provider;shared,0042,03-1234-5678,みどり町1-2,"
    '"卵、そば",田中 一郎,長男,090-1111-2222',
    "利用者,,a市,provider,,,,,,,",
    "利用者,1950/1/2,a市,provider,,,,,,,",
)


async def test_clients_are_found_by_number_or_by_name_and_birth_date(
    api: Api, world: World
) -> None:
    made = await api.make("/v1/clients", {"municipality_id": world["b"], "name": "田中 ハル"})
    await api.patch(f"/v1/clients/{world['other_client']}", {"name": "別の人"})
    body = await stored(api, "clients", CLIENTS)
    results = [(one["result"], one["id"]) for one in body["items"]]
    assert [one[0] for one in results] == ["created", "unchanged", "created"]
    assert results[1][1] == world["client"]
    client = await api.get(f"/v1/clients/{results[0][1]}")
    assert client["birth_date"] == "1940-04-01"
    assert (client["allergies"], client["phones"]) == (["卵", "そば"], ["03-1234-5678"])
    contact = {"name": "田中 一郎", "relation": "長男", "phone": "090-1111-2222"}
    assert client["family_contacts"] == [contact]
    assert client["external_refs"] == {world["provider"]: "0042"}
    assert set(client["served_by"]) == {world["provider"], world["shared"]}
    assert counts(await stored(api, "clients", CLIENTS)) == (0, 0, 3, 0)
    # The number is hers, whatever she is called now; an empty cell takes nothing away.
    renamed = CLIENTS.replace("田中 ハル".encode(), "田中 春".encode())
    moved = renamed.replace("みどり町1-2".encode(), b"")
    assert counts(await stored(api, "clients", moved)) == (0, 1, 2, 0)
    again = await api.get(f"/v1/clients/{results[0][1]}")
    assert (again["name"], again["address"]) == ("田中 春", "みどり町1-2")
    assert (await api.get(f"/v1/clients/{made['id']}"))["birth_date"] is None


ROSTERS: Final = sheet(
    "事業所,窓口,担当者,開始,終了",
    "provider,夜間当番,看護師 second,2026/12/1 17:30,2026/12/2 8:30",
    "provider,夜間当番,看護師 third,2026-12-02T17:30,2026/12/02 24:00",
    "provider,夜間当番,看護師 second,2026/11/1 17:30,2026/11/2 8:30",
)


async def test_shifts_become_a_version_of_the_roster(api: Api, world: World) -> None:
    desk = await open_duty_desk(api, world)
    body = await stored(api, "rosters", ROSTERS)
    assert [one["result"] for one in body["items"]] == ["created", "created", "ended"]
    [listed] = (await api.get("/v1/rosters"))["items"]
    document = (await api.get(f"/v1/rosters/{listed['id']}"))["document"]
    assert [(one["person"], one["from"], one["to"]) for one in document["shifts"]] == [
        (desk["second"], "2026-12-01T08:30:00.000Z", "2026-12-01T23:30:00.000Z"),
        (desk["third"], "2026-12-02T08:30:00.000Z", "2026-12-02T15:00:00.000Z"),
    ]
    assert counts(await stored(api, "rosters", ROSTERS)) == (0, 0, 2, 1)
    assert (await api.get("/v1/rosters"))["items"][0]["version"] == 1
    swapped = ROSTERS.replace(b"second,2026/12/1", b"third,2026/12/1")
    dry = await stored(api, "rosters", swapped, dry_run="true")
    assert (counts(dry), len(dry["removed"])) == ((1, 0, 1, 1), 1)
    assert dry["removed"][0]["person_id"] == desk["second"]
    assert (await api.get("/v1/rosters"))["items"][0]["version"] == 1
    await stored(api, "rosters", swapped)
    assert (await api.get("/v1/rosters"))["items"][0]["version"] == 2


async def test_local_times_are_those_of_the_zone(api: Api, world: World) -> None:
    await open_duty_desk(api, world)
    content = sheet(
        "desk,organisation,person,from,to,tier",
        "夜間当番,provider,看護師 second,2027-03-28 01:00,2027-03-28 04:00,2",
        "夜間当番,provider,看護師 second,2027-03-28 02:30,2027-03-28 03:00,2",
    )
    body = await stored(api, "rosters", content, timezone="Europe/Berlin", dry_run="true")
    assert wrong(body) == [
        (3, "from", "The clock is put forward then; there is no such time."),
    ]
    await stored(
        api,
        "rosters",
        content.rpartition(b"\xe5")[0].rpartition(b"\r\n")[0],
        timezone="Europe/Berlin",
    )
    [listed] = (await api.get("/v1/rosters"))["items"]
    [shift] = (await api.get(f"/v1/rosters/{listed['id']}"))["document"]["shifts"]
    assert (shift["from"], shift["to"]) == ("2027-03-28T00:00:00.000Z", "2027-03-28T02:00:00.000Z")


BAD: Final = sheet(
    "機関,氏名,窓口",
    "provider,よい人,夜間当番",
    "どこか,佐藤,",
    ",鈴木,",
    "provider,,夜間当番",
    "provider,a\u200bb,ない窓口",
    "provider,よい人,",
    'provider,"改行\nあり",x,余り',
    "provider,最後,夜間当番;夜間当番",
)


async def test_every_bad_row_is_named_and_nothing_is_stored(api: Api, world: World) -> None:
    del world
    before = await api.everything()
    response = await send(api, "persons", BAD)
    assert response.status_code == 422
    body = response.json()
    assert wrong(body) == [
        (3, "organisation", "Nothing of this name or id is known here: どこか"),
        (4, "organisation", "This field is needed."),
        (5, "name", "This field is needed."),
        (6, "name", "Must be one line without control characters: holds U+200B."),
        (7, None, "The same stands in line 2 already."),
        (8, None, "Has more cells than there are columns."),
        (10, "desks", "Is named twice."),
    ]
    assert [one["pointer"] for one in body["errors"]] == [
        "/lines/3/organisation",
        "/lines/4/organisation",
        "/lines/5/name",
        "/lines/6/name",
        "/lines/7",
        "/lines/8",
        "/lines/10/desks",
    ]
    assert body["rows"][0]["column"] == "機関"
    dry = await stored(api, "persons", BAD, dry_run="true")
    assert (dry["ok"], dry["rows"], dry["created"]) == (False, body["rows"], 0)
    assert await api.everything() == before


async def test_all_faults_of_a_row_of_a_roster_are_named(api: Api, world: World) -> None:
    del world
    content = sheet(
        "事業所,窓口,担当者,開始,終了,段",
        # Whose desk it is nobody can tell, nor who takes turns there; no desk at all is so called.
        "どこか,夜間当番,だれか,2026/12/1 17:30,2026/12/1 8:30,9",
        "どこか,日中当番,だれか,2026/12/1 17:30,2026/12/1 8:30,9",
        "provider,夜間当番,だれか,きのう,2026/12/1 8:30,1",
        "provider,日中当番,,2026/12/1 17:30,2026/12/2 8:30,1",
        "provider,夜間当番,看護師,2026/12/1 17:30,2026/12/2 8:30,1",
    )
    response = await send(api, "rosters", content)
    assert response.status_code == 422
    found: dict[int, set[str | None]] = {}
    for line, field, _ in wrong(response.json()):
        found.setdefault(line, set()).add(field)
    assert found == {
        2: {"organisation", "to", "tier"},
        3: {"organisation", "desk", "to", "tier"},
        4: {"person", "from"},
        5: {"desk", "person"},
    }


async def test_sheet_of_a_header_alone_is_refused(api: Api, world: World) -> None:
    del world
    for dry_run in ("true", "false"):
        response = await send(api, "organisations", sheet("name,kind", ""), dry_run=dry_run)
        assert response.status_code == 422
        detail = "The file has no rows: its first line only names the columns."
        assert wrong(response.json()) == [(1, None, detail)]


async def test_what_is_wrong_is_said_in_japanese_unless_english_is_wanted(
    api: Api, world: World
) -> None:
    del world
    response = await send(api, "persons", BAD, headers={"Accept-Language": "ja"})
    details = [one["detail"] for one in response.json()["rows"]]
    assert all(not one.isascii() for one in details)
    assert details[0] == "この名前または識別子のものは登録されていません：どこか"
    assert response.json()["errors"][0]["detail"] == details[0]


@pytest.mark.parametrize(
    ("content", "content_type", "used"),
    [
        (ORGANISATIONS, "text/csv", "utf-8"),
        (BOM + ORGANISATIONS, "text/csv; charset=utf-8", "utf-8"),
        (ORGANISATIONS.decode().encode("cp932"), "text/csv", "cp932"),
        (ORGANISATIONS.decode().encode("cp932"), "text/csv; charset=Shift_JIS", "cp932"),
        (ORGANISATIONS.replace(b"\r\n", b"\n").replace(b",", b"\t"), "text/csv", "utf-8"),
    ],
    ids=["utf-8", "bom", "cp932", "shift_jis", "tabs"],
)
async def test_sheet_is_read_as_excel_writes_it(
    api: Api, world: World, content: bytes, content_type: str, used: str
) -> None:
    del world
    body = await stored(api, "organisations", content, content_type=content_type, dry_run="true")
    assert (body["charset"], counts(body), body["items"][0]["id"] is None) == (
        used,
        (3, 0, 1, 0),
        True,
    )


@pytest.mark.parametrize(
    ("content", "content_type", "status", "line"),
    [
        (b"", "text/csv", 422, None),
        (ORGANISATIONS.decode().encode("cp932"), "text/csv; charset=utf-8", 422, 1),
        (ORGANISATIONS, "text/csv; charset=latin-1", 422, None),
        (ORGANISATIONS.decode().encode("utf-16"), "text/csv", 422, None),
        (b"name,kind\r\n\xff\xff,x", "text/csv", 422, 2),
        (sheet("name,kind,name", "a,provider,b"), "text/csv", 422, 1),
        (sheet("name,kind,色", "a,provider,b"), "text/csv", 422, 1),
        (sheet("name", "a"), "text/csv", 422, 1),
        (sheet("name,kind", '"a"b,provider'), "text/csv", 422, 2),
        (sheet("name,kind", *["a,provider"] * (ROWS_MAX + 1)), "text/csv", 422, None),
        (sheet("name,kind", "x" * 20_000 + ",provider"), "text/csv", 422, 2),
        (ORGANISATIONS, "application/json", 415, None),
        (ORGANISATIONS, "", 415, None),
        (b"x" * (4 * 1024 * 1024 + 1), "text/csv", 413, None),
    ],
    ids=range(14),
)
async def test_what_is_no_sheet_is_refused(
    api: Api, world: World, *, content: bytes, content_type: str, status: int, line: int | None
) -> None:
    del world
    response = await send(api, "organisations", content, content_type=content_type, dry_run="true")
    assert response.status_code == status, response.text
    if status == 422:
        assert [one["line"] for one in response.json()["rows"]] == [line]


async def test_who_may_import_what(api: Api, world: World) -> None:
    await open_duty_desk(api, world)
    desks = sheet("機関,窓口名", "provider,夜間当番")
    foreign = sheet("機関,窓口名", "foreign,新しい")
    town = sheet("name,kind", "D市,municipality")
    response = None
    for role, kind, content, status in (
        (Role.PROVIDER, "desks", desks, 403),
        (Role.AUDITOR, "desks", b"", 403),
        (Role.AUDITOR, "rosters", ROSTERS, 403),
        (Role.PROVIDER, "rosters", ROSTERS, 200),
        (Role.COORDINATOR, "desks", desks, 200),
        # What a key does not see is not known; what its role may not make is not made.
        (Role.COORDINATOR, "desks", foreign, 422),
        (Role.COORDINATOR, "organisations", town, 422),
    ):
        response = await send(api, kind, content, key=world.keys[role])
        assert response.status_code == status, (role, kind, response.text)
    assert response is not None
    assert wrong(response.json()) == [(2, None, "The role of your key does not allow this.")]


async def test_coordinator_need_not_name_the_only_municipality(api: Api, world: World) -> None:
    key = world.keys[Role.COORDINATOR]
    response = await send(api, "organisations", sheet("name,kind", "新,provider"), key=key)
    assert response.status_code == 200, response.text
    made = await api.get(f"/v1/organisations/{response.json()['items'][0]['id']}")
    assert made["municipality_ids"] == [world["a"]]


async def test_same_names_are_told_apart_by_id_only(api: Api, world: World) -> None:
    body = {"organisation_id": world["provider"], "kind": "person", "name": "看護師"}
    other = await api.make("/v1/parties", body)
    content = sheet("organisation,name,desks", "provider,看護師,夜間当番")
    dry = await stored(api, "persons", content, dry_run="true")
    assert wrong(dry) == [(2, "name", "Several have this name; give the id: 看護師")]
    by_id = sheet("id,name,desks", f"{other['id']},看護師,provider/夜間当番")
    assert counts(await stored(api, "persons", by_id)) == (0, 1, 0, 0)


async def test_sheet_is_stored_once_under_one_key(api: Api, world: World) -> None:
    content = sheet(
        "organisation,desk,channel,address", "provider,夜間当番,webhook,http://127.0.0.1:9/x"
    )
    headers = {"Idempotency-Key": "k"}
    first = (await send(api, "contact-points", content, headers=headers)).json()
    response = await send(api, "contact-points", content, headers=headers)
    assert response.headers["idempotent-replayed"] == "true"
    assert (first["created"], response.json()["secrets"]) == (1, None)
    assert {**response.json(), "secrets": first["secrets"]} == first
    assert len((await api.get(f"/v1/parties/{world['desk']}/contact-points"))["items"]) == 1


@pytest.fixture
async def desk(api: Api, world: World) -> DutyDesk:
    """A desk with three nurses."""
    return await open_duty_desk(api, world)
