"""SQL of canned replies: a row for each version of a code in a language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import templates


def newest(reading: Reading, *states: str) -> Sequence[Row[Any]]:
    """All versions in these states, the newest of each code and language last."""
    wanted = select(templates).where(templates.c.state.in_(states))
    return reading.all(wanted.order_by(templates.c.code, templates.c.language, templates.c.version))


def get(reading: Reading, template_id: int) -> Row[Any] | None:
    """One version."""
    return reading.one(select(templates).where(templates.c.id == template_id))


def add(unit: Transaction, values: dict[str, Any]) -> int:
    """The next version of its code and language, a draft."""
    same = (templates.c.code == values["code"], templates.c.language == values["language"])
    last = unit.scalar(select(func.max(templates.c.version)).where(*same))
    template_id = unit.new_id()
    row = {"id": template_id, "version": int(last or 0) + 1, "state": "draft", "at": unit.now, **values}
    unit.execute(insert(templates).values(row))
    return template_id


def decide(unit: Transaction, template_id: int, state: str, actor_id: int) -> None:
    """Approved or retired, by whom."""
    values = {"state": state, "decided_by": actor_id, "decided_at": unit.now}
    unit.execute(update(templates).where(templates.c.id == template_id).values(values))


def retire_others(unit: Transaction, row: Row[Any], actor_id: int) -> None:
    """Of a code in a language one version is approved."""
    others = (templates.c.code == row.code, templates.c.language == row.language, templates.c.id != row.id)
    values = {"state": "retired", "decided_by": actor_id, "decided_at": unit.now}
    unit.execute(update(templates).where(*others, templates.c.state == "approved").values(values))
