"""Column types shared by the tables: moments that are always UTC, amounts without a ceiling, words of an enum."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pendulum
from sqlalchemy import DateTime, Dialect, Enum, Numeric, TypeDecorator
from sqlmodel import SQLModel


class Row(SQLModel):
    """What every table starts from: a row may hold pendulum moments, which pydantic does not know by itself."""

    model_config = {"arbitrary_types_allowed": True}


class Moment(TypeDecorator[pendulum.DateTime]):
    """A moment, stored as `timestamptz`; read back as a pendulum DateTime in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without an offset: it names no moment."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs an offset; pass a UTC DateTime")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> pendulum.DateTime | None:
        """Return the stored moment in UTC."""
        del dialect
        if value is None:
            return None
        # Made from its parts: pendulum's own way looks the zone up twice, and a list has hundreds of moments.
        at = value.astimezone(UTC)
        return pendulum.DateTime(
            at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, tzinfo=pendulum.UTC
        )


class MinorUnits(TypeDecorator[int]):
    """A whole number of minor units of money; NUMERIC without precision, because no amount is too large."""

    impl = Numeric(asdecimal=True)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Store the integer exactly."""
        del dialect
        return None if value is None else Decimal(value)

    def process_result_value(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Return the integer exactly."""
        del dialect
        return None if value is None else int(value)


def word(words: type[StrEnum]) -> Any:  # noqa: ANN401 - SQLModel's sa_type is untyped
    """Return a text column type that holds one member of an enum by its value, so that a dump reads as words."""
    return Enum(words, native_enum=False, length=40, values_callable=lambda members: [m.value for m in members])
