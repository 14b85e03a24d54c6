"""An inbound message as it lands in a conversation: its row, its files and what the journal says of it."""

from __future__ import annotations

import msgspec

from channels.envelope import Inbound
from inbox.store import attachments, jobs, threads
from inbox.store.database import Transaction
from inbox.triage import Read


class Landed(msgspec.Struct, frozen=True):
    """Where a message went. `state` is what becomes of its arrival."""

    state: str
    conversation_id: int | None = None
    message_id: int | None = None
    reason: str = ""


def add_message(unit: Transaction, read: Read, conversation_id: int, message_id: int, *, sequence: int) -> None:
    """The message's row, and a row for each file."""
    inbound = read.inbound
    threads.add_message(
        unit,
        {
            "id": message_id,
            "conversation_id": conversation_id,
            "sequence": sequence,
            "direction": "in",
            "channel": inbound.channel,
            "contact_id": read.contact.id if read.contact else None,
            "account": inbound.account,
            "line": inbound.line,
            "author_kind": "automatic" if inbound.machine in {"auto_reply", "bounce"} else "patient",
            "author_name": inbound.sender_name,
            "subject": inbound.subject,
            "body": inbound.text,
            "reply_text": inbound.reply_text or None,
            "html": inbound.html or None,
            "class": "clinical" if read.clinical else "phi",
            "machine": inbound.machine,
            "dmarc": inbound.dmarc,
            "external_id": inbound.external_id,
            "mail_id": inbound.message_id or None,
            "status": "received",
            "at": read.at,
            "received_at": read.received_at,
            "arrival_id": read.arrival_id,
            "call_id": read.call_id,
        },
    )
    if inbound.attachments:
        _add_attachments(unit, inbound, message_id)


def _add_attachments(unit: Transaction, inbound: Inbound, message_id: int) -> None:
    """Bytes that are here were put aside by the caller (`url` then is our own key); others are fetched by a job."""
    rows = [
        {
            "id": unit.new_id(),
            "message_id": message_id,
            "filename": file.filename,
            "content_type": file.content_type,
            "size": file.size,
            "sha256": file.sha256,
            "inline": file.inline,
            "content_id": file.content_id,
            "blob": file.url.removeprefix("file:") if file.url.startswith("file:") else None,
            "url": "" if file.url.startswith("file:") else file.url,
            "state": "stored" if file.url.startswith("file:") else "missing",
        }
        for file in inbound.attachments
    ]
    attachments.add(unit, rows)
    for row in rows:
        if row["state"] == "missing" and row["url"]:
            jobs.add(unit, kind="media", ref=int(str(row["id"])), queue="bulk")


def journal_arrival(
    unit: Transaction, read: Read, conversation_id: int, message_id: int, priority: int, team: str, *, opened: bool
) -> None:
    """That it came, and before that, where it did, that it opened a conversation."""
    patient_id = read.subject.verdict.patient_id
    if opened:
        details = {"channel": read.inbound.channel, "team": team, "priority": priority, "reason": read.verdict.reason}
        unit.record(
            "conversation.opened",
            actor_id=None,
            conversation_id=conversation_id,
            patient_id=patient_id,
            details=details,
        )
    unit.record(
        "message.received",
        actor_id=None,
        conversation_id=conversation_id,
        patient_id=patient_id,
        details={"message": message_id, "channel": read.inbound.channel, "arrival": read.arrival_id},
    )
