"""May we write to this address now: asks the consent leaf with the ledger's rows. Asked at queueing and again at
sending; its answer is stored on the message.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from inbox.store import contacts
from inbox.store.contacts import Contact
from inbox.store.database import Reading
from patients import consent
from patients.consent import Allow, Needs, Refuse


def ask(
    reading: Reading,
    contact: Contact,
    *,
    channel: str,
    purpose: str = "care",
    exempt: consent.Exemption | None = None,
) -> Allow | Refuse | Needs:
    """The gate's answer for one message to one address."""
    entries = [_entry(row) for row in contacts.ledger(reading, contact.id)]
    state: Any = contact.state
    heard = contacts.last_heard(reading, contact.id) if entries and exempt is None else None
    asked: dict[str, Any] = {"channel": channel, "purpose": purpose, "point_state": state, "exempt": exempt}
    return consent.gate(entries, now=reading.now, last_contact_at=heard, **asked)


def opted_out(reading: Reading, contact_id: int, *, channel: str) -> bool:
    """Whether this address wants nothing more on this channel."""
    entries = [_entry(row) for row in contacts.ledger(reading, contact_id)]
    return consent.opt_out(entries, channel=channel) is not None


def _entry(row: Row[Any]) -> consent.Entry:
    return consent.Entry(
        entry_id=row.id,
        at=row.at,
        channel=row.channel,
        kind=row.kind,
        purpose=row.purpose,
        source=row.source,
        written=row.tier == "written",
        expires_at=row.expires_at,
    )
