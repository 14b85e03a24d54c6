"""Sending and what became of it: an attempt row before the first byte leaves, a status that only rises, an honest
*unknown*, and every failure back before people (reliability.md §4).
"""

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
from channels.envelope import Attachment, Outbound, Receipt, SendFailed, Sent
from channels.mail_send import SmtpRelay
from inbox import answer, carrier, check, consent, upload, way
from inbox.house import House
from inbox.keys import sign
from inbox.private_link import revealed
from inbox.promise import Ledger
from inbox.reply import is_planned
from inbox.store import attachments, attempts, contacts, jobs, threads, work
from inbox.store.contacts import Contact
from inbox.store.database import Transaction
from inbox.store.jobs import Job
from inbox.store.tables import messages
from patients.consent import Allow
from slas import promises

#: Our own order; a receipt may only move a message up. Failure stands below *delivered*: it cannot undo a delivery.
RANK = {
    "queued": 0,
    "sending": 1,
    "unknown": 2,
    "accepted": 3,
    "sent": 4,
    "failed": 5,
    "dead": 5,
    "cancelled": 5,
    "delivered": 6,
    "read": 7,
}
#: A visitor of the chat who has not seen an answer by then has left.
LEFT_AFTER = timedelta(minutes=10)
#: The provider's words in ours.
OURS = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}
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
        sent = asyncio.run(_send(house, ready.outbound))
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
    attempt_id = attempts.begin(unit, message.id)
    leaving: dict[str, Any] = {"status": "sending", "status_rank": RANK["sending"]}
    if message.channel == "mail":
        # known before it leaves: a mail of which nobody can say whether it left may still bounce or be answered
        leaving["mail_id"] = mail_id(house, message.id)
    if message.author_kind == "staff" and is_planned(message.send_at, message.at):
        _answer_at_last(unit, house, message)
        leaving["at"] = unit.now
    threads.set_message(unit, message.id, leaving)
    return Ready(_outbound(unit, house, message, contact.value, attempt_id), attempt_id)


def _refused(unit: Transaction, house: House, message: Row[Any], contact: Contact) -> tuple[str, str] | None:
    """(code, why) where it may not leave any more: what was allowed when it was written may have changed since."""
    answer = consent.ask(unit, contact, channel=message.channel, exempt=message.exempt_reason)
    if not isinstance(answer, Allow):
        return "consent", f"Not sent: {answer.why}."
    if not message.template.startswith("HX") and not way.window_open(unit, contact.id, message.channel):
        return "63016", codes.explain("63016")
    found = check.leaving(unit, house, message, contact) if message.author_kind == "staff" else None
    if found is not None and found.level == "secure":
        return "unprotected", f"Not sent in the open: {found.because[-1]}. Send it as a secure link."
    return None


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


def _outbound(unit: Transaction, house: House, message: Row[Any], to: str, attempt_id: int) -> Outbound:
    files = [_file(house, message, row) for row in attachments.of_message(unit, message.id) if row.blob]
    answered = _last_mail(unit, message) if message.channel == "mail" else None
    mailbox = message.line if "@" in message.line else house.settings.mail_from
    return Outbound(
        channel=message.channel,
        to=to,
        line=message.line,
        text=revealed(house, message.id, message.body),
        attempt=str(attempt_id),
        subject=_subject(message, answered),
        message_id=mail_id(house, message.id) if message.channel == "mail" else "",
        in_reply_to=(answered.mail_id or "") if answered else "",
        references=(answered.mail_id,) if answered and answered.mail_id else (),
        reply_to=_reply_to(house, message, mailbox) if message.channel == "mail" else "",
        attachments=tuple(files),
        template=message.template if message.template.startswith("HX") else "",
        template_variables=message.variables,
        status_callback=f"{house.settings.public_url}/in/twilio/status",
        automatic=message.author_kind == "automatic",
    )


def _file(house: House, message: Row[Any], row: Row[Any]) -> Attachment:
    """Its bytes for a mail; for a carrier the address where it fetches them."""
    named = Attachment(row.filename, row.content_type, row.size, row.sha256)
    if message.channel == "mail":
        return msgspec.structs.replace(named, content=house.files.read(row.blob))
    return msgspec.structs.replace(named, url=upload.address(house, row.id))


def mail_id(house: House, message_id: int) -> str:
    """Our Message-ID: a keyed hash that says nothing; the same for every try, so a repeat is seen as one mail."""
    host = house.settings.mail_from.rpartition("@")[2] or "warmline.invalid"
    return f"{sign(house.keys.mail_id, str(message_id)).lower()}@{host}"


def _reply_to(house: House, message: Row[Any], mailbox: str) -> str:
    from channels import mail

    token = mail.thread_token(house.keys.thread, str(message.conversation_id), str(message.contact_id))
    return mail.plus_address(mailbox, token)


