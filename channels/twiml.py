"""What a caller hears: the answer, the menu, the queue, the voicemail, each TwiML built as a tree.

Pure functions of the call's own parameters, so a restart between two hooks loses no call. Refuses nothing.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree as Tree

import msgspec

from channels import twilio
from channels.envelope import DoorRequest
from channels.voice_consent import must_ask

Language = Literal["en", "es"]
#: `<Record transcribe>` works for 2–120 s only (Twilio warning 13617).
LONGEST_VOICEMAIL = 119
#: After so many seconds in the queue, and whenever it is full, a caller may leave and be called back.
PATIENCE = 60
#: After so long nobody is kept waiting: the voicemail takes over.
LONGEST_WAIT = 600
_VOICES = {"en": ("en-US", "Polly.Joanna"), "es": ("es-US", "Polly.Lupe")}
_WORDS = {
    "en": {
        "emergency": "Thank you for calling {clinic}. If this is an emergency, hang up and dial 911.",
        "notice": "This call may be recorded. Press 9 not to be recorded.",
        "told": "This call may be recorded.",
        "expected": "The wait is about {minutes} minutes.",
        "unrecorded": "This call is not recorded.",
        "choice": "For {label}, press {digit}.",
        "voicemail": "After the tone, leave your name, your number and how we can help. We call you back {promise}.",
        "thanks": "Thank you. We have your message and call you back {promise}. Goodbye.",
        "callback": "Thank you. We have your number and call you back {promise}. Goodbye.",
        "connect": "Please hold while we connect you.",
        "place": "You are number {position} in line.",
        "offer": "To keep your place and be called back, press 1.",
    },
    "es": {
        "emergency": "Gracias por llamar a {clinic}. Si es una emergencia, cuelgue y marque el 911.",
        "notice": "Esta llamada puede ser grabada. Oprima 9 para que no se grabe.",
        "told": "Esta llamada puede ser grabada.",
        "expected": "La espera es de unos {minutes} minutos.",
        "unrecorded": "Esta llamada no se graba.",
        "choice": "Para {label}, oprima {digit}.",
        "voicemail": "Después del tono, deje su nombre, su número y el motivo de su llamada. Le llamaremos {promise}.",
        "thanks": "Gracias. Tenemos su mensaje y le llamaremos {promise}. Adiós.",
        "callback": "Gracias. Tenemos su número y le llamaremos {promise}. Adiós.",
        "connect": "Por favor espere mientras le comunicamos.",
        "place": "Usted es el número {position} en la fila.",
        "offer": "Para conservar su lugar y recibir una llamada, oprima 1.",
    },
}


class Choice(msgspec.Struct, frozen=True):
    """One digit of the menu (not 2 or 9, which are language and recording), its reason and how it is said."""

    digit: str
    reason: str
    en: str
    es: str


class VoiceMenu(msgspec.Struct, frozen=True):
    """What a clinic says: public name, choices, when it calls back, and the queue that people answer, if any.
    `records`: calls with people are recorded where nobody refused. `music`: the address of what is heard in between, ""
    for silence."""

    clinic: str
    choices: tuple[Choice, ...] = ()
    promise_en: str = "as soon as we can"
    promise_es: str = "lo antes posible"
    queue: str = ""
    records: bool = False
    music: str = ""


class Place(msgspec.Struct, frozen=True):
    """Where a caller stands: their number in line, and how long it may take, 0 where nobody can say honestly."""

    position: int
    expected_seconds: int = 0


class CallState(msgspec.Struct, frozen=True):
    """What the caller has chosen so far; it travels in the query of each step's address."""

    language: Language = "en"
    recorded: bool = True
    reason: str = ""


def state_of(url: str) -> CallState:
    """The state an address carries; the start of a call for one that carries none."""
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return CallState()
    language: Language = "es" if query.get("l") == ["es"] else "en"
    return CallState(language, query.get("r") != ["0"], query.get("c", [""])[0])


