"""Whether two records are one human: a Fellegi–Sunter score with vetoes (domain §4).

Refuses to decide alone on what a family shares: a veto sends a pair to a person however high it scores.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from patients.demographics import Comparable, Demographics, comparable
from patients.likeness import Likeness, dates_near, grade, names_near, one_edit, phones_near

Decision = Literal["same", "review", "different"]
SAME, REVIEW = 28.0, 12.0
#: Points for exact, near and conflicting values: log-odds set by hand on development pairs. An insurance number alone
#: stays below *same*: registries file one person's number under another often enough.
WEIGHTS: dict[str, tuple[float, float, float]] = {
    "first": (6.5, 3.5, -6.0),
    "last": (6.5, 3.5, -4.0),
    "middle": (3.0, 1.0, -4.0),
    "full_middle": (6.0, 0.0, 0.0),
    "birth_date": (9.0, 6.0, -7.0),
    "sex": (1.0, 0.0, -4.0),
    "phone": (5.0, 2.0, -0.5),
    "email": (4.0, 0.0, -0.5),
    "ssn": (4.5, 3.0, -2.5),
    "medicaid": (4.5, 0.0, -3.0),
    "address": (8.0, 5.0, -1.5),
    "mother_maiden": (4.0, 2.0, -1.0),
    "record_number": (5.0, 0.0, 0.0),
    "suffix": (1.0, 0.0, -5.0),
    "birth_order": (0.0, 0.0, -8.0),
}
#: A conflict here is never outweighed.
DECISIVE = ("first", "last", "birth_date", "sex", "suffix", "birth_order")
#: Agreement in one of these at least: names, birth dates and sexes meet by chance.
CORROBORATING = ("phone", "email", "ssn", "medicaid", "address", "mother_maiden", "record_number")
#: Fields of which a conflict takes away what a full middle name corroborates; record numbers differ by clinic.
CONTRADICTING = tuple(field for field in CORROBORATING if field != "record_number")


class Match(msgspec.Struct, frozen=True):
    """`because` lists each compared field with its grade and points ("phone exact +5"), `vetoes` what forbade *same*;
    neither holds a value of a record."""

    decision: Decision
    score: float
    because: tuple[str, ...]
    vetoes: tuple[str, ...]


def score(a: Demographics, b: Demographics) -> Match:
    """Compares two records: *same* needs 28 points and no veto, *review* 12; a missing value counts nothing."""
    return match(comparable(a), comparable(b))


def match(a: Comparable, b: Comparable) -> Match:
    """`score` for records already made comparable; symmetric."""
    grades = compare(a, b)
    points = {field: WEIGHTS[field][2 - likeness] for field, likeness in grades.items()}
    total = round(sum(points.values()), 2)
    vetoes = _vetoes(a, b, grades)
    because = tuple(f"{field} {('conflict', 'near', 'exact')[grades[field]]} {points[field]:+g}" for field in grades)
    return Match(_decision(total, vetoes), total, because, vetoes)


def compare(a: Comparable, b: Comparable) -> dict[str, Likeness]:
    """The grade of every field that both records fill."""
    grades: dict[str, Likeness | None] = {
        "first": _first_grade(a, b),
        "last": grade([a.last], [b.last], names_near),
        "middle": None if _full_middle(a, b) else _middle_grade(a, b),
        "full_middle": 2 if _full_middle(a, b) else None,
        "birth_date": grade([a.birth_date], [b.birth_date], dates_near),
        "sex": grade([a.sex], [b.sex]),
        "phone": grade(a.phones, b.phones, phones_near),
        "email": grade(a.emails, b.emails),
        "ssn": grade(a.ssn, b.ssn, one_edit),
        "medicaid": grade(a.medicaid, b.medicaid),
        "address": _address_grade(a, b),
        "mother_maiden": grade([a.mother_maiden], [b.mother_maiden], names_near),
        "record_number": _record_number_grade(a, b),
        "suffix": grade([a.suffix], [b.suffix]),
        "birth_order": grade([a.birth_order], [b.birth_order]),
    }
    return {field: likeness for field, likeness in grades.items() if likeness is not None}


def _decision(total: float, vetoes: tuple[str, ...]) -> Decision:
    if total >= SAME and not vetoes:
        return "same"
    return "review" if total >= REVIEW else "different"


def _swapped(a: Comparable, b: Comparable) -> bool:
    return bool(a.first and a.middle) and a.first != b.first and (a.first, a.middle) == (b.middle, b.first)


def _first_grade(a: Comparable, b: Comparable) -> Likeness | None:
    return 1 if _swapped(a, b) else grade([a.first], [b.first], names_near)


def _middle_grade(a: Comparable, b: Comparable) -> Likeness | None:
    """An initial agrees with every name it begins; first and middle name in each other's place are near."""
    if not a.middle or not b.middle:
        return None
    if _swapped(a, b):
        return 1
    if 1 in (len(a.middle), len(b.middle)) and a.middle != b.middle:
        return 1 if a.middle[0] == b.middle[0] else 0
    return grade([a.middle], [b.middle], names_near)


def _full_middle(a: Comparable, b: Comparable) -> bool:
    return len(a.middle) > 1 and a.middle == b.middle


def _address_grade(a: Comparable, b: Comparable) -> Likeness | None:
    """The same street in the same place is exact; the same house with slips in street, town or postcode is near."""
    if not a.street or not b.street:
        return None
    placed = grade([a.postal], [b.postal], one_edit), grade([a.city], [b.city], names_near)
    if a.street == b.street and (2 in placed or placed == (None, None)):
        return 2
    same_house = a.street.split()[0] == b.street.split()[0]
    return 1 if same_house and any(placed) and names_near(a.street, b.street) else 0


def _record_number_grade(a: Comparable, b: Comparable) -> Likeness | None:
    """Record numbers of unlike systems say nothing; one without a system may be of either."""
    pairs = [(m, n) for m in a.record_numbers for n in b.record_numbers if m[0] == n[0] or not (m[0] and n[0])]
    if not pairs:
        return None
    return 2 if any(m[1] == n[1] for m, n in pairs) else 0


def _vetoes(a: Comparable, b: Comparable, grades: dict[str, Likeness]) -> tuple[str, ...]:
    reasons = [f"{field} in conflict" for field in DECISIVE if grades.get(field) == 0]
    if "first" not in grades:
        reasons.append("first name missing")
    if (a.birth_order or b.birth_order) and grades.get("first") != 2:
        reasons.append("twin without exact first name")
    if not _corroborated(grades):
        reasons.append("nothing beside name, birth date and sex")
    return tuple(reasons)


def _corroborated(grades: dict[str, Likeness]) -> bool:
    """One exact agreement, or the same house; a full middle name does where nothing speaks against it."""
    if any(grades.get(field) == 2 for field in CORROBORATING) or grades.get("address") == 1:
        return True
    return "full_middle" in grades and all(grades.get(field) != 0 for field in CONTRADICTING)
