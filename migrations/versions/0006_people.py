"""Where a party is used, whose duty is in which roster, and who stands in for whom."""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROWS_AT_ONCE = 500
Rows = Callable[[sa.Connection], Iterator[dict[str, Any]]]


def upgrade() -> None:
    """Add the tables, and fill the two that follow from what there is."""
    text = sqlmodel.sql.sqltypes.AutoString
    use = _add_use()
    person = op.create_table(
        "roster_person",
        sa.Column("person_id", text(), nullable=False),
        sa.Column("roster_id", text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["party.id"], name=op.f("fk_roster_person_person_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["roster_id"], ["roster.id"], name=op.f("fk_roster_person_roster_id_roster")
        ),
        sa.PrimaryKeyConstraint("person_id", "roster_id", name=op.f("pk_roster_person")),
    )
    _add_substitution()
    _fill(use, _uses)
    _fill(person, _persons)


def _add_use() -> sa.Table:
    text = sqlmodel.sql.sqltypes.AutoString
    parents = (("party_id", "party"), ("version_id", "protocol_version"), ("client_id", "client"))
    use = op.create_table(
        "protocol_use",
        sa.Column("party_id", text(), nullable=False),
        sa.Column("version_id", text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("client_id", text(), nullable=True),
        sa.Column("municipality_id", text(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("is_accountable", sa.Boolean(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [one], [f"{parent}.id"], name=op.f(f"fk_protocol_use_{one}_{parent}")
            )
            for one, parent in (*parents, ("municipality_id", "party"))
        ),
        sa.PrimaryKeyConstraint("party_id", "version_id", name=op.f("pk_protocol_use")),
    )
    named = ["party_id", "is_accountable", "municipality_id", "client_id"]
    op.create_index("ix_protocol_use_party_id", "protocol_use", named)
    op.create_index("ix_protocol_use_version_id", "protocol_use", ["version_id"])
    return use


def _add_substitution() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    parties = ("person_id", "substitute_id", "offered_by", "answered_by")
    op.create_table(
        "substitution",
        sa.Column("id", text(), nullable=False),
        sa.Column("roster_id", text(), nullable=False),
        sa.Column("person_id", text(), nullable=False),
        sa.Column("substitute_id", text(), nullable=False),
        sa.Column("duties", sa.JSON(), nullable=False),
        sa.Column("duties_in_return", sa.JSON(), nullable=False),
        sa.Column("status", text(), nullable=False),
        sa.Column("lapses_at", sa.BigInteger(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("offered_by", text(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_by", text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status IN ('offered', 'accepted', 'declined', 'withdrawn')",
            name=op.f("ck_substitution_status"),
        ),
        sa.CheckConstraint("person_id <> substitute_id", name=op.f("ck_substitution_two_persons")),
        *(
            sa.ForeignKeyConstraint([one], ["party.id"], name=op.f(f"fk_substitution_{one}_party"))
            for one in parties
        ),
        sa.ForeignKeyConstraint(
            ["roster_id"], ["roster.id"], name=op.f("fk_substitution_roster_id_roster")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    for one in ("person_id", "substitute_id"):
        op.create_index(f"ix_substitution_{one}_id", "substitution", [one, "id"])


def _fill(table: sa.Table, rows: Rows) -> None:
    connection, waiting = op.get_bind(), []
    for row in rows(connection):
        waiting.append(row)
        if len(waiting) == ROWS_AT_ONCE:
            connection.execute(table.insert(), waiting)
            waiting = []
    if waiting:
        connection.execute(table.insert(), waiting)


def _uses(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Whom each newest version names, of nobody who is retired, one version at a time."""
    query = """
        SELECT v.id, v.number, v.client_id, v.municipality_id FROM protocol_version v
        JOIN party m ON m.id = v.municipality_id AND m.retired_at IS NULL
        LEFT JOIN client c ON c.id = v.client_id
        WHERE c.retired_at IS NULL AND NOT EXISTS (
          SELECT 1 FROM protocol_version w WHERE w.number > v.number AND (w.client_id = v.client_id
            OR (w.client_id IS NULL AND v.client_id IS NULL
              AND w.municipality_id = v.municipality_id)))
        """
    version = sa.table("protocol_version", sa.column("id"), sa.column("document", sa.JSON()))
    for version_id, number, client_id, municipality_id in connection.execute(sa.text(query)).all():
        found = sa.select(version.c.document).where(version.c.id == version_id)
        document = connection.execute(found).scalar_one()
        places: dict[str, list[str]] = {}
        for pointer, party_id in _places(document):
            places.setdefault(party_id, []).append(pointer)
        for party_id, pointers in places.items():
            yield {
                "party_id": party_id,
                "version_id": version_id,
                "number": number,
                "client_id": client_id,
                "municipality_id": municipality_id,
                "places": pointers,
                "is_accountable": party_id == document["accountable"],
            }


def _places(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "/accountable", document["accountable"]
    for at, approval in enumerate(document.get("approvals") or ()):
        yield f"/approvals/{at}/organisation", approval["organisation"]
    for number, variant in enumerate(document["variants"]):
        for at, step in enumerate(variant["steps"]):
            here = f"/variants/{number}/steps/{at}"
            for name in ("desk", "person"):
                if step.get(name):
                    yield f"{here}/{name}", step[name]
            for name in ("inform", "also_page"):
                for place, party_id in enumerate(step.get(name) or ()):
                    yield f"{here}/{name}/{place}", party_id


def _persons(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Whom any version of a roster names."""
    version = sa.table(
        "roster_version", sa.column("id"), sa.column("roster_id"), sa.column("document", sa.JSON())
    )
    ids = connection.execute(sa.select(version.c.id, version.c.roster_id)).all()
    seen: set[tuple[str, str]] = set()
    for version_id, roster_id in ids:
        found = sa.select(version.c.document).where(version.c.id == version_id)
        document = connection.execute(found).scalar_one()
        for person_id in _named(document):
            if (person_id, roster_id) not in seen:
                seen.add((person_id, roster_id))
                yield {"person_id": person_id, "roster_id": roster_id}


def _named(document: dict[str, Any]) -> Iterator[str]:
    for rotation in document.get("rotations") or ():
        yield from rotation["persons"]
    for shift in document.get("shifts") or ():
        yield shift["person"]
    for override in document.get("overrides") or ():
        yield from filter(None, (override.get("person"), override.get("replaces")))


def downgrade() -> None:
    """Take it back; only for development."""
    for table in ("substitution", "roster_person", "protocol_use"):
        op.drop_table(table)
