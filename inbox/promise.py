"""Writes what an event does to a conversation's promises: the ledger lines of `slas.promises` as rows, the folded state
beside them, and which promise is due first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from inbox.practice import Practice, calendar_of, policies_of
from inbox.store import promises as store
from inbox.store.database import Transaction
from slas.clocks import Clock, Entry
from slas.policies import Chosen, Metric, choose
from slas.promises import BY_REPLY, Line, advance

Clocks = dict[Metric, Clock]
REPLIES: tuple[Metric, ...] = ("first_response", "next_response")


class First(msgspec.Struct, frozen=True):
    """The promise that is due first; nothing is owed when both are None."""

    due_at: datetime | None = None
    metric: str | None = None

    def values(self) -> dict[str, Any]:
        """The columns of the conversation that mirror it."""
        return {"due_at": self.due_at, "due_metric": self.metric}


class Ledger:
    """The promises of one conversation within one transaction. `record` appends; nothing is ever changed."""

    def __init__(self, unit: Transaction, practice: Practice, conversation_id: int, *, fresh: bool = False) -> None:
        self._unit, self._practice, self._conversation_id = unit, practice, conversation_id
        self.calendar = calendar_of(practice)
        kept = {} if fresh else store.newest(unit, conversation_id, self.calendar)
        self.ids: dict[Metric, int] = {metric: one.id for metric, one in kept.items()}
        self.clocks: Clocks = {metric: one.clock for metric, one in kept.items()}

    def choose(self, *, reason: str, priority: int, channel: str) -> Chosen:
        """The policy for a request."""
        return choose(policies_of(self._practice), reason=reason, priority=priority, channel=channel)

    def foresee(self, lines: Sequence[Line]) -> First:
        """What would be due first after these lines; writes nothing."""
        return first_due(advance(self.clocks, lines, self.calendar))

    def record(self, lines: Sequence[Line], *, chosen: Chosen | None = None, priority: int | None = None) -> First:
        """Appends the lines and answers what is due first. `chosen` names the policies of clocks that open."""
        before = self.clocks
        self.clocks = advance(before, lines, self.calendar)
        opened = {line.metric for line in lines if line.opens}
        for metric in opened:
            self.ids[metric] = self._unit.new_id()
        if opened:
            store.add(self._unit, [self._row(metric, chosen, priority) for metric in sorted(opened)])
        if lines:
            store.append(self._unit, [self._line(line) for line in lines])
        moved = {line.metric for line in lines} - opened
        store.keep_states(
            self._unit, {self.ids[metric]: self.clocks[metric] for metric in sorted(moved)}, self.calendar
        )
        return first_due(self.clocks)

    def act(self, event: Callable[..., list[Line]], **facts: Any) -> First:
        """Records what one event of `slas.promises` does."""
        return self.record(event(self.clocks, **facts))

    def go_back(self, met_at: datetime) -> None:
        """Takes up again the reply clocks that were met at this moment; a newer turn is part of theirs and stops."""
        kept = store.every(self._unit, self._conversation_id, self.calendar)
        met = [one for one in kept if one.clock.met_at == met_at and one.clock.metric in BY_REPLY]
        newer = [metric for metric in BY_REPLY if met and metric in self.clocks and self.clocks[metric].live]
        self.record([Line(metric, Entry(self._unit.now, "stop", "reply.undone")) for metric in newer])
        for one in met:
            self.ids[one.clock.metric], self.clocks[one.clock.metric] = one.id, one.clock

    def resume(self, metric: Metric, clock_id: int, cause: str) -> First:
        """Takes up again a clock of this conversation that had stopped, from its original start."""
        kept = store.every(self._unit, self._conversation_id, self.calendar)
        self.clocks[metric] = next(one.clock for one in kept if one.id == clock_id)
        self.ids[metric] = clock_id
        return self.record([Line(metric, Entry(self._unit.now, "resume", cause))])

    def _row(self, metric: Metric, chosen: Chosen | None, priority: int | None) -> dict[str, Any]:
        clock = self.clocks[metric]
        policy = chosen.made_by[chosen.targets.index(clock.target)] if chosen else ""
        return {
            "id": self.ids[metric],
            "conversation_id": self._conversation_id,
            "metric": metric,
            "policy": policy,
            "target": msgspec.to_builtins(clock.target),
            "calendar": {"zone": self._practice.zone, "hours": self._practice.hours},
            "priority": priority,
            "started_at": clock.started_at,
            **store.state_of(clock, self.calendar),
        }

    def _line(self, line: Line) -> dict[str, Any]:
        entry = line.entry
        return {
            "id": self._unit.new_id(),
            "clock_id": self.ids[line.metric],
            "at": entry.at,
            "kind": entry.kind,
            "cause": entry.cause,
            "target": msgspec.to_builtins(entry.target) if entry.target else None,
        }


def first_due(clocks: Clocks) -> First:
    """The earliest deadline among the promises still owed."""
    live = [(clock.due_at, metric) for metric, clock in clocks.items() if clock.live and clock.due_at is not None]
    return First(*min(live)) if live else First()
