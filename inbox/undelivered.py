"""A message that did not reach the patient, or of which nobody can say so: the conversation is back before people, and
its clocks owe the answer again (reliability.md §4).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from channels import errors as codes
from inbox.dispatch import RANK, journal
from inbox.house import House
from inbox.promise import Ledger
from inbox.store import contacts, threads, work
from inbox.store.database import Transaction
from slas import promises


def leave_unknown(unit: Transaction, house: House, message: Row[Any]) -> None:
    """Nobody can say whether it left: people are asked, nothing is repeated."""
    facts = {"status": "unknown", "status_rank": RANK["unknown"], "error": "It may have been sent: nobody can say."}
    threads.set_message(unit, message.id, facts)
    journal(unit, message, "delivery.unknown", {"status": "unknown"})
    row = threads.lock(unit, message.conversation_id)
    values: dict[str, Any] = {"needs_reply": True}
    if row.state == "waiting":
        ledger = Ledger(unit, house.configuration.practice(), row.id)
        values |= {"state": "open", **ledger.act(promises.on_active, at=unit.now, cause="delivery.unknown").values()}
    threads.change(unit, row, values)


def give_up(unit: Transaction, house: House, message: Row[Any], status: str, code: str, why: str) -> None:
    """It did not reach the patient: the conversation is back in the worklist, its clocks owe the answer again. What was
    closed in other words than these stays closed."""
    facts = {"status": status, "status_rank": RANK[status], "error_code": code, "error": why}
    threads.set_message(unit, message.id, facts)
    if message.exempt_reason == "keyword":
        # the carrier has confirmed the STOP itself and blocks ours: nobody need find another way
        threads.change(unit, threads.lock(unit, message.conversation_id), {})
        journal(unit, message, "delivery.failed", {"status": status, "code": code})
        return
    row = threads.lock(unit, message.conversation_id)
    if row.state != "closed":
        threads.change(unit, row, _owed_again(unit, house, row, message))
    elif _confirmed(unit, row, message):
        work.reopen(unit, row.id, by_id=None, cause="confirmation failed")
        threads.change(unit, row, _owed_again(unit, house, row, message))
        journal(unit, message, "conversation.reopened", {"cause": "confirmation failed"})
    else:
        threads.change(unit, row, {})
    journal(unit, message, "delivery.failed", {"status": status, "code": code})


def _confirmed(unit: Transaction, row: Row[Any], message: Row[Any]) -> bool:
    """Whether this message told the patient that it is done."""
    closure = threads.live_closure(unit, row.id)
    return closure is not None and closure.confirmation_message_id == message.id


def _owed_again(unit: Transaction, house: House, row: Row[Any], message: Row[Any]) -> dict[str, Any]:
    """What changes when a message did not arrive: the promises it met run on, somebody must find another way."""
    values: dict[str, Any] = {"needs_reply": True}
    if message.author_kind == "staff":
        ledger = Ledger(unit, house.configuration.practice(), row.id)
        ledger.act(promises.on_reply_failed, at=unit.now, replied_at=message.at)
        again = promises.on_reopen if row.state == "closed" else promises.on_active
        values |= ledger.act(again, at=unit.now, cause="reply.failed").values()
    if work.end_snooze(unit, row.id, "delivery failed"):
        values["snoozed_until"] = None
        journal(unit, message, "snooze.ended", {"cause": "delivery failed"})
    if row.state in {"waiting", "closed"}:
        values |= {"state": "open", "closed_at": None, "next_step_id": _another_way(unit, row)}
    return values


def _another_way(unit: Transaction, row: Row[Any]) -> int:
    threads.end_step(unit, row.id)
    return threads.add_step(
        unit,
        conversation_id=row.id,
        what="A reply did not arrive: use another way",
        team=row.team,
        owner_id=row.owner_id,
        due_at=unit.now,
    )


def heed_code(unit: Transaction, message: Row[Any], code: str) -> None:
    """Some codes teach us about the address: 21610 is an opt-out that the provider knew first."""
    if message.contact_id is None:
        return
    if codes.consequence(code) == "opted_out":
        contacts.add_consent(
            unit,
            contact_id=message.contact_id,
            patient_id=None,
            channel=message.channel,
            purpose="",
            kind="revoke_all",
            method="provider",
            source="provider",
            evidence={"code": code},
        )
        journal(unit, message, "consent.revoked", {"contact": message.contact_id, "channel": message.channel})
