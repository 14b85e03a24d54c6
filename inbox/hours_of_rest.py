"""The hours in which no phone of a patient rings because of us: 21:00 to 8:00 where the patient is. What answers words
of the last hour and what may not wait goes at any time (channels.md §3.4).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row

from inbox.house import House
from inbox.store import patients
from inbox.store.database import Reading
from inbox.way import Way
from patients.consent import quiet_until

#: What rings a phone keeps to the hours of day.
RINGING = frozenset({"sms", "whatsapp", "social"})
ANSWERED_WITHIN = timedelta(hours=1)


class Rest(msgspec.Struct, frozen=True):
    """It is `local` for the patient and too late or too early; from `ends_at` on it is not, `ends_local` for them."""

    local: datetime
    ends_at: datetime
    ends_local: datetime


def until(reading: Reading, house: House, row: Row[Any], by: Way, send_at: datetime | None) -> Rest | None:
    """Why a reply in this conversation should wait; None when it may leave."""
    at = max(send_at or reading.now, reading.now)
    if by.channel not in RINGING or row.flagged or row.priority == 0:
        return None
    if row.last_inbound_at is not None and at - row.last_inbound_at <= ANSWERED_WITHIN:
        return None
    zone = zone_of(reading, house, row)
    ends_at = quiet_until(at, zone)
    if ends_at <= at:
        return None
    return Rest(at.astimezone(ZoneInfo(zone)), ends_at, ends_at.astimezone(ZoneInfo(zone)))


def zone_of(reading: Reading, house: House, row: Row[Any]) -> str:
    """Where the patient of a conversation is (IANA): on their record, else where the clinic is."""
    return str(patients.zone(reading, row.subject_patient_id) or house.configuration.practice().zone)
