"""A table of patients with a head line, as a registration system or a spreadsheet writes it. A line that cannot be read
stands alone: a quote that nobody closed takes no other patient with it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from patients.demographics import Place
from patients.roster import OWN, Unreadable, Written

#: Column → what else it may be called.
COLUMNS = {
    "number": ("mrn", "record_number"),
    "given": ("first_name", "given_name"),
    "middle": ("middle_name",),
    "family": ("last_name", "family_name"),
    "suffix": (),
    "preferred_name": ("preferred",),
    "birth_date": ("dob", "date_of_birth"),
    "sex": ("gender",),
    "language": (),
    "birth_order": (),
    "phone": ("phones", "mobile"),
    "email": ("emails",),
    "street": ("address",),
    "city": (),
    "state": (),
    "postal": ("zip", "postcode"),
}
#: A cell may hold so many line breaks.
BREAKS = 5
_NAMES = {alias: name for name, aliases in COLUMNS.items() for alias in (name, *aliases)}
_GUARDED = frozenset("=+-@'\t\r")


def head(line: str) -> tuple[str, ...]:
    """The columns of the head line, "" for one that is not read. Raises Unreadable where a needed one is missing."""
    _, cells = _record([line.lstrip("\ufeff")])
    if isinstance(cells, Unreadable):
        raise cells
    named = tuple(_NAMES.get(cell.strip().lower().replace(" ", "_"), "") for cell in cells)
    missing = {name: "no such column in the head line" for name in ("number", "family") if name not in named}
    twice = {name: "two columns of this name" for name in named if name and named.count(name) > 1}
    if missing or twice:
        raise Unreadable(**missing, **twice)
    return named


def records(lines: Iterable[str], first: int = 2) -> Iterator[tuple[int, list[str] | Unreadable]]:
    """The number of each record's first line with its cells, or why it has none. A record runs over several lines only
    where that closes its quotes."""
    waiting: list[str] = []
    at, source = first, iter(lines)
    while True:
        while len(waiting) <= BREAKS and (line := next(source, None)) is not None:
            waiting.append(line)
        if not waiting:
            return
        taken, cells = _record(waiting)
        del waiting[:taken]
        if cells:
            yield at, cells
        at += taken


def _record(lines: list[str]) -> tuple[int, list[str] | Unreadable]:
    for count in range(1, len(lines) + 1):
        try:
            return count, next(csv.reader(lines[:count], strict=True), [])
        except csv.Error as error:
            if "unexpected end of data" not in str(error):
                break
    return 1, Unreadable(line="its quotes do not match")


def written(columns: tuple[str, ...], cells: list[str]) -> Written:
    """The words of one record. Raises Unreadable when it has more or fewer cells than the head line."""
    if len(cells) != len(columns):
        raise Unreadable(line=f"has {len(cells)} cells, the head line {len(columns)}")
    row = {name: _bare(cell) for name, cell in zip(columns, cells, strict=True) if name}
    get = row.get
    return Written(
        numbers=((OWN, get("number", "")),),
        given=(get("given", ""), get("middle", "")),
        family=get("family", ""),
        suffix=get("suffix", ""),
        preferred=get("preferred_name", ""),
        birth_date=get("birth_date", ""),
        sex=get("sex", ""),
        language=get("language", ""),
        birth_order=get("birth_order", ""),
        phones=get("phone", "").split(";"),
        emails=get("email", "").split(";"),
        address=Place(get("street"), get("city"), get("state"), get("postal")),
    )


def _bare(cell: str) -> str:
    """Without the quote that keeps a spreadsheet from running a cell."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _GUARDED and len(cell) > 1 else cell
