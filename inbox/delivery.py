"""Sending: consent asked again, an attempt row before the first byte leaves, an honest outcome (reliability.md §4)."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, select

import channels
from channels import errors as codes
from channels import sandbox
from channels.envelope import Outbound, SendFailed, Sent
from channels.mail_send import SmtpRelay
from inbox import answer, carrier, check, consent, outgoing, pace, reach, way
from inbox.dispatch import OURS, RANK, held, journal, move
from inbox.house import House
from inbox.reply import is_planned
from inbox.store import attempts, contacts, jobs, threads
from inbox.store.contacts import Contact
from inbox.store.database import Transaction
from inbox.store.jobs import Job
from inbox.store.tables import messages
from inbox.undelivered import give_up, heed_code, leave_unknown
from patients.consent import Allow

#: A visitor of the chat who has not seen an answer by then has left.
LEFT_AFTER = timedelta(minutes=10)
#: The provider is asked about an ambiguous send for the first time, and for the last.
RECONCILE_FIRST, RECONCILE_AFTER = timedelta(minutes=1), timedelta(minutes=10)


class Ready(msgspec.Struct, frozen=True):
    """A message about to leave."""

    outbound: Outbound
    attempt_id: int


def deliver(house: House, job: Job) -> None:
    """The *send* job: asks consent again, notes the attempt, sends, notes the outcome."""
    with house.database.transaction() as unit:
        ready = _begin(unit, house, job)
    if ready is None:
        return
    try:
        sent = asyncio.run(leave(house, ready.outbound))
    except SendFailed as failure:
        house.database.write(_failed, house, job, ready, failure)
    else:
        house.database.write(_sent, house, job, ready, sent)


def _begin(unit: Transaction, house: House, job: Job) -> Ready | None:
    if not jobs.renew(unit, job):
        raise jobs.TakenOver  # it waited behind others for longer than its lease: whoever holds it now sends it
    message = unit.one(select(messages).where(messages.c.id == job.ref).with_for_update())
    if message is None or message.status in {"sent", "accepted", "delivered", "read", "failed", "dead", "cancelled"}:
        jobs.finish(unit, job)
        return None
    if message.status in {"sending", "unknown"}:
        # a process died between attempt and outcome: nobody can say whether it left, so it is not repeated
        leave_unknown(unit, house, message)
        jobs.add(unit, kind="reconcile", ref=message.id, queue="bulk")
        jobs.finish(unit, job)
        return None
    contact = contacts.get(unit, message.contact_id)
    if contact is None:
        raise LookupError("a message without an address")
    if refused := _refused(unit, house, message, contact):
        give_up(unit, house, message, "failed", *refused)
        jobs.finish(unit, job)
        return None
    if pace.hold(unit, house, job, message):
        return None
    attempt_id = attempts.begin(unit, message.id)
    leaving: dict[str, Any] = {"status": "sending", "status_rank": RANK["sending"]}
    if message.channel == "mail":
        # known before it leaves: a mail of which nobody can say whether it left may still bounce or be answered
        leaving["mail_id"] = outgoing.mail_id(house, message.id)
    if message.author_kind == "staff" and is_planned(message.send_at, message.at):
        _answer_at_last(unit, house, message)
        leaving["at"] = unit.now
    threads.set_message(unit, message.id, leaving)
    return Ready(outgoing.compose(unit, house, message, contact.value, attempt_id), attempt_id)


def _refused(unit: Transaction, house: House, message: Row[Any], contact: Contact) -> tuple[str, str] | None:
    """(code, why) where it may not leave any more: what was allowed when it was written may have changed since."""
    answer = consent.ask(unit, contact, channel=message.channel, exempt=message.exempt_reason)
    if not isinstance(answer, Allow):
        return "consent", f"Not sent: {answer.why}."
    if not message.template.startswith("HX") and not way.window_open(unit, contact.id, message.channel):
        return "63016", codes.explain("63016")
    if message.author_kind == "staff" and (why := _barred(unit, message)):
        return "barred", f"Not sent: {why}."
    found = check.leaving(unit, house, message, contact) if message.author_kind == "staff" else None
    if found is not None and found.level == "secure":
        return "unprotected", f"Not sent in the open: {found.because[-1]}. Send it as a secure link."
    return None


def _barred(unit: Transaction, message: Row[Any]) -> str:
    """Why whoever uses this address may not be told it any more: a right ended, or the request is kept from them."""
    return reach.barriers(unit, threads.get(unit, message.conversation_id), message.body)(message.contact_id)


def _answer_at_last(unit: Transaction, house: House, message: Row[Any]) -> None:
    """A planned reply leaves: only now the patient is answered."""
    row = threads.lock(unit, message.conversation_id)
    if row.state == "closed":
        return
    step_id = answer.answer(unit, house, row, actor_id=message.author_id, message_id=message.id, counted=True)
    unit.record(
        "reply.queued",
        actor_id=message.author_id,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        details={"message": message.id, "channel": message.channel, **answer.before(row, step_id)},
    )


async def leave(house: House, outbound: Outbound) -> Sent:
    """Hands words to whoever carries the channel. Raises SendFailed."""
    if carrier.is_pretended(house.settings, outbound.channel):
        return await sandbox.send(outbound, house.twilio)
    if outbound.channel == "chat":
        return Sent(f"chat:{outbound.attempt}", "delivered")
    module: Any = channels.module(outbound.channel)
    if outbound.channel == "mail":
        if not house.settings.smtp_url:
            raise SendFailed("No mail relay is configured (WARMLINE_SMTP_URL).", permanent=True)
        relay = SmtpRelay(house.settings.smtp_url, house.settings.mail_from, house.configuration.practice().name)
        sent: Sent = await module.send(outbound, relay)
        return Sent(sent.external_id, "sent")
    answered: Sent = await module.send(outbound, house.twilio)
    return answered


def _sent(unit: Transaction, house: House, job: Job, ready: Ready, sent: Sent) -> None:
    attempts.settle(unit, ready.attempt_id, outcome="accepted", external_id=sent.external_id)
    message = held(unit, job.ref)
    if message is not None:
        pace.answered(unit, house, message)
        threads.set_message(unit, message.id, {"external_id": sent.external_id})
        move(unit, message, OURS.get(sent.status, "accepted"))
        if message.channel == "chat" and message.author_kind == "staff":
            jobs.add(unit, kind="chat", ref=message.id, queue="bulk", due_at=unit.now + LEFT_AFTER)
    if carrier.is_pretended(house.settings, ready.outbound.channel):
        for number, planned in enumerate(sandbox.receipts(ready.outbound, sent, house.twilio)):
            due_at = unit.now + timedelta(seconds=planned.after)
            jobs.add(unit, kind=f"sandbox:{number}", ref=ready.attempt_id, queue="inbound", due_at=due_at)
    finish(unit, job)


def _failed(unit: Transaction, house: House, job: Job, ready: Ready, failure: SendFailed) -> None:
    outcome = "refused" if failure.permanent else "ambiguous" if failure.ambiguous else "not_sent"
    attempts.settle(unit, ready.attempt_id, outcome=outcome, code=failure.code)
    message = held(unit, job.ref)
    if message is not None:
        pace.failed(unit, house, message, failure)
    if message is None:
        finish(unit, job)
    elif failure.permanent:
        heed_code(unit, message, failure.code)
        give_up(unit, house, message, "failed", failure.code, failure.reason)
        finish(unit, job)
    elif failure.ambiguous:
        jobs.add(unit, kind="reconcile", ref=message.id, queue="bulk", due_at=unit.now + RECONCILE_FIRST)
        finish(unit, job)
    else:
        threads.set_message(unit, message.id, {"status": "queued", "status_rank": 0, "error": failure.reason})
        journal(unit, message, "delivery.delayed", {"code": failure.code})
        wait = failure.retry_after or min(900.0, 5.0 * 2**job.tries) * random.uniform(0.5, 1.5)  # noqa: S311  # jitter
        state = jobs.put_back(unit, job, due_at=unit.now + timedelta(seconds=wait), error=failure.code or "not sent")
        if state == "dead":
            give_up(unit, house, message, "dead", failure.code, failure.reason)


def finish(unit: Transaction, job: Job) -> None:
    """The job is done, in this transaction. Raises TakenOver."""
    if not jobs.finish(unit, job):
        raise jobs.TakenOver
