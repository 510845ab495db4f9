"""Notices: messages about no incident, which travel like all others and wait for none."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlmodel import Session

from app.database.migration import migration_config
from app.installation.secrets import digest
from app.protocols.kinds import NoticeKind
from app.store.notice import Notice, add_notices, insert_notices
from tests.engine.databases import Place, number, rows
from tests.engine.node import BEGIN, Node
from tests.engine.town import Town, asks
from tests.peers.sink import Answer, Sink


async def tell(node: Node, notice: Notice, *, by: str = "session") -> None:
    """Write a notice in one of the two ways."""
    installation = node.installation
    if by == "statements":
        async with installation.database.transaction() as tx:
            await insert_notices(tx, [notice], now=node.clock(), new_id=installation.new_id)
        return

    def work(session: Session) -> None:
        add_notices(session, [notice], now=node.clock(), new_id=installation.new_id)

    await installation.database.write(work)


def lost(node: Node, town: Town, **changes: object) -> Notice:
    fields: dict[str, object] = {
        "id": node.installation.new_id(),
        "kind": NoticeKind.COVER_LOST,
        "party_id": town["first_nurse"],
        "data": {"protocol_count": 3, "name": "佐藤 ハナ"},
    }
    return Notice(**(fields | changes))  # type: ignore[arg-type]  # by name, checked when used


@pytest.mark.parametrize("by", ["session", "statements"])
async def test_notice_reaches_every_contact_point_and_says_nothing_personal(
    node: Node, town: Town, sink: Sink, by: str
) -> None:
    await town.add_contact_point("first_nurse", address=f"{sink.url}/second_phone")
    notice = lost(node, town)
    await tell(node, notice, by=by)
    await node.round()
    (first,), (second,) = sink.to("/first_nurse"), sink.to("/second_phone")
    assert first.json["type"] == second.json["type"] == "cover.lost"
    assert first.json["data"] == {"notice_id": notice.id, "protocol_count": 3}
    assert first.headers["webhook-id"] != second.headers["webhook-id"]


async def test_notice_that_failed_is_tried_again_under_the_same_id(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    sink.plan("/first_nurse", Answer(status=503), Answer())
    await tell(node, lost(node, town))
    await node.round()
    await node.pass_time(seconds=1)
    tried = sink.to("/first_nurse")
    assert len(tried) == 2
    assert len({one.headers["webhook-id"] for one in tried}) == 1
    statuses = await rows(place.url, "SELECT status, attempts FROM delivery")
    assert [(one["status"], one["attempts"]) for one in statuses] == [("sent", 2)]


async def test_page_overtakes_notices(node: Node, town: Town, sink: Sink) -> None:
    await town.publish(asks("first"))
    for _ in range(300):
        await tell(node, lost(node, town, party_id=town["second_nurse"]))
    await node.engine.dispatcher.run_once()
    await town.opened()
    await node.round()
    order = [one.path for one in sink.requests]
    assert len(order) == 301
    # Those that the senders hold in their hands already are not called back.
    assert order.index("/first_nurse") <= node.installation.settings.sends_in_flight


@pytest.mark.parametrize(
    ("hours", "waits_hours"),
    [
        # The node's clock begins at noon in Tokyo.
        ("24h", 0),
        (["11:00-13:00"], 0),
        (["18:00-08:30"], 6),
        (["09:00-11:30"], 21),
    ],
)
async def test_notice_that_is_not_urgent_waits_for_the_hours_of_its_contact_point(
    node: Node, town: Town, place: Place, hours: object, waits_hours: int
) -> None:
    point = await town.add_contact_point("first_nurse", hours=hours)
    await tell(node, lost(node, town, contact_point_id=point["id"], urgent=False))
    await tell(node, lost(node, town, contact_point_id=point["id"], urgent=True))
    found = await rows(place.url, "SELECT due_at FROM delivery ORDER BY id")
    begin = int(BEGIN.timestamp() * 1000)
    assert [(one["due_at"] - begin) / 3_600_000 for one in found] == [waits_hours, 0]


async def test_notice_that_asks_carries_its_link_and_only_the_hash_is_kept(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    notice_id = node.installation.new_id()
    token = node.installation.link_key.notice_token(notice_id)
    check = Notice(
        id=notice_id,
        kind=NoticeKind.CONTACT_CHECK,
        party_id=town["first_nurse"],
        token_hash=digest(token),
    )
    await tell(node, check)
    await node.round()
    (sent,) = sink.to("/first_nurse")
    links = sent.json["data"]["links"]
    assert links == {"confirm": f"{node.installation.settings.public_url}/c/{token}"}
    stored = await rows(place.url, "SELECT n.*, d.message FROM notice n, delivery d")
    assert token not in repr(stored)


async def test_notice_is_read_in_the_inbox_of_its_party_for_two_weeks(
    node: Node, town: Town
) -> None:
    link = (await town.add_contact_point("first_nurse", channel="inbox"))["address"]
    await tell(node, lost(node, town))
    page = (await node.http.get(link)).text
    assert "【要確認】緊急時に呼び出せる人がいない時間ができます" in page
    assert "手順書の数: 3" in page
    assert "佐藤 ハナ" not in page
    node.clock.push(days=14, seconds=1)
    assert "要確認" not in (await node.http.get(link)).text


async def test_message_is_about_an_incident_or_a_notice(node: Node, place: Place) -> None:
    with pytest.raises(Exception, match="subject"):
        async with node.installation.database.transaction() as tx:
            await tx.execute(
                "INSERT INTO delivery (id, party_id, contact_point_id, kind, message, status,"
                " attempts, counted_failed, due_at, first_due_at, created_at)"
                " SELECT 'x', party_id, id, 'cover.lost', '{}', 'pending', 0, false, 0, 0, 0"
                " FROM contact_point LIMIT 1"
            )
    assert await number(place.url, "SELECT count(*) AS n FROM delivery") == 0


def test_messages_and_attempts_of_before_are_kept_by_the_migration(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    config = migration_config(f"sqlite:///{path}")
    command.upgrade(config, "0004")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO delivery (id, incident_id, party_id, contact_point_id, kind, message,"
            " status, attempts, counted_failed, due_at, first_due_at, created_at)"
            " VALUES ('d', 'i', 'p', 'c', 'paged', '{}', 'pending', 1, 0, 5, 5, 5)"
        )
        connection.execute(
            "INSERT INTO attempt (delivery_id, at, duration_ms, result) VALUES ('d', 5, 1, 'sent')"
        )
    command.upgrade(config, "head")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT id, incident_id, notice_id FROM delivery").fetchall() == [
            ("d", "i", None)
        ]
        assert connection.execute("SELECT delivery_id FROM attempt").fetchall() == [("d",)]
        plan = "SELECT sql FROM sqlite_master WHERE name = 'ix_delivery_due_at'"
        assert "WHERE status = 'pending'" in connection.execute(plan).fetchone()[0]
