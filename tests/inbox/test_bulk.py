"""One act on many: frozen when it begins, an outcome for each row, by the rights of whoever asks, and taken back."""

from typing import Any

import pytest
from sqlalchemy import select, update

from inbox import assignment, bulk, bulk_rows, worker
from inbox.actors import Actor
from inbox.bulk import Wish
from inbox.errors import Conflict, Invalid, NotFound
from inbox.store import jobs
from inbox.store import tables as t
from tests.support.house import HOUR, MINUTE, Clinic
from tests.support.questions import questions


def landed(clinic: Clinic, count: int, text: str = "I need to reschedule my appointment") -> list[int]:
    return [clinic.landed(text, from_=f"+1415200{place:04d}") for place in range(count)]


def begin(clinic: Clinic, act: str, body: dict[str, Any], actor: Actor | None = None, **wish: Any) -> int:
    asked = Wish(**{"client_id": clinic.new_id("b"), "act": act, "body": body, **wish})
    return clinic.act(bulk.begin, clinic.house, actor=actor or clinic.agent, wish=asked)


def came(clinic: Clinic, bulk_id: int, actor: Actor | None = None) -> dict[int, tuple[str, str]]:
    with clinic.house.database.snapshot() as reading:
        shown = bulk.show(reading, actor=actor or clinic.agent, bulk_id=bulk_id)
    return {row["conversation_id"]: (row["outcome"], row["why"]) for row in shown["rows"]}


def undo(clinic: Clinic, bulk_id: int) -> int:
    return clinic.act(bulk.undo, clinic.house, actor=clinic.agent, bulk_id=bulk_id)


def test_each_row_has_its_own_outcome_and_the_journal_its_lines(clinic: Clinic) -> None:
    first, second, third = landed(clinic, 3)
    clinic.act(assignment.take, actor=clinic.rival, conversation_id=second)
    since = clinic.head()
    bulk_id = begin(clinic, "assign", {"me": True}, ids=(first, second, third))
    assert came(clinic, bulk_id) == {
        first: ("done", ""),
        second: ("refused", "Somebody else has taken it already."),
        third: ("done", ""),
    }
    assert [clinic.conversation(one).owner_id for one in (first, second, third)] == [
        clinic.agent.id,
        clinic.rival.id,
        clinic.agent.id,
    ]
    assert clinic.verbs(since) == ["bulk.begun", "conversation.assigned", "conversation.assigned", "bulk.done"]
    facts = {"bulk": bulk_id, "act": "assign", "total": 3, "done": 2, "refused": 1}
    assert clinic.lines(since)[-1].details == facts


def test_a_red_flag_refuses_and_is_looked_at_by_itself(clinic: Clinic) -> None:
    calm = clinic.landed("What are your opening hours?")
    red = clinic.landed("I have chest pain and cannot breathe", from_="+14152009999")
    assert clinic.conversation(red).flagged
    bulk_id = begin(clinic, "close", {"outcome": "resolved", "waiver": "told_on_phone"}, clinic.nurse, ids=(calm, red))
    assert came(clinic, bulk_id, clinic.nurse) == {
        calm: ("done", ""),
        red: ("refused", "It has a red flag: look at it by itself."),
    }
    assert [clinic.conversation(one).state for one in (calm, red)] == ["closed", "open"]


def test_undo_restores_what_nobody_touched_and_keeps_what_somebody_did(clinic: Clinic) -> None:
    first, second = landed(clinic, 2)
    bulk_id = begin(clinic, "assign", {"me": True}, ids=(first, second))
    clinic.act(assignment.give, actor=clinic.supervisor, conversation_id=second, actor_id=clinic.rival.id)
    undo(clinic, bulk_id)
    assert came(clinic, bulk_id) == {first: ("undone", ""), second: ("kept", "It was changed since.")}
    assert [clinic.conversation(one).owner_id for one in (first, second)] == [None, clinic.rival.id]
    head = clinic.head()
    assert undo(clinic, bulk_id) == bulk_id
    assert clinic.head() == head


@pytest.mark.parametrize(
    ("act", "body", "columns"),
    [
        ("snooze", {"until": "2026-03-11T17:20:00Z"}, ("snoozed_until",)),
        ("priority", {"priority": 2, "why": "asked twice"}, ("priority", "due_at")),
        ("close", {"outcome": "unreachable", "waiver": "opted_out"}, ("state", "closed_at")),
        ("assign", {"team": "billing"}, ("team", "owner_id")),
        ("reason", {"reason": "billing"}, ("reason",)),
    ],
)
def test_every_act_is_taken_back(clinic: Clinic, act: str, body: dict[str, Any], columns: tuple[str, ...]) -> None:
    conversation = clinic.landed()
    clinic.act(assignment.take, actor=clinic.agent, conversation_id=conversation)

    def now() -> list[Any]:
        row = clinic.conversation(conversation)
        return [getattr(row, column) for column in columns]

    before = now()
    bulk_id = begin(clinic, act, body, ids=(conversation,))
    assert came(clinic, bulk_id) == {conversation: ("done", "")}
    assert now() != before
    undo(clinic, bulk_id)
    if act == "priority":  # lowering takes new targets from the original start
        assert now()[0] == before[0]
    else:
        assert now() == before


