"""What every table shares: the metadata with its constraint names, and the column types both databases agree on."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, MetaData, SmallInteger, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

from earful.values import SEVERITIES, Severity

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The ground of every table. Constraints are named, so that a migration can find them on both databases."""

    metadata = MetaData(naming_convention=NAMING)


class UTCDateTime(TypeDecorator[datetime]):
    """A moment, aware, in UTC, on both databases. SQLite keeps no zone, so it is taken off and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: it would be somebody's guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Hand out UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SeverityRank(TypeDecorator[Severity]):
    """A severity as a small number, so that the database sorts worst first by an index."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Severity | None, dialect: Dialect) -> int | None:
        """0 for low to 3 for urgent."""
        return None if value is None else SEVERITIES.index(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Severity | None:
        """The severity of this rank."""
        return None if value is None else SEVERITIES[value]


def choice(enum: type[StrEnum], name: str) -> Enum:
    """A column type for one of an enum's values, kept as its word and held by a CHECK constraint."""

    def words(members: type[StrEnum]) -> Sequence[str]:
        return [member.value for member in members]

    return Enum(enum, native_enum=False, length=20, create_constraint=True, name=name, values_callable=words)


def word(enum: type[StrEnum]) -> Enum:
    """As `choice`, without its CHECK: for a column that came later than its table, where SQLite can add none."""
    return Enum(
        enum,
        native_enum=False,
        length=20,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )


Json = JSON().with_variant(JSONB(), "postgresql")
BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself only with INTEGER

Id = Annotated[int, mapped_column(BigId, primary_key=True)]
Name = Annotated[str, mapped_column(String(80))]
Words = Annotated[str, mapped_column(Text)]
Moment = Annotated[datetime, mapped_column(UTCDateTime)]
JsonObject = Annotated[dict[str, Any], mapped_column(Json)]
JsonList = Annotated[list[Any], mapped_column(Json)]
