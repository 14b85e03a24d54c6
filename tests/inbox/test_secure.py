"""Letters behind a link: who may open them, how often one may try, and what staff see of it."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from channels.envelope import DoorRequest
from inbox import intake, secure, worker
from inbox.intake import Arrived
from inbox.secure import Letter, Opened
from inbox.store import tables as t
from tests.support import letters
from tests.support.house import DAY, MINUTE, SECOND, Clinic
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
    assert clinic.message(message).body == f"{notice}{clinic.house.settings.public_url}/s/{token}"
    (kept,) = clinic.all(select(t.secure_texts))
    assert (kept.body, kept.expires_at, token in str(tuple(kept)), len(token)) == (
        TEXT,
        clinic.now + 7 * DAY,
        False,
        43,
    )


def test_the_birth_date_opens_it_and_staff_see_when(clinic: Clinic) -> None:
    conversation, message, token = sealed(clinic)
    letter = look(clinic, token)
    assert letter == Letter("birth", "phone", "42", clinic.now + 7 * DAY, "en", 5, False)
    since, version = clinic.head(), clinic.conversation(conversation).version
    clinic.move(2 * MINUTE)
    opened = attempt(clinic, token, birth_on=BORN, address="192.0.2.7")
    assert isinstance(opened, Opened)
    assert (opened.text, opened.author) == (TEXT, "Agent")
    assert clinic.verbs(since) == ["secure.opened"]
    assert clinic.conversation(conversation).version == version + 1
    with clinic.house.database.snapshot() as reading:
        fate = secure.of_conversation(reading, conversation)[message]
    assert (fate.opened_at, fate.text, fate.tries) == (clinic.now, TEXT, 0)
    (seen,) = [row for row in clinic.all(select(t.access)) if row.object == "secure"]
    assert (seen.actor_id, seen.role, seen.how, seen.conversation_id, seen.address) == (
        None,
        "patient",
        "opened",
        conversation,
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


def answer(clinic: Clinic, secure_id: int, text: str, key: str = "secure:1") -> Any:
    headers = {"x-secure": str(secure_id), "x-answer": key, "content-type": "application/x-www-form-urlencoded"}
    request = DoorRequest(clinic.house.settings.public_url + "/s/answer", headers, f"text={text}".encode())
    (accepted,) = intake.store(clinic.house, [Arrived("secure", "webform", "secure", key, request)])
    worker.work_off(clinic.house, "inbound")
    (row,) = clinic.all(select(t.arrivals).where(t.arrivals.c.id == accepted.arrival_id))
    return row


def test_an_answer_lands_once_in_the_same_conversation_and_clocks_run(clinic: Clinic) -> None:
    conversation, _, token = sealed(clinic)
    opened = attempt(clinic, token, birth_on=BORN)
    assert isinstance(opened, Opened)
    with clinic.house.database.snapshot() as reading:
        letter = secure.answers(reading, clinic.house, token, opened.ticket)
    assert letter is not None
    rows = [answer(clinic, letter, "Thank+you,+can+I+come+on+Friday%3F") for _ in range(2)]
    assert [(row.state, row.conversation_id) for row in rows] == [("received", conversation)] * 2
    said = clinic.messages(conversation)[-1]
    assert (said.direction, said.channel, said.body) == ("in", "webform", "Thank you, can I come on Friday?")
    assert (len(clinic.messages(conversation)), clinic.conversation(conversation).state) == (3, "open")
    assert clinic.states(conversation)["next_response"] == "running"


def test_a_ticket_answers_for_ten_minutes_and_for_its_own_letter(clinic: Clinic) -> None:
    _, _, token = sealed(clinic)
    opened = attempt(clinic, token, birth_on=BORN)
    assert isinstance(opened, Opened)
    until, _, mac = opened.ticket.partition(".")
    forged = f"{int(until) + 600}.{mac}"
    with clinic.house.database.snapshot() as reading:
        assert secure.answers(reading, clinic.house, token, opened.ticket) is not None
        assert secure.answers(reading, clinic.house, "other", opened.ticket) is None
        assert [secure.answers(reading, clinic.house, token, odd) for odd in (forged, "", "x.y", ".")] == [None] * 4
    clinic.move(secure.OPEN_FOR + timedelta(seconds=1))
    with clinic.house.database.snapshot() as reading:
        assert secure.answers(reading, clinic.house, token, opened.ticket) is None


def test_every_change_bears_no_word_of_the_letter_in_the_journal(clinic: Clinic) -> None:
    _, _, token = sealed(clinic)
    attempt(clinic, token, birth_on=date(1990, 1, 1))
    attempt(clinic, token, birth_on=BORN)
    said = " ".join(str(line.details) for line in clinic.lines())
    assert [word for word in ("biopsy", "1984", token) if word in said] == []
