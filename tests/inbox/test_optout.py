"""What follows a keyword: the ledger at once, one confirmation where the carrier sends none, and a person where the
word may have meant something else (channels.md §3).
"""

import pytest
from sqlalchemy import select

from inbox import practice
from inbox.practice import Line, Practice
from inbox.store import tables as t
from tests.support.house import DAY, HOUR, LINE, MARIA, MINUTE, Clinic


def said(clinic: Clinic, conversation: int) -> list[tuple[str, str]]:
    """What we answered by ourselves: (template, words)."""
    return [(one.template, one.body) for one in clinic.messages(conversation) if one.author_kind == "automatic"]


def answer_ourselves(clinic: Clinic) -> None:
    """The carrier's own handling is off for the line."""
    clinic.act(practice.publish, Practice(lines=(Line(LINE, answers_keywords=True),)), actor=None)
    clinic.house.configuration.forget()


STOPPED = "Northside Health: You will get no more texts from us. Reply START to resume. Questions? Call +14155550100."
PARADO = "Northside Health: No recibira mas textos. Responda START para volver a recibirlos. Llame al +14155550100."


@pytest.mark.parametrize(
    ("from_", "words", "fields", "confirmed"),
    [
        (MARIA, "STOP", {}, []),
        (MARIA, "STOP", {"OptOutType": "STOP"}, []),
        (MARIA, "Please stop texting me", {}, [("keyword.revoke", STOPPED)]),
        (f"whatsapp:{MARIA}", "STOP", {}, [("keyword.stop", STOPPED)]),
        (f"whatsapp:{MARIA}", "ALTO", {}, [("keyword.stop", PARADO)]),
        ("messenger:4711", "stop", {}, [("keyword.stop", STOPPED)]),
        (f"whatsapp:{MARIA}", "Can I stop by at two?", {}, []),
    ],
)
def test_a_stop_is_confirmed_once_where_the_carrier_does_not(
    clinic: Clinic, from_: str, words: str, fields: dict[str, str], confirmed: list[tuple[str, str]]
) -> None:
    conversation = clinic.landed(words, from_=from_, **fields)
    clinic.landed(words, from_=from_, **fields)
    assert said(clinic, conversation) == confirmed
    clinic.send_out()
    statuses = [one.status for one in clinic.messages(conversation) if one.author_kind == "automatic"]
    assert statuses == ["accepted"] * len(confirmed)


def test_where_the_carriers_handling_is_off_we_answer_its_words(clinic: Clinic) -> None:
    answer_ourselves(clinic)
    conversation = clinic.landed("STOP")
    clinic.landed("START")
    clinic.landed("AYUDA")
    assert [template for template, _ in said(clinic, conversation)] == ["keyword.stop", "keyword.start", "keyword.help"]
    assert said(clinic, conversation)[2][1].startswith("Northside Health: Para ayuda llame al")
    quiet = clinic.landed("STOP", from_="+14155550143", OptOutType="STOP")
    assert said(clinic, quiet) == []


def test_a_confirmation_that_comes_too_late_is_none(clinic: Clinic) -> None:
    answer_ourselves(clinic)
    at = (clinic.now - 6 * MINUTE).isoformat()
    assert said(clinic, clinic.landed("STOP", DateCreated=at)) == []


def test_a_confirmation_that_the_carrier_blocks_is_nobodys_work(clinic: Clinic) -> None:
    blocked = "+14152001610"  # the pretend carrier knows it as opted out
    conversation = clinic.landed("Please stop texting me", from_=blocked)
    before = clinic.conversation(conversation)
    clinic.send_out()
    after = clinic.conversation(conversation)
    (confirmation,) = [one for one in clinic.messages(conversation) if one.author_kind == "automatic"]
    assert (confirmation.status, confirmation.error_code) == ("failed", "21610")
    assert (after.next_step_id, after.needs_reply) == (before.next_step_id, before.needs_reply)


@pytest.mark.parametrize(
    ("later", "word", "call"), [(HOUR, "CANCEL", True), (4 * DAY, "CANCEL", False), (HOUR, "STOP", False)]
)
def test_cancel_soon_after_our_words_stops_them_and_asks_for_a_call(
    clinic: Clinic, later: object, word: str, call: bool
) -> None:
    conversation = clinic.landed()
    clinic.answer(conversation, "See you on Friday at two.")
    clinic.move(later)  # type: ignore[arg-type]  # pytest gives an object
    clinic.landed(word)
    row = clinic.conversation(conversation)
    steps = {one.id: one.what for one in clinic.all(select(t.next_steps))}
    assert (steps[row.next_step_id].startswith("Call: CANCEL was probably meant"), row.needs_reply) == (call, call)
    assert clinic.verbs().count("consent.revoked") == 1


def test_yes_answers_a_question_unless_its_writer_had_opted_out(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.answer(conversation, "Shall we say Friday at two?")
    clinic.landed("Yes")
    row = clinic.conversation(conversation)
    assert (row.state, row.needs_reply, clinic.verbs().count("consent.granted")) == ("open", True, 0)
    clinic.landed("STOP")
    clinic.landed("YES")
    assert clinic.verbs().count("consent.granted") == 2
