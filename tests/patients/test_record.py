"""Names, ages, mail addresses and absence as plain values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from patients import addresses
from patients.continuity import lapsed
from patients.record import PersonName, age_on, display_name, fold, hint, initials, shown_name

ROSA = PersonName(("Rosa", "Elena"), "García", "Jr.")


def test_a_name_is_shown_no_surer_than_it_is() -> None:
    assert shown_name(ROSA, "confirmed") == "Rosa Elena García Jr."
    assert shown_name(ROSA, "probable") == "Probably Rosa Elena García Jr."
    assert shown_name(ROSA, "unknown") == "Unidentified"
    assert shown_name(None, "probable") == "Unidentified"


def test_short_forms() -> None:
    assert (initials(ROSA), hint(ROSA)) == ("RG", "Rosa G.")
    assert display_name(PersonName(("Robert",), "Lee", preferred="Bob")) == "Bob Lee"
    assert (initials(PersonName()), hint(PersonName()), display_name(PersonName())) == ("?", "Unnamed", "Unnamed")
    assert fold("  O'Brien-GARCÍA ") == "obrien garcia"


@pytest.mark.parametrize(
    ("birth_on", "day", "years"),
    [
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2026, 1, 1), date(2026, 1, 1), 0),
    ],
)
def test_age_in_full_years(birth_on: date, day: date, years: int) -> None:
    assert age_on(birth_on, day) == years


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" Rosa.Garcia+clinic@Example.COM ", "rosa.garcia+clinic@example.com"),
        ("mailto:a@b.example", "a@b.example"),
        ("josé@exämple.example", "josé@exämple.example"),
        ("a@b", None),
        ("a@b.example\r\nBcc: x@y.example", None),
        ("a@b.example\x00", None),
        ("Rosa <a@b.example>", None),
        ("a..b@c.example", None),
        ("a@-b.example", None),
        ("a@127.0.0.1", None),
        ("@b.example", None),
        ("", None),
        ("a" * 65 + "@b.example", None),
    ],
)
def test_one_spelling_for_each_mail_address(text: str, value: str | None) -> None:
    assert addresses.normalise(text).value == value


def test_six_months_of_silence() -> None:
    now = datetime(2026, 3, 9, tzinfo=UTC)
    assert lapsed(now - timedelta(days=180), now)
    assert not lapsed(now - timedelta(days=179, hours=23), now)
    assert not lapsed(None, now)
