"""Reasons, priority and `because` over short messages in several voices; courtesy, language, class of the text."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import reasons
from routing.classify import PatientFacts, bare_thanks, classify
from ui.commands import routing as command

LABELLED = [
    ("appointment_new", 3, "I'd like to make an appointment with Dr. Kim"),
    ("appointment_new", 3, "do u have any openings next wk"),
    ("appointment_new", 3, "Are you accepting new patients?"),
    ("appointment_new", 3, "quisiera sacar una cita para mi mamá"),
    ("appointment_new", 3, "necesito una consulta con el dentista"),
    ("appointment_change.cancel", 3, "cancel my appt tmrw pls"),
    ("appointment_change.cancel", 3, "I can't make it on Thursday"),
    ("appointment_change.cancel", 3, "tengo que cancelar mi cita"),
    ("appointment_change.reschedule", 3, "need to reschedule for next week"),
    ("appointment_change.reschedule", 3, "Could we move my visit to the afternoon?"),
    ("appointment_change.reschedule", 3, "¿puedo cambiar mi cita para el lunes?"),
    ("appointment_confirm", 4, "Yes I confirm my appointment"),
    ("appointment_confirm", 4, "what time is my appointment tomorrow"),
    ("appointment_confirm", 4, "sí, confirmo mi cita"),
    ("on_the_way.late", 2, "running 15 minutes late, sorry"),
    ("on_the_way.late", 2, "stuck in traffic"),
    ("on_the_way.late", 2, "voy a llegar tarde"),
    ("on_the_way.directions", 2, "I can't find the entrance to your building"),
    ("on_the_way.directions", 2, "no encuentro la clínica"),
    ("on_the_way", 2, "on my way now"),
    ("on_the_way", 2, "ya estoy afuera"),
    ("refill", 3, "Please refill my metformin"),
    ("refill", 3, "running low on my blood pressure pills, send to CVS"),
    ("refill", 3, "se me acabó la metformina"),
    ("refill", 3, "pueden mandar mi receta a la farmacia"),
    ("medication_question", 2, "can I take ibuprofen with my lisinopril?"),
    ("medication_question", 2, "what are the side effects of sertraline"),
    ("medication_question", 2, "¿puedo tomar la medicina con alcohol?"),
    ("symptom_new", 2, "my knee hurts since sunday"),
    ("symptom_new", 2, "I've had a cough for a week"),
    ("symptom_new", 2, "tengo tos y me siento mal"),
    ("symptom_new", 2, "me duele la rodilla"),
    ("symptom_followup", 2, "the stitches from my mole removal are itchy"),
    ("test_results", 2, "are my lab results back"),
    ("test_results", 2, "ya están mis resultados?"),
    ("referral", 3, "I need a referral to a dermatologist"),
    ("referral", 3, "necesito una referencia para el cardiólogo"),
    ("authorization", 3, "is the prior authorization for my MRI approved"),
    ("authorization", 3, "my insurance denied the procedure"),
    ("authorization", 3, "el seguro negó el estudio"),
    ("authorization.coverage", 3, "do you take Aetna?"),
    ("authorization.coverage", 3, "is acupuncture covered by my plan"),
    ("authorization.coverage", 3, "¿aceptan Medicaid?"),
    ("authorization.insurance", 3, "I have a new insurance card"),
    ("billing", 3, "Why was I charged $80?"),
    ("billing", 3, "can I set up a payment plan"),
    ("billing", 3, "¿cuánto cuesta la limpieza?"),
    ("billing", 3, "puedo pagar mi factura en línea?"),
    ("records", 3, "please fax my medical records to Dr. Shah"),
    ("records", 3, "quiero una copia de mi expediente"),
    ("records.forms", 3, "I need FMLA paperwork filled out"),
    ("records.forms", 3, "necesito un justificante para el trabajo"),
    ("complaint", 3, "the receptionist was so rude to me"),
    ("complaint", 3, "nobody ever calls me back, this is unacceptable"),
    ("complaint", 3, "quiero poner una queja por el mal servicio"),
    ("feedback", 4, "Thank you for the wonderful care"),
    ("feedback", 4, "muchas gracias por su excelente atención"),
    ("technical", 3, "I'm locked out of the portal"),
    ("technical", 3, "the video link isn't working"),
    ("technical", 3, "olvidé mi contraseña del portal"),
    ("general_info", 3, "what are your hours"),
    ("general_info", 3, "where are you located?"),
    ("general_info", 3, "¿a qué hora abren?"),
    ("general_info", 3, "do you offer telehealth"),
    ("admin_other", 3, "I have a new phone number"),
    ("admin_other", 3, "me mudé, cambió mi dirección"),
]


@pytest.mark.parametrize(("reason", "priority", "text"), LABELLED, ids=[t for _, _, t in LABELLED])
def test_reason_and_priority(reason: str, priority: int, text: str) -> None:
    verdict = classify(text)
    assert (verdict.reason, verdict.priority) == (reason, priority)
    assert verdict.because != ()


def test_every_reason_is_reached_and_has_a_team() -> None:
    assert {code.partition(".")[0] for code, _, _ in LABELLED} == set(reasons.REASONS)
    assert [r.code for r in reasons.REASONS.values() if r.team not in reasons.TEAMS] == []
    assert len(reasons.REASONS) == 18


def test_a_red_flag_decides_over_an_administrative_wish() -> None:
    verdict = classify("I want to cancel my appointment, I have chest pain and can't breathe")
    assert (verdict.reason, verdict.priority, verdict.sensitivity_class) == ("symptom_new", 0, "clinical")
    assert verdict.reasons == ("symptom_new", "appointment_change.cancel")


def test_out_of_insulin_stays_a_refill_and_cannot_wait() -> None:
    verdict = classify("I ran out of insulin, please refill")
    assert (verdict.reason, verdict.priority) == ("refill", 1)


def test_history_is_same_day() -> None:
    assert classify("I had a stroke 6 years ago").priority == 2


@pytest.mark.parametrize(
    "patient",
    [
        PatientFacts(age_years=0.2),
        PatientFacts(pregnant=True),
        PatientFacts(post_op_days=7),
        PatientFacts(recent_discharge=True),
        PatientFacts(anticoagulant=True),
        PatientFacts(chemotherapy=True),
    ],
)
def test_a_risk_raises_clinical_work_one_step_and_never_into_p0(patient: PatientFacts) -> None:
    assert classify("I have a cough").priority == 2
    assert classify("I have a cough", patient=patient).priority == 1
    assert classify("I need help with it", patient=patient).priority == 1
    assert classify("what are your hours", patient=patient).priority == 3
    assert classify("my back is killing me", patient=patient).priority in (0, 1)


def test_eight_days_after_surgery_nothing_is_raised() -> None:
    assert classify("I have a cough", patient=PatientFacts(post_op_days=8)).priority == 2


def test_the_words_tell_of_risks_too() -> None:
    assert classify("I have a cough and take warfarin").priority == 1
    assert classify("I have a cough").marks == ()
    assert classify("my son has a cough").marks == ("minor",)


@pytest.mark.parametrize("text", ["asdf qwerty", "it did that thing once more", "", "😵", "…", "私は"])
def test_what_is_not_understood_is_read_the_same_day(text: str) -> None:
    verdict = classify(text)
    assert (verdict.reason, verdict.priority, verdict.sensitivity_class) == ("admin_other", 2, "clinical")
    assert verdict.unclassified


def test_a_greeting_is_routine() -> None:
    assert [(classify(t).reason, classify(t).priority) for t in ("hello", "Buenos días")] == [("admin_other", 3)] * 2


def test_the_patients_choice_counts_only_where_the_words_say_nothing() -> None:
    assert classify("xyz", chosen_reason="billing").reason == "billing"
    assert classify("xyz", chosen_reason="billing").priority == 2
    assert classify("my knee hurts", chosen_reason="billing").reason == "symptom_new"
    assert classify("xyz", chosen_reason="no such").reason == "admin_other"


def test_class_of_the_text() -> None:
    classes = {
        t: classify(t).sensitivity_class for t in ("refill my lisinopril", "my knee hurts", "what are your hours")
    }
    assert list(classes.values()) == ["clinical", "clinical", "phi"]


@pytest.mark.parametrize(
    "text",
    [
        "thanks",
        "Thank you!",
        "THANKS!!",
        "ok",
        "Ok, thank you.",
        "👍",
        "🙏🏽",
        "gracias",
        "¡Muchas gracias!",
        "ok 👍",
        "❤️",
    ],
)
def test_bare_thanks(text: str) -> None:
    assert bare_thanks(text)
    assert classify(text).priority == 4


@pytest.mark.parametrize(
    "text",
    [
        "thanks, but my chest hurts",
        "ok?",
        "thank you for the wonderful care",
        "",
        "gracias, me duele",
        "👎",
        "no",
        "911",
    ],
)
def test_not_bare_thanks(text: str) -> None:
    assert not bare_thanks(text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I need to see the doctor"),
        ("es", "necesito ver al doctor"),
        ("es", "me duele"),
        ("fr", "bonjour je voudrais un rendez-vous avec le médecin"),
        ("ht", "mwen pa kapab vini nan randevou mwen"),
        ("ru", "мне нужен врач"),
        ("zh", "我需要看医生"),
        ("und", "xyz"),
    ],
)
def test_language(language: str, text: str) -> None:
    assert classify(text).language == language


def test_a_given_language_is_trusted() -> None:
    assert classify("ok", language="es").language == "es"


@given(st.text(max_size=300))
def test_any_text_gets_a_verdict_with_a_reason_for_it(text: str) -> None:
    verdict = classify(text)
    assert reasons.is_known(verdict.reason)
    assert 0 <= verdict.priority <= 4
    assert verdict.because


@given(
    st.sampled_from([t for _, _, t in LABELLED]), st.sampled_from(["chest pain", "no puedo respirar", "kill myself"])
)
def test_adding_an_emergency_always_makes_it_one(text: str, words: str) -> None:
    assert classify(f"{text}. {words}").priority == 0


def test_a_typical_message_takes_less_than_a_millisecond() -> None:
    text = "Hi, can I move my Friday appointment to another day, my son has a game. Also is there parking near you?"
    classify(text)
    best = min(_timed(text) for _ in range(20))
    assert best < 0.001


def _timed(text: str) -> float:
    start = time.perf_counter()
    classify(text)
    return time.perf_counter() - start


def test_the_command_answers_each_line_in_order(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines = [
        b'{"id": 1, "text": "chest pain", "patient": {"age_years": 60, "pregnant": false}}',
        b"nonsense",
        b'{"id": "b", "text": 5}',
        b'{"id": 3, "text": "thanks", "channel": null}',
        b"[1]",
    ]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(lines) + b"\n")))
    parser = command.argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    args = parser.parse_args(["routing", "classify"])
    assert args.func(args) == 0
    answers = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [answer["id"] for answer in answers] == [1, None, "b", 3, None]
    assert sorted(answers[0]) == ["because", "id", "language", "priority", "reason", "reasons", "red_flags"]
    assert answers[0]["red_flags"] == [{"kind": "cardiac", "level": "E", "matched": "chest pain"}]
    assert [sorted(answers[i]) for i in (1, 2, 4)] == [["error", "id"]] * 3
    assert answers[3]["priority"] == 4


@pytest.mark.corpus
def test_false_alarms_on_talk_that_is_not_about_health() -> None:
    root = Path(os.environ.get("WARMLINE_CORPORA", Path(__file__).parents[2] / "../shared/corpora"))
    path = root / "05_classification" / "banking77_test.jsonl"
    if not path.exists():
        pytest.skip("no corpora here")
    texts = [msgspec.json.decode(line)["text"] for line in path.read_bytes().splitlines()]
    alarms = [text for text in texts if any(flag.level == "E" for flag in classify(text).red_flags)]
    assert len(texts) == 3080
    assert len(alarms) <= 6


def test_what_happened_long_ago_does_not_become_the_reason() -> None:
    verdict = classify("I had a heart attack in 1998 and I need a form for my work")
    assert (verdict.reason, verdict.priority, verdict.red_flags[0].level) == ("records.forms", 2, "history")


def test_long_ago_alone_is_still_clinical() -> None:
    assert classify("I had a heart attack in 1998").reason == "symptom_new"
