"""The recording of a call between people. It owes no answer, so it is kept beside the conversation's messages without
starting a promise; the class is that of clinical notes (privacy.md §3), whoever spoke.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from channels.envelope import CallEvent
from inbox.store import attachments, jobs, threads
from inbox.store.database import Transaction

#: What the message of such a recording is marked with.
MACHINE = "recording"


def keep(unit: Transaction, event: CallEvent, call: Row[Any], *, arrival_id: int, received_at: datetime) -> None:
    """Keeps it once; a job fetches the bytes with our credentials."""
    external_id = f"call:{call.id}:recorded:{event.recording_sid}"
    if threads.message_by_external(unit, "voice", external_id) is not None:
        return
    row = threads.lock(unit, call.conversation_id)
    message_id = threads.add_message(
        unit,
        {
            "conversation_id": row.id,
            "sequence": row.last_sequence + 1,
            "direction": "in",
            "channel": "voice",
            "account": row.account,
            "line": row.line,
            "author_kind": "automatic",
            "body": f"Recording of the call, {event.seconds or 0} seconds",
            "class": "clinical",
            "machine": MACHINE,
            "external_id": external_id,
            "status": "received",
            "at": received_at,
            "received_at": received_at,
            "arrival_id": arrival_id,
            "call_id": call.id,
        },
    )
    unit.flush()
    file = {"id": unit.new_id(), "message_id": message_id, "filename": "call.mp3", "content_type": "audio/mpeg"}
    held = {"size": 0, "sha256": "", "inline": False, "url": f"{event.recording_url}.mp3", "state": "missing"}
    attachments.add(unit, [file | held])
    jobs.add(unit, kind="media", ref=int(str(file["id"])), queue="bulk")
    threads.change(unit, row, {"last_sequence": row.last_sequence + 1})
    details = {"message": message_id, "channel": "voice", "arrival": arrival_id}
    unit.record("call.recorded", actor_id=None, conversation_id=row.id, details=details)
