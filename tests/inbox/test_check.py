"""What a channel must not carry: said while it is written, and sent behind a link (privacy.md)."""

from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from channels import vendors
from channels.vendors import Vendor
from inbox import check, configuration, draft, identity, undo
from inbox.errors import Invalid, NotFound
from inbox.store import contacts
from inbox.store import tables as t
from tests.support.house import DAY, MARIA, Clinic

RESULT = "Your biopsy result came back positive for cancer."


def level(clinic: Clinic, conversation: int, channel: str, text: str) -> str:
    with clinic.house.database.snapshot() as reading:
        asked = {"channel": channel, "text": text}
        return check.check(reading, clinic.house, actor=clinic.agent, conversation_id=conversation, **asked).level


def test_a_result_is_not_for_every_channel(clinic: Clinic) -> None:
    conversation, head = clinic.landed(), clinic.head()
    levels = {channel: level(clinic, conversation, channel, RESULT) for channel in ("sms", "mail", "chat")}
    assert levels == {"sms": "secure", "mail": "secure", "chat": "allow"}
    assert level(clinic, conversation, "sms", "See you on Tuesday at ten.") == "allow"
    assert clinic.head() == head
    with clinic.house.database.snapshot() as reading, pytest.raises(NotFound):
        check.check(reading, clinic.house, actor=clinic.outsider, conversation_id=conversation, channel="sms", text="")


def publish(clinic: Clinic, *registry: Vendor) -> None:
    with clinic.house.database.transaction() as unit:
        configuration.publish(unit, "vendors", {"vendors": msgspec.to_builtins(registry)}, actor=None)
    clinic.house.configuration.forget()


def refused(clinic: Clinic, conversation: int, **draft: Any) -> str:
    """The last reason why these words may not go in the open."""
    before = clinic.content()
    with pytest.raises(Invalid) as error:
        clinic.answer(conversation, RESULT, **draft)
    assert (clinic.content(), error.value.extra) == (before, {"next": {"secure": True}})
    return error.value.fields["text"].rpartition("; ")[2]


def test_words_about_a_patient_go_in_the_open_only_where_vendor_patient_and_identity_allow_it(clinic: Clinic) -> None:
    patient = clinic.add_patient("Maria", ("phone", MARIA))
    conversation = clinic.landed()
    assert refused(clinic, conversation) == "nobody who carries text messages is registered with an agreement (BAA)"
    carrier = Vendor("Carrier", ("sms", "whatsapp"))
    publish(clinic, carrier)
    assert refused(clinic, conversation) == "Carrier, who carries text messages, has signed no agreement (BAA)"
    signed = msgspec.structs.replace(carrier, baa_on=clinic.now.date())
    publish(clinic, signed)
    assert refused(clinic, conversation) == "the clinic lets no words about patients go by text messages"
    publish(clinic, msgspec.structs.replace(signed, phi_allowed=True))
    assert refused(clinic, conversation) == "it is not confirmed whose address this is"
    clinic.act(identity.confirm, actor=clinic.agent, conversation_id=conversation, patient_id=patient)
    assert refused(clinic, conversation) == "the patient has not agreed to read such words unprotected"
    agree(clinic)
    assert level(clinic, conversation, "sms", RESULT) == "warn"
    assert clinic.message(clinic.answer(conversation, RESULT)).body == RESULT
    clinic.landed(from_=f"whatsapp:{MARIA}")
    assert refused(clinic, conversation, channel="whatsapp") == "WhatsApp signs no agreement (BAA)"


def test_what_may_no_longer_go_in_the_open_when_its_time_comes_does_not_leave(clinic: Clinic) -> None:
    patient = clinic.add_patient("Maria", ("phone", MARIA))
    carrier = Vendor("Carrier", ("sms",), clinic.now.date(), True)
    publish(clinic, carrier)
    conversation = clinic.landed()
    clinic.act(identity.confirm, actor=clinic.agent, conversation_id=conversation, patient_id=patient)
    agree(clinic)
    message = clinic.answer(conversation, RESULT, send_at=clinic.now + DAY)
    publish(clinic, msgspec.structs.replace(carrier, baa_on=None, phi_allowed=False))
    clinic.move(DAY)
    clinic.send_out()
    said = clinic.message(message)
    why = "Not sent in the open: Carrier, who carries text messages, has signed no agreement (BAA)."
    assert (said.status, said.error) == ("failed", f"{why} Send it as a secure link.")
    assert clinic.count(t.attempts) == 0


def agree(clinic: Clinic) -> None:
    """Maria was warned and wants it so."""
    with clinic.house.database.transaction() as unit:
        point = contacts.find(unit, "phone", MARIA)
        assert point is not None
        grant = {"channel": "sms", "purpose": check.ACCEPTED, "kind": "grant", "method": "verbal", "source": "staff"}
        contacts.add_consent(unit, contact_id=point.id, patient_id=None, evidence={}, **grant)


def test_a_registry_of_vendors_names_its_fault() -> None:
    signed = Vendor("Carrier", ("sms",), date(2026, 1, 1), True)
    for registry, fault in (
        ((signed,), ""),
        ((signed, Vendor("Other", ("sms",))), "sms has two vendors"),
        (
            (Vendor("Carrier", ("sms",), None, True),),
            "Carrier: words about patients need an agreement (BAA) and its date",
        ),
        (
            (Vendor("Meta", ("whatsapp",), date(2026, 1, 1), True),),
            "Meta: WhatsApp may never carry words about patients",
        ),
        ((Vendor("Pigeon", ("pigeon",)),), "pigeon is no channel that a vendor carries"),
        ((Vendor(" "),), "a vendor needs a name"),
    ):
        assert vendors.faults(registry) == fault


def test_a_secure_reply_sends_a_notice_and_keeps_the_words_behind_it(clinic: Clinic) -> None:
    conversation = clinic.landed()
    message = clinic.message(clinic.answer(conversation, RESULT, secure=True, client_id="c1"))
    assert ("/s/" in message.body, "biopsy" in message.body) == (True, False)
    assert [row.body for row in clinic.all(select(t.secure_texts.c.body))] == [RESULT]
    assert clinic.answer(conversation, RESULT, secure=True, client_id="c1") == message.id


def test_a_secure_reply_taken_back_returns_its_own_words(clinic: Clinic) -> None:
    conversation = clinic.landed()
    message = clinic.answer(conversation, RESULT, secure=True, hold=10)
    asked = {"actor": clinic.agent, "conversation_id": conversation, "message_id": message}
    clinic.act(undo.undo, clinic.house, **asked)
    with clinic.house.database.snapshot() as reading:
        (kept,) = draft.of(reading, actor=clinic.agent, conversation_id=conversation)
    assert (kept.text, kept.channel, kept.to) == (RESULT, "sms", MARIA)
    assert [row.end_cause for row in clinic.all(select(t.secure_texts.c.end_cause))] == ["undone"]


def test_a_closed_way_names_the_next_open_one(clinic: Clinic) -> None:
    conversation = clinic.landed(from_=f"whatsapp:{MARIA}")
    clinic.move(DAY)
    with pytest.raises(Invalid) as refused:
        clinic.answer(conversation, channel="whatsapp")
    assert refused.value.extra["next"] == {"channel": "sms", "to": MARIA}
