"""Clients found by name, kana and telephone number, in a directory that can be searched blindly."""

from collections.abc import Sequence
from urllib.parse import quote

import pytest
from sqlmodel import Session, col, delete, select

from app.auth import Role
from app.models.directory import RevisionRow, SearchTokenRow
from app.store.search.indexing import index_everybody
from app.store.vault.tokens import delete_tokens
from tests.routes.world import Api, Json, World, pointers

HANAKO: Json = {
    "name": "佐藤 花子",
    "kana": "サトウ ハナコ",
    "phones": ["03-1234-5678", "+81 (90) 1234 5678"],
    "family_contacts": [{"name": "佐藤 一郎", "phone": "080-9999-0000"}],
}


async def add(api: Api, world: World, details: Json, **more: object) -> str:
    """A client of A; returns the id."""
    made = await api.make("/v1/clients", {"municipality_id": world["a"], **details, **more})
    return str(made["id"])


async def found(api: Api, word: str, key: str | None = None, more: str = "") -> Sequence[str]:
    """The ids of whom a word finds."""
    page = await api.get(f"/v1/clients?search={quote(word)}{more}", key=key)
    return [one["id"] for one in page["items"]]


async def tokens(api: Api) -> set[tuple[bytes, str]]:
    def look(session: Session) -> set[tuple[bytes, str]]:
        rows = session.exec(select(SearchTokenRow))
        return {(bytes(row.token), row.subject_id) for row in rows}

    return await api.installation.database.read(look)


# Each row: a word, and whether it finds her.
@pytest.mark.parametrize(
    ("word", "finds"),
    [
        ("佐藤 花子", True),
        ("佐藤花子", True),  # without the space
        ("佐藤　花", True),  # the beginning, with a wide space
        ("花子", True),  # the given name
        ("さとう", True),  # hiragana
        ("ｻﾄｳ ﾊﾅｺ", True),  # half-width
        ("サト", True),  # the beginning of two
        ("ハナ", True),
        ("0312345678", True),
        ("０３（１２３４）５６７８", True),
        ("+81 3 1234 5678", True),
        ("+819012345678", True),
        ("090-1234-5678", True),  # kept with +81
        ("080 9999 0000", True),  # of her son
        ("佐", False),  # one character of several
        ("藤", False),  # not the beginning of a part
        ("トウ", False),
        ("花子 佐藤", False),  # the other way round
        ("5678", False),  # only the end of a number
        ("佐籐", False),
        ("佐藤 花代", False),
    ],
)
async def test_a_client_is_found_however_it_is_written(
    api: Api, world: World, word: str, *, finds: bool
) -> None:
    hanako = await add(api, world, HANAKO)
    await add(api, world, {"name": "田中 太郎", "kana": "タナカ タロウ", "phones": ["03-1"]})
    assert await found(api, word) == [hanako][:finds]


async def test_nobody_finds_whom_they_may_not_see(api: Api, world: World) -> None:
    served = await add(api, world, HANAKO, served_by=[world["provider"]])
    unserved = await add(api, world, HANAKO)
    foreign = await api.make("/v1/clients", {"municipality_id": world["b"], **HANAKO})
    everybody = [served, unserved, foreign["id"]]
    for word in ("佐藤", "さとう", "0312345678"):
        assert await found(api, word) == everybody
        assert await found(api, word, world.keys[Role.COORDINATOR]) == everybody[:2]
        assert await found(api, word, world.keys[Role.PROVIDER]) == [served]
    elsewhere = await api.key(Role.COORDINATOR, world["b"])
    assert await found(api, "佐藤", elsewhere) == [foreign["id"]]
    response = await api.call(
        "GET", f"/v1/clients?search={quote('佐藤')}", key=world.keys[Role.AUDITOR]
    )
    assert response.status_code == 403


async def test_a_search_goes_with_the_other_filters_and_in_pages(api: Api, world: World) -> None:
    ids = [await add(api, world, HANAKO) for _ in range(3)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = await api.get(f"/v1/clients?search={quote('佐藤')}&limit=1{cursor}")
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ids
    assert await found(api, "佐藤", more=f"&municipality_id={world['b']}") == []
    assert await found(api, "佐藤", more=f"&organisation_id={world['provider']}") == []


# Each row: a word that says nothing, or is no word.
@pytest.mark.parametrize("word", ["・・", " ", "-", "%00", ""])
async def test_a_word_that_says_nothing_is_refused(api: Api, world: World, word: str) -> None:
    del world
    sent = word if word.startswith("%") else quote(word)
    response = await api.call("GET", f"/v1/clients?search={sent}")
    assert pointers(response) == ["/search"]


async def test_who_is_changed_is_found_by_what_is_said_now(api: Api, world: World) -> None:
    hanako = await add(api, world, HANAKO)
    path = f"/v1/clients/{hanako}"
    await api.patch(path, {"name": "鈴木 花子", "phones": None})
    assert await found(api, "佐藤") == []
    assert await found(api, "0312345678") == []
    assert await found(api, "鈴木") == await found(api, "さとう") == [hanako]
    before = await tokens(api)
    await api.patch(path, {"care_notes": "耳が遠い"})
    assert await tokens(api) == before
    await api.patch(path, {"retired": True})
    assert await found(api, "鈴木") == [hanako]


async def test_of_who_is_refused_no_token_stays(api: Api, world: World) -> None:
    await add(api, world, HANAKO)
    before = await tokens(api)
    for refused in (
        {"name": "山本", "service_from": "2026-02-01", "service_to": "2026-01-01"},
        {"name": "山本", "served_by": [world["foreign"]]},
    ):
        response = await api.call("POST", "/v1/clients", {"municipality_id": world["a"], **refused})
        assert response.status_code == 422
    assert await tokens(api) == before


async def test_an_import_is_found_too(api: Api, world: World) -> None:
    sheet = f"municipality,name,kana\n{world['a']},山本 次郎,ヤマモト ジロウ\n"
    response = await api.call(
        "POST",
        "/v1/imports/clients",
        content=sheet.encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert response.status_code == 200, response.text
    assert len(await found(api, "やまもと")) == 1


async def test_who_was_there_before_is_found_after_the_next_start(api: Api, world: World) -> None:
    hanako = await add(api, world, HANAKO)
    made = await tokens(api)

    def forget(session: Session) -> None:
        session.exec(delete(SearchTokenRow))
        session.exec(delete(RevisionRow).where(col(RevisionRow.name) == "search"))
        session.add(SearchTokenRow(token=b"of older rules", subject_id=hanako))

    await api.installation.database.write(forget)
    await index_everybody(api.installation.database)
    assert await tokens(api) == made
    # Once is enough: the tokens are then kept with each change.
    await api.installation.database.write(lambda session: delete_tokens(session, subject_id=hanako))
    await index_everybody(api.installation.database)
    assert await found(api, "佐藤") == []


async def test_a_token_says_nothing_to_who_has_no_key(api: Api, world: World) -> None:
    one = await add(api, world, HANAKO)
    other = await add(api, world, {"name": "鈴木", "kana": "スズキ", "phones": ["03-1"]})
    stored = await tokens(api)
    assert {subject for _, subject in stored} >= {one, other}
    assert {len(token) for token, _ in stored} == {16}
