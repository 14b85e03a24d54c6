"""The report's tables: the same few figures for each channel, reason, queue, place and person. Refuses figures of fewer
than five in a group, and to rank people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec

from inbox.cohort_shape import Cohort
from inbox.figures import BY_NAME
from inbox.measures import Entry, percent, seconds_of, waits_of
from inbox.metrics_shape import Group
from inbox.store import metrics as store
from inbox.store.database import Reading
from inbox.worklist import reason_label

#: What a report can be grouped by: the code of a conversation, and what each group is called.
GROUPINGS: dict[str, Callable[[str], str]] = {
    "channel": lambda code: code,
    "reason": reason_label,
    "queue": lambda code: code.replace("_", " ").capitalize(),
    "location": lambda code: code or "No location",
    "priority": lambda code: f"P{code}",
}

#: Figures of fewer cases than this in one group say more about a person than about the work (security.md §5).
FEW = 5

#: Looked up for each entry of a report, a hundred thousand times: an attribute alone costs half of a function.
_CODES: dict[str, Callable[[Entry], Any]] = {
    "channel": attrgetter("case.channel"),
    "reason": attrgetter("case.reason"),
    "queue": attrgetter("case.team"),
    "location": attrgetter("case.location"),
    "priority": attrgetter("case.priority"),
    "owner": attrgetter("case.owner_id"),
}

_COUNTED = ("conversations", "breach_rate", "reopen_rate", "first_contact_7", "satisfaction", "survey_response")
_WAITED = ("first_response", "resolution")
_counts: Callable[[Entry], bool] = attrgetter("counts")


class _Tally:
    """What one group's row is made of: (part, whole) of each counted measure, entries of each waited one."""

    def __init__(self) -> None:
        self.shares = dict.fromkeys(_COUNTED, (0, 0))
        self.waits: dict[str, list[Entry]] = {name: [] for name in _WAITED}

    @property
    def conversations(self) -> int:
        return self.shares["conversations"][1]


class Cut(msgspec.Struct, frozen=True):
    """The cohort as the tables count it; `few` hides figures of fewer than five."""

    cohort: Cohort
    business: bool
    few: bool

    def entries(self, name: str) -> list[Entry]:
        """Those of a measure, of its open-hours twin where the report counts those."""
        twin = BY_NAME.get(f"{name}_business") if self.business else None
        return (twin or BY_NAME[name]).entries(self.cohort)


def groups(cut: Cut, by: str) -> tuple[Group, ...]:
    """Largest first."""
    largest = sorted(_tallies(cut, by).items(), key=lambda item: (-item[1].conversations, item[0]))
    return tuple(_group(key, GROUPINGS[by](key), tally, cut) for key, tally in largest)


def agents(reading: Reading, cut: Cut) -> tuple[Group, ...]:
    """Who has them now, by name: people are not ranked."""
    found = _tallies(cut, "owner")
    found.pop("", None)
    names = store.names(reading, {int(key) for key in found})
    made = (_group(key, names.get(int(key), ""), tally, cut) for key, tally in found.items())
    return tuple(sorted(made, key=lambda group: (group.label, group.key)))


def _tallies(cut: Cut, by: str) -> dict[str, _Tally]:
    found: defaultdict[str, _Tally] = defaultdict(_Tally)
    code = _CODES[by]
    for name in _COUNTED:
        every = cut.entries(name)
        for (key, counts), n in Counter(zip(map(code, every), map(_counts, every), strict=True)).items():
            shares = found[_key(key)].shares
            part, whole = shares[name]
            shares[name] = (part + n * counts, whole + n)
    for name in _WAITED:
        split: defaultdict[Any, list[Entry]] = defaultdict(list)
        every = cut.entries(name)
        for key, entry in zip(map(code, every), every, strict=True):
            split[key].append(entry)
        for key, entries in split.items():
            found[_key(key)].waits[name] += entries
    return dict(found)


def _key(code: Any) -> str:
    return "" if code is None else str(code)


def _group(key: str, label: str, tally: _Tally, cut: Cut) -> Group:
    count, due, closed = tally.conversations, tally.shares["breach_rate"][1], tally.shares["reopen_rate"][1]
    if cut.few and count < FEW:
        return Group(key, label, count, None, None, None, due, closed, None, None, few=True)
    answers = tally.shares["satisfaction"][1]
    waits, resolution = waits_of(tally.waits["first_response"]), waits_of(tally.waits["resolution"])
    return Group(
        key=key,
        label=label,
        conversations=count,
        first_response_median=seconds_of(waits.median),
        first_response_p90=seconds_of(waits.p90),
        breach_rate=percent(*tally.shares["breach_rate"]),
        due=due,
        closed=closed,
        resolution_median=seconds_of(resolution.median),
        reopen_rate=percent(*tally.shares["reopen_rate"]),
        resolution_p90=seconds_of(resolution.p90),
        first_contact=percent(*tally.shares["first_contact_7"]),
        satisfied=percent(*tally.shares["satisfaction"]) if answers >= FEW else None,
        answers=answers,
        asked=tally.shares["survey_response"][1],
    )
