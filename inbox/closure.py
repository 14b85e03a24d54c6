"""One ending of a conversation: an outcome and a word to the patient, or a waiver with its reason; nothing queued, red
flags disposed of by a nurse. A closure is a row; reopening ends it and keeps it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from inbox import reply
from inbox.actors import Actor, Permission
from inbox.ending import Confirmation, Ending, FollowUp, refuse_incomplete
from inbox.errors import Conflict, Invalid
from inbox.house import House
from inbox.promise import First, Ledger
from inbox.store import jobs, threads, work
from inbox.store.database import Transaction
from inbox.store.tables import closures
from inbox.working import journal, opened
from slas import promises
from slas.clocks import elapsed_of

__all__ = ["Confirmation", "Ending", "FollowUp", "close", "end", "reopen", "reopen_by_inbound"]


def close(unit: Transaction, house: House, *, actor: Actor, conversation_id: int, ending: Ending) -> int:
    """Closes and answers the closure's id. Raises Invalid listing all that is missing, Forbidden, Conflict."""
    row = opened(unit, actor, conversation_id, Permission.CLOSE)
    earlier = unit.one(select(closures).where(closures.c.client_id == ending.client_id))
    if earlier is not None:
        return _same(earlier, row, ending)
    if row.clinical and ending.outcome not in {"spam", "duplicate", "wrong_number"}:
        row = opened(unit, actor, conversation_id, Permission.CLOSE_CLINICAL)
    if ending.version is not None and ending.version != row.version:
        raise Conflict("The conversation changed in the meantime.", version=row.version)
    if row.state == "closed":
        raise Conflict("It is closed already.", state="closed")
    refuse_incomplete(unit, row, actor, ending)
    confirmation_id = _confirm(unit, house, actor, row, ending)
    return end(unit, house, actor, threads.get(unit, row.id), ending, confirmation_id)


def reopen(unit: Transaction, house: House, *, actor: Actor, conversation_id: int) -> int:
    """A person reopens; answers the new version."""
    row = opened(unit, actor, conversation_id, Permission.WORK)
    if row.state != "closed":
        raise Conflict("It is open already.", state=row.state)
    ledger = Ledger(unit, house.configuration.practice(), row.id)
    work.reopen(unit, row.id, by_id=actor.id, cause="staff")
    first = ledger.act(promises.on_reopen, at=unit.now)
    journal(unit, "conversation.reopened", row, actor, cause="staff")
    return threads.change(unit, row, _opened_again(unit, row, first))


def reopen_by_inbound(unit: Transaction, ledger: Ledger, row: Row[Any], *, at: datetime) -> dict[str, Any]:
    """The patient wrote again within the window: the closure no longer counts as resolved. Answers what changes."""
    work.reopen(unit, row.id, by_id=None, cause="inbound")
    first = ledger.act(promises.on_reopen, at=at)
    journal(unit, "conversation.reopened", row, None, cause="inbound")
    return _opened_again(unit, row, first)


def _opened_again(unit: Transaction, row: Row[Any], first: First) -> dict[str, Any]:
    """A follow-up that the closure handed on gives way to reading anew, due with the first clock: one at a time."""
    threads.end_step(unit, row.id)
    step_id = threads.add_step(
        unit,
        conversation_id=row.id,
        what="Read and decide",
        team=row.team,
        owner_id=row.owner_id,
        due_at=first.due_at or unit.now,
    )
    return {"state": "open", "closed_at": None, "next_step_id": step_id, "needs_reply": True} | first.values()


def _same(earlier: Row[Any], row: Row[Any], ending: Ending) -> int:
    if earlier.conversation_id != row.id or earlier.outcome != ending.outcome:
        raise Invalid(fields={"client_id": "was used for another closure; make a new one"})
    return int(earlier.id)


def _confirm(unit: Transaction, house: House, actor: Actor, row: Row[Any], ending: Ending) -> int | None:
    if ending.confirmation is None or not ending.words:
        return None
    client_id, channel = f"closure:{ending.client_id}", ending.confirmation.channel
    draft = reply.Draft(client_id=client_id, text=ending.words, channel=channel)
    return reply.send(unit, house, actor=actor, conversation_id=row.id, draft=draft)


