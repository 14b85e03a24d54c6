"""The managers' report over 28 days of a clinic with 200,000 conversations a year, against the 28 days before: the
processor time of one report, statements included."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import text

from bench import seed
from bench.figures import Figure
from bench.options import Options
from bench.storage import Storages
from inbox import accounts, metrics
from inbox.actors import Actor
from inbox.house import House
from inbox.settings import read
from inbox.store import accounts as actors

DAYS, A_YEAR = 28, 200_000
#: The span, what it is compared with, and a month of what lies outside both.
SIZE, QUICK_SIZE = A_YEAR * 3 * DAYS // 365, 4_000
BAR_MS = 1_500.0
SECOND = 1_000_000


def measure(storages: Storages, options: Options) -> list[Figure]:
    """On each storage, for a manager, who sees every figure."""
    return [_measure(storages, options, name) for name in storages.names]


def _measure(storages: Storages, options: Options, storage: str) -> Figure:
    size = QUICK_SIZE if options.quick else SIZE
    with storages.fresh(storage) as environment:
        house = House(read(environment))
        seed.fill(house, size)
        manager = _lived(house, size)
        took = sorted(_once(house, manager) for _ in range(5))
        house.close()
    note = f"{size // 3:,} conversations and as many before; slowest of 5 {took[-1]:.0f} ms"
    return Figure("report over 28 days, processor", storage, median(took), "≤", BAR_MS, "ms", note)


def _once(house: House, manager: Actor) -> float:
    today = datetime.now(UTC).date()
    begun = time.thread_time()
    with house.database.snapshot() as reading:
        metrics.report(reading, actor=manager, since=today - timedelta(days=DAYS - 1), until=today + timedelta(days=1))
    return (time.thread_time() - begun) * 1000


def _lived(house: House, size: int) -> Actor:
    """Spreads what was copied evenly over the span, with answers, closures, owners, reasons and patients."""
    now = time.time_ns() // 1000
    step = 3 * DAYS * 86_400 * SECOND // size
    with house.database.transaction() as unit:
        if not house.database.is_sqlite:
            unit.execute(text("SET LOCAL statement_timeout = 0"))
        given = accounts.add(
            unit, email="report@clinic.example", name="Rae Report", role="manager", teams=[], password=None, by=None
        )
        manager = actors.actor(unit, given)
        unit.execute(text("CREATE TABLE places AS SELECT id, row_number() OVER (ORDER BY id) AS n FROM conversations"))
        unit.execute(text("CREATE UNIQUE INDEX ix_places ON places (id)"))
        for statement in _SPREAD:
            unit.execute(text(statement), {"now": now, "step": step} if ":now" in statement else {})
    seed._settle(house)
    assert manager is not None
    return manager


_N = "(SELECT n FROM places WHERE places.id = {0})"
_OF = _N.format("conversations.id")
_OPENED = "(SELECT opened_at FROM conversations c WHERE c.id = conversation_id)"
_SPREAD = (
    f"UPDATE conversations SET opened_at = :now - :step * {_OF}",
    f"""UPDATE conversations SET channel = CASE {_OF} % 4 WHEN 0 THEN 'mail' WHEN 1 THEN 'webform' ELSE 'sms' END,
        reason = CASE {_OF} % 5 WHEN 0 THEN 'billing' WHEN 1 THEN 'refill' ELSE 'scheduling' END,
        location = CASE {_OF} % 3 WHEN 0 THEN 'Mission' ELSE 'Sunset' END""",
    f"UPDATE clocks SET started_at = {_OPENED}, due_at = {_OPENED} + 14400000000",
    """UPDATE clocks SET met_at = started_at + (conversation_id % 6000) * 3000000, state = 'met'
        WHERE conversation_id % 50 <> 0 AND metric IN ('first_response', 'read')""",
    f"""UPDATE conversations SET closed_at = opened_at + ({_OF} % 4000) * 60000000 WHERE state = 'closed'""",
    """INSERT INTO closures (id, conversation_id, closed_at, reason, channel, team, outcome, resolved, waiver,
        resolution_wall_seconds, resolution_business_seconds)
        SELECT -id, id, closed_at, reason, channel, team, 'resolved', TRUE, 'told_by_phone',
        (closed_at - opened_at) / 1000000, (closed_at - opened_at) / 3000000 FROM conversations
        WHERE state = 'closed'""",
    f"UPDATE closures SET reopened_at = closed_at + 86400000000 WHERE {_N.format('conversation_id')} % 17 = 0",
)