def test_a_waived_answer_stays_waived(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.answer(conversation)
    clinic.landed("Thanks, and where do I park?")
    assert clinic.conversation(conversation).needs_reply
    bulk_id = begin(clinic, "no_reply", {}, ids=(conversation,))
    assert came(clinic, bulk_id) == {conversation: ("done", "")}
    with clinic.house.database.snapshot() as reading:
        assert bulk.show(reading, actor=clinic.agent, bulk_id=bulk_id)["undo_until"] is None
    with pytest.raises(Conflict, match="cannot be undone"):
        undo(clinic, bulk_id)
    assert not clinic.conversation(conversation).needs_reply


def test_an_act_whose_job_fails_for_good_is_over(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "TOGETHER", 0)
    conversation = clinic.landed()
    bulk_id = begin(clinic, "assign", {"me": True}, ids=(conversation,))
    clinic.act(lambda unit: unit.execute(update(t.bulk_acts).values(act="gone")))
    for _ in range(jobs.MAX_TRIES):
        worker.work_off(clinic.house, "bulk")
        clinic.move(HOUR)
    clinic.act(lambda unit: unit.execute(update(t.bulk_acts).values(act="assign")))
    words = "Something went wrong on our side. Try these again."
    assert came(clinic, bulk_id) == {conversation: ("refused", words)}
    assert clinic.verbs()[-2:] == ["job.died", "bulk.done"]
    (act,) = clinic.all(select(t.bulk_acts.c.state))
    assert act.state == "done"


def test_undo_ends_after_five_minutes_and_belongs_to_whoever_did_it(clinic: Clinic) -> None:
    bulk_id = begin(clinic, "assign", {"me": True}, ids=tuple(landed(clinic, 1)))
    with pytest.raises(NotFound):
        clinic.act(bulk.undo, clinic.house, actor=clinic.rival, bulk_id=bulk_id)
    clinic.move(5 * MINUTE + HOUR)
    with pytest.raises(Conflict):
        undo(clinic, bulk_id)


def test_all_that_match_are_frozen_and_a_count_that_moved_is_said(clinic: Clinic) -> None:
    every = landed(clinic, 3)
    whole: dict[str, Any] = {"view": "queue:contact_center", "filters": {"channel": "sms", "owner": "none"}}
    with clinic.house.database.snapshot() as reading:
        asked = {"view": whole["view"], "codes": whole["filters"]}
        assert sorted(bulk.matching(reading, actor=clinic.agent, **asked)) == every
    with pytest.raises(Conflict) as moved:
        begin(clinic, "assign", {"me": True}, **whole, expected_count=2)
    assert moved.value.extra == {"count": 3}
    assert clinic.count(t.bulk_acts) == 0
    bulk_id = begin(clinic, "assign", {"me": True}, **whole, expected_count=3)
    assert came(clinic, bulk_id) == dict.fromkeys(every, ("done", ""))


def test_the_same_client_id_does_it_once(clinic: Clinic) -> None:
    conversations = tuple(landed(clinic, 2))
    first = begin(clinic, "assign", {"me": True}, ids=conversations, client_id="one")
    head = clinic.head()
    assert begin(clinic, "assign", {"me": True}, ids=conversations, client_id="one") == first
    assert clinic.head() == head
    with pytest.raises(Invalid):
        begin(clinic, "assign", {"me": True}, clinic.rival, ids=conversations, client_id="one")


def test_what_is_out_of_sight_is_not_there(clinic: Clinic) -> None:
    conversations = tuple(landed(clinic, 1))
    with pytest.raises(NotFound):
        begin(clinic, "assign", {"me": True}, clinic.outsider, ids=conversations)
    assert begin(clinic, "assign", {"me": True}, ids=(*conversations, 424242)) > 0


@pytest.mark.parametrize(
    ("act", "body"),
    [("burn", {}), ("snooze", {"until": "soon"}), ("priority", {}), ("close", {"outcome": "x", "a": 1})],
)
def test_a_body_that_does_not_fit_its_act_is_refused(clinic: Clinic, act: str, body: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        begin(clinic, act, body, ids=(1,))


def test_a_large_act_goes_on_as_a_job_in_parts(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "TOGETHER", 2)
    monkeypatch.setattr(bulk_rows, "CHUNK", 2)
    conversations = landed(clinic, 5)
    bulk_id = begin(clinic, "assign", {"me": True}, ids=tuple(conversations))
    assert came(clinic, bulk_id) == dict.fromkeys(conversations, ("pending", ""))
    assert worker.work_off(clinic.house, "bulk") == 1
    assert came(clinic, bulk_id) == dict.fromkeys(conversations, ("done", ""))
    undo(clinic, bulk_id)
    assert worker.work_off(clinic.house, "bulk") == 1
    assert came(clinic, bulk_id) == dict.fromkeys(conversations, ("undone", ""))
    assert [row.state for row in clinic.all(select(t.bulk_acts))] == ["undone"]
    assert clinic.verbs()[-1] == "bulk.undone"


def test_what_is_too_slow_for_now_goes_on_as_a_job(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_rows, "HOLD_SECONDS", 0)
    monkeypatch.setattr(bulk_rows, "CHUNK", 2)
    conversations = landed(clinic, 3)
    bulk_id = begin(clinic, "assign", {"me": True}, ids=tuple(conversations))
    assert [outcome for outcome, _ in came(clinic, bulk_id).values()] == ["done", "pending", "pending"]
    assert worker.work_off(clinic.house, "bulk") == 1
    assert came(clinic, bulk_id) == dict.fromkeys(conversations, ("done", ""))
    assert clinic.verbs()[-1] == "bulk.done"


def test_a_row_more_asks_three_questions_more(clinic: Clinic) -> None:
    """The assignment that ends, the one that begins, the conversation."""
    first, second, *others = landed(clinic, 6)
    begin(clinic, "assign", {"team": "billing"}, clinic.supervisor, ids=(first,))
    costs = []
    for ids in ((second,), tuple(others)):
        with questions() as asked:
            begin(clinic, "assign", {"team": "billing"}, clinic.supervisor, ids=ids)
        costs.append(len(asked))
    assert costs[1] - costs[0] == 3 * (len(others) - 1)
