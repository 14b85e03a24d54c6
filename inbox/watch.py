"""The timer loop: breaches, warnings, escalations, snoozes, check-backs, leases, and the sweep for lost work.

Effect, journal and claim are one transaction; a row that raises is pushed ahead; a breach bears its deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row

from inbox import backfill, distribution, escalation, proxy, retention, returning, seal, silence
from inbox.house import House
from inbox.promise import Ledger
from inbox.store import arrivals, jobs, promises, threads, waiting, work
from inbox.store.database import Reading, Transaction
from slas import promises as events
from slas.clocks import overdue

BATCH = 20
RETRY = timedelta(minutes=1)
log = structlog.get_logger()


def tick(house: House) -> int:
    """Fires what is due now; answers how many timers fired. Repeat until it answers 0, then wait."""
    fired = 0
    for find, fire in _TIMERS:
        with house.database.snapshot() as reading:
            due = find(reading, BATCH)
        fired += _fire(house, fire, due) if due else 0
    return fired


def sweep(house: House) -> list[tuple[int, str]]:
    """Puts back what dead processes held and names the due jobs, so that a lost wake-up costs one sweep."""
    with house.database.transaction() as unit:
        jobs.release_expired(unit)
        backfill.plan(unit, house)
        silence.look(unit)
        proxy.look(unit)
        returning.look(unit)
        for arrival_id in arrivals.unhandled(unit, unit.now - timedelta(seconds=30)):
            if not jobs.is_known(unit, kind="arrival", ref=arrival_id):
                jobs.add(unit, kind="arrival", ref=arrival_id, queue="inbound")
    retention.clean(house)
    seal.seal(house)
    with house.database.snapshot() as reading:
        return list(jobs.due(reading))


def _fire(house: House, fire: Callable[[Transaction, House, Row[Any]], bool], rows: list[Row[Any]]) -> int:
    """All in one transaction, which costs little more than one of them; where one raises, each in its own."""
    try:
        with house.database.transaction() as unit:
            return sum(fire(unit, house, row) for row in rows)
    except Exception as error:  # noqa: BLE001 - one poison row may not stop the timers
        if len(rows) > 1:
            return sum(_fire(house, fire, [row]) for row in rows)
        (row,) = rows
        log.error("timer.failed", timer=fire.__name__, ref=row.id, kind=type(error).__name__)
        with house.database.transaction() as unit:
            _PUSH[fire](unit, row.id, unit.now + RETRY)
            unit.record("timer.failed", actor_id=None, details={"timer": fire.__name__, "ref": row.id})
        return 0


def breach(unit: Transaction, house: House, row: Row[Any]) -> bool:
    """A promise was not kept: written once, stamped with the deadline, and one hand raised."""
    practice = house.configuration.practice()
    conversation = threads.lock(unit, row.conversation_id)
    ledger = Ledger(unit, practice, row.conversation_id)
    metric = next((m for m, kept_id in ledger.ids.items() if kept_id == row.id), None)
    entry = overdue(ledger.clocks[metric], unit.now) if metric else None
    if metric is None or entry is None:
        return False
    work.fire(unit, "breach", row.id, row.generation)
    ledger.record([events.Line(metric, entry)])
    unit.record(
        "clock.breached",
        actor_id=None,
        conversation_id=conversation.id,
        patient_id=conversation.subject_patient_id,
        details={"clock": row.id, "metric": metric},
        at=entry.at,
    )
    threads.change(unit, conversation, {})
    if not work.open_escalations(unit, conversation.id):
        seconds = int((entry.at - ledger.clocks[metric].started_at).total_seconds())
        escalation.begin(unit, practice, conversation, cause=f"clock:{metric}", ref=row.id, target_seconds=seconds)
    return True


def warn(unit: Transaction, house: House, row: Row[Any]) -> bool:
    """Three quarters of the time has passed: said once, also for unassigned work."""
    conversation = threads.lock(unit, row.conversation_id)
    if not promises.set_warned(unit, row.id):
        return False
    unit.record(
        "clock.warned",
        actor_id=None,
        conversation_id=row.conversation_id,
        details={"clock": row.id, "metric": row.metric},
        at=row.warn_at,
    )
    values: dict[str, Any] = {}
    if conversation.snoozed_until is not None and work.end_snooze(unit, row.conversation_id, "warning"):
        values["snoozed_until"] = None
        details = {"cause": "warning"}
        unit.record("snooze.ended", actor_id=None, conversation_id=row.conversation_id, details=details)
    threads.change(unit, conversation, values)
    return True


def climb(unit: Transaction, house: House, row: Row[Any]) -> bool:
    """Nobody took a raised hand in time."""
    return escalation.climb(unit, house.configuration.practice(), row)


def wake(unit: Transaction, house: House, row: Row[Any]) -> bool:
    """A snooze ends by time."""
    conversation = threads.lock(unit, row.conversation_id)
    if not work.end_snooze(unit, row.conversation_id, "time"):
        return False
    threads.change(unit, conversation, {"snoozed_until": None})
    unit.record("snooze.ended", actor_id=None, conversation_id=row.conversation_id, details={"cause": "time"})
    return True


def check_back(unit: Transaction, house: House, row: Row[Any]) -> bool:
    """The patient did not answer by the check-back time: the clinic owes the next action again."""
    conversation = threads.lock(unit, row.conversation_id)
    if conversation.state != "waiting" or conversation.next_step_id != row.id:
        return False
    ledger = Ledger(unit, house.configuration.practice(), conversation.id)
    first = ledger.act(events.on_active, at=unit.now, cause="check_back.due")
    threads.change(unit, conversation, {"state": "open", **first.values()})
    unit.record(
        "conversation.resumed",
        actor_id=None,
        conversation_id=conversation.id,
        details={"cause": "check_back"},
        at=row.due_at,
    )
    return True


_TIMERS: tuple[tuple[Callable[[Reading, int], list[Row[Any]]], Callable[[Transaction, House, Row[Any]], bool]], ...] = (
    (promises.overdue, breach),
    (promises.to_warn, warn),
    (work.escalations_due, climb),
    (work.snoozes_due, wake),
    (work.check_backs_due, check_back),
    (waiting.leases_over, distribution.lapse),
    (distribution.wanted, distribution.hand_out),
)
_PUSH: dict[Callable[[Transaction, House, Row[Any]], bool], Callable[[Transaction, int, datetime], None]] = {
    breach: promises.push_ahead,
    warn: promises.push_ahead,
    climb: work.push_escalation,
    wake: work.push_snooze,
    check_back: work.push_step,
    distribution.lapse: waiting.push_lease,
    distribution.hand_out: waiting.push_request,
}
