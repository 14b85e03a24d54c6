"""A patient's record as its viewer may see it, with what was said and noted about them on every channel.

Refuses a patient with whom the viewer shares no conversation and no team as if there were none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox import worklist
from inbox.actors import Actor
from inbox.errors import NotFound
from inbox.history import sight_of
from inbox.looking import name_of
from inbox.patient_list import age, id_of, today
from inbox.record_shape import Consent, ContactPoint, Identifier, Moment, Proxy, Record, Timeline
from inbox.store import journal, proxies
from inbox.store import record as store
from inbox.store.database import Reading
from inbox.worklist import Filters, Row
from patients.consent import EVERY_CHANNEL, Entry, opt_out
from patients.proxies import SCOPES, scopes_of
from patients.record import display_name, initials

#: How many of a patient's conversations a record and a panel list.
CONVERSATIONS = 100
SNIPPET = 240


def record(reading: Reading, *, actor: Actor, patient_id: int, now: datetime) -> Record:
    """All of one patient that this person may see. Raises NotFound out of scope."""
    row = row_of(reading, actor, patient_id)
    name, theirs = name_of(row), conversations_of(reading, actor, patient_id)
    return Record(
        **{field: getattr(row, field) for field in _AS_STORED},
        name=display_name(name),
        initials=initials(name),
        age=age(row.birth_on, today(reading)),
        needs=tuple(row.needs),
        preferences=dict(row.preferences),
        **details(reading, patient_id, now),
        open=tuple(one for one in theirs if one.state != "closed"),
        earlier=tuple(one for one in theirs if one.state == "closed"),
        timeline=timeline(reading, actor=actor, patient_id=patient_id).items,
        head=journal.head(reading.connection),
    )


def timeline(reading: Reading, *, actor: Actor, patient_id: int, after: str | None = None, limit: int = 50) -> Timeline:
    """What was said and noted about a patient on every channel, newest first. Raises NotFound out of scope."""
    row_of(reading, actor, patient_id)
    found = store.timeline(reading, actor, patient_id, after=_place(after), limit=limit + 1)
    items = tuple(_moment(actor, row) for row in found[:limit])
    following = f"{_micro(items[-1].at)}.{items[-1].id}" if len(found) > limit else None
    return Timeline(items, following)


_AS_STORED = (
    "id",
    "version",
    "given",
    "middle",
    "family",
    "suffix",
    "preferred_name",
    "birth_on",
    "sex",
    "language",
    "zone",
    "location",
    "survivor_id",
)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def row_of(reading: Reading, actor: Actor, patient_id: int) -> Any:
    """The patient's row. Raises NotFound out of scope."""
    row = store.one(reading, actor, patient_id)
    if row is None:
        raise NotFound("There is no such patient.")
    return row


def details(reading: Reading, patient_id: int, now: datetime) -> dict[str, Any]:
    """The fields that a record and a panel share: numbers, addresses, who acts for them, what they allowed."""
    numbers = store.identifiers(reading, patient_id)
    points, acting = store.addresses(reading, patient_id), store.acting_for(reading, patient_id)
    reached = proxies.addresses(reading, patient_id)
    return {
        "identifiers": tuple(Identifier(row.system, row.value) for row in numbers),
        "contact_points": tuple(
            ContactPoint(**{field: getattr(row, field) for field in ContactPoint.__struct_fields__}) for row in points
        ),
        "proxies": tuple(_proxy(row, reached.get(row.id, "")) for row in acting),
        "consents": fold_consents(store.consent_entries(reading, patient_id), now),
    }


def fold_consents(rows: Sequence[Any], now: datetime) -> tuple[Consent, ...]:
    """What holds now for each address, channel and purpose, by the ledger's rows, oldest first. While an opt-out holds
    a channel has one line, for every purpose ("*")."""
    ledgers: dict[tuple[int, str], list[Any]] = {(row.contact_id, row.channel): [] for row in rows}
    narrow = {contact for contact, channel in ledgers if channel != EVERY_CHANNEL}
    for row in rows:
        for (contact, channel), ledger in ledgers.items():
            if contact == row.contact_id and row.channel in (channel, EVERY_CHANNEL):
                ledger.append(row)
    ledgers = {key: ledger for key, ledger in ledgers.items() if key[1] != EVERY_CHANNEL or key[0] not in narrow}
    return tuple(
        _consent(row, now, channel, purpose)
        for (_, channel), ledger in ledgers.items()
        for purpose, row in _deciding(ledger, channel)
    )


def _deciding(ledger: Sequence[Any], channel: str) -> Iterable[tuple[str, Any]]:
    entries = [Entry(row.id, row.at, row.channel, row.kind, row.purpose, row.source) for row in ledger]
    stopped = opt_out(entries, channel=channel)
    if stopped is not None:
        return [("*", row) for row in ledger if row.id == stopped.entry_id]
    return {row.purpose: row for row in ledger if row.kind != "revoke_all"}.items()


def _consent(row: Any, now: datetime, channel: str, purpose: str) -> Consent:
    running = row.expires_at is None or row.expires_at > now
    allowed = row.kind == "grant" and running
    return Consent(row.contact_id, row.value, channel, purpose, allowed, row.kind, row.source, row.at)


def _proxy(row: Any, address: str) -> Proxy:
    scope = tuple(one for one in SCOPES if one in scopes_of(row.scope))
    return Proxy(row.id, row.name, row.role, scope, row.valid_from, row.valid_to, row.proof, address)


def conversations_of(reading: Reading, actor: Actor, patient_id: int) -> tuple[Row, ...]:
    """What was ever asked about a patient, as far as the viewer may see it, newest first."""
    page = worklist.page(reading, actor=actor, view="all", filters=Filters(patient=patient_id), limit=CONVERSATIONS)
    return page.items


def _moment(actor: Actor, row: Any) -> Moment:
    seen, readable = sight_of(actor, row)
    return Moment(
        id=row.id,
        kind=row.kind,
        conversation_id=row.conversation_id,
        channel=row.channel,
        direction=row.direction,
        author=row.author if seen.person else "",
        text=worklist.shorten(row.text, SNIPPET) if readable else "",
        at=row.at,
    )


def _micro(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _place(after: str | None) -> tuple[datetime, int] | None:
    if not after:
        return None
    moment, _, last = after.partition(".")
    return _EPOCH + timedelta(microseconds=min(id_of(moment), 10**17)), id_of(last)
