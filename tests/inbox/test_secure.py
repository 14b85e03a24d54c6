"""Letters behind a link: who may open them, how often one may try, and what staff see of it."""

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from channels.envelope import DoorRequest
from inbox import conversation, intake, private_link, secure, worker
from inbox.intake import Arrived
from inbox.secure import Answer, Letter, Opened
from inbox.store import tables as t
from tests.support import letters
from tests.support.house import DAY, MARIA, MINUTE, SECOND, Clinic
from tests.support.letters import BORN

TEXT = "Your biopsy came back clear."


def sealed(clinic: Clinic, *, confirmed: bool = True, language: str = "") -> tuple[int, int, str]:
    """A letter that left as a notice; answers its conversation, its message and its token."""
    conversation = clinic.landed()
    if confirmed:
        letters.confirm(clinic.house, conversation, language=language)
    message, token = letters.seal(clinic.house, clinic.agent, conversation, TEXT)
    clinic.send_out()
    return conversation, message, token


def attempt(clinic: Clinic, token: str, **answer: Any) -> Opened | Letter | None:
    return clinic.act(secure.open_letter, clinic.house, token, **answer)


def shown(clinic: Clinic, number: int) -> conversation.View:
    with clinic.house.database.snapshot() as reading:
        return conversation.view(reading, actor=clinic.supervisor, conversation_id=number, now=clinic.now)


def look(clinic: Clinic, token: str) -> Letter | None:
    with clinic.house.database.snapshot() as reading:
        return secure.look(reading, token)


def last_code(clinic: Clinic, conversation: int) -> str:
    return re.sub(r"\D.*", "", clinic.messages(conversation)[-1].body)


@pytest.mark.parametrize(
    ("language", "notice"),
    [
        ("en", "Northside Health: we sent you a private message. Read it here: "),
        ("es", "Northside Health: le enviamos un mensaje privado. Puede leerlo en: "),
    ],
)
def test_the_message_itself_says_nothing_and_the_table_keeps_no_token(
    clinic: Clinic, language: str, notice: str
) -> None:
    _, message, token = sealed(clinic, language=language)
    body, start = clinic.message(message).body, f"{notice}{clinic.house.settings.public_url}/s/"
    assert (body, private_link.revealed(clinic.house, message, body)) == (f"{start}{private_link.MASK}", start + token)
    (kept,) = clinic.all(select(t.secure_texts))
    assert (kept.body, kept.expires_at, token in str(tuple(kept)), len(token)) == (
        TEXT,
        clinic.now + 7 * DAY,
        False,
        22,
    )


def test_the_birth_date_opens_it_and_staff_see_when(clinic: Clinic) -> None:
    number, message, token = sealed(clinic)
    letter = look(clinic, token)
    assert letter == Letter("birth", "phone", "42", clinic.now + 7 * DAY, "en", 5, False)
    since, version = clinic.head(), clinic.conversation(number).version
    clinic.move(2 * MINUTE)
    opened = attempt(clinic, token, birth_on=BORN, address="192.0.2.7")
    assert isinstance(opened, Opened)
    assert (opened.text, opened.author) == (TEXT, "Agent")
    assert clinic.verbs(since) == ["secure.opened"]
    assert clinic.conversation(number).version == version + 1
    (said,) = [one for one in shown(clinic, number).messages if one.id == message]
    assert (said.is_secure, said.opened_at, said.text) == (True, clinic.now, TEXT)
    (seen,) = [row for row in clinic.all(select(t.access)) if row.object == "secure"]
    assert (seen.actor_id, seen.role, seen.how, seen.conversation_id, seen.address) == (
        None,
        "patient",
        "opened",
        number,
        "192.0.2.7",
    )


