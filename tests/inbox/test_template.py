"""Canned replies: approved versions, a fixed set of places, refused while one is empty (P07, R82)."""

import msgspec
import pytest
from sqlalchemy import select, update

from channels.segments import count
from inbox import identity, template
from inbox.actors import Actor
from inbox.canned import SHIPPED
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.store import tables as t
from tests.faults.provider import provider
from tests.support.house import DAY, MARIA, Clinic

SID = "HX" + "3" * 32
WORDS = template.Written(
    "hello", "en", "Say hello", {"": "Hi {patient_name}, {agent_name} here", "mail": "Dear {patient_name}"}, SID
)


def rendered(clinic: Clinic, conversation: int, channel: str = "sms", actor: Actor | None = None) -> dict[str, str]:
    asked = {"actor": actor or clinic.agent, "conversation_id": conversation, "channel": channel}
    with clinic.house.database.snapshot() as reading:
        found = template.offered(reading, clinic.house.configuration.practice(), **asked)  # type: ignore[arg-type]  # as named
    return {f"{one.code}/{one.language}": one.text for one in found}


def approved(clinic: Clinic, written: template.Written = WORDS) -> int:
    made = clinic.act(template.write, actor=clinic.supervisor, written=written)
    return clinic.act(template.approve, actor=clinic.supervisor, template_id=made)


def known(clinic: Clinic, from_: str = MARIA) -> int:
    """A conversation about a confirmed Maria."""
    maria = clinic.add_patient("Maria", ("phone", MARIA))
    conversation = clinic.landed(from_=from_)
    clinic.act(identity.confirm, actor=clinic.agent, conversation_id=conversation, patient_id=maria)
    return conversation


def test_the_shipped_ones_speak_both_languages_in_plain_letters_and_known_places() -> None:
    assert {language for versions in SHIPPED.values() for language in versions} == {"en", "es"}
    words = [words for versions in SHIPPED.values() for _, words in versions.values()]
    assert (len(words), {count(one).encoding for one in words}) == (16, {"GSM-7"})
    assert [template.unknown(one) for one in words] == [()] * 16


def test_a_version_is_offered_once_somebody_approved_it_and_replaces_the_one_before(clinic: Clinic) -> None:
    conversation = known(clinic)
    draft = clinic.act(template.write, actor=clinic.supervisor, written=WORDS)
    assert "hello/en" not in rendered(clinic, conversation)
    with pytest.raises(Invalid) as refused:
        clinic.answer(conversation, "", template="hello")
    assert refused.value.fields == {"template": "is not approved; choose another"}
    clinic.act(template.approve, actor=clinic.supervisor, template_id=draft)
    assert rendered(clinic, conversation)["hello/en"] == "Hi Maria, Agent here"
    assert rendered(clinic, conversation, "mail")["hello/en"] == "Dear Maria"
    second = approved(clinic, msgspec.structs.replace(WORDS, texts={"": "Good day {patient_name}"}))
    assert rendered(clinic, conversation)["hello/en"] == "Good day Maria"
    with pytest.raises(Conflict):
        clinic.act(template.approve, actor=clinic.supervisor, template_id=draft)
    clinic.act(template.retire, actor=clinic.supervisor, template_id=second)
    assert "hello/en" not in rendered(clinic, conversation)
    states = [row.state for row in clinic.all(select(t.templates.c.state).order_by(t.templates.c.version))]
    assert states == ["retired", "retired"]


def test_who_may_not_decide_decides_nothing(clinic: Clinic) -> None:
    with pytest.raises(Forbidden):
        clinic.act(template.write, actor=clinic.agent, written=WORDS)
    with pytest.raises(Invalid) as refused:
        clinic.act(
            template.write, actor=clinic.supervisor, written=msgspec.structs.replace(WORDS, texts={"": "{a.b} {ssn}"})
        )
    assert refused.value.fields["texts"].startswith("at most 4000 characters; placeholders are patient_name")


def test_an_empty_place_refuses_and_says_which(clinic: Clinic) -> None:
    conversation = clinic.landed()
    approved(clinic)
    for text, code in (("", "hello"), ("Hi {patient_name}", "")):
        with pytest.raises(Invalid) as refused:
            clinic.answer(conversation, text, template=code)
        assert refused.value.fields == {"text": "fill in {patient_name} first"}
    assert clinic.message(clinic.answer(conversation, "Take {1} or {two}")).body == "Take {1} or {two}"


def test_asked_again_a_canned_reply_is_the_same_reply(clinic: Clinic) -> None:
    conversation = known(clinic)
    approved(clinic)
    message = clinic.answer(conversation, "", template="hello", client_id="mine")
    assert clinic.answer(conversation, "", template="hello", client_id="mine") == message
    with pytest.raises(Invalid):
        clinic.answer(conversation, "Other words", client_id="mine")


def test_what_a_person_may_not_see_fills_no_place(clinic: Clinic) -> None:
    conversation = known(clinic)
    approved(clinic)
    clinic.act(lambda unit: unit.execute(update(t.conversations).values(sensitive=True)))
    assert rendered(clinic, conversation)["hello/en"] == "Hi {patient_name}, Agent here"
    with pytest.raises(NotFound):
        rendered(clinic, conversation, actor=clinic.outsider)


def test_after_the_window_whatsapp_takes_the_approved_template_with_its_variables(clinic: Clinic) -> None:
    conversation = known(clinic, f"whatsapp:{MARIA}")
    approved(clinic)
    clinic.move(DAY)
    with pytest.raises(Invalid):
        clinic.answer(conversation, "", channel="whatsapp", template="bring")
    said = clinic.message(clinic.answer(conversation, "", channel="whatsapp", template="hello"))
    assert (said.template, said.variables, said.body) == (SID, {"1": "Maria", "2": "Agent"}, "Hi Maria, Agent here")
    with provider() as (carrier, url):
        clinic.house.settings = msgspec.structs.replace(clinic.house.settings, twilio_api_url=url)
        clinic.send_out()
    assert clinic.message(said.id).status == "accepted"
    (form,) = carrier.forms
    assert (form["ContentSid"], form["ContentVariables"], "Body" in form) == (SID, '{"1":"Maria","2":"Agent"}', False)


def test_a_content_sid_goes_with_its_own_words_or_not_at_all(clinic: Clinic) -> None:
    conversation = known(clinic, f"whatsapp:{MARIA}")
    approved(clinic)
    clinic.move(DAY)
    by = {"channel": "whatsapp", "template": SID}
    for text, named, why in (
        ("Buy one, get one", by, {"text": "these are not the words of the template; leave them out"}),
        ("", by | {"channel": "sms"}, {"template": "is a WhatsApp template; choose WhatsApp or the canned reply"}),
        (
            "",
            by | {"template_variables": {"1": "Maria"}},
            {"template_variables": "the template has 2, numbered from 1"},
        ),
        ("", by | {"template": "HX" + "4" * 32}, {"template": "is not approved; choose another"}),
    ):
        with pytest.raises(Invalid) as refused:
            clinic.answer(conversation, text, **named)
        assert refused.value.fields == why
    said = clinic.message(clinic.answer(conversation, "", **by, template_variables={"1": "Mary", "2": "Ana"}))
    assert (said.template, said.variables, said.body) == (SID, {"1": "Mary", "2": "Ana"}, "Hi Mary, Ana here")
    assert clinic.message(clinic.answer(conversation, "Hi Maria, Agent here", **by)).template == SID
