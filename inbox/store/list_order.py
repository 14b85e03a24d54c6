"""The orders of the inbox lists, spelled as their partial indexes spell them: with a bound value neither engine
would use them.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, and_, literal, literal_column, tuple_

from inbox.store.tables import conversations as c

IS_OPEN = c.c.state != literal_column("'closed'")
IS_CLOSED = c.c.state == literal_column("'closed'")
DUE_ORDER: ColumnElement[int] = literal_column("coalesce(conversations.due_at, 253402300799000000)", BigInteger())
#: `closed_at` as the number it is stored as: a cursor compares numbers.
CLOSED_ORDER: ColumnElement[int] = literal_column("conversations.closed_at", BigInteger())


class Order(msgspec.Struct, frozen=True):
    """What a view is sorted by: `keys` are numbers, all ascending or, `newest_first`, all descending."""

    keys: tuple[ColumnElement[int], ...]
    newest_first: bool = False

    @property
    def by(self) -> list[ColumnElement[Any]]:
        """The ORDER BY terms."""
        return [key.desc() if self.newest_first else key for key in self.keys]

    def behind(self, after: tuple[int, ...]) -> ColumnElement[bool]:
        """Rows behind a cursor. The first key stands alone too: SQLite finds its place in the index only by that."""
        mine, theirs = tuple_(*self.keys), tuple_(*map(literal, after))
        if self.newest_first:
            return and_(self.keys[0] <= after[0], mine < theirs)
        return and_(self.keys[0] >= after[0], mine > theirs)


def order_of(view: str) -> Order:
    """Closed work by (closing, id) newest first, all work by id newest first, else by (priority, deadline, id)."""
    if view == "closed":
        return Order((CLOSED_ORDER, c.c.id), newest_first=True)
    if view == "all":
        return Order((c.c.id,), newest_first=True)
    return Order((c.c.priority, DUE_ORDER, c.c.id))
