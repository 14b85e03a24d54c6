"""May we write to this address: the ledger's entries folded into allow, refuse or needs, always with the reason.

Refuses to remember: the ledger is append-only and the state is computed anew at queueing and at sending.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

Kind = Literal["grant", "revoke", "revoke_all"]
PointState = Literal["valid", "invalid", "reassigned"]
Exemption = Literal["reply", "safety", "keyword"]

#: One opt-out holds for all of these (Twilio unified SMS, MMS and RCS on 2026-03-16).
SAME_CHANNEL = {"mms": "sms", "rcs": "sms"}
EVERY_CHANNEL = "*"
#: What a START gives back. Marketing stays out: it needs a written grant (47 CFR 64.1200(f)(9)).
RESTORED_BY_START = ("care", "reminders")
#: Entries from here also bind the provider's own block list: a send is answered 21610 whatever we think of it.
PROVIDER = "provider"
#: Silence after which a grant is asked for again when the patient returns: 18 months.
STALE_AFTER = timedelta(days=548)
#: 47 CFR 64.1200(c)(1): no calls or texts before 8:00 or after 21:00 at the called party's location.
OPENS, CLOSES = time(8), time(21)


#: What goes out by consent alone, nobody having asked for it: one a day and three a week to an address.
CAPS = ((timedelta(days=1), 1), (timedelta(days=7), 3))


class Entry(msgspec.Struct, frozen=True):
    """One line of the ledger of one contact point. `channel` a kind or "*"; `purpose` counts for grant and revoke.
    `written`: the tier marketing asks for. `source` says where it came from ("patient", "staff", "provider"…)."""

    entry_id: int
    at: datetime
    channel: str
    kind: Kind
    purpose: str = ""
    source: str = ""
    written: bool = False
    expires_at: datetime | None = None


class Allow(msgspec.Struct, frozen=True, tag="allow"):
    """Either the grant that allows it or why none was needed; stored on the message."""

    consent_id: int | None = None
    exempt_reason: Exemption | None = None


class Refuse(msgspec.Struct, frozen=True, tag="refuse"):
    """`entry_id` is the entry that forbids, None where the state of the address does."""

    entry_id: int | None
    why: str


class Needs(msgspec.Struct, frozen=True, tag="needs"):
    """What must be had first: consent, written, reconfirm."""

    what: Literal["consent", "written", "reconfirm"]
    why: str


def gate(
    entries: Iterable[Entry],
    *,
    channel: str,
    purpose: str,
    point_state: PointState,
    now: datetime,
    exempt: Exemption | None = None,
    last_contact_at: datetime | None = None,
) -> Allow | Refuse | Needs:
    """May a message of `purpose` go to this contact point by `channel` at `now`.

    `exempt`: "reply" answers the patient's own message, "safety" is an emergency text, "keyword" the one confirmation
    of STOP, START or HELP. An opt-out stops a reply too; the other two stop only where the provider itself blocks.
    """
    if point_state != "valid":
        return Refuse(None, f"address {point_state}")
    history = _of_channel(entries, channel)
    opted_out = opt_out(history, channel=channel)
    if exempt in ("safety", "keyword"):
        blocked = opted_out is not None and opted_out.source == PROVIDER
        return Refuse(opted_out.entry_id, "blocked at the provider") if opted_out and blocked else Allow(None, exempt)
    if opted_out:
        return Refuse(opted_out.entry_id, "opted out")
    return Allow(None, exempt) if exempt else _by_purpose(history, purpose, now, last_contact_at)


def opt_out(entries: Iterable[Entry], *, channel: str) -> Entry | None:
    """The revoke_all in force on `channel`, or None: any later grant there ends it."""
    decisive = [entry for entry in _of_channel(entries, channel) if entry.kind != "revoke"]
    return decisive[-1] if decisive and decisive[-1].kind == "revoke_all" else None


def capped(sent_at: Sequence[datetime], now: datetime) -> bool:
    """Whether one more would be too many for an address that got these."""
    return any(sum(now - at < span for at in sent_at) >= most for span, most in CAPS)


def quiet(now: datetime, zone: str) -> bool:
    """True outside 8:00–21:00 in the recipient's `zone` (IANA). Raises ZoneInfoNotFoundError or ValueError for none."""
    return not OPENS <= now.astimezone(ZoneInfo(zone)).time() < CLOSES


def quiet_until(now: datetime, zone: str) -> datetime:
    """The first moment from `now` on that is not quiet, in UTC terms of `now`; `now` itself when it is not quiet."""
    if not quiet(now, zone):
        return now
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=local.time() >= OPENS)
    return datetime.combine(day, OPENS, ZoneInfo(zone)).astimezone(now.tzinfo)


def _of_channel(entries: Iterable[Entry], channel: str) -> Sequence[Entry]:
    """Oldest first; of one moment the later row counts."""
    kept = [entry for entry in entries if entry.channel == EVERY_CHANNEL or _kind(entry.channel) == _kind(channel)]
    return sorted(kept, key=lambda entry: (entry.at, entry.entry_id))


def _kind(channel: str) -> str:
    return SAME_CHANNEL.get(channel, channel)


def _by_purpose(
    history: Sequence[Entry], purpose: str, now: datetime, last_contact_at: datetime | None
) -> Allow | Refuse | Needs:
    spoken = [entry for entry in history if entry.kind == "revoke_all" or entry.purpose == purpose]
    if not spoken:
        return Needs("consent", f"nothing on record for {purpose}")
    latest = spoken[-1]
    if latest.kind != "grant":
        return Refuse(latest.entry_id, f"{purpose} revoked")
    if latest.expires_at is not None and latest.expires_at <= now:
        return Needs("consent", f"consent to {purpose} expired")
    if purpose == "marketing" and not latest.written:
        return Needs("written", "marketing needs written consent")
    if now - max(latest.at, last_contact_at or latest.at) >= STALE_AFTER:
        return Needs("reconfirm", "18 months of silence")
    return Allow(latest.entry_id)
