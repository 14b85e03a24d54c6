"""Definitions of forms: what may be published, which questions are asked, what an answer is in words."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from channels import webform
from channels.envelope import DoorRequest
from channels.form import CONTACT, Choice, Field, Form, Step, When, answers_of, faults, field_errors
from fixtures.forms import VISIT

KEY, NOW = b"k" * 32, datetime(2027, 3, 1, 15, tzinfo=UTC)
PHONE = Field("phone", "tel", "contact", "Phone", "Teléfono")
YES_NO = (Choice("yes", "Yes", "Sí"), Choice("no", "No", "No"))


def form(*fields: Field, **values: Any) -> Form:
    return Form("visit", 1, (PHONE, *fields), **values)


def asks(name: str = "kind", kind: Any = "text", **values: Any) -> Field:
    return Field(name, kind, "routing", "Kind", "Tipo", **values)


def test_shipped_forms_may_be_published() -> None:
    assert (faults(CONTACT), faults(VISIT)) == ({}, {})


@pytest.mark.parametrize(
    ("definition", "where"),
    [
        (replace(form(), slug="Visit!"), "slug"),
        (Form("visit", 1, ()), "fields"),
        (Form("visit", 1, (asks(),)), "fields"),
        (form(asks(), asks()), "fields"),
        (form(asks("token")), "fields.1"),
        (form(asks("Kind")), "fields.1"),
        (form(Field("kind", "text", "routing", "Kind", " ")), "fields.1"),
        (form(asks(step=1)), "fields.1"),
        (form(asks(kind="choice")), "fields.1"),
        (form(asks(kind="many", choices=(YES_NO[0], YES_NO[0]))), "fields.1"),
        (form(asks(kind="file"), steps=(Step("A", "A"), Step("B", "B"))), "fields.1"),
        (form(asks(when=When("nothing", ("yes",)))), "fields.1"),
        (form(asks("first", "choice", choices=YES_NO), asks(when=When("first", ("maybe",)))), "fields.2"),
        (form(asks(when=When("later", ("yes",))), asks("later", "choice", choices=YES_NO)), "fields.1"),
    ],
)
def test_what_cannot_be_filled_is_refused_by_its_place(definition: Form, where: str) -> None:
    assert list(faults(definition)) == [where]


def test_a_question_that_does_not_apply_is_neither_asked_nor_kept() -> None:
    typed = {"kind": "new", "booked_for": "no date at all", "times.morning": "1", "name": "Ana", "phone": "4155550142"}
    answers = answers_of(VISIT, typed)
    assert (answers["booked_for"], answers["times"]) == ("", "morning")
    assert field_errors(VISIT, answers) == {}
    assert field_errors(VISIT, answers_of(VISIT, typed | {"kind": "change"}), "es") == {
        "booked_for": "Escriba la fecha como año-mes-día."
    }


def test_only_an_answer_that_was_offered_counts() -> None:
    answers = answers_of(VISIT, {"kind": "surgery", "times.midnight": "1", "name": "Ana", "phone": "4155550142"})
    assert field_errors(VISIT, answers) == {
        "kind": "Please choose one of these.",
        "times": "Please fill this in.",
    }


def test_answers_land_as_words_that_rules_and_people_read() -> None:
    typed = {
        "token": webform.token(KEY, NOW - timedelta(minutes=1), "visit"),
        "kind": "change",
        "booked_for": "3/9/2027",
        "times.morning": "1",
        "times.evening": "1",
        "message": "I use a wheelchair",
        "name": "Ana Ruiz",
        "phone": "(415) 555-0142",
    }
    request = DoorRequest("https://x.example/forms/visit", {}, urlencode(typed).encode())
    landed = webform.parse(request, VISIT, KEY, NOW)
    assert landed.text.splitlines() == [
        "I use a wheelchair",
        "Kind of visit: Change a visit I have",
        "Date of the visit you have: 3/9/2027",
        "Times of day: Mornings, After 5 PM",
    ]
    assert (landed.sender_name, landed.line, landed.machine) == ("Ana Ruiz", "visit", None)


def test_all_that_is_wrong_is_told_at_once_where_it_can_be_mended() -> None:
    assert sorted(field_errors(CONTACT, answers_of(CONTACT, {}), "es")) == ["email", "message", "name"]
    first, last = asks("email", "email"), asks("phone", "tel", step=1)
    walked = Form("visit", 1, (first, last), steps=(Step("One", "Uno"), Step("Two", "Dos")))
    assert list(field_errors(walked, answers_of(walked, {}))) == ["phone"]
    assert field_errors(walked, answers_of(walked, {"email": "ana@home.example"})) == {}
