"""What the provider is told during a call, through the real SDK, against a switchboard on loopback."""

from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import select, update

from inbox import call_acts, phone, worker
from inbox.errors import Conflict, Invalid
from inbox.house import House
from inbox.store import tables as t
from tests.support.house import LINE, MARIA, SECOND, Clinic
from tests.support.switchboard import Switchboard, switchboard

SID, CF, MINE = f"CA{7:032x}", f"CF{7:032x}", "+14155550177"
VOICE = "http://127.0.0.1:8000/in/twilio/voice"


@pytest.fixture
def board(clinic: Clinic) -> Iterator[Switchboard]:
    """A clinic whose carrier is real enough to be asked; the agent is available and gave a number."""
    with switchboard() as (made, url):
        settings = msgspec.structs.replace(clinic.house.settings, twilio_api_url=url)
        clinic.house.close()
        clinic.house = House(settings, clock=lambda: clinic.now)
        clinic.act(phone.set_number, clinic.house, actor=clinic.agent, number=MINE)
        with clinic.house.database.transaction() as unit:
            here = t.actors.c.id == clinic.agent.id
            unit.execute(update(t.actors).where(here).values(availability="available"))
        yield made
        assert made.refused == []


def hook(clinic: Clinic, step: str, query: str = "", **fields: str) -> None:
    base = {"CallSid": SID, "From": MARIA, "To": LINE, "CallStatus": "in-progress", "Direction": "inbound"}
    clinic.land(clinic.call(step, base | fields, query))


def joins(clinic: Clinic, call_id: int, label: str, leg: str) -> None:
    said = {"ConferenceSid": CF, "FriendlyName": f"call-{call_id}", "ParticipantLabel": label, "CallSid": leg}
    hook(clinic, "conference", f"?k={call_id}", StatusCallbackEvent="participant-join", **said)


def told(clinic: Clinic) -> None:
    clinic.move(SECOND)
    worker.work_off(clinic.house, "outbound")


def waiting(clinic: Clinic) -> int:
    for step in ("", "menu", "wait"):
        hook(clinic, step)
    (call,) = clinic.all(select(t.calls))
    return int(call.id)


def test_a_call_taken_on_ones_own_phone(clinic: Clinic, board: Switchboard) -> None:
    call_id = waiting(clinic)
    acting = {"actor": clinic.agent, "call_id": call_id}
    clinic.act(call_acts.take, clinic.house, by="phone", **acting)
    told(clinic)
    joins(clinic, call_id, "take-1", "CA9")
    told(clinic)
    joins(clinic, call_id, "patient", SID)
    clinic.act(call_acts.hold, clinic.house, **acting)
    told(clinic)
    clinic.act(call_acts.hang_up, clinic.house, **acting)
    told(clinic)
    state = "l=en&r=1"
    assert [(path, form.get("Url") or form.get("HoldUrl") or form["Status"]) for path, form in board.asked] == [
        ("Calls.json", f"{VOICE}/agent?k={call_id}&t=1"),
        (f"Calls/{SID}.json", f"{VOICE}/bridge?k={call_id}&{state}"),
        (f"Conferences/{CF}/Participants/{SID}.json", f"{VOICE}/hold?{state}"),
        (f"Calls/{SID}.json", "completed"),
        ("Calls/CA9.json", "completed"),
    ]
    assert (board.asked[0][1]["To"], MARIA in str(board.asked)) == (MINE, False)


def test_a_leg_that_nobody_can_say_was_rung_is_never_rung_twice(clinic: Clinic, board: Switchboard) -> None:
    call_id = waiting(clinic)
    board.hangs_up = "Calls.json"
    clinic.act(call_acts.take, clinic.house, actor=clinic.agent, call_id=call_id, by="phone")
    for _ in range(3):
        told(clinic)
    (call,) = clinic.all(select(t.calls))
    assert ([path for path, _ in board.asked], call.phase, call.agent_id) == (["Calls.json"], "waiting", None)


def test_a_patient_is_called_once_our_person_is_on_the_line(clinic: Clinic, board: Switchboard) -> None:
    call_id = waiting(clinic)
    hook(clinic, "left", QueueResult="hangup")
    hook(clinic, "status", CallStatus="completed")
    (call,) = clinic.all(select(t.calls).where(t.calls.c.id == call_id))
    wish = {"actor": clinic.agent, "conversation_id": call.conversation_id, "client_id": "c"}
    placed = clinic.act(call_acts.place, clinic.house, **wish)
    told(clinic)
    assert board.asked == []  # the browser calls by itself
    joins(clinic, placed, "take-1", "CA9")
    told(clinic)
    ((path, form),) = board.asked
    assert (path, form["To"], form["StatusCallback"]) == ("Calls.json", MARIA, f"{VOICE}/status?k={placed}")
    (mine,) = clinic.all(select(t.calls.c.sid).where(t.calls.c.id == placed))
    assert mine.sid == f"CA{1:032x}"


def test_a_phone_without_keys_or_number_says_so(clinic: Clinic, board: Switchboard) -> None:
    call_id = waiting(clinic)
    with pytest.raises(Conflict, match="not set up"):
        phone.open_line(clinic.house, actor=clinic.agent)
    with pytest.raises(Invalid):
        clinic.act(call_acts.take, clinic.house, actor=clinic.rival, call_id=call_id, by="phone")
    with pytest.raises(Invalid):
        clinic.act(phone.set_number, clinic.house, actor=clinic.rival, number="12")
