"""The legs of a call that people speak on: a colleague's, the patient's, one on hold. They meet in a conference of the
call's own, because hold and warm transfer are its own operations. Pure functions of ids; refuses nothing.
"""

from __future__ import annotations

from urllib.parse import urlencode
from xml.etree import ElementTree as Tree

from channels.twiml import CallState, VoiceMenu, between, say, xml

#: What a call's conference and our people's legs in it are called; the patient's leg has the name PATIENT.
CONFERENCE, TAKE, PATIENT = "call-", "take-", "patient"
_EVENTS = "start end join leave"
_WORDS = {
    "en": {
        "hello": "Hello, this is {clinic}. Please hold for a moment.",
        "notice": "This call may be recorded. Press 9 not to be recorded.",
        "hold": "Please stay on the line. We are with you in a moment.",
        "screen": "A call for {clinic}. Press any key to take it.",
    },
    "es": {
        "hello": "Hola, le llamamos de {clinic}. Por favor espere un momento.",
        "notice": "Esta llamada puede ser grabada. Oprima 9 para que no se grabe.",
        "hold": "Por favor no cuelgue. Enseguida le atendemos.",
        "screen": "Una llamada para {clinic}. Oprima cualquier tecla para tomarla.",
    },
}


def colleague(base: str, call_id: int, take: int) -> str:
    """Our own person joins. The patient stays when they leave: somebody else may take over."""
    root = Tree.Element("Response")
    dial = Tree.SubElement(root, "Dial", action=f"{base}/parted?{urlencode({'k': call_id, 't': take})}", method="POST")
    _conference(dial, base, call_id, f"{TAKE}{take}", ends=False)
    return xml(root)


def screened(base: str, call_id: int, take: int, menu: VoiceMenu) -> str:
    """A colleague's own phone rang: a key says that a person is there, so that no voicemail is handed a patient."""
    root = Tree.Element("Response")
    action = f"{base}/agent?{urlencode({'k': call_id, 't': take, 'p': 1})}"
    gather = Tree.SubElement(root, "Gather", numDigits="1", timeout="8", action=action, method="POST")
    say(gather, "en", _WORDS["en"]["screen"].format(clinic=menu.clinic))
    Tree.SubElement(root, "Hangup")
    return xml(root)


def patient(base: str, call_id: int, menu: VoiceMenu, state: CallState) -> str:
    """The caller joins whoever took the call; recorded only where the clinic does and the caller did not refuse."""
    root = Tree.Element("Response")
    _join(root, base, call_id, menu, state)
    return xml(root)


def callee(base: str, call_id: int, menu: VoiceMenu, state: CallState, *, asked: bool) -> str:
    """A patient whom we called: who it is and, before anything is recorded, the notice with the way to refuse."""
    root = Tree.Element("Response")
    words = _WORDS[state.language]
    if asked or not menu.records:
        if not asked:
            say(root, state.language, words["hello"].format(clinic=menu.clinic))
        _join(root, base, call_id, menu, state)
        return xml(root)
    query = {"k": call_id, "l": state.language, "r": "1" if state.recorded else "0", "p": 1}
    action = f"{base}/callee?{urlencode(query)}"
    gather = Tree.SubElement(root, "Gather", numDigits="1", timeout="2", action=action, method="POST")
    say(gather, state.language, words["hello"].format(clinic=menu.clinic), words["notice"])
    Tree.SubElement(root, "Redirect", method="POST").text = action
    return xml(root)


def held(menu: VoiceMenu, state: CallState) -> str:
    """What a patient on hold hears, again and again."""
    root = Tree.Element("Response")
    say(root, state.language, _WORDS[state.language]["hold"])
    between(root, menu, 20)
    return xml(root)


def hang_up() -> str:
    """Whoever this is, nobody waits for them."""
    root = Tree.Element("Response")
    Tree.SubElement(root, "Hangup")
    return xml(root)


def _join(root: Tree.Element, base: str, call_id: int, menu: VoiceMenu, state: CallState) -> None:
    dial = Tree.SubElement(root, "Dial")
    options = {}
    if menu.records and state.recorded:
        address = f"{base}/recorded?{urlencode({'k': call_id})}"
        options = {"record": "record-from-start", "recordingStatusCallback": address}
    _conference(dial, base, call_id, PATIENT, ends=True, **options)


def _conference(dial: Tree.Element, base: str, call_id: int, label: str, *, ends: bool, **options: str) -> None:
    """Events are sent to the address of whoever came first, so it names the call and the label names the leg."""
    attributes = {
        "startConferenceOnEnter": "true",
        "endConferenceOnExit": "true" if ends else "false",
        "beep": "false",
        "participantLabel": label,
        "statusCallback": f"{base}/conference?{urlencode({'k': call_id})}",
        "statusCallbackEvent": _EVENTS,
    }
    Tree.SubElement(dial, "Conference", attributes | options).text = f"{CONFERENCE}{call_id}"
