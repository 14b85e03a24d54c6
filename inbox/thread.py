"""Which conversation a message continues (domain.md §3): by an address that takes part *and* proof that it is an
answer, never by subject alone, never by headers alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from channels import mail
from channels.envelope import Inbound
from inbox.house import House
from inbox.store import crossings, threads
from inbox.store.contacts import Contact
from inbox.store.database import Transaction
from patients.identity import Verdict

REOPEN_WINDOW = timedelta(days=7)
REPLY_WINDOW = timedelta(hours=72)
#: Channels on which an address has one conversation that receives.
RECEIVING = frozenset({"sms", "whatsapp", "social", "chat"})


class Thread(msgspec.Struct, frozen=True):
    """The conversation to continue, or None for a new one, perhaps with a suggested relative. `takes_over` is the
    receiving conversation that a new one replaces."""

    conversation: Row[Any] | None = None
    related_id: int | None = None
    takes_over: Row[Any] | None = None


def find(unit: Transaction, house: House, inbound: Inbound, contact: Contact | None, verdict: Verdict) -> Thread:
    """The thread for a message, by the rules of its channel, then by a confirmed patient's only open request."""
    if inbound.channel in RECEIVING and contact:
        thread = _receiving(unit, inbound, contact)
    elif inbound.channel == "mail" and contact:
        thread = _mail(unit, house, inbound, contact)
    else:
        thread = Thread()
    return thread if thread.conversation is not None else _of_patient(unit, inbound, verdict, thread)


def _receiving(unit: Transaction, inbound: Inbound, contact: Contact) -> Thread:
    found = None if contact.fresh else threads.receiving(unit, account=inbound.account, contact_id=contact.id)
    crossed = None if contact.fresh else _crossed(unit, inbound, contact, found)
    if crossed is not None:
        return Thread(crossed)
    if found is None:
        return Thread()
    row = found if found.merged_into is None else threads.get(unit, found.id)
    if row.state == "closed" and unit.now - row.closed_at > REOPEN_WINDOW:
        return Thread(related_id=row.id, takes_over=found)
    return Thread(row)


def _crossed(unit: Transaction, inbound: Inbound, contact: Contact, found: Row[Any] | None) -> Row[Any] | None:
    """The request of a chat or a form that we answered at this address: it is what they answer, unless the address's
    own conversation went on since, or the request ended."""
    ours = crossings.newest(unit, contact.id, inbound.channel, unit.now - REPLY_WINDOW)
    if ours is None or (found is not None and found.last_at > ours.at):
        return None
    row = threads.get(unit, ours.conversation_id)
    return row if row.state != "closed" or unit.now - row.closed_at <= REOPEN_WINDOW else None


def _mail(unit: Transaction, house: House, inbound: Inbound, contact: Contact) -> Thread:
    by_token = _by_token(unit, house, inbound, contact)
    if by_token is not None:
        return _within_window(unit, by_token)
    answered = [*inbound.in_reply_to, *inbound.references]
    rows = threads.by_mail_ids(unit, answered) if answered else []
    for row in rows:
        survivor = threads.get(unit, row.id)
        if threads.has_contact(unit, row.id, contact.id):
            return _within_window(unit, survivor)
    return Thread(related_id=rows[0].id if rows else None)


def _by_token(unit: Transaction, house: House, inbound: Inbound, contact: Contact) -> Row[Any] | None:
    if not inbound.thread_token:
        return None
    keys = [house.keys.thread]
    for row in threads.of_contact(unit, contact.id):
        if mail.verify_thread_token(keys, inbound.thread_token, str(row.id), str(contact.id)):
            return threads.get(unit, row.id)
    return None


def _within_window(unit: Transaction, row: Row[Any]) -> Thread:
    if row.state == "closed" and unit.now - row.closed_at > REOPEN_WINDOW:
        return Thread(related_id=row.id)
    return Thread(row)


def _of_patient(unit: Transaction, inbound: Inbound, verdict: Verdict, thread: Thread) -> Thread:
    """Another channel of a confirmed patient: their open request is suggested. It joins by itself only where the
    patient answers what we wrote to them there in the last 72 h and it is the only one open."""
    if verdict.certainty != "confirmed" or verdict.patient_id is None or thread.takes_over is not None:
        return thread
    rows = threads.open_of_patient(unit, verdict.patient_id)
    if len(rows) == 1 and threads.wrote_since(unit, rows[0].id, unit.now - REPLY_WINDOW):
        return Thread(rows[0])
    return Thread(related_id=thread.related_id or (rows[0].id if rows else None))
