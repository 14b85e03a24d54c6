"""Somebody on the phone proves who they are before anything is said: which questions they answered is kept, never the
answers. It ends when they hang up, when somebody else takes the call, or after half an hour.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from inbox.actors import Actor, Permission
from inbox.errors import Conflict, Invalid
from inbox.store import calls, threads, verifications
from inbox.store.database import Reading, Transaction
from inbox.working import journal, opened
from patients.verification import HOLDS, KINDS, NEEDED, suffices


class Checked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The questions that were answered right."""

    kinds: tuple[str, ...] = ()


def check(unit: Transaction, *, actor: Actor, conversation_id: int, checked: Checked) -> int:
    """Writes down a check, passed or not; answers its id. Raises Invalid, Conflict before the patient is confirmed or
    without a call."""
    row = opened(unit, actor, conversation_id, Permission.CONFIRM_IDENTITY)
    if unknown := sorted(set(checked.kinds) - set(KINDS)):
        raise Invalid(fields={"kinds": f"unknown: {', '.join(unknown)}; of {', '.join(KINDS)}"})
    if row.subject_certainty != "confirmed":
        raise Conflict("Say first whom it is about.")
    live = calls.live(unit, [row.id])
    if not live:
        raise Conflict("Nobody is on the line.")
    kinds, passed = sorted(set(checked.kinds)), suffices(checked.kinds)
    verification_id = verifications.add(
        unit,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        call_id=live[-1].id,
        proxy_id=row.sender_proxy_id,
        kinds=kinds,
        passed=passed,
        by_id=actor.id,
        until=unit.now + HOLDS,
    )
    details: dict[str, Any] = {"verification": verification_id, "kinds": kinds, "passed": passed, "needed": NEEDED}
    journal(unit, "caller.verified" if passed else "caller.unverified", row, actor, **details)
    threads.change(unit, row, {})
    return verification_id


def is_owed(reading: Reading, conversation_id: int) -> bool:
    """Whether somebody is on the line who has not shown who they are."""
    live = calls.live(reading, [conversation_id])
    return bool(live) and not _holds(verifications.newest(reading, conversation_id), live[-1], reading)


def _holds(found: Row[Any] | None, call: Row[Any], reading: Reading) -> bool:
    if found is None or not found.passed or found.until <= reading.now:
        return False
    return bool(found.call_id == call.id and found.by_id == (call.agent_id or found.by_id))
