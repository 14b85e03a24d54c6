"""What every table is made with: one metadata, the key column, and conditions of partial indexes on both engines."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, MetaData, text

from inbox.store.columns import Identity, column

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Rows without a deadline sort last on both engines; an index helps only a query that spells it exactly so.
DUE_ORDER = text("coalesce(due_at, 253402300799000000)")


def where(condition: str) -> dict[str, Any]:
    """The condition of a partial index."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def key() -> Column[Any]:
    """The id: from one space for all tables (`inbox/store/ids`), so an insert knows it before it runs."""
    return column("id", Identity, primary_key=True, autoincrement=False)
