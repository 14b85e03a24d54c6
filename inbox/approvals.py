"""How WhatsApp judges our templates: asked at the provider every hour, so that nobody chooses one that it refuses."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from channels import twilio_list
from channels.envelope import SendFailed
from inbox import carrier
from inbox.house import House
from inbox.store import templates, watermarks
from inbox.store.database import Reading

EVERY = timedelta(hours=1)
#: Not judged yet by anybody whom we could ask, or approved.
USABLE = frozenset({"", "approved"})


def look(house: House) -> int:
    """Asks for each template whose judgement is older than an hour; answers how many were asked. One that cannot be
    asked keeps its state until the next hour."""
    if not carrier.can_be_asked(house.settings):
        return 0
    with house.database.snapshot() as reading:
        sids = {row.content_sid for row in templates.newest(reading, "draft", "approved") if row.content_sid}
    due = [sid for sid in sorted(sids) if house.database.write(watermarks.claim, _name(sid), EVERY) is not None]
    for sid in due:
        try:
            state = asyncio.run(twilio_list.approval(house.twilio, sid))
        except SendFailed:
            continue
        house.database.write(watermarks.put, _name(sid), state)
    return len(due)


def state(reading: Reading, content_sid: str) -> str:
    """The last judgement; "" where there is none."""
    row = watermarks.one(reading, _name(content_sid)) if content_sid else None
    return str(row.value) if row is not None else ""


def _name(content_sid: str) -> str:
    return f"template:{content_sid}"
