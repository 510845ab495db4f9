"""The logs over HTTP: checkpoints, tiles and proofs that verify by the formats alone."""

import base64
import hashlib

import pytest

from app.commands.audit.verify import verify_url
from app.ledger.notes.checkpoint import opened
from app.ledger.notes.key import parse_verifier_key
from app.ledger.notes.note import parse_note
from app.ledger.notes.proof_file import check_proof_file, parse_proof_file
from app.ledger.tree.merkle import check_consistency
from app.ledger.tree.tile import bundle_entries, tile_path, tiles_of
from tests.engine.town import Json
from tests.keys import VAULT
from tests.ledger.tree.naive import NaiveTree
from tests.sealing.conftest import House
from tests.sealing.test_succession import succeeded


@pytest.fixture
async def sealed(house: House) -> House:
    """A house whose log has a few hundred sealed entries."""
    await house.open_incidents(60)
    await house.sealer.run_once()
    return house


def path(house: House, rest: str = "") -> str:
    return f"/v1/ledgers/{house.log_id}{rest}"


async def log(house: House) -> Json:
    return await house.town.get(path(house))


async def body(house: House, rest: str, key: str | None = None) -> bytes:
    response = await house.town.call("GET", path(house, rest), key=key)
    assert response.status_code == 200, response.text
    return response.content


async def test_checkpoint_is_verified_by_the_key_that_the_log_names(sealed: House) -> None:
    said = await log(sealed)
    key = parse_verifier_key(said["verifier_key"])
    assert key == sealed.verifier
    note = parse_note(await body(sealed, "/checkpoint"))
    checkpoint = opened(note, origin=said["origin"], log_keys=[key]).checkpoint
    assert checkpoint.size == said["size"] == await sealed.count()
    assert base64.b64encode(checkpoint.root).decode() == said["root"]
    assert (said["waiting"], said["waiting_since"]) == (0, None)
    assert said["seal_deadline_seconds"] == 60


async def test_tiles_and_bundles_give_the_root(sealed: House) -> None:
    said = await log(sealed)
    assert said["size"] > 256
    leaves: list[bytes] = []
    for tile in tiles_of(said["size"]):
        hashes = await body(sealed, "/" + tile_path(tile))
        assert len(hashes) == 32 * tile.width
        if tile.level == 0:
            entries = tile_path(tile).replace("tile/0/", "tile/entries/")
            bundle = bundle_entries(await body(sealed, "/" + entries), tile.width)
            assert b"".join(hashlib.sha256(b"\0" + one).digest() for one in bundle) == hashes
            leaves += bundle
    assert (await verify_url(sealed.place.url, VAULT, now=sealed.node.clock())).findings == ()
    hashed = [hashlib.sha256(b"\0" + one).digest() for one in leaves]
    root = NaiveTree(hashed).root(len(hashed))
    assert base64.b64encode(root).decode() == said["root"]


@pytest.mark.parametrize(
    "rest",
    [
        "/tile/0/001.p/255",  # wider than the tree
        "/tile/0/002",
        "/tile/9/000",
        "/tile/0/0",
        "/tile/entries/007",
        "/tile/0/../checkpoint",
        "/tile/",
        "/proof?entry=100000",
    ],
)
async def test_what_is_not_there_is_not_found(sealed: House, rest: str) -> None:
    response = await sealed.town.call("GET", path(sealed, rest))
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


async def test_partial_tile_stays_readable_after_it_grew(sealed: House) -> None:
    width = (await log(sealed))["size"] % 256
    before = await body(sealed, f"/tile/0/001.p/{width}")
    await sealed.open_incidents(1)
    await sealed.sealer.run_once()
    assert await body(sealed, f"/tile/0/001.p/{width}") == before


@pytest.mark.parametrize(
    ("rest", "media", "kept"),
    [
        ("/checkpoint", "text/plain; charset=utf-8", "private, max-age=1"),
        ("/proof?entry=0", "text/plain; charset=utf-8", "private, max-age=1"),
        # Not for ever: a successor has the same address.
        ("/tile/0/000", "application/octet-stream", "private, no-cache"),
        ("/tile/entries/000", "application/octet-stream", "private, no-cache"),
    ],
)
async def test_formats_are_named_and_how_long_they_may_be_kept(
    sealed: House, rest: str, media: str, kept: str
) -> None:
    response = await sealed.town.call("GET", path(sealed, rest))
    assert response.status_code == 200
    assert response.headers["content-type"] == media
    assert response.headers["cache-control"] == kept


