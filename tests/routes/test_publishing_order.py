"""In which order a publication is judged: docs/api.md, "Protocols"."""

from tests.routes.world import Api, Json, World, protocol


async def test_a_publication_is_judged_in_the_order_that_is_written(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    published = protocol(world)
    foreign = protocol(world, accountable=world["foreign_desk"])

    async def status(body: object, if_match: str, to: str = path) -> int:
        response = await api.call("PUT", to, body, headers={"If-Match": if_match})
        return response.status_code

    # Nothing is published yet: nothing matches, and who asks hears that before what is wrong.
    for if_match in ("*", '"1"'):
        assert await status(published, if_match) == 412
    assert await status(foreign, "*") == 412
    assert (await api.call("PUT", path, published)).status_code == 201

    other: Json = protocol(world, title="改訂版")
    stale, fresh = '"7"', '"1"'
    rows: list[tuple[object, str, int]] = [
        # The form of the document goes before If-Match.
        (published | {"title": ""}, stale, 422),
        (published | {"variants": []}, fresh, 422),
        # Then what is so already,
        (published, stale, 200),
        (published, 'W/"1"', 200),
        # then If-Match, before what the directory says of the document.
        (foreign, stale, 412),
        (foreign, fresh, 422),
        (other, stale, 412),
        (other, 'W/"1"', 412),
        (other, '"7", "1"', 201),
    ]
    for body, if_match, expected in rows:
        assert await status(body, if_match) == expected, (body, if_match)
    # Before all of it: for whom.
    assert await status({}, fresh, "/v1/clients/unknown/protocol") == 404
    await api.patch(f"/v1/clients/{world['client']}", {"retired": True})
    assert await status({}, stale) == 409


async def test_the_newest_version_is_so_already_even_if_nobody_could_publish_it_anew(
    api: Api, world: World
) -> None:
    # A default protocol of a municipality, whose desk is then closed at night behind its back.
    path = f"/v1/organisations/{world['a']}/protocol"
    assert (await api.call("PUT", path, protocol(world))).status_code == 201
    async with api.installation.database.transaction() as tx:
        await tx.execute("UPDATE contact_point SET retired_at = 0")
    response = await api.call("PUT", path, protocol(world))
    assert (response.status_code, response.json()["version"]) == (200, 1)
    response = await api.call("PUT", path, protocol(world, title="改訂版"))
    assert response.status_code == 422
