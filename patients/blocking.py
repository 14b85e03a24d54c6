"""Which records are worth comparing at all: those that share a birth date, an address or most of a name (domain §4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator

from patients.demographics import Comparable

#: A value that so many share tells nobody from another (1 January, the phone of a shelter).
CROWD = 100


class Blocks:
    """Records by what they share with others."""

    def __init__(self) -> None:
        self._blocks: defaultdict[Hashable, list[int]] = defaultdict(list)

    def add(self, record_id: int, record: Comparable, before: Comparable | None = None) -> None:
        """From now on a candidate; `before` is what the record was when it was added last."""
        for key in {*keys(record)} - {*(keys(before) if before else ())}:
            block = self._blocks[key]
            if len(block) <= CROWD:
                block.append(record_id)

    def candidates(self, record: Comparable) -> set[int]:
        """The records that share something with this one which is no crowd's."""
        found: set[int] = set()
        for key in keys(record):
            block = self._blocks.get(key, ())
            if len(block) <= CROWD:
                found.update(block)
        return found


def keys(record: Comparable) -> Iterator[Hashable]:
    """Birth date; three letters of each name with the year, or with month and day, of which one slip spares one; phone;
    e-mail; house and postcode with the family name's end."""
    if record.birth_date:
        yield record.birth_date
    name = f"{record.first[:3]}|{record.last[:3]}"
    if record.first and record.last:
        yield name, record.birth_date[:4]
        yield name, record.birth_date[4:]
    yield from (("phone", one) for one in record.phones)
    yield from (("email", one) for one in record.emails)
    if record.postal and record.street:
        yield record.postal, record.last[-2:], record.street.split()[0]
