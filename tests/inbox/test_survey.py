"""How we did: who is asked and who is not, what an answer changes, and what is counted."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from inbox import practice, private_link, survey, worker
from inbox.practice import Asking, Practice
from inbox.store import contacts
from inbox.store import tables as t
from tests.support import letters
from tests.support.house import DAY, HOUR, LINE, MARIA, MINUTE, SECOND, Clinic

ASKED = Practice(lines=(practice.Line(LINE),), survey=Asking(True, 600))


def opened(clinic: Clinic, enabled: bool = True) -> None:
    with clinic.house.database.transaction() as unit:
        practice.publish(unit, ASKED if enabled else Practice(), actor=None)
    clinic.house.configuration.forget()


def agree(clinic: Clinic, kind: str = "grant", address: str = MARIA) -> None:
    with clinic.house.database.transaction() as unit:
        point = contacts.find_or_add(unit, "phone", address)
        said = {"channel": "*", "purpose": "care", "kind": kind, "method": "spoken", "source": "staff", "evidence": {}}
        contacts.add_consent(unit, contact_id=point.id, patient_id=None, **said)


def closed(clinic: Clinic, text: str = "I need to reschedule my appointment", **ending: Any) -> int:
    """A conversation that ended; its question is due and was asked if it may be. Answers the conversation."""
    conversation = clinic.landed(text)
    clinic.close_it(conversation, **ending)
    clinic.move(10 * MINUTE)
    worker.work_off(clinic.house, "bulk")
    return conversation


def token(clinic: Clinic) -> str:
    (asked,) = [row for row in clinic.all(select(t.messages)) if row.template == "survey"]
    return private_link.token(clinic.house, "survey", asked.id)


def questions(clinic: Clinic) -> int:
    return clinic.count(t.surveys)


def test_a_machine_is_not_asked(clinic: Clinic) -> None:
    """Else two clinics that answer each other would ask each other for ever."""
    opened(clinic)
    with clinic.house.database.transaction() as unit:
        point = contacts.find_or_add(unit, "email", "maria@home.example")
        said = {
            "channel": "*",
            "purpose": "care",
            "kind": "grant",
            "method": "spoken",
            "source": "staff",
            "evidence": {},
        }
        contacts.add_consent(unit, contact_id=point.id, patient_id=None, **said)
    asked = []
    for headers in ({"Auto_Submitted": "auto-replied"}, {}):
        (arrival,) = clinic.land(clinic.mail("maria@home.example", "Appointment", "Can I come on Monday?", **headers))
        clinic.close_it(int(arrival.conversation_id))
        clinic.move(10 * MINUTE)
        worker.work_off(clinic.house, "bulk")
        asked.append(questions(clinic))
    assert asked == [0, 1]


def test_ten_minutes_after_a_closure_the_patient_is_asked_once(clinic: Clinic) -> None:
    opened(clinic)
    agree(clinic)
    conversation = clinic.landed()
    clinic.close_it(conversation)
    clinic.move(10 * MINUTE - SECOND)
    worker.work_off(clinic.house, "bulk")
    assert questions(clinic) == 0
    clinic.move(SECOND)
    worker.work_off(clinic.house, "bulk")
    asked = clinic.messages(conversation)[-1]
    start = f"Northside Health: how did we do? Tell us with one tap: {clinic.house.settings.public_url}/survey/"
    assert (asked.channel, asked.author_kind, asked.status, asked.body) == (
        "sms",
        "automatic",
        "queued",
        start + private_link.MASK,
    )
    assert (asked.consent_id is not None, asked.exempt_reason) == (True, None)
    assert clinic.verbs()[-2:] == ["reply.queued", "survey.asked"]
    kept = letters.only(clinic.house, t.surveys)
    assert (token(clinic) in str(tuple(kept)), kept.expires_at) == (False, clinic.now + 14 * DAY)


@pytest.mark.parametrize("kind", ["grant", "revoke_all", ""])
def test_only_where_consent_allows_it(clinic: Clinic, kind: str) -> None:
    opened(clinic)
    if kind:
        agree(clinic, kind)
    conversation = clinic.landed()
    clinic.close_it(conversation)
    clinic.move(10 * MINUTE)
    worker.work_off(clinic.house, "bulk")
    assert questions(clinic) == int(kind == "grant")


def test_a_clinic_that_does_not_ask_leaves_no_work(clinic: Clinic) -> None:
    opened(clinic, enabled=False)
    agree(clinic)
    closed(clinic)
    assert [row.kind for row in clinic.all(select(t.jobs)) if row.kind == "survey"] == []


@pytest.mark.parametrize("ending", [{"outcome": "spam", "waiver": "spam"}, {"waiver": "deceased"}])
def test_some_endings_ask_nothing(clinic: Clinic, ending: dict[str, str]) -> None:
    opened(clinic)
    agree(clinic)
    closed(clinic, **ending)
    assert questions(clinic) == 0


def test_nobody_is_asked_twice_in_thirty_days(clinic: Clinic) -> None:
    opened(clinic)
    agree(clinic)
    asked = []
    for wait in (timedelta(0), 29 * DAY, DAY):
        clinic.move(wait)
        closed(clinic, f"About my bill of {clinic.now:%B}")
        clinic.send_out()
        asked.append(questions(clinic))
    assert asked == [1, 1, 2]


def test_whoever_wrote_again_meanwhile_is_not_asked(clinic: Clinic) -> None:
    opened(clinic)
    agree(clinic)
    conversation = clinic.landed()
    clinic.close_it(conversation)
    clinic.move(MINUTE)
    assert clinic.landed("No, that is not solved at all") == conversation
    clinic.move(10 * MINUTE)
    worker.work_off(clinic.house, "bulk")
    assert questions(clinic) == 0


def test_at_night_the_question_waits_for_the_morning(clinic: Clinic) -> None:
    opened(clinic)
    agree(clinic)
    clinic.move(12 * HOUR - 5 * MINUTE)  # 21:55 in Los Angeles
    closed(clinic)
    assert questions(clinic) == 0
    (job,) = [row for row in clinic.all(select(t.jobs)) if row.kind == "survey"]
    assert (job.state, job.due_at.astimezone(clinic.now.tzinfo).isoformat()) == ("pending", "2026-03-12T15:00:00+00:00")
    clinic.move(10 * HOUR)
    worker.work_off(clinic.house, "bulk")
    assert questions(clinic) == 1


def reply(clinic: Clinic, score: int, **said: Any) -> survey.Question | None:
    return clinic.act(survey.answer, clinic.house, token(clinic), score=score, **said)


def test_a_good_answer_is_kept_and_wakes_nobody(clinic: Clinic) -> None:
    opened(clinic)
    agree(clinic)
    conversation = closed(clinic)
    since = clinic.head()
    answered = reply(clinic, 4, tags=("kind", "unheard of"), words="Thank you!")
    assert answered is not None
    assert answered.answered
    kept = letters.only(clinic.house, t.surveys)
    assert (kept.score, kept.tags, kept.words, kept.answered_at) == (4, ["kind"], "Thank you!", clinic.now)
    assert (clinic.verbs(since), clinic.conversation(conversation).state) == (["survey.answered"], "closed")


def test_only_the_first_answer_counts(clinic: Clinic) -> None:
    opened(clinic)
    agree(clinic)
    closed(clinic)
    reply(clinic, 5)
    since = clinic.head()
    reply(clinic, 1)
    assert (letters.only(clinic.house, t.surveys).score, clinic.verbs(since)) == (5, [])


@pytest.mark.parametrize(("score", "hours"), [(1, 1), (2, 4)])
def test_an_unhappy_answer_is_before_the_supervisor_at_once(clinic: Clinic, score: int, hours: int) -> None:
    opened(clinic)
    agree(clinic)
    conversation = closed(clinic)
    reply(clinic, score, tags=("slow",), words="I waited two weeks.")
    row = clinic.conversation(conversation)
    assert (row.state, row.priority, row.needs_reply) == ("open", score, True)
    said = clinic.messages(conversation)[-1]
    told = f"Answered how we did: {score} of 5 ({survey.SCORES[score]}). What stood out: took too long."
    assert (said.direction, said.body) == ("in", f"I waited two weeks.\n\n{told}")
    (raised,) = clinic.all(select(t.escalations))
    assert (raised.to_kind, raised.to_id, raised.cause) == ("supervisor", clinic.supervisor.id, "survey")
    (step,) = [one for one in clinic.all(select(t.next_steps)) if one.done_at is None]
    assert (step.id, step.due_at) == (row.next_step_id, clinic.now + timedelta(hours=hours))


def test_words_that_may_not_wait_are_heeded_whatever_the_score(clinic: Clinic) -> None:
    opened(clinic)
    agree(clinic)
    conversation = closed(clinic)
    reply(clinic, 5, words="All good, but I have crushing chest pain now")
    row = clinic.conversation(conversation)
    assert (row.state, row.priority, row.flagged) == ("open", 0, True)
    assert [one.cause for one in clinic.all(select(t.escalations))] == ["red_flag"]


def test_an_expired_or_unknown_link_takes_no_answer(clinic: Clinic) -> None:
    opened(clinic)
    agree(clinic)
    closed(clinic)
    assert clinic.act(survey.answer, clinic.house, "unknown", score=5) is None
    clinic.move(14 * DAY)
    assert reply(clinic, 5) is None
    with clinic.house.database.snapshot() as reading:
        assert survey.look(reading, token(clinic)) is None


def test_figures_count_the_top_two_boxes_of_what_was_asked_then(clinic: Clinic) -> None:
    opened(clinic)
    agree(clinic)
    start = clinic.now
    closed(clinic)
    reply(clinic, 4)
    with clinic.house.database.snapshot() as reading:
        found = survey.figures(reading, start, clinic.now + SECOND)
        none = survey.figures(reading, start - DAY, start)
    assert (found.csat.part, found.csat.whole, found.response.part, found.response.whole) == (1, 1, 1, 1)
    assert (none.csat.share, none.response.share) == (None, None)
