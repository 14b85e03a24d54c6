"""What a leg of a call hears next. A pure function of the hook and of what the database knows, so a restart between two
hooks loses no call; what the database does not know yet is left out, never guessed.
"""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from urllib.parse import parse_qs, urlsplit

from channels import twilio, twiml, twiml_legs, voice, voice_token
from channels.envelope import DoorRequest
from channels.twiml import Place, VoiceMenu
from inbox import call_state
from inbox.house import House
from inbox.practice import Practice, calendar_of
from inbox.store import calls as store
from inbox.store.database import Reading
from inbox.voicemenu import menu_of
from slas.hours import is_open

#: Waits of the last hours say what a wait is; fewer than so many say nothing.
HOURS, FEWEST = timedelta(hours=2), 3


def respond(house: House, request: DoorRequest, step: str) -> str:
    """The TwiML for one hook."""
    practice = house.configuration.practice()
    base = f"{house.settings.public_url}/in/twilio/voice"
    with house.database.snapshot() as reading:
        menu = menu_of(practice, staffed=_staffed(reading, practice))
        if step in ("agent", "bridge", "callee", "hold", "parted", "leg", "conference", "recorded"):
            return _leg(reading, request, step, menu, base)
        place = _place(reading, request) if step == "wait" else None
    return twiml.respond(request, step, menu, base, place)


def _staffed(reading: Reading, practice: Practice) -> bool:
    """Open, and somebody is there for the phone: else the voicemail is the honest answer."""
    return is_open(calendar_of(practice), reading.now) and bool(store.available(reading))


def _leg(reading: Reading, request: DoorRequest, step: str, menu: VoiceMenu, base: str) -> str:
    fields, state = twilio.form(request.body), twiml.state_of(request.url)
    call_id, take = voice.call_id_of(request.url, fields), voice.take_of(request.url, fields)
    if step == "agent":
        return _agent(reading, request, fields, call_id, take, menu, base)
    if step == "bridge":
        return twiml_legs.patient(base, call_id, menu, state)
    if step == "callee":
        refused = fields.get("Digits") == "9"
        after = twiml.pressed(menu, state, "9") if refused else state
        return twiml_legs.callee(base, call_id, menu, after, asked=_again(request))
    return twiml_legs.held(menu, state) if step == "hold" else twiml.empty()


def _agent(
    reading: Reading, request: DoorRequest, fields: dict[str, str], call_id: int, take: int, menu: VoiceMenu, base: str
) -> str:
    """Only whoever took the call is let in, on the leg that they said: their browser, or the phone that we rang."""
    call = store.get(reading, call_id)
    course = call_state.course_of(reading, call) if call is not None else None
    taken = next((one for one in course.takes if one.n == take), None) if course else None
    if taken is None:
        return twiml_legs.hang_up()
    caller = fields.get("From", "")
    if caller.startswith("client:"):
        mine = voice_token.actor_of(caller) == taken.actor_id
        return twiml_legs.colleague(base, call_id, take) if mine else twiml_legs.hang_up()
    return (
        twiml_legs.colleague(base, call_id, take) if _again(request) else twiml_legs.screened(base, call_id, take, menu)
    )


def _again(request: DoorRequest) -> bool:
    """The address says that the question was put already."""
    return parse_qs(urlsplit(request.url).query).get("p") == ["1"]


def _place(reading: Reading, request: DoorRequest) -> Place | None:
    """Where the caller stands in their team's line, and how long the last ones waited."""
    call = store.by_sid(reading, twilio.form(request.body).get("CallSid", ""))
    if call is None or call.queued_at is None:
        return None
    position = 1 + store.ahead(reading, call)
    waits = store.waits(reading, reading.now - HOURS)
    expected = median(wait.total_seconds() for wait in waits) if len(waits) >= FEWEST else 0
    return Place(position, int(expected))
