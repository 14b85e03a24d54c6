"""Inbound, merge, unmerge, split, move and close in any order: every message has exactly one live home, the partition
is that of a plain model, and each open conversation has a promise that runs and a step that is next."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from inbox import merge, move, split
from inbox.errors import Conflict, Invalid
from inbox.merge import Merge, Unmerge
from inbox.move import Move
from inbox.split import Split
from inbox.store import tables as t
from tests.conftest import Backend, FreshDatabase
from tests.inbox.conftest import empty
from tests.support.house import MINUTE, Clinic

SENDERS = [f"+1415555020{n}" for n in range(3)]
WHY = "as the model says"
PLACES = st.integers(0, 99)


class Model:
    """Each message under the conversation it began in, conversations in a forest, and what a merge found apart."""

    def __init__(self) -> None:
        self.origin: dict[int, int] = {}
        self.into: dict[int, int] = {}
        self.sender: dict[int, str] = {}
        self.since: dict[int, list[tuple[int, str]]] = {}

    def root(self, one: int) -> int:
        return self.root(self.into[one]) if one in self.into else one

    def beneath(self, one: int) -> set[int]:
        return {each for each in self.sender if one in self.path(each)}

    def path(self, one: int) -> list[int]:
        return [one, *(self.path(self.into[one]) if one in self.into else [])]

    def homes(self) -> dict[int, int]:
        return {message: self.root(origin) for message, origin in self.origin.items()}

    def join(self, loser: int, into: int) -> None:
        self.into[loser], self.since[loser] = into, []

    def cut(self, branch: int) -> None:
        root, leaving = self.root(branch), self.beneath(branch)
        staying = {self.sender[one] for one in self.beneath(root) - leaving}
        for message, sender in self.since.pop(branch):
            mine = [one for one in leaving if self.sender[one] == sender]
            here = self.origin[message] not in leaving and self.root(self.origin[message]) == root
            if here and mine and sender not in staying:
                self.origin[message] = max(mine)
        del self.into[branch]

    def heard(self, message: int, conversation: int, sender: str) -> None:
        self.origin[message] = conversation
        self.sender.setdefault(conversation, sender)
        for loser in self.since:
            self.since[loser].append((message, sender))


def machine(make: Callable[[], Clinic]) -> type[RuleBasedStateMachine]:
    class Regrouping(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.clinic, self.model = make(), Model()
            self.patients = [self.clinic.add_patient(name) for name in ("Maria", "Luis")]

        def teardown(self) -> None:
            self.clinic.close()

        def pick(self, place: int) -> int | None:
            known = sorted(self.model.sender)
            return known[place % len(known)] if known else None

        def state(self, conversation: int) -> str:
            return str(self.row(conversation).state)

        def row(self, conversation: int) -> Any:
            (found,) = self.clinic.all(select(t.conversations).where(t.conversations.c.id == conversation))
            return found

        @rule(sender=st.sampled_from(SENDERS))
        def inbound(self, sender: str) -> None:
            self.clinic.move(MINUTE)
            (arrival,) = self.clinic.land(self.clinic.sms("I need to reschedule my appointment", sender))
            self.model.heard(arrival.message_id, arrival.conversation_id, sender)

        @rule(loser=PLACES, into=PLACES)
        def merge(self, loser: int, into: int) -> None:
            lost, kept = self.pick(loser), self.pick(into)
            if lost is None or kept is None:
                return
            self.clinic.move(MINUTE)
            root = self.model.root(kept)
            refused = lost in self.model.into or root == lost or self._unlike(lost, root)
            assert self._done(merge.merge, lost, Merge(into=kept, reason=WHY)) is not refused
            if not refused:
                self.model.join(lost, root)

        def _done(self, use_case: Any, conversation: int, asked: Any) -> bool:
            act = {"actor": self.clinic.nurse, "conversation_id": conversation, "asked": asked}
            try:
                self.clinic.act(use_case, self.clinic.house, **act)
            except (Conflict, Invalid):
                return False
            return True

        def _unlike(self, loser: int, root: int) -> bool:
            one, other = self.row(loser), self.row(root)
            subjects = {row.subject_patient_id for row in (one, other)} - {None}
            return len(subjects) > 1 or (one.state != "closed" and other.state == "closed")

        @rule(branch=PLACES)
        def unmerge(self, branch: int) -> None:
            one = self.pick(branch)
            if one is None:
                return
            self.clinic.move(MINUTE)
            merged = one in self.model.into
            assert self._done(merge.unmerge, one, Unmerge(WHY)) is merged
            if merged:
                self.model.cut(one)

        @rule(place=PLACES, first=PLACES)
        def split(self, place: int, first: int) -> None:
            root = self.model.root(self.pick(place) or 0)
            here = sorted(message for message, home in self.model.homes().items() if home == root)
            if len(here) < 2 or self.state(root) == "closed":
                return
            self.clinic.move(MINUTE)
            wanted = here[1 + first % (len(here) - 1) :]
            asked = Split(reason=WHY, from_message_id=wanted[0])
            act = {"actor": self.clinic.nurse, "conversation_id": root, "asked": asked}
            made = self.clinic.act(split.split, self.clinic.house, **act)
            self.model.sender[made] = self.model.sender[root]
            self.model.origin |= dict.fromkeys(wanted, made)

        @rule(place=PLACES, patient=st.integers(0, 1))
        def move(self, place: int, patient: int) -> None:
            root = self.model.root(self.pick(place) or 0)
            if not root or self.row(root).subject_patient_id == self.patients[patient]:
                return
            asked = Move(patient_id=self.patients[patient], reason=WHY)
            self.clinic.act(move.move, actor=self.clinic.nurse, conversation_id=root, asked=asked)

        @rule(place=PLACES)
        def close(self, place: int) -> None:
            root = self.model.root(self.pick(place) or 0)
            if root and self.state(root) != "closed":
                self.clinic.close_it(root, actor=self.clinic.nurse)

        @invariant()
        def one_live_home(self) -> None:
            said = self.clinic.all(select(t.messages).where(t.messages.c.direction == "in"))
            assert {row.id: row.conversation_id for row in said} == self.model.homes()
            tombs = {row.id: row.merged_into for row in self.clinic.all(select(t.conversations)) if row.merged_into}
            assert tombs == self.model.into

        @invariant()
        def what_is_open_is_promised_and_what_is_over_owes_nothing(self) -> None:
            live = self.clinic.all(select(t.clocks).where(t.clocks.c.met_at.is_(None), t.clocks.c.stopped_at.is_(None)))
            for row in self.clinic.all(select(t.conversations)):
                mine = {clock.metric: clock.due_at for clock in live if clock.conversation_id == row.id}
                owed = {metric for metric in mine if metric != "read"}
                assert ("resolution" in mine) == (row.state != "closed"), (row.id, row.state, mine)
                assert (row.state != "closed") or not owed
                if row.state != "closed":
                    assert row.due_at == min(mine.values())

        @invariant()
        def places_have_no_gaps(self) -> None:
            places: dict[int, list[int]] = {}
            for said in self.clinic.all(select(t.messages)):
                places.setdefault(said.conversation_id, []).append(said.sequence)
            for row in self.clinic.all(select(t.conversations).where(t.conversations.c.merged_into.is_(None))):
                assert sorted(places.get(row.id, [])) == list(range(1, row.last_sequence + 1))

    return Regrouping


#: How many sequences of acts, and how many acts in each.
EXAMPLES, STEPS = 6, 20


def test_any_order_of_acts_keeps_the_partition(
    backend: Backend, fresh_database: FreshDatabase, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    def make() -> Clinic:
        if backend == "sqlite":
            return Clinic(fresh_database("sqlite"), tmp_path)
        url = request.getfixturevalue("kept_postgres")
        empty(url)
        return Clinic(url, tmp_path)

    chosen: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
    # no shrinking: on a real database it takes minutes, and the steps that led there are printed
    chosen |= {"max_examples": EXAMPLES, "stateful_step_count": STEPS, "phases": (Phase.explicit, Phase.generate)}
    run_state_machine_as_test(machine(make), settings=settings(**chosen))
