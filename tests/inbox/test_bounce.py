"""A mail that came back, by whatever a report says of it; and mail of machines, which nobody answers by machine."""

from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Row, select

from inbox import automatic as automatic_messages
from inbox import intake
from inbox.store import contacts
from inbox.store import tables as t
from tests.conftest import FreshDatabase
from tests.support.house import DAY, Clinic
from tests.support.relay import Relay, relaying

HOME = "maria@home.example"
REPORT = """From: MAILER-DAEMON@home.example
To: clinic@warmline.example
Subject: Delivery status
Message-ID: <report@home.example>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

{words}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; home.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}
--b
Content-Type: text/rfc822-headers

{original}Subject: Appointment
--b--
"""


def answered(clinic: Clinic) -> tuple[int, Row]:
    """A mail conversation and our answer, which left."""
    (arrival,) = clinic.land(clinic.mail(HOME, "Appointment", "I need to reschedule my appointment"))
    message = clinic.answer(arrival.conversation_id)
    clinic.send_out()
    return int(arrival.conversation_id), clinic.message(message)


def report(clinic: Clinic, **said: str) -> Row:
    """A report through the door."""
    facts = {"words": "Sorry.", "recipient": HOME, "action": "failed", "status": "5.1.1", "original": ""}
    raw = REPORT.format(**{**facts, "diagnostic": "550 5.1.1 User unknown", **said}).replace("\n", "\r\n").encode()
    (arrival,) = clinic.land(intake.mail(clinic.house, raw))
    return arrival


def address(clinic: Clinic) -> str:
    (row,) = clinic.all(select(t.contact_points.c.state).where(t.contact_points.c.value == HOME))
    return str(row.state)


@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        ({}, "invalid", "The mail came back: there is no such mailbox."),
        (
            {"status": "5.2.2", "diagnostic": "552 5.2.2 Mailbox full"},
            "valid",
            "The mail came back: the mailbox is full.",
        ),
    ],
    ids=["hard", "soft"],
)
def test_a_failure_is_told_in_words_and_only_a_hard_one_marks_the_address(
    clinic: Clinic, said: dict[str, str], state: str, words: str
) -> None:
    conversation, ours = answered(clinic)
    arrival = report(clinic, original=f"Message-ID: <{ours.mail_id}>\n", **said)
    failed, row = clinic.message(ours.id), clinic.conversation(conversation)
    assert (arrival.conversation_id, failed.status, failed.error) == (conversation, "failed", words)
    assert (row.state, row.needs_reply, address(clinic)) == ("open", True, state)


def test_a_delay_fails_nothing(clinic: Clinic) -> None:
    conversation, ours = answered(clinic)
    said = {"action": "delayed", "status": "4.4.1", "diagnostic": "421 4.4.1 Connection timed out"}
    arrival = report(clinic, original=f"Message-ID: <{ours.mail_id}>\n", **said)
    assert arrival.conversation_id == conversation
    assert clinic.message(ours.id).status != "failed"
    assert (clinic.verbs()[-1], address(clinic)) == ("delivery.delayed", "valid")


def test_a_report_that_only_names_the_address_brings_it_back_but_proves_nothing(clinic: Clinic) -> None:
    """Anybody can write it: the conversation is opened for people, the address stays."""
    conversation, ours = answered(clinic)
    arrival = report(clinic)
    assert (arrival.conversation_id, clinic.message(ours.id).status) == (conversation, "failed")
    shown = clinic.messages(conversation)[-1]
    assert (arrival.message_id, shown.machine, address(clinic)) == (shown.id, "bounce", "valid")


def test_an_old_mail_or_one_of_two_is_not_guessed(clinic: Clinic) -> None:
    conversation, ours = answered(clinic)
    clinic.answer(conversation, "One more thing.")
    clinic.send_out()
    arrival = report(clinic)
    assert arrival.conversation_id != conversation
    assert clinic.message(ours.id).status != "failed"
    (stub,) = clinic.messages(arrival.conversation_id)
    assert (stub.machine, clinic.conversation(arrival.conversation_id).priority) == ("bounce", 4)


def test_a_report_after_a_week_is_about_another_mail(clinic: Clinic) -> None:
    conversation, ours = answered(clinic)
    clinic.move(7 * DAY)
    assert report(clinic).conversation_id != conversation
    assert clinic.message(ours.id).status != "failed"


def test_a_mail_of_which_nobody_can_say_whether_it_left_may_still_come_back(clinic: Clinic) -> None:
    """Its Message-ID is known before the first byte leaves."""
    (arrival,) = clinic.land(clinic.mail(HOME, "Appointment", "I need to reschedule my appointment"))
    message = clinic.answer(arrival.conversation_id)
    settings = clinic.house.settings
    clinic.house.settings = msgspec.structs.replace(settings, smtp_url="smtp://127.0.0.1:1")
    clinic.send_out()
    assert clinic.message(message).mail_id is not None


def test_what_our_own_mailbox_sends_us_is_a_loop(clinic: Clinic) -> None:
    (arrival,) = clinic.land(clinic.mail("clinic@warmline.example", "Re: Appointment", "Please help"))
    (message,) = clinic.messages(arrival.conversation_id)
    assert (message.machine, clinic.conversation(arrival.conversation_id).priority) == ("loop", 4)


def carry(relay: Relay, sender: Clinic, receiver: Clinic) -> int:
    """What the sender has to send reaches the receiver; answers how many mails that were."""
    sender.send_out()
    arrived = [intake.mail(receiver.house, raw) for raw in relay.mails]
    relay.mails.clear()
    return len(receiver.land(*arrived)) if arrived else 0


def test_two_houses_stop_after_one_exchange(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    """Each thinks the other a patient. Whatever one sends by itself, the other shows and never answers by itself."""
    with relaying() as relay, ExitStack() as opened:
        north, south = (house(opened, fresh_database, tmp_path / name, relay) for name in ("north", "south"))
        (asked,) = north.land(north.mail("desk@south.example", "Appointment", "I need to reschedule my appointment"))
        north.answer(asked.conversation_id, "Would Monday do?")
        assert [carry(relay, *pair) for pair in ((north, south), (south, north), (north, south))] == [1, 0, 0]
        (heard,) = south.all(select(t.messages).where(t.messages.c.direction == "in"))
        assert heard.machine is None
        words = automatic(south, int(heard.conversation_id))
        assert [carry(relay, *pair) for pair in ((south, north), (north, south), (south, north))] == [1, 0, 0]
        echo = north.messages(asked.conversation_id)[-1]
        assert (echo.machine, echo.body.strip()) == ("loop", words)


def house(opened: ExitStack, fresh_database: FreshDatabase, folder: Path, relay: Relay) -> Clinic:
    """A clinic of its own that sends through the relay, named as its folder."""
    clinic = Clinic(fresh_database("sqlite"), folder)
    opened.callback(clinic.close)
    given = {"mail_from": f"desk@{folder.name}.example", "smtp_url": relay.url}
    clinic.house.settings = msgspec.structs.replace(clinic.house.settings, **given)
    return clinic


def automatic(clinic: Clinic, conversation_id: int) -> str:
    """One mail that the house writes by itself; answers its words."""
    words = "If you have crushing chest pain call 911."
    with clinic.house.database.transaction() as unit:
        contact = contacts.find(unit, "email", "desk@north.example")
        assert contact is not None
        named = {"account": "", "line": "", "template": "test", "exempt": "safety"}
        automatic_messages.send(
            unit, conversation_id=conversation_id, contact=contact, channel="mail", text=words, **named
        )
    return words
