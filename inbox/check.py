"""What a reply would tell whoever else reads the channel, asked while it is written and when it is queued; no word is
kept or logged. Words about a patient go out in the open only where vendor, patient and what we know of the address all
say yes; else they wait behind a secure link (channels.md §1).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from channels import disclosure, vendors
from channels.disclosure import Finding
from inbox import consent, way
from inbox.actors import Actor, Permission, Vis, can_see, may
from inbox.errors import NotFound
from inbox.house import House
from inbox.store import threads
from inbox.store.contacts import Contact
from inbox.store.database import Reading
from inbox.way import Way
from inbox.working import vis_of
from patients.consent import Allow

#: Only our own chat is private from end to end.
PRIVATE = frozenset({"chat"})
#: The patient was warned that this is not private and wants it so (2013 Omnibus preamble p. 5634).
ACCEPTED = "unencrypted_ack"


def check(
    reading: Reading, house: House, *, actor: Actor, conversation_id: int, channel: str, text: str, to: str = ""
) -> Finding:
    """Whether this text should go by this channel: allow, warn, or only as a secure link. Raises NotFound."""
    row = threads.get(reading, conversation_id)
    vis: Vis = vis_of(row)
    if not can_see(actor, vis).operational or not may(actor, Permission.REPLY, vis):
        raise NotFound("There is no such conversation.")
    fitting = [one for one in way.ways(reading, row) if one.channel == channel and to in ("", one.contact.value)]
    contact = fitting[0].contact if fitting else None
    return _judge(reading, house, row, contact, channel, text)


def judge(reading: Reading, house: House, row: Row[Any], by: Way, text: str, subject: str = "") -> Finding:
    """The same for a reply that is about to be queued; `subject` is read with it."""
    return _judge(reading, house, row, by.contact, by.channel, f"{subject}\n{text}" if subject else text)


def leaving(reading: Reading, house: House, message: Row[Any], contact: Contact) -> Finding:
    """The same for a message whose time to leave has come."""
    row = threads.get(reading, message.conversation_id)
    return _judge(reading, house, row, contact, message.channel, message.body)


def _judge(reading: Reading, house: House, row: Row[Any], contact: Contact | None, channel: str, text: str) -> Finding:
    if channel in PRIVATE:
        return Finding("allow")
    found = disclosure.check(text, language=row.language or "en")
    if found.level != "secure":
        return found
    why = _barrier(reading, house, row, contact, channel)
    return Finding("secure", (*found.because, why)) if why else Finding("warn", found.because)


def _barrier(reading: Reading, house: House, row: Row[Any], contact: Contact | None, channel: str) -> str:
    """Who of vendor, clinic and patient does not allow it; "" when all do."""
    why = vendors.barrier(house.configuration.practice().vendors, channel, reading.now.date())
    if why:
        return why
    if row.subject_certainty != "confirmed":
        return "it is not confirmed whose address this is"
    accepted = contact and consent.ask(reading, contact, channel=channel, purpose=ACCEPTED)
    return "" if isinstance(accepted, Allow) else "the patient has not agreed to read such words unprotected"