def test_opening_it_again_keeps_the_first_moment_and_leaves_another_access_row(clinic: Clinic) -> None:
    _, _, token = sealed(clinic)
    attempt(clinic, token, birth_on=BORN)
    first, since = clinic.now, clinic.head()
    clinic.move(MINUTE)
    assert isinstance(attempt(clinic, token, birth_on=BORN), Opened)
    (kept,) = clinic.all(select(t.secure_texts))
    assert (kept.opened_at, clinic.verbs(since)) == (first, [])
    assert len([row for row in clinic.all(select(t.access)) if row.object == "secure"]) == 2


def test_five_wrong_tries_lock_it_for_whoever_knows_the_date_too(clinic: Clinic) -> None:
    _, _, token = sealed(clinic)
    since = clinic.head()
    left = [attempt(clinic, token, birth_on=date(1984, 2, 5)) for _ in range(5)]
    assert [letter.left if isinstance(letter, Letter) else letter for letter in left] == [4, 3, 2, 1, None]
    assert clinic.verbs(since) == ["secure.failed"] * 4 + ["secure.locked"]
    assert (attempt(clinic, token, birth_on=BORN), look(clinic, token)) == (None, None)
    (kept,) = clinic.all(select(t.secure_texts))
    assert (kept.end_cause, kept.ended_at, kept.opened_at) == ("locked", clinic.now, None)


def test_after_seven_days_it_is_as_if_it_had_never_been(clinic: Clinic) -> None:
    _, _, token = sealed(clinic)
    clinic.move(7 * DAY - SECOND)
    assert look(clinic, token) is not None
    clinic.move(SECOND)
    assert (look(clinic, token), attempt(clinic, token, birth_on=BORN), look(clinic, "unknown")) == (None, None, None)


def test_without_a_confirmed_patient_a_code_goes_to_the_same_address(clinic: Clinic) -> None:
    conversation, _, token = sealed(clinic, confirmed=False)
    letter = look(clinic, token)
    assert letter is not None
    assert (letter.asks, letter.code_sent) == ("code", False)
    asked = clinic.act(secure.send_code, clinic.house, token)
    assert asked is not None
    assert asked.code_sent
    sent = clinic.messages(conversation)[-1]
    assert (sent.author_kind, sent.channel, sent.status, sent.exempt_reason) == ("automatic", "sms", "queued", "reply")
    code = last_code(clinic, conversation)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert isinstance(attempt(clinic, token, code=wrong), Letter)
    assert isinstance(attempt(clinic, token, birth_on=None, code=code), Opened)


def test_a_code_ends_after_ten_minutes_and_a_new_one_replaces_it(clinic: Clinic) -> None:
    conversation, _, token = sealed(clinic, confirmed=False)
    clinic.act(secure.send_code, clinic.house, token)
    first = last_code(clinic, conversation)
    clinic.act(secure.send_code, clinic.house, token)
    assert len(clinic.messages(conversation)) == 3  # none within a minute of the last
    clinic.move(10 * MINUTE)
    assert isinstance(attempt(clinic, token, code=first), Letter)
    clinic.act(secure.send_code, clinic.house, token)
    assert isinstance(attempt(clinic, token, code=last_code(clinic, conversation)), Opened)
    for _ in range(9):
        clinic.move(MINUTE)
        clinic.act(secure.send_code, clinic.house, token)
    assert len([row for row in clinic.messages(conversation) if row.author_kind == "automatic"]) == secure.CODES


def test_no_answer_without_any_code_is_right(clinic: Clinic) -> None:
    _, _, token = sealed(clinic, confirmed=False)
    assert isinstance(attempt(clinic, token, code=""), Letter)
    assert isinstance(attempt(clinic, token, birth_on=BORN), Letter)


def ticket(clinic: Clinic, token: str) -> str:
    opened = attempt(clinic, token, birth_on=BORN)
    assert isinstance(opened, Opened)
    return opened.ticket


def may_answer(clinic: Clinic, token: str, ticket: str, text: str = "Yes") -> Answer | None:
    with clinic.house.database.snapshot() as reading:
        return secure.answers(reading, clinic.house, token, ticket, text)