def pressed(menu: VoiceMenu, state: CallState, digits: str) -> CallState:
    """The state after a digit: 2 Spanish, 9 no recording, else the reason it stands for."""
    if digits == "2":
        return msgspec.structs.replace(state, language="es")
    if digits == "9":
        return msgspec.structs.replace(state, recorded=False)
    chosen = next((choice.reason for choice in menu.choices if choice.digit == digits), state.reason)
    return msgspec.structs.replace(state, reason=chosen)


def respond(request: DoorRequest, step: str, menu: VoiceMenu, base: str, place: Place | None = None) -> str:
    """The TwiML for one hook of a caller. `base` is the public address of the voice door, without a trailing slash;
    `place` where we know it better than the provider."""
    state, fields = state_of(request.url), twilio.form(request.body)
    digits = fields.get("Digits", "")
    ask = must_ask(fields.get("FromState", ""), fields.get("ToState", ""))
    if step == "menu":
        return chosen(menu, state, digits, base, ask=ask)
    if step == "wait":
        place = place or Place(_number(fields, "QueuePosition"))
        return wait(menu, state, base, place, _number(fields, "QueueTime"))
    if step == "callback":
        return leave() if digits == "1" else empty()
    if step == "left":
        return left(menu, state, base, fields.get("QueueResult", ""), _number(fields, "QueueTime"))
    if step == "voicemail":
        return goodbye(menu, state, "thanks")
    if step == "fallback":
        return voicemail(menu, state, base)
    return answer(menu, state, base, ask=ask) if step == "" else empty()


def answer(menu: VoiceMenu, state: CallState, base: str, *, ask: bool = True) -> str:
    """The greeting, with the 911 line first, the notice of recording, then the choices; silence goes on to the menu.
    `ask`: the caller must be offered not to be recorded, not only told."""
    root = Tree.Element("Response")
    action = _address(base, "menu", state)
    gather = Tree.SubElement(root, "Gather", numDigits="1", timeout="5", action=action, method="POST")
    say(
        gather,
        state.language,
        _word(menu, state, "emergency"),
        _word(menu, state, "notice" if ask else "told", "unrecorded"),
    )
    if state.language == "en":
        say(gather, "es", "Para español, oprima 2.")
    labels = [
        _word(menu, state, "choice").format(
            label=choice.es if state.language == "es" else choice.en, digit=choice.digit
        )
        for choice in menu.choices
    ]
    say(gather, state.language, *labels)
    _redirect(root, action)
    return xml(root)


def chosen(menu: VoiceMenu, state: CallState, digits: str, base: str, *, ask: bool = True) -> str:
    """After the menu: language and recording ask again, a reason or silence goes to people or to the voicemail."""
    after = pressed(menu, state, digits)
    if digits in ("2", "9"):
        return answer(menu, after, base, ask=ask)
    return queue(menu, after, base) if menu.queue else voicemail(menu, after, base)


def queue(menu: VoiceMenu, state: CallState, base: str) -> str:
    """Hold until somebody answers; `left` says what became of it."""
    root = Tree.Element("Response")
    say(root, state.language, _word(menu, state, "connect"))
    hold = Tree.SubElement(root, "Enqueue", waitUrl=_address(base, "wait", state), action=_address(base, "left", state))
    hold.text = menu.queue
    return xml(root)


def wait(menu: VoiceMenu, state: CallState, base: str, place: Place, seconds: int) -> str:
    """Once a minute: the place in line and what is known of the wait; after PATIENCE seconds the offer to be called
    back, and in the end out of the queue."""
    if seconds >= LONGEST_WAIT:
        return leave()
    root = Tree.Element("Response")
    parent = root
    if seconds >= PATIENCE:
        action = _address(base, "callback", state)
        parent = Tree.SubElement(root, "Gather", numDigits="1", timeout="5", action=action, method="POST")
    if place.position:
        say(parent, state.language, *_standing(state.language, place))
    if seconds >= PATIENCE:
        say(parent, state.language, _word(menu, state, "offer"))
    between(root, menu, 55)
    return xml(root)


