"""The rows of one transaction: what each says otherwise than the record it means, and writing that, or only saying so.
Undoes nothing that staff wrote: language, preferred name and ended addresses stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from inbox.patient_import_known import Known, Meaning, Numbers, facts
from inbox.store import contacts
from inbox.store import patient_import as store
from inbox.store.database import Reading, Transaction
from patients.record import fold
from patients.roster import Incoming, Unreadable

Outcome = Literal["created", "in doubt", "linked", "changed", "unchanged", "refused", "passed over"]
#: What the source knows better than we do.
OF_SOURCE = ("given", "middle", "family", "suffix", "birth_on", "sex", "birth_order", "address")


class Row(msgspec.Struct, frozen=True):
    """One row of a file; `place` says where it stood, `kind` what it says it is where that is no patient."""

    place: str
    content: Incoming | Unreadable
    kind: str = ""


class Line(msgspec.Struct, frozen=True):
    """What became of a row. `why` names fields and reasons and holds no value of the row."""

    place: str
    outcome: Outcome
    why: tuple[str, ...] = ()
    patient_id: int | None = None


class News(msgspec.Struct, frozen=True):
    """What a row knows that its record does not: values by column, numbers, addresses as (kind, value). `kept`: fields
    in which an earlier row of the file decided."""

    values: dict[str, Any] = {}
    numbers: Numbers = ()
    points: tuple[tuple[str, str], ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is something to write."""
        return bool(self.values or self.numbers or self.points)


class Batch:
    """Some rows and the records they mean. A subclass says what taking one does."""

    def __init__(self, reading: Reading, known: Known, rows: Sequence[Row], met: frozenset[int]) -> None:
        self._reading, self._known = reading, known
        self.met = set(met)
        meant = (known.holders(row.content) for row in rows if isinstance(row.content, Incoming))
        self._rows: dict[int, Any] = {}
        self._points: dict[int, dict[tuple[str, str], bool]] = {}
        self._fetch({one for holders in meant for one in holders if one > 0})

    def take(self, row: Row) -> Line:
        """Does what the row means."""
        if isinstance(row.content, Unreadable):
            return _refusal(row, row.content)
        meaning, content = self._known.meaning(row.content), row.content
        left_out = tuple(f"{why} (left out)" for why in content.left_out)
        if meaning.act == "refuse":
            return Line(row.place, "refused", (meaning.why,))
        if meaning.act == "create" or meaning.patient_id is None:
            made = self._create(content, meaning)
            self.met.add(made)
            outcome: Outcome = "in doubt" if meaning.alike else "created"
            return Line(row.place, outcome, left_out, made if made > 0 else None)
        news = self._news(content, meaning.patient_id)
        if news.any:
            self._update(content, meaning.patient_id, news)
        self.met.add(meaning.patient_id)
        outcome = "linked" if meaning.scored else "changed" if news.any else "unchanged"
        kept = tuple(f"{field}: as an earlier row has it (left out)" for field in news.kept)
        return Line(row.place, outcome, (*left_out, *kept), meaning.patient_id)

    def _create(self, row: Incoming, meaning: Meaning) -> int:
        raise NotImplementedError

    def _update(self, row: Incoming, patient_id: int, news: News) -> None:
        raise NotImplementedError

    def _news(self, row: Incoming, patient_id: int) -> News:
        if patient_id > 0 and patient_id not in self._rows:
            self._fetch({patient_id})
        held = self._known.numbers(patient_id)
        numbers = tuple(number for number in row.numbers if number not in held)
        if patient_id not in self._rows:  # a record that a dry run would make
            return News(numbers=numbers)
        record, reached = self._rows[patient_id], self._points[patient_id]
        said = {name: _stored(getattr(row, name)) for name in OF_SOURCE}
        unlike = {name: one for name, one in said.items() if not _silent(one) and one != getattr(record, name)}
        points = tuple(point for point in points_of(row) if point not in reached)
        if patient_id in self.met:
            return News(numbers=numbers, points=points, kept=tuple(unlike))
        return News(unlike, numbers, points)

    def _fetch(self, ids: set[int]) -> None:
        if ids:
            self._rows.update(store.rows(self._reading, ids))
            self._points.update(store.ever_reached(self._reading, ids))


