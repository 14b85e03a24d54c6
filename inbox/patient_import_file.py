"""A file of patients, read row by row: a table with a head line, FHIR resources one a line, or one bundle. Refuses a
file that is none of these; a row that cannot be read says so and the next one is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from inbox.errors import Invalid
from inbox.patient_import_batch import Row
from patients import fhir_read, roster_csv
from patients.roster import Incoming, Unreadable, Written, understood

#: A bundle is read whole; a larger one has to come as NDJSON.
LARGEST_BUNDLE = 512 << 20


class PatientFile:
    """Its rows, and how much of it was read so far (0…1)."""

    def __init__(self, path: Path, region: str = "US") -> None:
        self._path, self._region = path, region
        self._size = max(1, path.stat().st_size)
        self.share = 0.0

    def __iter__(self) -> Iterator[Row]:
        with self._path.open("rb") as opened:
            first = opened.readline()
            opened.seek(0)
            if not first.strip().startswith(b"{"):
                yield from self._table(opened)
            elif first.strip().endswith(b"}"):
                yield from self._lines(opened)
            else:
                yield from self._bundle(opened)

    def _lines(self, opened: BinaryIO) -> Iterator[Row]:
        for at, line in enumerate(self._measured(opened), 1):
            if line.strip():
                yield from self._resources(f"line {at}", line)

    def _bundle(self, opened: BinaryIO) -> Iterator[Row]:
        if self._size > LARGEST_BUNDLE:
            raise Invalid(fields={"file": "too large for one bundle; write one resource a line (NDJSON)"})
        raw = opened.read()
        try:
            fhir_read.peek(raw)
        except Unreadable as refusal:
            raise Invalid(fields={"file": refusal.fields["json"]}) from None
        yield from self._resources("", raw)

    def _resources(self, place: str, raw: bytes) -> Iterator[Row]:
        try:
            found = list(fhir_read.resources(raw))
        except Unreadable as refusal:
            yield Row(place, refusal)
            return
        for at, (kind, inner) in enumerate(found, 1):
            if not place:
                self.share = at / len(found)
            entry = f"entry {at}" if len(found) > 1 or not place else ""
            yield self._row(", ".join(part for part in (place, entry) if part), kind, inner)

    def _row(self, place: str, kind: str, raw: bytes) -> Row:
        if kind != "Patient":
            return Row(place, Unreadable(resource="is no patient"), kind or "something without a type")
        return Row(place, self._content(partial(fhir_read.patient, raw)))

    def _table(self, opened: BinaryIO) -> Iterator[Row]:
        lines = (line.decode("utf-8", "surrogateescape") for line in self._measured(opened))
        try:
            columns = roster_csv.head(next(lines, ""))
        except Unreadable as refusal:
            raise Invalid(fields=refusal.fields) from None
        for at, cells in roster_csv.records(lines):
            if isinstance(cells, Unreadable):
                yield Row(f"line {at}", cells)
            else:
                yield Row(f"line {at}", self._content(partial(roster_csv.written, columns, cells)))

    def _content(self, read: Callable[[], Written]) -> Incoming | Unreadable:
        try:
            return understood(read(), self._region)
        except Unreadable as refusal:
            return refusal

    def _measured(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        done = 0
        for line in lines:
            done += len(line)
            self.share = done / self._size
            yield line
