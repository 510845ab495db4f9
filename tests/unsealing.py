"""A database as it was before columns were sealed, for tests of migrations of before."""

from app.database import open_database
from app.store.vault.conversion import SEALED
from app.vault import Place
from tests.keys import VAULT


async def unseal(url: str) -> None:
    """Put into every sealed column what it holds, in plain text; nobody has a data key."""
    database = await open_database(url, VAULT)
    async with database.transaction() as tx:
        keys = {
            row["subject_id"]: VAULT.unwrap(row["subject_id"], row["wrapped"])
            for row in await tx.fetch("SELECT subject_id, wrapped FROM data_key")
        }
        for one in SEALED:
            rows = await tx.fetch(
                f"SELECT {', '.join(one.row)}, {one.name} AS value, {one.subject} AS subject"  # noqa: S608
                f" FROM {one.table} t WHERE {one.name} IS NOT NULL"
            )
            where = " AND ".join(f"{name} = ${at}" for at, name in enumerate(one.row, 2))
            for row in rows:
                ids = [row[name] for name in one.row]
                place = Place(one.table, one.name, "/".join(map(str, ids)))
                plain = keys.get(row["subject"], VAULT.own).open(row["value"], place)
                sql = f"UPDATE {one.table} SET {one.name} = $1 WHERE {where}"  # noqa: S608
                await tx.execute(sql, plain, *ids)
        await tx.execute("DELETE FROM data_key")
    await database.close()
