"""One ending of a conversation: an outcome and a word to the patient, or a waiver with its reason; nothing queued, red
flags disposed of by a nurse. A closure is a row; reopening ends it and keeps it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, select

from inbox import reply
from inbox.actors import TEAMS, Actor, Permission
from inbox.errors import Conflict, Invalid
from inbox.house import House
from inbox.next_step import LONGEST
from inbox.promise import First, Ledger
from inbox.store import jobs, threads, work
from inbox.store.database import Transaction
from inbox.store.tables import closures
from inbox.working import journal, opened
from slas import promises
from slas.clocks import elapsed_of

Outcome = Literal[
    "resolved",
    "partly",
    "referred_on",
    "declined",
    "unreachable",
    "not_resolved",
    "duplicate",
    "spam",
    "wrong_number",
    "merged",
]
#: Outcomes that count as resolved (domain.md §11, §12).
RESOLVED = frozenset({"resolved", "partly", "referred_on"})
WAIVERS = ("told_on_phone", "opted_out", "spam", "wrong_number", "deceased")
OUTCOMES = (
    "resolved",
    "partly",
    "referred_on",
    "declined",
    "unreachable",
    "not_resolved",
    "duplicate",
    "spam",
    "wrong_number",
)


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words that tell the patient it is done."""

    text: str
    channel: str | None = None


class FollowUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stays to do after closing: handed on with an owner and a date."""

    what: str
    due_at: datetime
    team: str | None = None


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a person closes."""

    client_id: str = ""
    outcome: str = ""
    version: int | None = None
    confirmation: Confirmation | None = None
    waiver: str | None = None
    follow_up: FollowUp | None = None
    disposition: str = ""


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
    _refuse_incomplete(unit, row, actor, ending)
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


def _refuse_incomplete(unit: Transaction, row: Row[Any], actor: Actor, ending: Ending) -> None:
    fields = {}
    if not ending.client_id.strip():
        fields["client_id"] = "made by the client, new for each closure"
    if ending.outcome not in OUTCOMES:
        fields["outcome"] = f"say how it ended: one of {', '.join(OUTCOMES)}"
    has_words = ending.confirmation is not None and ending.confirmation.text.strip()
    if not has_words and ending.outcome != "duplicate":
        if ending.waiver is None:
            fields["confirmation"] = "tell the patient, or give a waiver that says why not"
        elif ending.waiver not in WAIVERS:
            fields["waiver"] = f"one of {', '.join(WAIVERS)}"
    if row.flagged and not ending.disposition.strip():
        fields["disposition"] = "a red flag needs what was decided, by a nurse"
    elif row.flagged and actor.role != "nurse":
        fields["disposition"] = "a red flag is disposed of by a nurse; hand it to nursing"
    if ending.follow_up is not None:
        fields |= _follow_up_faults(unit, ending.follow_up)
    if threads.unsent(unit, row.id):
        fields["messages"] = "a message is still on its way out; wait for it or cancel it"
    if fields:
        raise Invalid("The closure is not complete.", fields=fields)


def _follow_up_faults(unit: Transaction, wanted: FollowUp) -> dict[str, str]:
    fields = {}
    if not wanted.what.strip() or len(wanted.what) > LONGEST:
        fields["follow_up.what"] = f"1 to {LONGEST} characters"
    if wanted.due_at.tzinfo is None or wanted.due_at <= unit.now:
        fields["follow_up.due_at"] = "a moment in the future with a time zone (RFC 3339)"
    if wanted.team is not None and wanted.team not in TEAMS:
        fields["follow_up.team"] = f"one of {', '.join(TEAMS)}"
    return fields


def _confirm(unit: Transaction, house: House, actor: Actor, row: Row[Any], ending: Ending) -> int | None:
    if ending.confirmation is None or not ending.confirmation.text.strip():
        return None
    draft = reply.Draft(
        client_id=f"closure:{ending.client_id}", text=ending.confirmation.text, channel=ending.confirmation.channel
    )
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
    resolved = ending.outcome in RESOLVED
    ledger = Ledger(unit, house.configuration.practice(), row.id)
    ledger.act(promises.on_read, at=unit.now)
    discard = ending.outcome in {"spam", "duplicate"}
    if discard:
        ledger.act(promises.on_discard, at=unit.now, cause=f"conversation.{ending.outcome}")
    else:
        ledger.act(promises.on_close, at=unit.now, resolved=resolved)
    closure_id = work.close(
        unit,
        {
            "conversation_id": row.id,
            "closed_by": actor.id if actor else None,
            "reason": row.reason,
            "channel": row.channel,
            "team": row.team,
            "outcome": ending.outcome,
            "resolved": resolved,
            "disposition": ending.disposition,
            "confirmation_message_id": confirmation_id,
            "waiver": ending.waiver if confirmation_id is None else None,
            "client_id": ending.client_id,
            **_seconds(unit, ledger, row),
        },
    )
    threads.end_step(unit, row.id)
    work.end_snooze(unit, row.id, "closed")
    for raised in work.open_escalations(unit, row.id):
        work.acknowledge(unit, raised.id, actor.id if actor else None)
    threads.change(
        unit,
        row,
        {
            "state": "closed",
            "closed_at": unit.now,
            "next_step_id": _follow_up(unit, row, ending),
            "needs_reply": False,
            "unread": False,
            "snoozed_until": None,
            "due_at": None,
            "due_metric": None,
        },
    )
    details = {"closure": closure_id, "outcome": ending.outcome, "resolved": resolved, "waiver": ending.waiver}
    journal(unit, "conversation.closed", row, actor, **details)
    _ask_later(unit, house, closure_id)
    return closure_id


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