def _last_mail(unit: Transaction, message: Row[Any]) -> Row[Any] | None:
    wanted = select(messages.c.mail_id, messages.c.subject).where(
        messages.c.conversation_id == message.conversation_id,
        messages.c.direction == "in",
        messages.c.channel == "mail",
    )
    return unit.one(wanted.order_by(messages.c.at.desc()).limit(1))


def _subject(message: Row[Any], answered: Row[Any] | None) -> str:
    if message.channel != "mail":
        return ""
    subject = (answered.subject if answered else message.subject) or "Your message to us"
    return subject if subject.lower().startswith("re:") or answered is None else f"Re: {subject}"


async def _send(house: House, outbound: Outbound) -> Sent:
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
        threads.set_message(unit, message.id, {"external_id": sent.external_id})
        _move(unit, message, OURS.get(sent.status, "accepted"))
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
    if message is None:
        finish(unit, job)
    elif failure.permanent:
        _heed_code(unit, message, failure.code)
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


def settle(unit: Transaction, house: House, receipt: Receipt) -> str:
    """A provider's receipt: finds the message by its id or our attempt's, and moves it up, never back. Answers what
    becomes of the arrival."""
    message = threads.message_by_external(unit, receipt.channel, receipt.external_id)
    if message is None and receipt.attempt.isdigit():
        attempt = attempts.get(unit, int(receipt.attempt))
        message = threads.message(unit, attempt.message_id) if attempt else None
        if message is not None and message.external_id is None:
            threads.set_message(unit, message.id, {"external_id": receipt.external_id})
    message = held(unit, message.id) if message is not None else None
    if message is None:
        return "receipt for a message that is not ours"
    attempts.keep_receipt(unit, message.id, status=receipt.status, code=receipt.code)
    heed(unit, house, message, receipt.status, receipt.code)
    return ""


def heed(unit: Transaction, house: House, message: Row[Any], said: str, code: str) -> None:
    """The provider's word on a message of ours, held: it moves up or comes back to people, never down."""
    status = OURS.get(said)
    if status is None or not rises(message.status, status):
        return
    if status == "failed":
        _heed_code(unit, message, code)
        give_up(unit, house, message, "failed", code, codes.explain(code))
    else:
        _move(unit, message, status)


def read(unit: Transaction, message_id: int) -> None:
    """The patient has had it on screen."""
    message = threads.message(unit, message_id)
    if message is not None:
        _move(unit, message, "read")


def rises(old: str, new: str) -> bool:
    """Whether a message may go from `old` to `new`."""
    if old in {"failed", "dead", "cancelled"} and new not in {"delivered", "read"}:
        return False
    return RANK[new] > RANK[old]


def play_receipt(house: House, job: Job) -> sandbox.Planned | None:
    """What the pretend carrier says next about an attempt; the caller brings it to the real status door."""
    number = int(job.kind.partition(":")[2])
    with house.database.snapshot() as reading:
        attempt = attempts.get(reading, job.ref)
        message = threads.message(reading, attempt.message_id) if attempt else None
        contact = contacts.get(reading, message.contact_id) if message else None
    if attempt is None or message is None or contact is None:
        return None
    outbound = Outbound(
        channel=message.channel,
        to=contact.value,
        line=message.line,
        text="",
        attempt=str(attempt.id),
        status_callback=f"{house.settings.public_url}/in/twilio/status",
    )
    planned = sandbox.receipts(outbound, Sent(attempt.external_id), house.twilio)
    return planned[number] if number < len(planned) else None


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


def _heed_code(unit: Transaction, message: Row[Any], code: str) -> None:
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


def held(unit: Transaction, message_id: int) -> Row[Any] | None:
    """The message, held: of two receipts at once the second sees what the first wrote."""
    return unit.one(select(messages).where(messages.c.id == message_id).with_for_update())


def _move(unit: Transaction, message: Row[Any], status: str) -> None:
    if not rises(message.status, status):
        return
    threads.set_message(
        unit, message.id, {"status": status, "status_rank": RANK[status], "error": "", "error_code": ""}
    )
    threads.change(unit, threads.lock(unit, message.conversation_id), {})
    journal(unit, message, f"delivery.{status}", {"status": status})


def journal(unit: Transaction, message: Row[Any], verb: str, details: dict[str, Any]) -> None:
    unit.record(
        verb,
        actor_id=None,
        conversation_id=message.conversation_id,
        details={"message": message.id, **details},
    )


def finish(unit: Transaction, job: Job) -> None:
    """The job is done, in this transaction. Raises TakenOver."""
    if not jobs.finish(unit, job):
        raise jobs.TakenOver
