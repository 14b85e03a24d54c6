"""SQL of the access log: adding a row. Rows are never changed; `store/audit` finds them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from inbox.store.database import Transaction
from inbox.store.tables import access


def add(unit: Transaction, **values: Any) -> None:
    """One row, stamped with the transaction's moment."""
    unit.execute(insert(access).values(id=unit.new_id(), at=unit.now, **values))