def end(
    unit: Transaction,
    house: House,
    actor: Actor | None,
    row: Row[Any],
    ending: Ending,
    confirmation_id: int | None = None,
) -> int:
    """Closes a row that the caller holds and has judged complete, a machine's with no actor; answers the closure's
    id."""
    ledger = Ledger(unit, house.configuration.practice(), row.id)
    _stop_clocks(ledger, ending, unit.now)
    by_id = actor.id if actor else None
    closure_id = work.close(
        unit,
        {"conversation_id": row.id, "closed_by": by_id, "confirmation_message_id": confirmation_id}
        | {"reason": row.reason, "channel": row.channel, "team": row.team}
        | _ended_as(ending, told=confirmation_id is not None)
        | _seconds(unit, ledger, row),
    )
    _let_go(unit, row, by_id)
    step_id = _follow_up(unit, row, ending)
    threads.change(unit, row, {**_CLOSED, "closed_at": unit.now, "next_step_id": step_id})
    details = {"closure": closure_id, "outcome": ending.outcome, "resolved": ending.resolved, "waiver": ending.waiver}
    journal(unit, "conversation.closed", row, actor, **details)
    _ask_later(unit, house, closure_id)
    return closure_id


#: What is no longer true of a closed conversation.
_CLOSED = {
    "state": "closed",
    "needs_reply": False,
    "unread": False,
    "snoozed_until": None,
    "due_at": None,
    "due_metric": None,
}


def _stop_clocks(ledger: Ledger, ending: Ending, at: datetime) -> None:
    ledger.act(promises.on_read, at=at)
    if ending.outcome in {"spam", "duplicate"}:
        ledger.act(promises.on_discard, at=at, cause=f"conversation.{ending.outcome}")
    else:
        ledger.act(promises.on_close, at=at, resolved=ending.resolved)


def _ended_as(ending: Ending, *, told: bool) -> dict[str, Any]:
    return {
        "outcome": ending.outcome,
        "resolved": ending.resolved,
        "disposition": ending.disposition,
        "waiver": None if told else ending.waiver,
        "client_id": ending.client_id,
    }


def _let_go(unit: Transaction, row: Row[Any], by_id: int | None) -> None:
    """Its next step is done, nobody is woken for it, and raised hands go down."""
    threads.end_step(unit, row.id)
    work.end_snooze(unit, row.id, "closed")
    for raised in work.open_escalations(unit, row.id):
        work.acknowledge(unit, raised.id, by_id)


def _ask_later(unit: Transaction, house: House, closure_id: int) -> None:
    """The question how we did is a job: whether it is asked is decided when it is due."""
    asking = house.configuration.practice().survey
    if asking.enabled:
        due_at = unit.now + timedelta(seconds=asking.after_seconds)
        jobs.add(unit, kind="survey", ref=closure_id, queue="bulk", due_at=due_at)


def _follow_up(unit: Transaction, row: Row[Any], ending: Ending) -> int | None:
    if ending.follow_up is None:
        return None
    wanted = ending.follow_up
    return threads.add_step(
        unit,
        conversation_id=row.id,
        what=wanted.what,
        team=wanted.team or row.team,
        owner_id=None,
        due_at=wanted.due_at,
    )


def _seconds(unit: Transaction, ledger: Ledger, row: Row[Any]) -> dict[str, int | None]:
    """Response and resolution in wall and business seconds; after a reopening also the seconds since it."""
    response = ledger.clocks.get("first_response")
    met_at = response.met_at if response else None
    resolution = ledger.clocks.get("resolution")
    whole = elapsed_of(resolution, ledger.calendar, unit.now) if resolution else None
    answered = elapsed_of(response, ledger.calendar, met_at) if response and met_at else None
    before = work.first_reopened(unit, row.id)
    return {
        "response_wall_seconds": answered.wall if answered else None,
        "response_business_seconds": answered.business if answered else None,
        "resolution_wall_seconds": int((unit.now - row.opened_at).total_seconds()),
        "resolution_business_seconds": whole.business if whole else 0,
        "since_reopen_seconds": int((unit.now - before.reopened_at).total_seconds()) if before else None,
    }
