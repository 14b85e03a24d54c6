"""A call through its whole life, with the people who take it. Between any two of its events the house may stop and
start again: what stands there in the end is the same.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Tree

import pytest
from sqlalchemy import delete, select, update

from inbox import call_acts, call_state, call_twiml, call_wrap, originals, worker
from inbox.actors import Actor
from inbox.call_wrap import Wrap
from inbox.errors import Conflict, NotFound
from inbox.house import House
from inbox.store import tables as t
from tests.conftest import Backend, FreshDatabase
from tests.support.house import HOUR, MARIA, SECOND, Clinic, call_fields

SID = f"CA{7:032x}"
Event = Callable[[Clinic, str], object]


def hook(step: str, query: str = "", **fields: str) -> Event:
    """The provider posts one step of the call with this id."""
    base = {"From": MARIA, "To": "+14155550101", "CallStatus": "in-progress", "Direction": "inbound"}
    return lambda clinic, sid: clinic.land(clinic.call(step, {"CallSid": sid, **base, **fields}, query))


def call_of(clinic: Clinic, sid: str) -> Any:
    (row,) = clinic.all(select(t.calls).where(t.calls.c.sid == sid))
    return row


def does(act: Callable[..., Any], who: str, **facts: Any) -> Event:
    """Somebody acts, and the pretend carrier does its part of it."""

    def happens(clinic: Clinic, sid: str) -> None:
        named = {name: getattr(clinic, value).id if name == "to" else value for name, value in facts.items()}
        acting = {
            "actor": getattr(clinic, who),
            "call_id": call_of(clinic, sid).id,
            "client_id": f"{act.__name__}-{who}",
        }
        clinic.act(act, clinic.house, **acting, **named)
        carrier(clinic)

    return happens


def carrier(clinic: Clinic) -> None:
    """The provider's side of what was done, some seconds of it."""
    for _ in range(8):
        clinic.move(SECOND)
        worker.work_off(clinic.house, "outbound")
        worker.work_off(clinic.house, "inbound")


def loses_the_line(clinic: Clinic, sid: str) -> None:
    """The leg of whoever leads is gone."""
    call = call_of(clinic, sid)
    with clinic.house.database.snapshot() as reading:
        lead = call_state.course_of(reading, call).lead
    assert lead is not None
    hook("parted", f"?k={call.id}&t={lead.n}", CallSid="CA-gone")(clinic, sid)
    carrier(clinic)


def voicemail(step: str) -> Event:
    return lambda clinic, sid: clinic.land(clinic.call(step, call_fields(sid)[step]))


def passes(seconds: int) -> Event:
    return lambda clinic, _: clinic.move(seconds * SECOND)


def on_duty(clinic: Clinic, *people: Actor) -> None:
    with clinic.house.database.transaction() as unit:
        ids = [one.id for one in people]
        unit.execute(update(t.actors).where(t.actors.c.id.in_(ids)).values(availability="available"))


ARRIVES = [hook(""), hook("menu", Digits="4"), hook("wait", "?l=en&r=1&c=billing", QueuePosition="1", QueueTime="0")]
ENDS = hook("status", CallStatus="completed", CallDuration="90", SequenceNumber="9")
LIVES: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "answered, held, handed over and written up": (
        [
            *ARRIVES,
            passes(20),
            does(call_acts.take, "agent"),
            does(call_acts.hold, "agent"),
            does(call_acts.ask, "agent", to="rival"),
            does(call_acts.take, "rival"),
            does(call_acts.resume, "rival"),
            does(call_acts.leave, "agent"),
            passes(30),
            does(call_acts.hang_up, "rival"),
            ENDS,
            does(call_wrap.wrap, "rival", wrap=Wrap("resolved")),
        ],
        {"phase": "over", "result": "answered", "who": "rival", "outcome": "resolved", "state": "closed"},
    ),
    "given up in the queue": (
        [*ARRIVES, passes(50), hook("left", QueueResult="hangup"), ENDS],
        {"phase": "over", "result": "abandoned", "who": None, "outcome": "", "state": "open"},
    ),
    "asked to be called back": (
        [*ARRIVES, passes(70), hook("callback", Digits="1"), hook("left", QueueResult="leave", QueueTime="70"), ENDS],
        {"phase": "over", "result": "callback", "who": None, "outcome": "", "state": "open"},
    ),
    "a voicemail, later heard": (
        [
            hook(""),
            ENDS,
            voicemail("recording"),
            voicemail("transcription"),
        ],
        {"phase": "over", "result": "voicemail", "who": None, "outcome": "", "state": "open"},
    ),
    "taken by one who never came, then by another who lost the line": (
        [
            *ARRIVES,
            does(call_acts.take, "agent"),
            loses_the_line,
            does(call_acts.take, "rival"),
            does(call_acts.hang_up, "rival"),
            ENDS,
            does(call_wrap.wrap, "rival", wrap=Wrap("follow_up", "Send the bill again")),
        ],
        {"phase": "over", "result": "answered", "who": "rival", "outcome": "follow_up", "state": "open"},
    ),
}


