"""Bodies: JSON and nothing else, and nothing that cannot be stored."""

from tests.routes.world import Api, World, pointers

HERE = "/v1/organisations"
JSON = {"Content-Type": "application/json"}


async def test_what_is_not_json_is_refused_as_a_whole(api: Api) -> None:
    rows = [
        b"",
        b"{",
        b"{} {}",
        b"[" * 100_000,  # deeper than any parser goes
        b'{"name": "\xff", "kind": "municipality"}',
        "{}".encode("utf-16"),
        b'{"name": NaN}',
        b'{"name": -Infinity}',
        b'{"name": 1e999}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b'{"name": "a\nb"}',  # a bare control character
        b"[]",
        b"null",
        b'"name"',
    ]
    for content in rows:
        response = await api.call("POST", HERE, content=content, headers=JSON)
        assert response.status_code == 422, content[:40]
        assert pointers(response) == [""], content[:40]
    assert (await api.get(HERE))["items"] == []


async def test_a_mark_at_the_beginning_is_no_matter(api: Api) -> None:
    content = '\ufeff{"name": "A市", "kind": "municipality"}'.encode()
    response = await api.call("POST", HERE, content=content, headers=JSON)
    assert (response.status_code, response.json()["name"]) == (201, "A市")


async def test_a_member_that_is_given_twice_is_named_wherever_it_is(api: Api) -> None:
    contents = {
        '{"name": "a", "kind": "municipality", "name": "b"}': ["/name"],
        '{"name": "a", "name": "a", "name": "a", "kind": "operator"}': ["/name"],
        '{"name": "a", "kind": "operator", "kind": "operator", "name": "b"}': ["/name", "/kind"],
        # Another spelling is the same name.
        r'{"name": "a", "n\u0061me": "b", "kind": "municipality"}': ["/name"],
        '{"more": [{"a/b": 1}, {"a/b": 1, "c": {}, "a/b": 2}]}': ["/more/1/a~1b"],
        # Flaws of both kinds are named together.
        r'{"name": "a\u0000", "kind": "operator", "kind": "operator"}': ["/kind", "/name"],
    }
    for content, found in contents.items():
        response = await api.call("POST", HERE, content=content.encode(), headers=JSON)
        assert (response.status_code, pointers(response)) == (422, found), content
    assert (await api.get(HERE))["items"] == []


async def test_a_flaw_says_what_it_is(api: Api) -> None:
    content = rb'{"name": "a\ud83d", "kind": "operator", "kind": "operator"}'
    response = await api.call("POST", HERE, content=content, headers=JSON)
    assert [one["detail"] for one in response.json()["errors"]] == [
        "This field is given more than once; give it once.",
        "Holds U+D83D, which cannot be stored.",
    ]


async def test_at_most_a_hundred_flaws_are_named(api: Api) -> None:
    content = b'{"x": [' + rb'{"a": 1, "a": "\u0000"},' * 5_000 + b"0]}"
    response = await api.call("POST", HERE, content=content, headers=JSON)
    assert len(pointers(response)) == 100


async def test_what_cannot_be_stored_is_named_wherever_it_is(api: Api, world: World) -> None:
    contents = {
        r'{"name": "a\u0000b"}': "/name",
        r'{"name": "\ud83d"}': "/name",
        r'{"name": "\uDE00"}': "/name",
        r'{"desk_ids": ["a", "\udfff"]}': "/desk_ids/1",
        r'{"a\u0000": 1}': "/a\x00",
        r'{"more": {"x": [{"\ud800/": 1}]}}': "/more/x/0/\ud800~1",
    }
    path = f"/v1/parties/{world['nurse']}"
    for content, pointer in contents.items():
        response = await api.call("PATCH", path, content=content.encode(), headers=JSON)
        assert (response.status_code, pointers(response)) == (422, [pointer]), content
    # A whole pair is one character, and a backslash before it makes it six.
    for content, name in ((r'{"name": "\ud83d\ude00"}', "😀"), (r'{"name": "\\u0000"}', "\\u0000")):
        response = await api.call("PATCH", path, content=content.encode(), headers=JSON)
        assert (response.status_code, response.json()["name"]) == (200, name)


async def test_a_body_of_another_type_is_415(api: Api) -> None:
    content = '{"name": "A市", "kind": "municipality"}'.encode()
    for media_type, status in (
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonl", 415),
        ("application/yaml", 415),
        ("", 415),
        ("application/json", 201),
        ("Application/JSON; charset=utf-8", 201),
        ("application/vnd.renrakumo+json", 201),
    ):
        headers = {"Content-Type": media_type}
        response = await api.call("POST", HERE, content=content, headers=headers)
        assert response.status_code == status, media_type


async def test_a_body_that_is_too_large_is_413(api: Api) -> None:
    content = b'{"name": "' + b"x" * 256 * 1024 + b'"}'
    response = await api.call("POST", HERE, content=content, headers=JSON)
    assert response.status_code == 413
    path = f"{HERE}/unknown/protocol"
    assert (await api.call("PUT", path, content=content, headers=JSON)).status_code == 413


async def test_a_slash_too_many_is_nothing(api: Api) -> None:
    for path in (f"{HERE}/", "/v1", "/v1/", "/v1/organisation"):
        assert (await api.call("GET", path)).status_code == 404


async def test_a_wrong_method_names_all_right_ones(api: Api) -> None:
    response = await api.call("PUT", HERE)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")
    headers = {"Authorization": f"Bearer {api.operator}"}
    assert (await api.http.head(HERE, headers=headers)).status_code == 405