def answer(clinic: Clinic, given: Answer | None, text: str) -> Any:
    assert given is not None
    form = "application/x-www-form-urlencoded"
    headers = {"x-secure": str(given.letter_id), "x-answer": given.key, "content-type": form}
    request = DoorRequest(clinic.house.settings.public_url + "/s/reply", headers, urlencode({"text": text}).encode())
    arrived = Arrived("secure", *secure.ANSWER_DOOR, given.key, request, given.digest)
    (accepted,) = intake.store(clinic.house, [arrived])
    worker.work_off(clinic.house, "inbound")
    (row,) = clinic.all(select(t.arrivals).where(t.arrivals.c.id == accepted.arrival_id))
    return row


def test_an_answer_lands_once_in_the_same_conversation_and_clocks_run(clinic: Clinic) -> None:
    conversation, _, token = sealed(clinic)
    given, text = ticket(clinic, token), "Thank you, can I come on Friday?"
    rows = [answer(clinic, may_answer(clinic, token, given, text), text) for _ in range(2)]
    assert [(row.state, row.conversation_id) for row in rows] == [("received", conversation)] * 2
    said = clinic.messages(conversation)[-1]
    assert (said.direction, said.channel, said.body) == ("in", "webform", text)
    assert (len(clinic.messages(conversation)), clinic.conversation(conversation).state) == (3, "open")
    assert clinic.states(conversation)["next_response"] == "running"


def test_the_next_reply_goes_where_the_patient_last_wrote_from_by_themselves(clinic: Clinic) -> None:
    (row,) = clinic.land(clinic.sms("I need to reschedule", f"whatsapp:{MARIA}"))
    letters.confirm(clinic.house, row.conversation_id)
    _, token = letters.seal(clinic.house, clinic.agent, row.conversation_id, TEXT)
    clinic.send_out()
    answer(clinic, may_answer(clinic, token, ticket(clinic, token), "Thanks, when?"), "Thanks, when?")
    assert clinic.conversation(row.conversation_id).channel == "whatsapp"
    assert clinic.message(clinic.answer(row.conversation_id)).channel == "whatsapp"
    clinic.landed("And by text?")
    assert clinic.conversation(row.conversation_id).channel == "sms"


def test_a_ticket_answers_for_ten_minutes_and_for_its_own_letter(clinic: Clinic) -> None:
    _, _, token = sealed(clinic)
    good = ticket(clinic, token)
    nonce, until, mac = good.split(".")
    forged = f"{nonce}.{int(until) + 600}.{mac}", f"other.{until}.{mac}", "", "x.y", "."
    assert may_answer(clinic, token, good) is not None
    assert may_answer(clinic, "other", good) is None
    assert [may_answer(clinic, token, odd) for odd in forged] == [None] * 5
    clinic.move(secure.OPEN_FOR + timedelta(seconds=1))
    assert may_answer(clinic, token, good) is None


def test_a_ticket_gives_one_answer_and_a_new_opening_another(clinic: Clinic) -> None:
    conversation, _, token = sealed(clinic)
    good = ticket(clinic, token)
    answer(clinic, may_answer(clinic, token, good, "One"), "One")
    assert may_answer(clinic, token, good, "Two") is None
    assert may_answer(clinic, token, good, "One") is not None
    answer(clinic, may_answer(clinic, token, ticket(clinic, token), "Two"), "Two")
    assert [said.body for said in clinic.messages(conversation)[-2:]] == ["One", "Two"]


def test_every_change_bears_no_word_of_the_letter_in_the_journal(clinic: Clinic) -> None:
    _, _, token = sealed(clinic)
    attempt(clinic, token, birth_on=date(1990, 1, 1))
    attempt(clinic, token, birth_on=BORN)
    said = " ".join(str(line.details) for line in clinic.lines())
    assert [word for word in ("biopsy", "1984", token) if word in said] == []