def live_through(clinic: Clinic, sid: str, events: list[Event], *, restarts: bool) -> dict[str, Any]:
    began, head = clinic.now, clinic.head()
    for event in events:
        event(clinic, sid)
        if restarts:
            clinic.house.close()
            clinic.house = House(clinic.house.settings, clock=lambda: clinic.now)
    return story(clinic, sid, began, head)


def story(clinic: Clinic, sid: str, began: Any, head: int) -> dict[str, Any]:
    """All that the call left behind, without ids; moments from its beginning."""
    call = call_of(clinic, sid)
    row = clinic.conversation(call.conversation_id)
    names = {one.id: one.email.partition("@")[0] for one in clinic.all(select(t.actors))}
    moments = [getattr(call, name) for name in ("ringing_at", "queued_at", "answered_at", "ended_at", "wrapped_at")]
    free = clinic.all(select(t.actors.c.email, t.actors.c.availability).order_by(t.actors.c.email))
    return {
        "phase": call.phase,
        "result": call.result,
        "who": names.get(call.agent_id),
        "outcome": call.outcome,
        "state": row.state,
        "owner": names.get(row.owner_id),
        "moments": [moment and moment - began for moment in moments],
        "seconds": call.seconds,
        "promises": clinic.states(row.id),
        "said": [one.body for one in clinic.messages(row.id)],
        "free": [tuple(one) for one in free],
        "verbs": clinic.verbs(head),
    }


@pytest.mark.parametrize("name", LIVES)
def test_a_call_ends_the_same_with_a_restart_between_every_two_events(
    backend: Backend, fresh_database: FreshDatabase, tmp_path: Path, name: str
) -> None:
    events, ends = LIVES[name]
    lives = []
    for restarts in (False, True):  # each in a clinic of its own: whoever spoke with a patient gets their next call
        folder = tmp_path / f"restarts-{restarts}"
        folder.mkdir()
        with closing(Clinic(fresh_database(backend), folder)) as clinic:
            on_duty(clinic, clinic.agent, clinic.rival)
            lives.append(live_through(clinic, SID, events, restarts=restarts))
    plain, restarted = lives
    assert restarted == plain
    assert {key: plain[key] for key in ends} == ends


def answered(clinic: Clinic, who: str = "agent") -> int:
    """A call that somebody answered; answers its number."""
    on_duty(clinic, clinic.agent, clinic.rival)
    for event in (*ARRIVES, does(call_acts.take, who)):
        event(clinic, SID)
    return int(call_of(clinic, SID).id)


def test_a_persons_answer_meets_what_was_owed(clinic: Clinic) -> None:
    for event in ARRIVES:
        event(clinic, SID)
    one = call_of(clinic, SID).conversation_id
    before = clinic.states(one)
    on_duty(clinic, clinic.agent)
    does(call_acts.take, "agent")(clinic, SID)
    row = clinic.conversation(one)
    assert (before["first_response"], clinic.states(one)["first_response"]) == ("running", "met")
    assert (row.needs_reply, row.unread, row.owner_id) == (False, False, clinic.agent.id)


def test_of_two_who_answer_one_is_told_that_the_other_was_first(clinic: Clinic) -> None:
    call_id = answered(clinic)
    with pytest.raises(Conflict):
        clinic.act(call_acts.take, clinic.house, actor=clinic.rival, call_id=call_id)
    again = clinic.act(call_acts.take, clinic.house, actor=clinic.agent, call_id=call_id)
    assert again == 1


def test_who_may_not_see_the_conversation_knows_of_no_call(clinic: Clinic) -> None:
    call_id = answered(clinic)
    for act in (call_acts.take, call_acts.hang_up, call_acts.hold):
        with pytest.raises(NotFound):
            clinic.act(act, clinic.house, actor=clinic.outsider, call_id=call_id)
    with pytest.raises(Conflict):  # seen, and not theirs to end
        clinic.act(call_acts.hang_up, clinic.house, actor=clinic.rival, call_id=call_id)


def test_whoever_takes_a_call_and_never_comes_loses_it(clinic: Clinic) -> None:
    on_duty(clinic, clinic.agent)
    for event in ARRIVES:
        event(clinic, SID)
    call_id = int(call_of(clinic, SID).id)
    clinic.act(call_acts.take, clinic.house, actor=clinic.agent, call_id=call_id)
    with clinic.house.database.transaction() as unit:  # the line never rings: the carrier's part is left out
        unit.execute(delete(t.jobs).where(t.jobs.c.kind == "call:taken"))
    clinic.move(41 * SECOND)
    worker.work_off(clinic.house, "outbound")
    assert (call_of(clinic, SID).phase, call_of(clinic, SID).agent_id) == ("waiting", None)


