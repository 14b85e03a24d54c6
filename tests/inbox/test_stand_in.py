"""An arrival that nobody could read: seen as it came, read again, added by hand; its stand-in gives way."""

from typing import Any

import pytest
from sqlalchemy import select

from inbox import arrivals, quarantine, worker
from inbox.errors import Conflict, NotFound
from inbox.store import tables as t
from tests.support.cast import AGENT, CLERK, NURSE, SUPERVISOR, Cast
from tests.support.house import Clinic


@pytest.fixture
def held(clinic: Clinic) -> Any:
    """Quarantined for want of a sender; whole by now, as if its parser knew better."""
    broken, whole = clinic.sms("I need to reschedule my appointment", from_=""), clinic.sms("I need to reschedule it")
    (row,) = clinic.land(broken)
    assert row.state == "quarantined"
    with clinic.house.database.transaction() as unit:
        unit.execute(t.arrivals.update().where(t.arrivals.c.id == row.id).values(body=whole.request.body))
    return row


def test_read_again_it_becomes_a_message_and_its_stand_in_closes(clinic: Clinic, held: Any) -> None:
    clinic.act(arrivals.replay, actor=clinic.supervisor, arrival_id=held.id)
    worker.work_off(clinic.house, "inbound")
    (row,) = clinic.all(select(t.arrivals))
    stood, became = clinic.conversation(held.conversation_id), clinic.conversation(row.conversation_id)
    assert (row.state, became.state, became.marks) == ("received", "open", [])
    assert (stood.state, stood.related_id, stood.marks) == ("closed", became.id, [])
    assert clinic.verbs().count("conversation.closed") == 1
    assert {clock.state for clock in clinic.clocks(stood.id).values()} == {"met", "stopped"}


def test_added_by_hand_its_words_move_and_the_promises_run(clinic: Clinic, held: Any) -> None:
    target = clinic.landed("Can I pay my bill in two parts?", "+14155550199")
    clinic.answer(target)
    asked: dict[str, Any] = {"arrival_id": held.id, "conversation_id": target}
    with pytest.raises(NotFound):
        clinic.act(arrivals.attach, clinic.house, actor=clinic.outsider, **asked)
    message = clinic.act(arrivals.attach, clinic.house, actor=clinic.supervisor, **asked)
    assert [one.id for one in clinic.messages(target)][-1] == message
    now = clinic.conversation(target)
    assert (now.needs_reply, now.unread, clinic.states(target)["next_response"]) == (True, True, "running")
    assert clinic.conversation(held.conversation_id).state == "closed"
    with pytest.raises(Conflict):
        clinic.act(arrivals.attach, clinic.house, actor=clinic.supervisor, **asked)


def test_it_is_shown_as_it_came_to_those_who_may_read_it(cast: Cast) -> None:
    nursing = cast.add_conversation(team="nursing")
    arrival = cast.add_arrival(conversation_id=nursing, body=b"it \x00hurts\xff" + b"x" * 70_000)
    with cast.database.snapshot() as reading:
        for actor in (NURSE, SUPERVISOR):
            found = quarantine.raw(reading, actor=actor, arrival_id=arrival)
            shown = quarantine.text(found.body)
            assert (shown[:10], len(shown)) == ("it hurts\N{REPLACEMENT CHARACTER}x", quarantine.SHOWN - 1)
        for actor in (AGENT, CLERK):
            with pytest.raises(NotFound):
                quarantine.raw(reading, actor=actor, arrival_id=arrival)
