"""The reasons that people corrected, as data for whoever mends the rules: numbers and codes, never anybody's words."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from inbox.errors import Invalid
from inbox.store import journal
from inbox.store.database import Reading

LONGEST = 3660


class Correction(msgspec.Struct, frozen=True):
    """`found` was replaced by `meant`; `machine`: it is the first correction of its conversation in this span, so
    `found` was most likely the machine's or the patient's own choice."""

    conversation_id: int
    at: datetime
    found: str
    meant: str
    machine: bool


def corrections(reading: Reading, days: int) -> tuple[Correction, ...]:
    """Those of the last days, oldest first. Raises Invalid for a span of no days."""
    if not 1 <= days <= LONGEST:
        raise Invalid(fields={"days": f"1 to {LONGEST}"})
    seen: set[int] = set()
    found = []
    for line in journal.of_verb(reading.connection, "reason.corrected", reading.now - timedelta(days=days)):
        about = line.conversation_id or 0
        found.append(Correction(about, line.at, line.details["from"], line.details["to"], about not in seen))
        seen.add(about)
    return tuple(found)
