"""A send of which nobody can say whether it left: the provider is asked, and exactly one message there that fits is
ours. An empty list proves nothing, so nothing is ever repeated; after ten minutes it is *unknown* before people.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from channels.envelope import SendFailed
from channels.twilio_rest import ProviderMessage, list_messages
from inbox import carrier, delivery, dispatch, receipt, undelivered
from inbox.house import House
from inbox.store import attempts, contacts, jobs, rounds, threads
from inbox.store.database import Transaction
from inbox.store.jobs import Job

#: Asked so long after the send, the last time for good.
ASKED_AFTER = (timedelta(minutes=1), timedelta(minutes=4), delivery.RECONCILE_AFTER)
#: The provider's clock may be a little behind ours (reliability.md §4).
SLACK = timedelta(seconds=5)
MOST = 50
OPEN = frozenset({"sending", "unknown"})
PREFIXES = {"whatsapp": "whatsapp:", "social": "messenger:"}


def reconcile(house: House, job: Job) -> None:
    """The *reconcile* job of one message."""
    with house.database.snapshot() as reading:
        message, now = threads.message(reading, job.ref), reading.now
        tried = rounds.last_attempt(reading, job.ref)
        contact = contacts.get(reading, message.contact_id) if message is not None else None
    found = None
    if message is not None and tried is not None and contact is not None and message.status in OPEN:
        found = _found(house, message, contact.value, tried.started_at)
    if tried is None or now >= tried.started_at + ASKED_AFTER[-1]:
        again = None
    else:
        again = next(tried.started_at + after for after in ASKED_AFTER if tried.started_at + after > now)
    house.database.write(_settle, house, job, found, again)


def _found(house: House, message: Row[Any], to: str, started_at: datetime) -> ProviderMessage | None:
    """The one message at the provider that can be this one; None also where nobody can be asked now."""
    if message.channel not in carrier.TEXTED or not carrier.can_be_asked(house.settings):
        return None
    prefix = PREFIXES.get(message.channel, "")
    try:
        listed = asyncio.run(list_messages(house.twilio, to=f"{prefix}{to}", most=MOST))
    except SendFailed:
        return None
    with house.database.snapshot() as reading:
        fitting = [
            one
            for one in listed
            if _fits(one, message, prefix, started_at) and not rounds.is_taken(reading, carrier.TEXTED, one.external_id)
        ]
    return fitting[0] if len(fitting) == 1 else None


def _fits(one: ProviderMessage, message: Row[Any], prefix: str, started_at: datetime) -> bool:
    is_ours = one.direction.startswith("outbound") and one.created_at is not None
    # a Messaging Service picks the sender itself, and a template's words are put together at the provider
    is_sender = one.sender in ("", f"{prefix}{message.line}") or message.line.startswith("MG")
    said_so = one.text == message.body or message.template.startswith("HX")
    return bool(is_ours and is_sender and said_so and one.created_at and one.created_at >= started_at - SLACK)


def _settle(unit: Transaction, house: House, job: Job, found: ProviderMessage | None, again: datetime | None) -> None:
    message = dispatch.held(unit, job.ref)
    if message is None or message.status not in OPEN:
        delivery.finish(unit, job)
    elif found is not None:
        _bind(unit, house, message, found)
        delivery.finish(unit, job)
    elif again is not None:
        jobs.put_back(unit, job, due_at=again, error="", spent=False)
    else:
        if message.status == "sending":
            undelivered.leave_unknown(unit, house, message)
        delivery.finish(unit, job)


def _bind(unit: Transaction, house: House, message: Row[Any], found: ProviderMessage) -> None:
    tried = rounds.last_attempt(unit, message.id)
    if tried is not None:
        attempts.settle(unit, tried.id, outcome="accepted", external_id=found.external_id)
    threads.set_message(unit, message.id, {"external_id": found.external_id})
    receipt.heed(unit, house, message, found.status, found.code)
