"""A patient's record as its viewer may see it, the search for patients, and the panel beside a conversation.
Refuses a patient with whom the viewer shares no conversation and no team as if there were none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from inbox import practice, worklist
from inbox.actors import Actor
from inbox.conversation import look, name_of
from inbox.errors import Invalid, NotFound
from inbox.history import sight_of
from inbox.search_query import parse
from inbox.store import conversation as conversations
from inbox.store import journal, search_people
from inbox.store import record as store
from inbox.store.database import Reading
from inbox.worklist import Filters, Row
from patients.consent import Entry, opt_out
from patients.record import age_on, display_name, initials, shown_name
from patients.words import Term

#: How many of a patient's conversations a record and a panel list.
CONVERSATIONS = 100
SNIPPET = 240


class Summary(msgspec.Struct, frozen=True):
    """A line of the patient list."""

    id: int
    name: str
    initials: str
    birth_on: date | None
    age: int | None
    language: str
    open: int


class Patients(msgspec.Struct, frozen=True):
    """A page of patients by name; `next` goes back as `after`."""

    items: tuple[Summary, ...]
    next: str | None


class Identifier(msgspec.Struct, frozen=True):
    """A number that a system knows the patient by."""

    system: str
    value: str


class ContactPoint(msgspec.Struct, frozen=True):
    """An address and how the patient is tied to it; `shared_by` counts the patients who use it now."""

    id: int
    kind: str
    value: str
    state: str
    relationship: str
    verified_at: datetime | None
    confidential: bool
    rank: int
    shared_by: int


class Proxy(msgspec.Struct, frozen=True):
    """Someone acting for the patient; `scope` holds scheduling, billing, clinical."""

    id: int
    name: str
    role: str
    scope: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime | None


class Consent(msgspec.Struct, frozen=True):
    """What the ledger says now for one address, channel and purpose: allowed or not, since when, from where."""

    contact_id: int
    address: str
    channel: str
    purpose: str
    allowed: bool
    kind: str
    source: str
    at: datetime


class Moment(msgspec.Struct, frozen=True):
    """One line of the timeline: a message or note with its first words, empty above the viewer's sight."""

    id: int
    kind: str
    conversation_id: int
    channel: str
    direction: str
    author: str
    text: str
    at: datetime


class Timeline(msgspec.Struct, frozen=True):
    """Newest first; `next` goes back as `after`."""

    items: tuple[Moment, ...]
    next: str | None


class Record(msgspec.Struct, frozen=True):
    """All that is known of one patient. `open` and `earlier` are the conversations that the viewer may see."""

    id: int
    version: int
    name: str
    given: str
    middle: str
    family: str
    suffix: str
    preferred_name: str
    initials: str
    birth_on: date | None
    age: int | None
    sex: str
    language: str
    zone: str | None
    needs: tuple[str, ...]
    preferences: dict[str, str]
    location: str | None
    survivor_id: int | None
    identifiers: tuple[Identifier, ...]
    contact_points: tuple[ContactPoint, ...]
    proxies: tuple[Proxy, ...]
    consents: tuple[Consent, ...]
    open: tuple[Row, ...]
    earlier: tuple[Row, ...]
    timeline: tuple[Moment, ...]
    head: int


class Panel(msgspec.Struct, frozen=True):
    """The column beside a conversation. While `masked` (nobody confirmed who it is, or the role may not see persons)
    only the name as it may be said is there. `masked_why`: unidentified, unconfirmed, role or "" ."""

    conversation_id: int
    patient_id: int | None
    name: str
    certainty: str
    masked: bool
    masked_why: str
    birth_on: date | None
    age: int | None
    sex: str
    language: str
    needs: tuple[str, ...]
    preferences: dict[str, str]
    identifiers: tuple[Identifier, ...]
    contact_points: tuple[ContactPoint, ...]
    proxies: tuple[Proxy, ...]
    consents: tuple[Consent, ...]
    open: tuple[Row, ...]
    earlier: tuple[Row, ...]
    notes_hidden: bool


def patients(reading: Reading, *, actor: Actor, q: str = "", after: str | None = None, limit: int = 50) -> Patients:
    """Patients by name; all words of `q` must fit: of a name, an address, a number, a birth date (ISO). Raises Invalid
    as `search_query.parse` does."""
    query = parse(q)
    return fitting(reading, actor=actor, wanted=(*query.wanted, *query.sender), after=after, limit=limit)


def fitting(
    reading: Reading,
    *,
    actor: Actor,
    wanted: Sequence[Term],
    unwanted: Sequence[Term] = (),
    after: str | None = None,
    limit: int = 50,
) -> Patients:
    """Patients by name whom all wanted terms fit and none of the unwanted."""
    named = search_people.matching(reading, wanted, unwanted)
    found = store.page(reading, actor, named, after=_id(after), limit=limit + 1)
    today = _today(reading)
    items = tuple(_summary(row, today) for row in found[:limit])
    return Patients(items, str(items[-1].id) if len(found) > limit else None)


def record(reading: Reading, *, actor: Actor, patient_id: int, now: datetime) -> Record:
    """All of one patient that this person may see. Raises NotFound out of scope."""
    row = _patient(reading, actor, patient_id)
    name, theirs = name_of(row), _conversations(reading, actor, patient_id)
    return Record(
        **{field: getattr(row, field) for field in _AS_STORED},
        name=display_name(name),
        initials=initials(name),
        age=_age(row.birth_on, _today(reading)),
        needs=tuple(row.needs),
        preferences=dict(row.preferences),
        **_details(reading, patient_id, now),
        open=tuple(one for one in theirs if one.state != "closed"),
        earlier=tuple(one for one in theirs if one.state == "closed"),
        timeline=timeline(reading, actor=actor, patient_id=patient_id).items,
        head=journal.head(reading.connection),
    )


