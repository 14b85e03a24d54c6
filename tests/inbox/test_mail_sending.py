"""A reply by mail and a relay that fails: what is known is told, what may have left is not sent twice."""

from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from inbox import worker
from inbox.store import tables as t
from tests.support import certificates
from tests.support.house import HOUR, MINUTE, Clinic
from tests.support.relay import Relay, relaying

HOME = "maria@home.example"


@pytest.fixture
def relay(clinic: Clinic) -> Iterator[Relay]:
    """The relay that the clinic sends through."""
    with relaying() as opened:
        use(clinic, opened)
        yield opened


def use(clinic: Clinic, relay: Relay) -> None:
    clinic.house.settings = msgspec.structs.replace(clinic.house.settings, smtp_url=relay.url)


def answered(clinic: Clinic) -> int:
    """An answer to a mail, tried once; its message's id."""
    (arrival,) = clinic.land(clinic.mail(HOME, "Appointment", "I need to reschedule my appointment"))
    message = clinic.answer(arrival.conversation_id, "Monday at ten?")
    clinic.send_out()
    return message


def test_an_answer_leaves_with_what_threads_it(clinic: Clinic, relay: Relay) -> None:
    message = clinic.message(answered(clinic))
    (raw,) = relay.mails
    mail = message_from_bytes(raw)
    (asked,) = clinic.all(select(t.messages.c.mail_id).where(t.messages.c.direction == "in"))
    assert (mail["Message-ID"], mail["In-Reply-To"]) == (f"<{message.mail_id}>", f"<{asked.mail_id}>")
    assert (message.status, mail["To"], mail["Auto-Submitted"]) == ("sent", HOME, None)


def test_greylisting_costs_time_and_nothing_else(clinic: Clinic, relay: Relay) -> None:
    relay.at_recipient.append("451 4.7.1 Greylisted, come back later")
    relay.at_message.append("451 4.7.1 Greylisted, come back later")
    message = answered(clinic)
    for status, kept in (("queued", 0), ("queued", 0), ("sent", 1)):
        assert (clinic.message(message).status, len(relay.mails)) == (status, kept)
        clinic.move(MINUTE)
        clinic.send_out()


@pytest.mark.parametrize("step", ["at_recipient", "at_message"])
def test_a_refusal_is_for_good_and_the_work_is_back(clinic: Clinic, relay: Relay, step: str) -> None:
    getattr(relay, step).append("550 5.1.1 No such user maria@home.example")
    message = clinic.message(answered(clinic))
    row = clinic.conversation(message.conversation_id)
    assert (message.status, message.error_code, row.needs_reply, row.state) == ("failed", "550 5.1.1", True, "open")
    assert HOME not in message.error
    clinic.move(HOUR)
    clinic.send_out()
    assert relay.mails == []


def test_a_cut_after_the_message_is_unknown_and_not_repeated(clinic: Clinic, relay: Relay) -> None:
    relay.at_message.append("cut")
    message = answered(clinic)
    for _ in range(4):
        clinic.move(5 * MINUTE)
        clinic.send_out()
        worker.work_off(clinic.house, "bulk")
    assert (clinic.message(message).status, len(relay.mails)) == ("unknown", 1)
    assert clinic.conversation(clinic.message(message).conversation_id).needs_reply is True


def test_a_relay_nobody_vouches_for_gets_nothing_and_the_answer_waits(clinic: Clinic, tmp_path: Path) -> None:
    with relaying(certificates.write(tmp_path)) as impostor:
        use(clinic, impostor)
        message = answered(clinic)
        assert (clinic.message(message).status, impostor.mails) == ("queued", [])
    with relaying() as honest:
        use(clinic, honest)
        clinic.move(MINUTE)
        clinic.send_out()
        assert (clinic.message(message).status, len(honest.mails)) == ("sent", 1)
