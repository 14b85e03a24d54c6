"""A patient's registration and a colleague's languages: what is written, and what is refused by field."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from inbox import registration, staffing
from inbox.errors import Invalid
from inbox.registration import NewPatient, Proxy
from inbox.store import contacts
from inbox.store import tables as t
from tests.support.cast import AGENT, Cast

ROSA = NewPatient(
    "77",
    "Rosa",
    "Peña",
    date(1980, 2, 3),
    phones=("(415) 555-0177", "+14155550178"),
    emails=("Rosa@Home.example",),
    consents=(("sms", "care"), ("mail", "care")),
)


def _register(cast: Cast, new: NewPatient) -> int:
    with cast.database.transaction() as unit:
        return registration.register(unit, new, actor=AGENT)


def test_addresses_are_linked_in_their_order(cast: Cast) -> None:
    patient = _register(cast, ROSA)
    with cast.database.snapshot() as view:
        points = contacts.of_patient(view, patient)
        found = view.one(select(t.patients.c.search_name).where(t.patients.c.id == patient))
    assert [(p.kind, p.value, p.relationship) for p in points] == [
        ("phone", "+14155550177", "self"),
        ("phone", "+14155550178", "self"),
        ("email", "rosa@home.example", "self"),
    ]
    assert found is not None
    assert found.search_name == "rosa pena"


def test_consent_goes_to_the_best_address_of_its_channel(cast: Cast) -> None:
    _register(cast, ROSA)
    with cast.database.snapshot() as view:
        wanted = select(t.contact_points.c.value, t.consents.c.channel).join(
            t.contact_points, t.contact_points.c.id == t.consents.c.contact_id
        )
        granted = sorted((row.value, row.channel) for row in view.all(wanted))
    assert granted == [("+14155550177", "sms"), ("rosa@home.example", "mail")]


def test_a_parent_acts_until_the_eighteenth_birthday(cast: Cast) -> None:
    parent = Proxy("Rosa Peña", "parent", "scheduling", "+14155550177")
    child = _register(cast, NewPatient("78", "Teo", "Peña", date(2020, 2, 29), proxies=(parent,)))
    with cast.database.snapshot() as view:
        proxy = view.one(select(t.proxies).where(t.proxies.c.patient_id == child))
        points = contacts.of_patient(view, child)
    assert proxy is not None
    assert proxy.valid_to == datetime(2038, 2, 28, tzinfo=UTC)
    assert [(p.value, p.relationship) for p in points] == [("+14155550177", "proxy")]


def _twice(cast: Cast) -> None:
    _register(cast, ROSA)
    _register(cast, ROSA)


@pytest.mark.parametrize(
    ("act", "field"),
    [
        (_twice, "number"),
        (lambda cast: _register(cast, NewPatient("1", "A", "B", phones=("12",))), "phones"),
        (lambda cast: _register(cast, NewPatient("1", "A", "B", emails=("nobody",))), "emails"),
        (lambda cast: _register(cast, NewPatient("1", "A", "B", consents=(("sms", "care"),))), "consents"),
    ],
)
def test_what_cannot_be_is_refused_by_field(cast: Cast, act: Callable[[Cast], object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        act(cast)
    assert list(refused.value.fields) == [field]


def test_languages_are_set_and_odd_ones_refused(cast: Cast) -> None:
    with cast.database.transaction() as unit:
        staffing.speak(unit, actor_id=AGENT.id, languages=["en", "es"], by=None)
    with cast.database.snapshot() as view:
        assert view.scalar(select(t.actors.c.languages).where(t.actors.c.id == AGENT.id)) == ["en", "es"]
    for odd in ([], ["Spanish"]):
        with pytest.raises(Invalid) as refused, cast.database.transaction() as unit:
            staffing.speak(unit, actor_id=AGENT.id, languages=odd, by=None)
        assert list(refused.value.fields) == ["languages"]