class Dry(Batch):
    """Only thought through: records that would be made have ids below zero."""

    def _create(self, row: Incoming, meaning: Meaning) -> int:
        patient_id = -1 - sum(one < 0 for one in self.met)
        self._known.add(patient_id, row.facts(), row.numbers)
        return patient_id

    def _update(self, row: Incoming, patient_id: int, news: News) -> None:
        pass


class Written(Batch):
    """Written in the transaction it was made with."""

    def __init__(self, unit: Transaction, known: Known, rows: Sequence[Row], met: frozenset[int]) -> None:
        super().__init__(unit, known, rows, met)
        self._unit = unit
        contacts.foresee(unit, [*_all_points(rows)])

    def _create(self, row: Incoming, meaning: Meaning) -> int:
        values = {name: _stored(getattr(row, name)) for name in (*OF_SOURCE, "language")}
        named = {"preferred_name": row.preferred, "search_name": _search_name(row.preferred, values)}
        patient_id = store.add(self._unit, {**values, **named})
        details = {"by": "import", "alike": [other for other, _ in meaning.alike]}
        self._unit.record("patient.registered", actor_id=None, patient_id=patient_id, details=details)
        for number in row.numbers:
            store.add_number(self._unit, patient_id, number)
        for rank, point in enumerate(points_of(row), 1):
            store.add_link(self._unit, patient_id, contacts.find_or_add(self._unit, *point).id, rank)
        if meaning.alike:
            store.add_candidates(self._unit, patient_id, meaning.alike)
        self._known.add(patient_id, row.facts(), row.numbers)
        return patient_id

    def _update(self, row: Incoming, patient_id: int, news: News) -> None:
        record = self._rows[patient_id]
        if news.values:
            name = {part: news.values.get(part, getattr(record, part)) for part in ("given", "family")}
            searched = {"search_name": _search_name(record.preferred_name, name)}
            store.change(self._unit, record, {**news.values, **searched})
        for number in news.numbers:
            store.add_number(self._unit, patient_id, number)
        if news.values or news.numbers:
            fields = sorted([*news.values, *(["numbers"] if news.numbers else [])])
            self._tell("patient.changed", patient_id, fields=fields)
        self._reach(patient_id, news.points)
        self._fetch({patient_id})
        own = [point for point, live in self._points[patient_id].items() if live]
        numbers = [*self._known.numbers(patient_id), *news.numbers]
        self._known.add(patient_id, facts(self._rows[patient_id], numbers, own), news.numbers)

    def _reach(self, patient_id: int, points: Iterable[tuple[str, str]]) -> None:
        for rank, point in enumerate(points, len(self._points[patient_id]) + 1):
            contact = contacts.find_or_add(self._unit, *point)
            store.add_link(self._unit, patient_id, contact.id, rank)
            self._tell("contact.linked", patient_id, contact=contact.id, kind=point[0])

    def _tell(self, verb: str, patient_id: int, **details: Any) -> None:
        self._unit.record(verb, actor_id=None, patient_id=patient_id, details={"by": "import", **details})


def points_of(row: Incoming) -> list[tuple[str, str]]:
    """The addresses of a row as (kind, value), best first."""
    return [*(("phone", one) for one in row.phones), *(("email", one) for one in row.emails)]


def _all_points(rows: Sequence[Row]) -> Iterable[tuple[str, str]]:
    return {point: None for row in rows if isinstance(row.content, Incoming) for point in points_of(row.content)}


def _refusal(row: Row, why: Unreadable) -> Line:
    if row.kind:
        return Line(row.place, "passed over", (f"{row.kind}: no patient",))
    return Line(row.place, "refused", tuple(f"{field}: {reason}" for field, reason in why.fields.items()))


def _stored(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: part for name, part in msgspec.structs.asdict(value).items() if part}
    return value


def _silent(value: Any) -> bool:
    return value in (None, "", "unknown", {})


def _search_name(preferred: str, name: dict[str, Any]) -> str:
    return fold(f"{preferred} {name['given']} {name['family']}")
