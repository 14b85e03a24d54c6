"""Messages that no person writes: safety texts and confirmations. They meet no promise and are never advice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from inbox import consent
from inbox.store import jobs, threads
from inbox.store.contacts import Contact
from inbox.store.database import Reading, Transaction
from inbox.store.tables import messages
from inbox.working import journal
from patients.consent import CAPS, Allow, Exemption, capped


def was_sent(reading: Reading, conversation_id: int, *, template: str, since: datetime) -> bool:
    """Whether this text went into the conversation since then."""
    same = select(messages.c.id).where(
        messages.c.conversation_id == conversation_id, messages.c.template == template, messages.c.at >= since
    )
    return reading.one(same.limit(1)) is not None


def send(
    unit: Transaction,
    *,
    conversation_id: int,
    contact: Contact,
    channel: str,
    account: str,
    line: str,
    text: str,
    template: str,
    exempt: Exemption | None,
) -> int | None:
    """Queues one automatic message; None when the gate refuses it, or when this address got enough by consent."""
    answer = consent.ask(unit, contact, channel=channel, exempt=exempt)
    if not isinstance(answer, Allow) or (exempt is None and capped(_sent(unit, contact), unit.now)):
        return None
    row = threads.lock(unit, conversation_id)
    sequence = row.last_sequence + 1
    message_id = threads.add_message(
        unit,
        {"conversation_id": conversation_id, "sequence": sequence, "contact_id": contact.id}
        | {"direction": "out", "channel": channel, "account": account, "line": line}
        | {"author_kind": "automatic", "body": text, "class": "phi", "template": template}
        | {"status": "queued", "at": unit.now, "received_at": unit.now}
        | {"consent_id": answer.consent_id, "exempt_reason": answer.exempt_reason},
    )
    threads.change(unit, row, {"last_sequence": sequence})
    jobs.add(unit, kind="send", ref=message_id, queue="outbound", lane=f"{account}:{contact.id}")
    details = {"message": message_id, "template": template, "channel": channel, "automatic": True}
    journal(unit, "reply.queued", row, None, **details)
    return message_id


def _sent(reading: Reading, contact: Contact) -> list[datetime]:
    """When this address lately got what its owner had not just asked for."""
    unasked = (messages.c.contact_id == contact.id, messages.c.author_kind == "automatic")
    lately = (messages.c.consent_id.is_not(None), messages.c.at > reading.now - max(span for span, _ in CAPS))
    return [row.at for row in reading.all(select(messages.c.at).where(*unasked, *lately))]
