"""The report's tables: the same few figures for each channel, reason, queue, place and person. Refuses figures of fewer
than five in a group, and to rank people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec

from inbox.cohort import Cohort
from inbox.figures import BY_NAME
from inbox.measures import Entry, percent, seconds_of, share_of, waits_of
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

_IN_TABLES = ("conversations", "first_response", "breach_rate", "resolution", "reopen_rate", "first_contact_7")


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
    found = _grouped(cut, by)
    largest = sorted(found.items(), key=lambda item: (-len(item[1]["conversations"]), item[0]))
    return tuple(_group(key, GROUPINGS[by](key), parts, cut) for key, parts in largest)


def agents(reading: Reading, cut: Cut) -> tuple[Group, ...]:
    """Who has them now, by name: people are not ranked."""
    found = _grouped(cut, "owner")
    found.pop("", None)
    names = store.names(reading, {int(key) for key in found})
    groups = (_group(key, names.get(int(key), ""), parts, cut) for key, parts in found.items())
    return tuple(sorted(groups, key=lambda group: (group.label, group.key)))


def _grouped(cut: Cut, by: str) -> dict[str, dict[str, list[Entry]]]:
    found: dict[str, dict[str, list[Entry]]] = {}
    for name in _IN_TABLES:
        split: defaultdict[Any, list[Entry]] = defaultdict(list)
        every = cut.entries(name)
        for code, entry in zip(map(_CODES[by], every), every, strict=True):
            split[code].append(entry)
        for code, entries in split.items():
            key = "" if code is None else str(code)
            known = found.setdefault(key, {one: [] for one in _IN_TABLES})
            known[name] = known[name] + entries
    return found


def _group(key: str, label: str, parts: dict[str, list[Entry]], cut: Cut) -> Group:
    count, due = len(parts["conversations"]), len(parts["breach_rate"])
    if cut.few and count < FEW:
        return Group(key, label, count, None, None, None, due, len(parts["reopen_rate"]), None, None, few=True)
    waits, resolution = waits_of(parts["first_response"]), waits_of(parts["resolution"])
    return Group(
        key=key,
        label=label,
        conversations=count,
        first_response_median=seconds_of(waits.median),
        first_response_p90=seconds_of(waits.p90),
        breach_rate=percent(*share_of(parts["breach_rate"])),
        due=due,
        closed=len(parts["reopen_rate"]),
        resolution_median=seconds_of(resolution.median),
        reopen_rate=percent(*share_of(parts["reopen_rate"])),
        resolution_p90=seconds_of(resolution.p90),
        first_contact=percent(*share_of(parts["first_contact_7"])),
    )
