"""What becomes of promises when conversations are joined or parted (docs/decisions/0017-merge.md): a clock moves whole
with its ledger, none of which is changed; of two that promise the same the later one stops, and runs on when they part.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from inbox.practice import Practice
from inbox.promise import REPLIES, Ledger
from inbox.store import promises as store
from inbox.store.database import Transaction
from slas import promises
from slas.clocks import Clock
from slas.policies import Metric
from slas.promises import Line

MERGED, UNMERGED = "conversation.merged", "conversation.unmerged"
_NEVER = datetime.max.replace(tzinfo=UTC)


def join(unit: Transaction, practice: Practice, loser_id: int, survivor_id: int) -> Ledger:
    """What the loser owes is owed by the survivor, with the deadline it had; answers the survivor's ledger."""
    theirs, ours = Ledger(unit, practice, loser_id), Ledger(unit, practice, survivor_id)
    owed = {metric: clock for metric, clock in theirs.clocks.items() if clock.live}
    rivals = {metric: ours.clocks[metric] for metric in owed if metric in ours.clocks and ours.clocks[metric].live}
    carried = [metric for metric, clock in owed.items() if metric not in rivals or _due(clock) < _due(rivals[metric])]
    theirs.record(_stop(unit, {metric: owed[metric] for metric in owed if metric not in carried}))
    ours.record(_stop(unit, {metric: rivals[metric] for metric in carried if metric in rivals}))
    store.carry(unit, [theirs.ids[metric] for metric in carried], survivor_id)
    return Ledger(unit, practice, survivor_id)


def part(
    unit: Transaction,
    practice: Practice,
    *,
    root_id: int,
    branch_id: int,
    tree: Collection[int],
    branch: Collection[int],
) -> tuple[Ledger, Ledger]:
    """The branch takes its clocks along; what was owed to both and stopped for one is owed again from its own start.
    Answers the ledgers of branch and root."""
    owed = {metric for metric, clock in Ledger(unit, practice, root_id).clocks.items() if clock.live}
    store.carry_back(unit, root_id, branch_id, branch)
    sides = ((branch_id, set(branch)), (root_id, set(tree) - set(branch)))
    return tuple(_take_up(unit, practice, one, members, owed) for one, members in sides)  # type: ignore[return-value]  # two sides


def _take_up(
    unit: Transaction, practice: Practice, conversation_id: int, members: set[int], owed: set[Metric]
) -> Ledger:
    ledger = Ledger(unit, practice, conversation_id)
    for metric in sorted(owed):
        if metric in ledger.clocks and ledger.clocks[metric].live:
            continue
        stopped = store.stopped_for(unit, members, metric, MERGED)
        if stopped is not None:
            store.carry(unit, [stopped.id], conversation_id)
            ledger.resume(metric, stopped.id, UNMERGED)
    return ledger


def share(row: Row[Any], ledger: Ledger, said: Collection[Row[Any]]) -> None:
    """A request that was split off is promised what it would have been, had it come alone: its clocks start with its
    own first message. What a person has read already needs no reading."""
    chosen = ledger.choose(reason=row.reason, priority=row.priority, channel=row.channel)
    for one in said:
        if one.direction == "in" and one.machine is None:
            lines = promises.on_inbound(ledger.clocks, chosen, at=one.at, cause="conversation.split")
            unread = [line for line in lines if line.metric != "read" or row.unread]
            ledger.record(unread, chosen=chosen, priority=row.priority)
        elif one.author_kind == "staff":
            ledger.act(promises.on_reply, at=one.at)


def stop_replies(unit: Transaction, ledger: Ledger, cause: str) -> None:
    """Nobody waits for an answer here any more."""
    replies = {metric: clock for metric, clock in ledger.clocks.items() if metric in REPLIES}
    ledger.record(promises.on_discard(replies, at=unit.now, cause=cause))


def _stop(unit: Transaction, clocks: dict[Metric, Clock]) -> list[Line]:
    return promises.on_discard(clocks, at=unit.now, cause=MERGED)


def _due(clock: Clock) -> datetime:
    return clock.due_at or _NEVER
