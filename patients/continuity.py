"""Whether a patient who writes was away so long that old facts need asking again. Refuses to guess before a first
contact."""

from __future__ import annotations

from datetime import datetime, timedelta

#: Six months of silence, as the record's "returning after six months" banner counts them.
AWAY = timedelta(days=180)


def lapsed(last_contact_at: datetime | None, now: datetime) -> bool:
    """True once the last contact lies 180 days or more before `now` (aware moments); never without one."""
    return last_contact_at is not None and now - last_contact_at >= AWAY
