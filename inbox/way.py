"""The ways to a patient: which address, which channel, from which line of ours, whether it is open now and why not.
A closed way names the others, best first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from channels import whatsapp
from inbox import consent, practice, reach
from inbox.errors import Invalid
from inbox.store import contacts, threads
from inbox.store.contacts import Contact
from inbox.store.database import Reading, Transaction
from patients.consent import Allow

#: Which channels an address of this kind can be written to on.
CHANNELS_OF = {"phone": ("sms", "whatsapp"), "email": ("mail",), "chat": ("chat",), "social": ("social",)}
#: Channels on which free words end a day after the patient's last ones (Twilio 63016; Meta's policy for both).
WINDOWED = {"whatsapp": "WhatsApp", "social": "Messenger"}
#: What is tried when a way is closed (channels.md §4).
FALLBACK = ("whatsapp", "sms", "mail", "chat", "social")


class Way(msgspec.Struct, frozen=True):
    """How a message reaches the patient: the address, the channel, and our line it leaves from."""

    contact: Contact
    channel: str
    account: str
    line: str
    ok: bool = True
    why: str = ""
    window_expires_at: datetime | None = None
    consent_id: int | None = None
    exempt_reason: str | None = None
    #: Its user may not be told of this request.
    barred: bool = False

    @property
    def wants_template(self) -> bool:
        """Nothing but its window closes it, so that an approved template still goes."""
        return not self.ok and not self.barred and self.channel == "whatsapp" and self.why.startswith("window")


def ways(reading: Reading, row: Row[Any]) -> list[Way]:
    """Every way to the patient of a conversation, each with whether it is open and why not; the sender's first."""
    points: list[Contact] = []
    if row.sender_contact_id is not None:
        sender = contacts.get(reading, row.sender_contact_id)
        points = [sender] if sender else []
    if row.subject_certainty == "confirmed":
        for point in contacts.of_patient(reading, row.subject_patient_id):
            if point.id not in {known.id for known in points}:
                points.append(Contact(point.id, point.kind, point.value, point.state))
    barred = reach.barriers(reading, row)
    return [
        _barred(_way(reading, row, point, channel), barred(point.id))
        for point in points
        for channel in _channels(point)
    ]


def choose(unit: Transaction, row: Row[Any], *, channel: str | None, to: str | None, template: str = "") -> Way:
    """The way asked for, or the one the patient last used; `template` is a ContentSid or empty. Raises Invalid saying
    why a way is not open."""
    every = ways(unit, row)
    fitting = [way for way in every if (channel in (None, way.channel)) and (to in (None, way.contact.value))]
    if not fitting:
        raise Invalid(fields={"channel" if to is None else "to": "the patient has no such address here"})
    preferred = row.channel if row.channel != "webform" else None
    chosen = next((way for way in fitting if way.channel == preferred), fitting[0])
    if channel is None and not chosen.ok:
        chosen = next((way for way in fitting if way.ok), chosen)
    if not chosen.ok and not (template and chosen.wants_template):
        raise _closed(chosen, every)
    return chosen


def window_open(reading: Reading, contact_id: int, channel: str) -> bool:
    """Whether free words may go now; always on channels without a window."""
    if channel not in WINDOWED:
        return True
    return whatsapp.window_open(threads.last_inbound(reading, contact_id, channel), reading.now)


def _closed(chosen: Way, every: list[Way]) -> Invalid:
    others = [
        {"channel": way.channel, "to": way.contact.value} | ({"template": True} if way.wants_template else {})
        for way in sorted(every, key=lambda way: FALLBACK.index(way.channel))
        if way.ok or way.wants_template
    ]
    phones = [way.contact.value for way in every if way.contact.kind == "phone" and not way.barred]
    by_phone = [{"channel": "voice", "to": number} for number in phones[:1]]
    return Invalid(
        f"Cannot write by {chosen.channel}: {chosen.why}.",
        fields={"channel": chosen.why},
        next=next(({"channel": way.channel, "to": way.contact.value} for way in every if way.ok), None),
        fallback=others + by_phone,
    )


def number(reading: Reading) -> str:
    """The first number that the clinic has; "" where it has none."""
    numbers = [line.address for line in practice.read(reading).lines if line.address.startswith("+")]
    return numbers[0] if numbers else ""


def _channels(contact: Contact) -> tuple[str, ...]:
    if contact.kind == "social" and whatsapp.is_scoped(contact.value):
        return ("whatsapp",)
    return CHANNELS_OF.get(contact.kind, ())


def _way(reading: Reading, row: Row[Any], contact: Contact, channel: str) -> Way:
    answer = consent.ask(reading, contact, channel=channel, exempt="reply" if _wrote(reading, row, contact) else None)
    way = Way(contact, channel, row.account, _line(reading, row, channel))
    if not isinstance(answer, Allow):
        return msgspec.structs.replace(way, ok=False, why=answer.why)
    way = msgspec.structs.replace(way, consent_id=answer.consent_id, exempt_reason=answer.exempt_reason)
    if channel not in WINDOWED:
        return way
    last = threads.last_inbound(reading, contact.id, channel)
    expires = whatsapp.window_expires_at(last) if last else None
    if whatsapp.window_open(last, reading.now):
        return msgspec.structs.replace(way, window_expires_at=expires)
    why = f"window closed: the patient's last {WINDOWED[channel]} message is over 24 hours old (63016)"
    return msgspec.structs.replace(way, ok=False, why=why, window_expires_at=expires)


def _barred(way: Way, why: str) -> Way:
    """Who may not be told of it is no way to the patient, whatever they consented to."""
    return msgspec.structs.replace(way, ok=False, why=why, barred=True) if why else way


def _wrote(reading: Reading, row: Row[Any], contact: Contact) -> bool:
    return contact.id == row.sender_contact_id or threads.has_contact(reading, row.id, contact.id)


def _line(reading: Reading, row: Row[Any], channel: str) -> str:
    """A text leaves from a number: for what began as a mail or a chat it is the first that the clinic has."""
    if channel not in ("sms", "whatsapp") or row.line.startswith(("+", "MG")):
        return str(row.line)
    return number(reading)