def _standing(language: Language, place: Place) -> list[str]:
    said = [_WORDS[language]["place"].format(position=place.position)]
    if place.expected_seconds > 60:
        said.append(_WORDS[language]["expected"].format(minutes=-(-place.expected_seconds // 60)))
    return said


def left(menu: VoiceMenu, state: CallState, base: str, result: str, seconds: int = 0) -> str:
    """After the queue: nothing once connected or hung up, a promise for who chose a call back, else the voicemail."""
    if result in ("bridged", "hangup", "redirected", "redirected-from-bridged"):
        return empty()
    chose = result == "leave" and seconds < LONGEST_WAIT
    return goodbye(menu, state, "callback") if chose else voicemail(menu, state, base)


def voicemail(menu: VoiceMenu, state: CallState, base: str) -> str:
    """A message after the tone, transcribed; who refused to be recorded is promised a call instead."""
    if not state.recorded:
        return goodbye(menu, state, "callback")
    root = Tree.Element("Response")
    say(root, state.language, _word(menu, state, "voicemail"))
    Tree.SubElement(
        root,
        "Record",
        maxLength=str(LONGEST_VOICEMAIL),
        playBeep="true",
        transcribe="true",
        transcribeCallback=_address(base, "transcription", state),
        recordingStatusCallback=_address(base, "recording", state),
        action=_address(base, "voicemail", state),
        method="POST",
    )
    say(root, state.language, _word(menu, state, "callback"))
    Tree.SubElement(root, "Hangup")
    return xml(root)


def goodbye(menu: VoiceMenu, state: CallState, words: Literal["thanks", "callback"]) -> str:
    """The promise of a call back, then the end."""
    root = Tree.Element("Response")
    say(root, state.language, _word(menu, state, words))
    Tree.SubElement(root, "Hangup")
    return xml(root)


def leave() -> str:
    """Take the caller out of the queue; Twilio then posts QueueResult=leave to `left`."""
    root = Tree.Element("Response")
    Tree.SubElement(root, "Leave")
    return xml(root)


def empty() -> str:
    """Nothing more to do."""
    return xml(Tree.Element("Response"))


def _word(menu: VoiceMenu, state: CallState, name: str, unrecorded: str = "") -> str:
    words = _WORDS[state.language][name if state.recorded or not unrecorded else unrecorded]
    promise = menu.promise_es if state.language == "es" else menu.promise_en
    return words.replace("{clinic}", menu.clinic).replace("{promise}", promise)


def say(parent: Tree.Element, language: Language, *sentences: str) -> None:
    """Sentences in the voice of their language."""
    if sentences:
        locale, voice = _VOICES[language]
        Tree.SubElement(parent, "Say", language=locale, voice=voice).text = " ".join(sentences)


def between(parent: Tree.Element, menu: VoiceMenu, seconds: int) -> None:
    """What is heard between two announcements: the clinic's music to its end, or so many seconds of silence."""
    if menu.music:
        Tree.SubElement(parent, "Play").text = menu.music
    else:
        Tree.SubElement(parent, "Pause", length=str(seconds))


def _redirect(parent: Tree.Element, address: str) -> None:
    Tree.SubElement(parent, "Redirect", method="POST").text = address


def _address(base: str, step: str, state: CallState) -> str:
    query = {"l": state.language, "r": "1" if state.recorded else "0", "c": state.reason}
    return f"{base}/{step}?{urlencode({name: value for name, value in query.items() if value})}"


def _number(fields: dict[str, str], name: str) -> int:
    text = fields.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def xml(root: Tree.Element) -> str:
    """The document as Twilio reads it."""
    return '<?xml version="1.0" encoding="UTF-8"?>' + Tree.tostring(root, encoding="unicode")
