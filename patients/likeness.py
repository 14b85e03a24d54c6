"""How alike two spellings of one field are: 2 exact, 1 near, 0 conflict, None when a side says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Literal

Likeness = Literal[0, 1, 2]
#: Jaro–Winkler from which two names count as near (domain §4).
NEAR = 0.88


def grade(a: Iterable[str], b: Iterable[str], near: Callable[[str, str], bool] | None = None) -> Likeness | None:
    """The best agreement of any value of `a` with any of `b`; values are already folded, empty ones say nothing."""
    left, right = {value for value in a if value}, {value for value in b if value}
    if not left or not right:
        return None
    if left & right:
        return 2
    return 1 if near and any(near(one, other) for one in left for other in right) else 0


def names_near(a: str, b: str) -> bool:
    """One edit, Jaro–Winkler from 0.88, or one written in two words where the other has one of them or both joined."""
    if a.replace(" ", "") == b.replace(" ", "") or set(a.split()) & set(b.split()):
        return True
    return one_edit(a, b) or jaro_winkler(a, b) >= NEAR


def phones_near(a: str, b: str) -> bool:
    """One slip, or the same local number under another area code."""
    return one_edit(a, b) or (len(a) >= 10 and len(b) >= 10 and a[-7:] == b[-7:])


def dates_near(a: str, b: str) -> bool:
    """Both ISO days: one slip, the neighbouring day, or the same year with day and month swapped or one of them equal.
    Equal day and month of another year are not near: that is a parent and child as easily as a slip."""
    one, other = date.fromisoformat(a), date.fromisoformat(b)
    swapped = (one.month, one.day) == (other.day, other.month)
    kept = one.month == other.month or one.day == other.day
    return (one.year == other.year and (swapped or kept)) or abs((one - other).days) == 1 or one_edit(a, b)


def one_edit(a: str, b: str) -> bool:
    """At most one character added, lost or changed, or two neighbours swapped; needs three characters to tell."""
    if min(len(a), len(b)) < 3 or abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    if len(a) != len(b):
        return rest_a[1:] == rest_b or rest_a == rest_b[1:]
    return rest_a[1:] == rest_b[1:] or (rest_a[:2] == rest_b[:2][::-1] and rest_a[2:] == rest_b[2:])


def jaro_winkler(a: str, b: str) -> float:
    """0…1 (Winkler 1990, prefix of at most four, weight 0.1)."""
    matched_a, matched_b = _matched(a, b)
    common = len(matched_a)
    if not common:
        return 0.0
    swaps = sum(x != y for x, y in zip(matched_a, matched_b, strict=True)) / 2
    jaro = (common / len(a) + common / len(b) + (common - swaps) / common) / 3
    prefix = next((i for i, (x, y) in enumerate(zip(a[:4], b[:4], strict=False)) if x != y), min(len(a), len(b), 4))
    return jaro + prefix * 0.1 * (1 - jaro)


def _matched(a: str, b: str) -> tuple[list[str], list[str]]:
    """The characters of both that find a partner within half the longer length, each in its own order."""
    reach = max(len(a), len(b)) // 2 - 1
    taken: set[int] = set()
    from_a: list[str] = []
    for i, character in enumerate(a):
        span = range(max(0, i - reach), min(len(b), i + reach + 1))
        j = next((j for j in span if j not in taken and b[j] == character), None)
        if j is not None:
            taken.add(j)
            from_a.append(character)
    return from_a, [b[j] for j in sorted(taken)]