@pytest.mark.parametrize("rest", ["/tile/0/000.p/1", "/tile/entries/000.p/1"])
async def test_cache_is_told_that_a_tile_is_as_it_was_and_of_a_successor_that_it_is_another(
    house: House, rest: str
) -> None:
    await house.open_incidents(1)
    await house.sealer.run_once()
    former = await house.town.call("GET", path(house, rest))
    known = {"If-None-Match": former.headers["etag"]}
    again = await house.town.call("GET", path(house, rest), headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == former.headers["etag"]
    await succeeded(house)
    await house.sealer.run_once()
    other = await house.town.call("GET", path(house, rest), headers=known)
    assert other.status_code == 200
    assert other.headers["etag"] != former.headers["etag"]
    assert other.content != former.content


async def test_proof_of_an_entry_is_a_file_that_verifies_offline(sealed: House) -> None:
    incident = await sealed.town.opened()
    await sealed.node.engine.dispatcher.drain()
    await sealed.sealer.run_once()
    page = await sealed.town.get(f"/v1/incidents/{incident['id']}/entries")
    for entry in page["items"]:
        file = parse_proof_file(await body(sealed, f"/proof?entry={entry['leaf_index']}"))
        signed = opened(file.checkpoint, origin=sealed.origin, log_keys=[sealed.verifier])
        leaf = base64.b64decode(entry["leaf"])
        check_proof_file(file, hashlib.sha256(b"\0" + leaf).digest(), signed)


async def test_kept_checkpoint_is_shown_to_be_the_beginning_of_the_log(sealed: House) -> None:
    key = [sealed.verifier]
    kept = opened(
        parse_note(await body(sealed, "/checkpoint")), origin=sealed.origin, log_keys=key
    ).checkpoint
    await sealed.open_incidents(3)
    await sealed.sealer.run_once()
    answer = await sealed.town.get(path(sealed, f"/consistency?old={kept.size}"))
    now = opened(
        parse_note(answer["checkpoint"].encode()), origin=sealed.origin, log_keys=key
    ).checkpoint
    check_consistency(
        [base64.b64decode(one) for one in answer["proof"]],
        old_size=kept.size,
        size=now.size,
        old_root=kept.root,
        root=now.root,
    )
    old = opened(
        parse_note(answer["old_checkpoint"].encode()), origin=sealed.origin, log_keys=key
    ).checkpoint
    assert old == kept
    response = await sealed.town.call("GET", path(sealed, f"/consistency?old={now.size + 1}"))
    assert response.status_code == 422
    assert [one["pointer"] for one in response.json()["errors"]] == ["/old"]


async def test_tree_is_for_auditors_and_a_proof_also_for_whose_incident_it_is(
    sealed: House,
) -> None:
    town = sealed.town
    town.keys["auditor"] = (
        await town.make("/v1/keys", {"organisation_id": sealed.log_id, "role": "auditor"})
    )["key"]
    other = await town.make("/v1/organisations", {"name": "B市", "kind": "municipality"})
    town.keys["stranger"] = (
        await town.make("/v1/keys", {"organisation_id": other["id"], "role": "auditor"})
    )["key"]
    for rest in ("", "/checkpoint", "/tile/0/000", "/tile/entries/000", "/consistency?old=1"):
        for key, status in (("auditor", 200), ("coordinator", 200), ("provider", 403)):
            response = await town.call("GET", path(sealed, rest), key=key)
            assert response.status_code == status, (rest, key)
        assert (await town.call("GET", path(sealed, rest), key="stranger")).status_code == 404
    for key, status in (("auditor", 200), ("provider", 200), ("stranger", 404)):
        response = await town.call("GET", path(sealed, "/proof?entry=0"), key=key)
        assert response.status_code == status, key
