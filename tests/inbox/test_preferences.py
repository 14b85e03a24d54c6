"""What people set for themselves, and where they were lately."""

import pytest

from inbox import access, preferences, recent, saved_view
from inbox.errors import Invalid
from inbox.store import preferences as store
from tests.support.house import MINUTE, Clinic


def settings(clinic: Clinic) -> dict[str, object]:
    with clinic.house.database.snapshot() as reading:
        return store.of(reading, clinic.agent.id)


def places(clinic: Clinic) -> list[tuple[int, str]]:
    with clinic.house.database.snapshot() as reading:
        return [(place.id, place.reason_label) for place in recent.places(reading, actor=clinic.agent)]


def test_a_setting_is_kept_and_the_others_stay(clinic: Clinic) -> None:
    head = clinic.head()
    assert settings(clinic) == {}
    clinic.act(preferences.change, actor=clinic.agent, wanted={"single_keys": False, "sound": True})
    clinic.act(preferences.change, actor=clinic.agent, wanted={"sound": False})
    clinic.act(preferences.change, actor=clinic.agent, wanted={"sound": False})
    assert settings(clinic) == {"single_keys": False, "sound": False}
    told = [(line.verb, line.details) for line in clinic.lines(head)]
    assert told == [
        ("preferences.changed", {"names": ["single_keys", "sound"]}),
        ("preferences.changed", {"names": ["sound"]}),
    ]


def test_two_screens_that_set_something_at_once_both_keep_it(clinic: Clinic) -> None:
    view = clinic.act(saved_view.save, actor=clinic.agent, name="Mine", query="view=open&owner=me")
    clinic.meanwhile(
        lambda unit: preferences.change(unit, actor=clinic.agent, wanted={"sound": True}),
        lambda unit: saved_view.arrange(unit, actor=clinic.agent, ids=[view]),
    )
    assert settings(clinic) == {"sound": True, "view_order": [view]}
    clinic.meanwhile(
        lambda unit: saved_view.arrange(unit, actor=clinic.agent, ids=[]),
        lambda unit: preferences.change(unit, actor=clinic.agent, wanted={"compact": True}),
    )
    assert settings(clinic) == {"sound": True, "view_order": [], "compact": True}


def test_a_name_that_nothing_reads_is_refused(clinic: Clinic) -> None:
    with pytest.raises(Invalid) as refused:
        clinic.act(preferences.change, actor=clinic.agent, wanted={"sound": True, "colour": True})
    assert list(refused.value.fields) == ["colour"]
    assert settings(clinic) == {}


def test_places_of_late_come_newest_first_once_and_without_a_name(clinic: Clinic) -> None:
    first, second = [clinic.landed(from_=f"+1415555014{number}") for number in (3, 4)]
    elsewhere = clinic.landed("I have crushing chest pain", "+14155550145")
    for opened in (first, second, elsewhere, first):
        clinic.move(10 * MINUTE)
        access.record(
            clinic.house.database,
            actor=clinic.agent,
            device="",
            address="",
            object="conversation",
            object_id=opened,
            patient_id=None,
            conversation_id=opened,
            how="opened",
        )
    # what this person may not know of is left out: nobody opens it but by a right they lost since
    assert [one for one, _ in places(clinic)] == [first, second]
    assert {label for _, label in places(clinic)} == {"Change of appointment, reschedule"}
