"""What we wrote to a chat that its visitor has left: after ten minutes unseen it goes to an address of theirs as a
private message behind a link. What was on screen is read.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from channels import chat as channel
from channels.envelope import DoorRequest, Unparseable
from channels.form import is_email
from inbox import automatic, hours_of_rest, receipt, secure, way
from inbox.house import House
from inbox.store import arrivals, chat, contacts, jobs, threads
from inbox.store import conversation as conversations
from inbox.store.contacts import Contact
from inbox.store.database import Transaction
from inbox.store.jobs import Job
from inbox.way import Way

_TEMPLATE = "chat.left"
#: A letter carries words only.
_FILE = {
    "en": "The file {name} is in our chat. Answer here if we should send it another way.",
    "es": "El archivo {name} está en nuestro chat. Responda aquí si desea recibirlo de otra manera.",
}


def seen(unit: Transaction, session: str, until: int) -> None:
    """The patient has had everything up to the message `until` on screen."""
    for message in chat.unseen(unit, session, until):
        receipt.read(unit, message.id)


def perform(house: House, job: Job) -> None:
    """The *chat* job, ten minutes after a reply: only the newest one that nobody saw sends a notice, for all."""
    house.database.write(_perform, house, job)


def _perform(unit: Transaction, house: House, job: Job) -> None:
    message = threads.message(unit, job.ref)
    if message is not None and message.status in ("sent", "delivered"):
        later = _follow(unit, house, message)
        if later is not None:
            jobs.put_back(unit, job, due_at=later, error="", spent=False)
            return
    if not jobs.finish(unit, job):
        raise jobs.TakenOver


def _follow(unit: Transaction, house: House, message: Row[Any]) -> Any:
    """Sends the notice; answers when to try again, if a phone must not ring now."""
    row = threads.get(unit, message.conversation_id)
    contact = contacts.get(unit, message.contact_id)
    told = chat.last_of(unit, row.id, _TEMPLATE)
    waiting = [one for one in chat.unseen(unit, contact.value) if told is None or one.at > told.at] if contact else []
    by = _way(unit, house, row)
    if not waiting or waiting[-1].id != message.id or by is None:
        return None
    rest = hours_of_rest.until(unit, house, row, by, None)
    if rest is not None:
        return rest.ends_at
    _send(unit, house, row, by, _told(unit, waiting, "es" if row.language == "es" else "en"))
    return None


def _told(unit: Transaction, waiting: list[Row[Any]], language: str) -> str:
    """The words of these messages, and which files came with them."""
    files = chat.files(unit, [one.id for one in waiting])
    parts = []
    for one in waiting:
        parts += [one.body, *(_FILE[language].format(name=file.filename) for file in files.get(one.id, ()))]
    return "\n\n".join(part for part in parts if part)


def _send(unit: Transaction, house: House, row: Row[Any], by: Way, text: str) -> None:
    sealed = secure.seal(unit, house, row=row, text=text)
    message_id = automatic.send(
        unit,
        conversation_id=row.id,
        contact=by.contact,
        channel=by.channel,
        account=by.account,
        line=by.line,
        text=sealed.body,
        template=_TEMPLATE,
        exempt="reply",
    )
    if message_id is not None:
        unit.flush()  # the letter refers to its message
        sealed.store(message_id)


def _way(unit: Transaction, house: House, row: Row[Any]) -> Way | None:
    """An address with consent on the patient's record, else what the visitor named in the chat itself."""
    known = (one for one in way.ways(unit, row) if one.ok and one.channel in ("sms", "mail"))
    return next(known, None) or _named(unit, house, row)


def _named(unit: Transaction, house: House, row: Row[Any]) -> Way | None:
    first = conversations.first_inbound(unit, row.id)
    arrival = arrivals.get(unit, first.arrival_id) if first is not None and first.arrival_id else None
    if arrival is None or arrival.door != "chat":
        return None
    try:
        said = channel.parse(DoorRequest(arrival.url, arrival.headers, arrival.body), "").claims
    except Unparseable:
        return None
    if said is not None and said.phone:
        account, line = house.twilio.account_sid, way.number(unit)
        return Way(_point(unit, "phone", said.phone), "sms", account, line)
    if said is not None and is_email(said.email):
        return Way(_point(unit, "email", said.email), "mail", house.settings.mail_from, house.settings.mail_from)
    return None


def _point(unit: Transaction, kind: str, value: str) -> Contact:
    contact = contacts.find_or_add(unit, kind, value)
    unit.flush()
    return contact
