"""A chat goes on by text message: the visitor names a number, a code proves that it is theirs, and from then on the
conversation is that number's. Refuses where somebody could be texted who never asked.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import Row

from channels.webform import e164
from inbox import automatic, way
from inbox.house import House
from inbox.store import chat, contacts, threads
from inbox.store.database import Reading, Transaction

CODE_LIFE, CODE_PAUSE, CODES = timedelta(minutes=10), timedelta(minutes=1), 3
_TEMPLATE = "chat.code."
#: GSM-7 on purpose, so that a code is one segment.
_CODE = {
    "en": "{code} is your code to go on with {clinic} by text. It works for 10 minutes. Reply STOP to opt out.",
    "es": "{code} es su clave para seguir por mensaje con {clinic}. Vale 10 minutos. Responda ALTO para no recibir.",
}

Answer = Literal["sent", "wrong", "later", "no"]


def send_code(unit: Transaction, house: House, session: str, phone: str) -> Answer:
    """Six digits to a number of the clinic's country. `wrong`: no such number; `later`: one a minute; `no`: nothing was
    written yet, three codes were sent, or the number has opted out."""
    number, row = e164(phone), _conversation(unit, session)
    if not number.startswith("+1"):
        return "wrong"
    if row is None or (sent := chat.count_of(unit, row.id, _TEMPLATE)) >= CODES:
        return "no"
    last = chat.last_of(unit, row.id, _TEMPLATE)
    if last is not None and last.at > unit.now - CODE_PAUSE:
        return "later"
    contact = contacts.find_or_add(unit, "phone", number)
    unit.flush()
    words = _CODE["es" if row.language == "es" else "en"]
    said = automatic.send(
        unit,
        conversation_id=row.id,
        contact=contact,
        channel="sms",
        account=house.twilio.account_sid,
        line=way.number(unit) or house.configuration.practice().phone,
        text=words.format(code=_code(house, row.id, sent + 1), clinic=house.configuration.practice().name),
        template=f"{_TEMPLATE}{contact.id}",
        exempt="reply",
    )
    return "no" if said is None else "sent"


def confirm(unit: Transaction, house: House, session: str, code: str) -> str | None:
    """The end of the number by which the conversation goes on; None for a wrong or an old code."""
    row = _conversation(unit, session)
    last = chat.last_of(unit, row.id, _TEMPLATE) if row is not None else None
    if row is None or last is None or last.at <= unit.now - CODE_LIFE:
        return None
    right = _code(house, row.id, chat.count_of(unit, row.id, _TEMPLATE))
    contact = contacts.get(unit, last.contact_id)
    if contact is None or not hmac.compare_digest(code.encode("utf-8", "replace"), right.encode()):
        return None
    _move(unit, house, row, contact.id)
    return contact.value[-2:]


def _move(unit: Transaction, house: House, row: Row[Any], contact_id: int) -> None:
    """The number's own conversation that receives, where it has one, gives way: what comes next is about this."""
    account = house.twilio.account_sid
    earlier = threads.receiving(unit, account=account, contact_id=contact_id)
    if earlier is not None:
        threads.change(unit, earlier, {"receiving": False})
    consent_id = contacts.add_consent(
        unit,
        contact_id=contact_id,
        patient_id=row.subject_patient_id,
        channel="sms",
        purpose="care",
        kind="grant",
        method="code",
        source="patient",
        evidence={"conversation": str(row.id)},
    )
    line = way.number(unit) or row.line
    values = {"sender_contact_id": contact_id, "account": account, "channel": "sms", "line": line}
    threads.change(unit, threads.lock(unit, row.id), values)
    details = {"channel": "sms", "contact": contact_id, "consent": consent_id}
    subject = {"conversation_id": row.id, "patient_id": row.subject_patient_id}
    unit.record("conversation.handed_over", actor_id=None, **subject, details=details)


def _conversation(reading: Reading, session: str) -> Row[Any] | None:
    """The session's open conversation, as long as it is the chat's own."""
    found = chat.newest(reading, [session]).get(session)
    row = threads.get(reading, found.id) if found is not None else None
    return row if row is not None and row.state != "closed" and row.channel == "chat" else None


def _code(house: House, conversation_id: int, n: int) -> str:
    """Derived, so that it stands in no table of ours but the message that carries it."""
    mac = hmac.new(house.keys.secure, f"chat code\0{conversation_id}\0{n}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:8], 'big') % 1_000_000:06}"
