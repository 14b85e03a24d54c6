"""Forms of the clinic's own: published in versions, read by the version that counted, landed like any other message."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from channels import webform
from channels.envelope import DoorRequest
from channels.form import CONTACT, Form
from fixtures.forms import VISIT
from inbox import form
from inbox.actors import Actor
from inbox.errors import Conflict, Forbidden, Invalid
from inbox.intake import Arrived
from tests.support.house import MINUTE, Clinic

BOSS = Actor(1, "boss@clinic.example", "Boss", "manager")
TYPED = {"kind": "new", "times.morning": "1", "name": "Ana Ruiz", "phone": "+14155550142"}


def posted(clinic: Clinic, definition: Form, **typed: str) -> Arrived:
    token = webform.token(clinic.house.keys.form, clinic.now - timedelta(minutes=1), definition.slug)
    url = f"{clinic.house.settings.public_url}/forms/{definition.slug}?lang=en"
    request = DoorRequest(url, {}, urlencode(TYPED | typed | {"token": token}).encode())
    return Arrived("webform", "webform", "webform", webform.arrival_key(request, definition, clinic.now), request)


def read(clinic: Clinic, slug: str) -> Form | None:
    with clinic.house.database.snapshot() as reading:
        return form.read(reading, slug)


def test_a_published_form_is_a_version_with_its_author_and_is_journaled(clinic: Clinic) -> None:
    assert read(clinic, "visit") is None
    first = clinic.act(form.publish, VISIT, actor=BOSS, why="Fewer calls about visits")
    second = clinic.act(form.publish, replace(VISIT, title_en="A visit"), actor=BOSS, based_on=1, why="Shorter")
    assert (first.version, second.version, read(clinic, "visit")) == (1, 2, second)
    assert [(line.verb, line.actor_id, line.details) for line in clinic.lines() if line.verb == "form.published"] == [
        ("form.published", 1, {"form": "visit", "version": 1}),
        ("form.published", 1, {"form": "visit", "version": 2}),
    ]
    with clinic.house.database.snapshot() as reading:
        assert form.every(reading) == (CONTACT, second)


def test_a_definition_that_is_none_names_the_place() -> None:
    with pytest.raises(Invalid) as refused:
        form.definition({"slug": "visit", "version": 1, "fields": [{"name": "kind", "type": "colour"}]})
    assert refused.value.fields == {"definition": "Invalid enum value 'colour' - at `$.fields[0].type`"}


def test_who_may_publish_and_upon_what(clinic: Clinic) -> None:
    clinic.act(form.publish, VISIT, actor=None)
    before = clinic.content()
    with pytest.raises(Forbidden):
        clinic.act(form.publish, VISIT, actor=clinic.agent, why="because")
    with pytest.raises(Conflict):
        clinic.act(form.publish, VISIT, actor=BOSS, based_on=0, why="because")
    with pytest.raises(Invalid) as refused:
        clinic.act(form.publish, replace(VISIT, slug="V!"), actor=BOSS)
    assert (sorted(refused.value.fields), clinic.content()) == (["slug", "why"], before)


def test_the_contact_form_may_be_worded_anew_and_keeps_its_questions(clinic: Clinic) -> None:
    worded = clinic.act(form.publish, replace(CONTACT, title_en="Say hello"), actor=None)
    assert (worded.version, read(clinic, "contact")) == (2, worded)
    for changed in (replace(CONTACT, fields=CONTACT.fields[:-1]), replace(CONTACT, is_open=False)):
        with pytest.raises(Invalid):
            clinic.act(form.publish, changed, actor=None)


def test_a_filled_form_of_the_clinics_own_lands_as_a_conversation(clinic: Clinic) -> None:
    clinic.act(form.publish, VISIT, actor=None)
    arrived = posted(clinic, VISIT, message="Bleeding that does not stop, blood everywhere")
    clinic.act(form.publish, replace(VISIT, is_open=False), actor=None)
    (row,) = clinic.land(arrived)
    (said,) = clinic.messages(row.conversation_id)
    assert (row.state, said.body.splitlines()) == (
        "received",
        [
            "Bleeding that does not stop, blood everywhere",
            "Kind of visit: A new visit",
            "Times of day: Mornings",
        ],
    )
    assert clinic.conversation(row.conversation_id).priority == 0


def test_a_closed_form_is_not_there_any_more(clinic: Clinic) -> None:
    clinic.act(form.publish, VISIT, actor=None)
    clinic.move(MINUTE)
    clinic.act(form.publish, replace(VISIT, is_open=False), actor=None)
    assert read(clinic, "visit") is None