def test_a_call_of_ours_reaches_the_patient_and_keeps_the_promised_call_back(clinic: Clinic) -> None:
    for event in (hook(""), ENDS):
        event(clinic, SID)
    one = call_of(clinic, SID).conversation_id
    on_duty(clinic, clinic.agent)
    wish = {"actor": clinic.agent, "conversation_id": one, "client_id": "c1"}
    call_id = clinic.act(call_acts.place, clinic.house, **wish)
    assert clinic.act(call_acts.place, clinic.house, **wish) == call_id
    carrier(clinic)
    (placed,) = clinic.all(select(t.calls).where(t.calls.c.id == call_id))
    assert (placed.direction, placed.phase, placed.sid[:2]) == ("out", "talking", "CA")
    assert clinic.states(one)["callback"] == "met"


def test_three_tries_at_three_times_of_day_keep_the_promise(clinic: Clinic) -> None:
    number = "+14155550003"  # the pretend carrier's: nobody ever picks up
    base = {"CallSid": SID, "From": number, "To": "+14155550101", "CallStatus": "completed", "Direction": "inbound"}
    (arrival, *_) = clinic.land(clinic.call("", base), clinic.call("status", base))
    states = []
    for n in range(3):
        wish = {"actor": clinic.agent, "conversation_id": arrival.conversation_id, "client_id": f"c{n}"}
        call_id = clinic.act(call_acts.place, clinic.house, **wish)
        carrier(clinic)
        clinic.act(call_wrap.wrap, clinic.house, actor=clinic.agent, call_id=call_id, wrap=Wrap("no_answer"))
        states.append(clinic.clocks(arrival.conversation_id)["callback"].met_at is not None)
        clinic.move(3 * HOUR)
    assert states == [False, False, True]


def test_a_recorded_call_owes_nothing_and_is_heard_by_those_who_read_clinical_notes(clinic: Clinic) -> None:
    call_id = answered(clinic)
    one = call_of(clinic, SID).conversation_id
    before = clinic.states(one)
    done = {"RecordingSid": "RE9", "RecordingUrl": "https://api.twilio.com/RE9", "RecordingDuration": "61"}
    for _ in range(2):
        hook("recorded", f"?k={call_id}", CallSid="", ConferenceSid="CF9", RecordingStatus="completed", **done)(
            clinic, SID
        )
    said = [row.body for row in clinic.messages(one)]
    assert (said.count("Recording of the call, 61 seconds"), clinic.states(one)) == (1, before)
    (file,) = clinic.all(select(t.attachments))
    with clinic.house.database.transaction() as unit:  # as the job leaves it that fetches the bytes
        unit.execute(update(t.attachments).values(state="stored", blob="b"))
    with clinic.house.database.snapshot() as reading:
        heard = originals.attachment(reading, actor=clinic.nurse, attachment_id=file.id)
        with pytest.raises(NotFound):
            originals.attachment(reading, actor=clinic.agent, attachment_id=file.id)
    assert heard.filename == "call.mp3"


def tags(clinic: Clinic, step: str, query: str, **fields: str) -> list[str]:
    """What the leg is told to do."""
    request = clinic.request(f"/in/twilio/voice/{step}{query}", fields)
    return [element.tag for element in Tree.fromstring(call_twiml.respond(clinic.house, request, step)).iter()][1:]


def test_only_whoever_took_the_call_is_let_in(clinic: Clinic) -> None:
    call_id = answered(clinic)
    mine, other = f"client:agent-{clinic.agent.id}", f"client:agent-{clinic.rival.id}"
    said = {"CallSid": "CA9", "call": str(call_id), "take": "1"}
    assert tags(clinic, "agent", "", From=mine, **said) == ["Dial", "Conference"]
    assert tags(clinic, "agent", "", From=other, **said) == ["Hangup"]
    assert tags(clinic, "agent", "", From=mine, **said | {"take": "2"}) == ["Hangup"]
    by_phone = f"?k={call_id}&t=1"
    assert tags(clinic, "agent", by_phone, CallSid="CA9", From="+14155550100") == ["Gather", "Say", "Hangup"]
    assert tags(clinic, "agent", by_phone + "&p=1", CallSid="CA9", Digits="5") == ["Dial", "Conference"]


def test_callers_wait_only_while_somebody_is_there_and_hear_their_place(clinic: Clinic) -> None:
    for event in ARRIVES:
        event(clinic, SID)
    waits = {"CallSid": SID, "QueuePosition": "9", "QueueTime": "5"}
    assert "Enqueue" not in tags(clinic, "menu", "", CallSid=SID, Digits="4")
    on_duty(clinic, clinic.agent)
    assert "Enqueue" in tags(clinic, "menu", "", CallSid=SID, Digits="4")
    request = clinic.request("/in/twilio/voice/wait", waits)
    assert "You are number 1 in line." in call_twiml.respond(clinic.house, request, "wait")  # ours, not the provider's
    assert tags(clinic, "wait", "", **waits | {"QueueTime": "601"}) == ["Leave"]