def panel(reading: Reading, *, actor: Actor, conversation_id: int, now: datetime) -> Panel:
    """The column beside a conversation. Raises NotFound out of scope."""
    head = conversations.head(reading, actor, conversation_id)
    if head is None:
        raise NotFound("There is no such conversation.")
    seen = look(actor, head)
    why = _masked_why(head, person=seen.sight.person)
    name = "" if not seen.sight.person else _called(head)
    if why:
        return _masked(head, name, why, notes_hidden=not seen.sight.notes)
    row = _patient(reading, actor, head.subject_patient_id)
    theirs = [one for one in _conversations(reading, actor, row.id) if one.id != conversation_id]
    return Panel(
        conversation_id=conversation_id,
        patient_id=row.id,
        name=name,
        certainty=head.subject_certainty,
        masked=False,
        masked_why="",
        birth_on=row.birth_on,
        age=_age(row.birth_on, _today(reading)),
        sex=row.sex,
        language=row.language,
        needs=tuple(row.needs),
        preferences=dict(row.preferences),
        **_details(reading, row.id, now),
        open=tuple(one for one in theirs if one.state != "closed"),
        earlier=tuple(one for one in theirs if one.state == "closed"),
        notes_hidden=not seen.sight.notes,
    )


def timeline(reading: Reading, *, actor: Actor, patient_id: int, after: str | None = None, limit: int = 50) -> Timeline:
    """What was said and noted about a patient on every channel, newest first. Raises NotFound out of scope."""
    _patient(reading, actor, patient_id)
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


def _patient(reading: Reading, actor: Actor, patient_id: int) -> Any:
    row = store.one(reading, actor, patient_id)
    if row is None:
        raise NotFound("There is no such patient.")
    return row


def _details(reading: Reading, patient_id: int, now: datetime) -> dict[str, Any]:
    numbers = store.identifiers(reading, patient_id)
    points = store.addresses(reading, patient_id)
    return {
        "identifiers": tuple(Identifier(row.system, row.value) for row in numbers),
        "contact_points": tuple(
            ContactPoint(**{field: getattr(row, field) for field in ContactPoint.__struct_fields__}) for row in points
        ),
        "proxies": tuple(_proxy(row) for row in store.acting_for(reading, patient_id)),
        "consents": fold_consents(store.consent_entries(reading, patient_id), now),
    }


def fold_consents(rows: Sequence[Any], now: datetime) -> tuple[Consent, ...]:
    """What holds now for each address, channel and purpose, by the ledger's rows, oldest first. While an opt-out holds
    a channel has one line, for every purpose ("*")."""
    ledgers: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        ledgers.setdefault((row.contact_id, row.channel), []).append(row)
    return tuple(
        _consent(row, now, purpose)
        for (_, channel), ledger in ledgers.items()
        for purpose, row in _deciding(ledger, channel)
    )


def _deciding(ledger: Sequence[Any], channel: str) -> Iterable[tuple[str, Any]]:
    entries = [Entry(row.id, row.at, row.channel, row.kind, row.purpose, row.source) for row in ledger]
    stopped = opt_out(entries, channel=channel)
    if stopped is not None:
        return [("*", row) for row in ledger if row.id == stopped.entry_id]
    return {row.purpose: row for row in ledger if row.kind != "revoke_all"}.items()


def _consent(row: Any, now: datetime, purpose: str) -> Consent:
    running = row.expires_at is None or row.expires_at > now
    allowed = row.kind == "grant" and running
    return Consent(row.contact_id, row.value, row.channel, purpose, allowed, row.kind, row.source, row.at)


def _proxy(row: Any) -> Proxy:
    scope = tuple(part for part in row.scope.replace(",", " ").split() if part)
    return Proxy(row.id, row.name, row.role, scope, row.valid_from, row.valid_to)


def _conversations(reading: Reading, actor: Actor, patient_id: int) -> tuple[Row, ...]:
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


def _masked_why(head: Any, *, person: bool) -> str:
    if not person:
        return "role"
    if head.subject_patient_id is None or head.subject_certainty == "unknown":
        return "unidentified"
    return "" if head.subject_certainty == "confirmed" else "unconfirmed"


def _called(head: Any) -> str:
    return shown_name(name_of(head) if head.subject_patient_id else None, head.subject_certainty)


def _masked(head: Any, name: str, why: str, *, notes_hidden: bool) -> Panel:
    """Nothing but the name as it may be said."""
    return Panel(
        conversation_id=head.id,
        patient_id=None if why == "role" else head.subject_patient_id,
        name=name,
        certainty=head.subject_certainty,
        masked=True,
        masked_why=why,
        birth_on=None,
        age=None,
        sex="",
        language="",
        needs=(),
        preferences={},
        identifiers=(),
        contact_points=(),
        proxies=(),
        consents=(),
        open=(),
        earlier=(),
        notes_hidden=notes_hidden,
    )


def _summary(row: Any, today: date) -> Summary:
    name = name_of(row)
    shown = (display_name(name), initials(name), row.birth_on, _age(row.birth_on, today))
    return Summary(row.id, *shown, row.language, row.open)


def _age(birth_on: date | None, today: date) -> int | None:
    return None if birth_on is None else age_on(birth_on, today)


def _today(reading: Reading) -> date:
    return reading.now.astimezone(ZoneInfo(practice.read(reading).zone)).date()


def _id(after: str | None) -> int:
    if not after:
        return 0
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid(fields={"after": "send back `next` as it came"})
    return int(after)


def _micro(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _place(after: str | None) -> tuple[datetime, int] | None:
    if not after:
        return None
    moment, _, last = after.partition(".")
    return _EPOCH + timedelta(microseconds=min(_id(moment), 10**17)), _id(last)
