"""One request told in two conversations becomes one, and two again when that was wrong (domain.md §4). The loser is a
tombstone that points to the survivor; nothing is deleted, and what is said meanwhile goes back with its address.
Refuses conversations about different patients.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import shared_promises, standing
from inbox.actors import Actor
from inbox.errors import Conflict, Invalid
from inbox.house import House
from inbox.practice import Practice
from inbox.promise import Ledger, first_due
from inbox.regroup import done, hand, held, refuse_unsettled, said_why, visibilities
from inbox.store import moves, threads, work
from inbox.store.database import Transaction
from inbox.working import journal
from patients.merging import evidence
from slas import promises

#: What a survivor takes over of its loser, and gives back.
SHARED = (
    "priority",
    "clinical",
    "sensitive",
    "flagged",
    "red_flags",
    "reasons",
    "because",
    "team",
    "owner_id",
    "subject_patient_id",
    "subject_certainty",
)


class Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`into` goes on, the conversation acted on ends in it; `version` is that of the look it was decided upon."""

    into: int
    reason: str
    client_id: str | None = None
    version: int | None = None


class Unmerge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why they are two after all."""

    reason: str


def merge(unit: Transaction, house: House, *, actor: Actor, conversation_id: int, asked: Merge) -> int:
    """Answers the act's id. Raises Conflict for what is merged already, closed or about somebody else, NotFound,
    Forbidden, Invalid."""
    reason = said_why(asked.reason)
    earlier = done(unit, asked.client_id or "", "merge", from_id=conversation_id)
    if earlier is not None:
        return earlier
    root_id = threads.get(unit, asked.into).id
    threads.hold_all(unit, sorted({conversation_id, root_id}))
    loser = held(unit, actor, conversation_id, version=asked.version)
    survivor = held(unit, actor, root_id)
    _refuse_unlike(loser, survivor)
    refuse_unsettled(unit, loser.id, survivor.id)
    taken = _taken(loser, survivor)
    before = {
        "loser": {name: getattr(loser, name) for name in ("state", "next_step_id", "needs_reply", "unread")},
        "survivor": {name: [getattr(survivor, name), value] for name, value in taken.items() if name in SHARED},
    }
    named: dict[str, Any] = {"from_id": loser.id, "to_id": survivor.id, "client_id": asked.client_id or None}
    move_id = moves.add(unit, kind="merge", reason=reason, by_id=actor.id, before=before, **named)
    journal(unit, "conversation.merged", loser, actor, into=survivor.id, move=move_id)
    vis = visibilities(survivor, taken)
    journal(unit, "conversation.joined", survivor, actor, **{"from": loser.id}, move=move_id, vis=vis)
    _join(unit, house.configuration.practice(), loser, survivor, taken, actor)
    return move_id


def unmerge(unit: Transaction, house: House, *, actor: Actor, conversation_id: int, asked: Unmerge) -> int:
    """They are two again; answers the new version of the one that comes back. Raises Conflict if it is not merged."""
    reason = said_why(asked.reason)
    root_id = threads.get(unit, conversation_id).id
    threads.hold_all(unit, sorted({conversation_id, root_id}))
    branch, root = held(unit, actor, conversation_id), held(unit, actor, root_id)
    act = moves.live(unit, "merge", conversation_id)
    if branch.merged_into is None or root.merged_into is not None or act is None:
        raise Conflict("It is not merged.", version=branch.version)
    refuse_unsettled(unit, root.id)
    moves.end(unit, act.id, by_id=actor.id, reason=reason)
    given = _given_back(unit, act, root)
    journal(unit, "conversation.unmerged", branch, actor, **{"from": root.id}, move=act.id)
    journal(unit, "conversation.parted", root, actor, to=None, branch=branch.id, vis=visibilities(root, given))
    return _part(unit, house.configuration.practice(), act, branch, root, given, actor)


def _refuse_unlike(loser: Row[Any], survivor: Row[Any]) -> None:
    if loser.merged_into is not None:
        raise Conflict("It is merged already. Undo that first.", merged_into=loser.merged_into)
    if survivor.merged_into is not None:
        raise Conflict("The other one was merged meanwhile.", merged_into=survivor.merged_into)
    if loser.id == survivor.id:
        raise Invalid(fields={"into": "another conversation; this is the same one"})
    if loser.state != "closed" and survivor.state == "closed":
        raise Conflict("The one that goes on is closed. Reopen it, or merge the other way round.", state="closed")
    known = {row.subject_patient_id for row in (loser, survivor) if row.subject_patient_id is not None}
    if len(known) > 1:
        raise Conflict("They are about two patients. Move one to the other's patient first, or merge the patients.")


def _taken(loser: Row[Any], survivor: Row[Any]) -> dict[str, Any]:
    """What the survivor is from now on: the more urgent, the stricter, all that was found in either."""
    values: dict[str, Any] = {
        "priority": min(loser.priority, survivor.priority),
        **{name: getattr(loser, name) or getattr(survivor, name) for name in ("clinical", "sensitive", "flagged")},
        **{name: _union(getattr(survivor, name), getattr(loser, name)) for name in ("red_flags", "reasons", "because")},
        "needs_reply": loser.needs_reply or survivor.needs_reply,
        "unread": loser.unread or survivor.unread,
        "marks": [mark for mark in _union(survivor.marks, loser.marks) if mark != "looks_related"],
    }
    if survivor.related_id != loser.id and "looks_related" in survivor.marks:
        values["marks"] = sorted([*values["marks"], "looks_related"])
    if loser.clinical and not survivor.clinical:
        values |= {"team": loser.team, "owner_id": loser.owner_id}
    if survivor.subject_patient_id is None:
        values |= {name: getattr(loser, name) for name in ("subject_patient_id", "subject_certainty")}
    return values


def _union(ours: list[Any], theirs: list[Any]) -> list[Any]:
    return [*ours, *(one for one in theirs if one not in ours)]


def _join(
    unit: Transaction, practice: Practice, loser: Row[Any], survivor: Row[Any], taken: dict[str, Any], actor: Actor
) -> None:
    ledger = shared_promises.join(unit, practice, loser.id, survivor.id)
    moves.carry(unit, loser.id, survivor.id)
    moves.carry_drafts(unit, loser.id, survivor.id)
    team, owner_id = taken.get("team", survivor.team), taken.get("owner_id", survivor.owner_id)
    hand(unit, survivor, team=team, owner_id=owner_id, by_id=actor.id, why="merged")
    _entomb(unit, loser, survivor.id, actor)
    stood = standing.stand(unit, survivor).values
    due = first_due(ledger.clocks).values() if survivor.state != "closed" else {}
    threads.change(unit, survivor, taken | stood | due)


def _entomb(unit: Transaction, loser: Row[Any], survivor_id: int, actor: Actor) -> None:
    values: dict[str, Any] = {"merged_into": survivor_id, "unread": False, "needs_reply": False, "snoozed_until": None}
    if loser.state != "closed":
        threads.end_step(unit, loser.id)
        work.end_snooze(unit, loser.id, "merged")
        told = {name: getattr(loser, name) for name in ("reason", "channel", "team")}
        seconds = int((unit.now - loser.opened_at).total_seconds())
        spent = {"resolution_wall_seconds": seconds, "resolution_business_seconds": 0}
        ended = {"conversation_id": loser.id, "closed_by": actor.id, "outcome": "merged", "resolved": False}
        work.close(unit, ended | told | spent)
        values |= {"state": "closed", "closed_at": unit.now, "next_step_id": None}
    threads.change(unit, loser, values | {"due_at": None, "due_metric": None})


def _given_back(unit: Transaction, act: Row[Any], root: Row[Any]) -> dict[str, Any]:
    """What the survivor took over and nobody has changed since. A later survivor keeps what machines raised."""
    if act.to_id != root.id:
        return {}
    return {name: was for name, (was, then) in act.before["survivor"].items() if getattr(root, name) == then != was}


def _part(
    unit: Transaction,
    practice: Practice,
    act: Row[Any],
    branch: Row[Any],
    root: Row[Any],
    given: dict[str, Any],
    actor: Actor,
) -> int:
    leaving, tree = moves.beneath(unit, branch.id), moves.beneath(unit, root.id)
    _settle_new(unit, act, root, leaving, tree)
    moves.carry_back(unit, root.id, branch.id, leaving)
    sides: dict[str, Any] = {"root_id": root.id, "branch_id": branch.id, "tree": tree, "branch": leaving}
    theirs, ours = shared_promises.part(unit, practice, **sides)
    team, owner_id = given.get("team", root.team), given.get("owner_id", root.owner_id)
    hand(unit, root, team=team, owner_id=owner_id, by_id=actor.id, why="unmerged")
    stood = standing.stand(unit, root)
    left = {"needs_reply": root.needs_reply and stood.owed, "unread": root.unread and _is_unread(ours)}
    due = first_due(ours.clocks).values() if root.state != "closed" else {}
    threads.change(unit, root, given | stood.values | left | due)
    return _revive(unit, branch, act, theirs, waits=bool(root.needs_reply))


def _settle_new(unit: Transaction, act: Row[Any], root: Row[Any], leaving: set[int], tree: set[int]) -> None:
    """What was said since the merge belongs by the address it came from or went to; where both know it, to the root."""
    senders = moves.senders(unit, tree)
    fresh = [
        (one.id, one.contact_id)
        for one in moves.said(unit, root.id)
        if one.received_at >= act.at and (one.origin_id or root.id) not in leaving
    ]
    by_home = evidence(fresh, {one: senders.get(one) for one in leaving}, {senders.get(one) for one in tree - leaving})
    for home, ids in by_home.items():
        moves.adopt(unit, ids, home)


def _is_unread(ledger: Ledger) -> bool:
    return "read" in ledger.clocks and ledger.clocks["read"].live


def _revive(unit: Transaction, branch: Row[Any], act: Row[Any], ledger: Ledger, *, waits: bool) -> int:
    """As it was before the merge, but open again where its patient wrote since and waits for an answer."""
    stood, was = standing.stand(unit, branch), act.before["loser"]
    heard_at = stood.values["last_inbound_at"]
    wrote = heard_at is not None and heard_at >= act.at
    owed = waits and stood.owed and (was["needs_reply"] or wrote)
    state = "open" if owed else was["state"]
    values = stood.values | {"merged_into": None, "needs_reply": owed, "unread": _is_unread(ledger)}
    if state != "closed":
        work.reopen(unit, branch.id, by_id=None, cause="unmerged")
        ledger.act(promises.on_reopen, at=unit.now, cause=shared_promises.UNMERGED)
        due = first_due(ledger.clocks)
        values |= {"state": state, "closed_at": None, "next_step_id": _step(unit, branch, was, due.due_at)}
        values |= due.values()
    return threads.change(unit, branch, values)


def _step(unit: Transaction, branch: Row[Any], was: dict[str, Any], due_at: Any) -> int:
    """The step that the merge ended is the live one again; a request that was closed is read anew."""
    threads.end_step(unit, branch.id)
    if was["state"] != "closed" and was["next_step_id"] is not None:
        threads.revive_step(unit, was["next_step_id"])
        return int(was["next_step_id"])
    return threads.add_step(
        unit,
        conversation_id=branch.id,
        what="Read and decide",
        team=branch.team,
        owner_id=branch.owner_id,
        due_at=due_at or unit.now,
    )
