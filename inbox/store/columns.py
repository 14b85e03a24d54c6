"""Column types and the class tag that every column carries (operational, phi or clinical: privacy.md §2).

Moments are stored as microseconds since 1970 in UTC: the same on both engines, never naive.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

FieldClass = Literal["operational", "phi", "clinical"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

#: SQLite's rowid is fast only when it is called INTEGER.
Identity = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        """Refuses a naive datetime: it would mean another moment on another machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        """Back to aware UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """Plain values as canonical JSON text (sorted keys), the same bytes on both engines."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """None stays NULL."""
        return None if value is None else msgspec.json.encode(value, order="sorted").decode()

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        """Lists, dicts and scalars."""
        return None if value is None else msgspec.json.decode(value)


def column(name: str, type_: Any, *args: Any, tag: FieldClass = "operational", **options: Any) -> Column[Any]:
    """A NOT NULL column with its class tag; `nullable=True` must be said."""
    options.setdefault("nullable", False)
    return Column(name, type_, *args, info={"class": tag}, **options)


__all__ = ["Boolean", "Date", "Identity", "Integer", "Json", "LargeBinary", "Moment", "Text", "column", "date"]
