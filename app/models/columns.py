"""Column types and constraint names that every table shares."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Alembic needs every constraint to have a name that is the same on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite counts row ids only in a column declared INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC of an aware instant; finer digits are cut off."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def instant(value: int) -> datetime:
    """The aware UTC instant of `value` milliseconds since 1970-01-01."""
    return EPOCH + timedelta(milliseconds=value)


class Instant(TypeDecorator[datetime]):
    """An instant, stored as whole milliseconds since 1970-01-01 UTC.

    The same integer on both databases: three decimals exactly, no zone to lose, and written
    SQL may compare it without a conversion (docs/decisions/0004).
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Aware datetime to milliseconds."""
        del dialect
        return None if value is None else milliseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Milliseconds to aware datetime."""
        del dialect
        return None if value is None else instant(value)
