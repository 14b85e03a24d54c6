"""Opt-out words: keywords alone, free words, strangers, and the ordinary messages that must reach a person."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.keywords import Action, confirmation, recognise

CORPORA = Path(__file__).parents[2] / os.environ.get("WARMLINE_CORPORA", "../shared/corpora")
#: The basic GSM 03.38 alphabet, as far as our texts use it.
GSM_7 = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;?!-+()'éñ¿¡ü")
OPT_OUTS = (
    "STOP!",
    "Stop please",
    "stop texting me",
    "Stop messaging me please",
    "please stop texting me",
    "stop calling me",
    "STOP STOP STOP",
    "stop sending me these texts",
    "Stop sending me messages",
    "no more texts",
    "no more messages please",
    "Remove me",
    "remove me from your list",
    "Please remove my number",
    "take me off your list",
    "take me off this list",
    "do not contact me",
    "Don't text me",
    "don't text me anymore",
    "dont call me again",
    "I don't want to receive these messages anymore",
    "I no longer want texts from you",
    "unsubscribe me",
    "Unsubscribe me please",
    "opt me out",
    "I want to opt out",
    "Opt-out",
    "opt out please",
    "leave me alone!",
    "stop it",
    "Stop this",
    "Quit texting me",
    "quit contacting me",
    "stoppp",
    "I do not consent to text messages",
    "cease and desist all messages",
    "I never signed up for these texts",
    "I didn't sign up for these messages",
    "enough texts",
    "revoke my consent",
    "I withdraw consent",
    "cancel my subscription",
    "cancel all messages",
    "lose my number",
    "Do not message me",
    "never text me again",
    "please do not send me any more messages",
    "Stop sending",
    "STOP ALL MESSAGES",
    "stop spamming me",
    "wrong number stop",
    "No me escriban más",
    "no me escriban",
    "dejen de mandar mensajes",
    "Dejen de mandarme mensajes",
    "dejen de escribirme",
    "quítenme",
    "Quítenme de la lista",
    "no más mensajes",
    "no quiero más mensajes",
    "No quiero recibir mensajes",
    "ya no me manden mensajes",
    "no me manden más mensajes por favor",
    "no me llamen",
    "dejen de molestar",
    "BAJA",
    "darme de baja",
    "quiero darme de baja",
    "Basta",
    "ALTO!",
    "detener",
    "no mas por favor",
    "borren mi número",
    "ya no quiero recibir sus mensajes",
    "déjenme en paz",
    "eliminen mi número",
    "No vuelvan a escribirme",
    "arrêtez de m'envoyer des messages",
    "arrêtez",
    "Arrêt",
    "désabonner",
    "ne me contactez plus",
    "STOP. I never signed up",
    "Please stop, thank you",
    "who is this? stop texting me",
    "Stop contacting me",
    "I said stop",
    "end texts",
    "Please delete my number",
    "Take me off",
    "do not text",
    "Stop bothering me",
    "please quit sending me texts",
    "I'd like to stop receiving these messages",
    "how do I stop these texts",
    "I want to stop getting texts",
    "STOP\n\nSent from my iPhone",
    "no more",
)
STRANGERS = (
    "wrong number",
    "Wrong number.",
    "you have the wrong number",
    "Sorry, wrong number",
    "I think you have the wrong number",
    "this is the wrong number",
    "you've got the wrong person",
    "Wrong person",
    "número equivocado",
    "Numero equivocado",
    "se equivocó de número",
    "este no es el número de Maria",
    "This is not Maria's number",
    "not the right number",
    "this isn't Bob's phone",
    "Maria no longer has this number",
    "no one here by that name",
    "I just got this number",
    "You are texting the wrong number",
    "Está equivocado de número",
    "mauvais numéro",
    "persona equivocada",
    "tiene el número equivocado",
    "you texted the wrong number",
    "This number no longer belongs to John",
)
ORDINARY = (
    "C",
    "R",
    "N",
    "X",
    "no",
    "yes please",
    "Yes I'll be there",
    "sí",
    "Cancel my appointment",
    "I need to cancel",
    "cancel please",
    "can you cancel my 3pm?",
    "I want to cancel my appointment",
    "I can't stop coughing",
    "bleeding won't stop",
    "should I stop taking ibuprofen?",
    "do I stop the medication before surgery",
    "Please stop the refill",
    "stop my prescription",
    "I'll stop by tomorrow",
    "Where is the bus stop?",
    "what time do you end",
    "I quit smoking",
    "help me",
    "can you help?",
    "I need help with my bill",
    "more info please",
    "info on the clinic",
    "when does it start",
    "I start chemo Monday",
    "end of the week works",
    "remove my stitches",
    "remove me from the schedule",
    "take me off the waitlist please",
    "take me off this medicine",
    "when do you remove the cast",
    "Don't call me at work, call my cell",
    "don't call before 9",
    "Please don't call my mother",
    "I gave you the wrong number",
    "the wrong number is on my file",
    "do I have the wrong number for billing?",
    "you have the wrong number on file for my insurance",
    "I entered my wrong number on the form",
    "wrong medication",
    "quiero cancelar mi cita",
    "necesito cancelar",
    "no puedo parar de toser",
    "quiero parar el medicamento",
    "dejé de tomar la medicina",
    "no me llamaron",
    "no me han llamado",
    "nadie me llamó",
    "no más dolor",
    "sin dolor no mas fiebre",
    "me dieron de baja del seguro?",
    "estoy de baja médica",
    "no quiero recibir la vacuna",
    "no quiero más citas",
    "paré de fumar",
    "my opt out form",
    "Thank you",
    "ok",
    "unsubscribe is what my insurance did",
    "I do not want the reminder to be wrong",
    "my number changed",
    "please call me",
    "Do not want to miss my appointment",
    "I did not get your text",
    "I didn't receive the message",
    "I never got a call",
    "you never called me back",
    "never got a text from the lab",
    "I dont have text messages on this phone, call me",
    "dont call, text me instead",
    "please text me instead of calling",
    "I need more reminders",
    "stop the bleeding",
    "my son won't stop crying call me",
    "Can you stop my automatic payments",
    "End my plan",
    "I want to revoke authorization for my ex husband",
    "cancel my calls with Dr Lee",
    "no llame ayer",
    "no me enviaron la receta",
    "no me mandaron los resultados",
    "nunca me llamaron",
    "can I get a call back",
    "this is not an emergency number right?",
    "Is this the wrong number?",
    "She is not using this phone today",
    "Why did nobody call me",
)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("STOP", "stop"),
        (" Stop ", "stop"),
        ("CANCEL", "stop"),
        ("Opt-out", "stop"),
        ("ALTO", "stop"),
        ("Arrêt", "stop"),
        ("S T O P", "stop"),
        ("YES", "start"),
        ("unstop", "start"),
        ("Ayuda", "help"),
        ("", None),
    ],
)
def test_a_keyword_is_the_whole_message(text: str, action: Action | None) -> None:
    assert recognise(text).action == action


@pytest.mark.parametrize("text", OPT_OUTS)
def test_any_reasonable_words_end_our_texts(text: str) -> None:
    assert recognise(text).action in {"stop", "revoke", "wrong_number"}


@pytest.mark.parametrize("text", STRANGERS)
def test_a_stranger_says_so(text: str) -> None:
    assert recognise(text).action == "wrong_number"


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_message_reaches_a_person(text: str) -> None:
    assert recognise(text).action is None


def test_the_providers_reading_wins() -> None:
    assert recognise("I am done with these", opt_out_type="STOP").action == "stop"
    assert recognise("STOP", opt_out_type="HELP").action == "help"
    assert recognise("STOP", opt_out_type="").action == "stop"


def test_a_revocation_inside_a_long_message_is_only_probable() -> None:
    long = "My insurance changed last month and I moved to Fresno so stop texting me"
    assert (recognise(long).action, recognise(long).sure) == ("revoke", False)
    assert recognise("stop texting me").sure


@pytest.mark.parametrize("action", ["stop", "start", "help", "revoke", "wrong_number"])
@pytest.mark.parametrize("language", ["en", "es", "es-MX", "fr"])
def test_a_confirmation_is_one_plain_segment(action: Action, language: str) -> None:
    text = confirmation(action, language, clinic="Valley Oak Clinic, Salinas", phone="+1 831 555 0100")
    assert set(text) - GSM_7 == set()
    assert len(text) <= 160


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert recognise(text) == recognise(text)


@pytest.mark.corpus
def test_the_labelled_opt_outs() -> None:
    rows = [json.loads(line) for line in (CORPORA / "07_sms_unicode/optout.jsonl").read_text().splitlines()]
    expected = {"opt_in": "start", "help": "help"}
    wrong = [
        row["id"]
        for row in rows
        if (recognise(row["text"]).action in {"stop", "revoke", "wrong_number"}) != row["must_stop_texts"]
        or (not row["must_stop_texts"] and recognise(row["text"]).action != expected.get(row["twilio_default"]))
    ]
    assert wrong == []
