"""What the legs of a call hear where people speak: who is let in, who is recorded, who is asked."""

from xml.etree import ElementTree as Tree

import pytest

from channels import twiml_legs
from channels.twiml import CallState, VoiceMenu
from channels.voice_consent import must_ask

BASE = "https://inbox.example/in/twilio/voice"
RECORDS = VoiceMenu("Riverside Clinic", records=True)


def conference(text: str) -> Tree.Element:
    found = Tree.fromstring(text).find("Dial/Conference")
    assert found is not None
    return found


def test_a_patient_who_did_not_refuse_is_recorded_and_told_where_to() -> None:
    room = conference(twiml_legs.patient(BASE, 7, RECORDS, CallState()))
    assert (room.text, room.attrib["participantLabel"], room.attrib["endConferenceOnExit"]) == (
        "call-7",
        "patient",
        "true",
    )
    assert (room.attrib["record"], room.attrib["recordingStatusCallback"]) == (
        "record-from-start",
        f"{BASE}/recorded?k=7",
    )


@pytest.mark.parametrize(
    ("menu", "state"), [(RECORDS, CallState(recorded=False)), (VoiceMenu("Riverside Clinic"), CallState())]
)
def test_nobody_is_recorded_who_refused_or_where_the_clinic_does_not(menu: VoiceMenu, state: CallState) -> None:
    assert "record" not in conference(twiml_legs.patient(BASE, 7, menu, state)).attrib


def test_the_patient_stays_when_a_colleague_leaves() -> None:
    room = conference(twiml_legs.colleague(BASE, 7, 3))
    assert (room.attrib["endConferenceOnExit"], room.attrib["participantLabel"]) == ("false", "take-3")


def test_a_colleagues_own_phone_is_asked_for_a_key_before_a_patient_is_on_it() -> None:
    root = Tree.fromstring(twiml_legs.screened(BASE, 7, 3, RECORDS))
    assert [element.tag for element in root] == ["Gather", "Hangup"]
    assert root[0].attrib["action"] == f"{BASE}/agent?k=7&t=3&p=1"


@pytest.mark.parametrize(("language", "told"), [("en", "Press 9"), ("es", "Oprima 9")])
def test_a_patient_whom_we_call_hears_who_it_is_and_how_to_refuse(language: str, told: str) -> None:
    state = CallState("es" if language == "es" else "en")
    root = Tree.fromstring(twiml_legs.callee(BASE, 7, RECORDS, state, asked=False))
    assert ([element.tag for element in root], told in "".join(root.itertext())) == (["Gather", "Redirect"], True)
    after = twiml_legs.callee(BASE, 7, RECORDS, CallState(recorded=False), asked=True)
    assert "record" not in conference(after).attrib


@pytest.mark.parametrize(
    ("states", "asks"),
    [(("CA", "TX"), True), (("TX", "WA"), True), (("TX", "NY"), False), (("TX", ""), True), (("tx", "ny"), False)],
)
def test_all_must_agree_where_one_party_may_be_in_such_a_state(states: tuple[str, str], asks: bool) -> None:
    assert must_ask(*states) is asks
