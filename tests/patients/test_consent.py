"""The consent gate: what the ledger allows, refuses and still needs; and when it is quiet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.consent import RESTORED_BY_START, Allow, Entry, Needs, Refuse, gate, quiet, quiet_until

NOW = datetime(2026, 3, 9, 18, tzinfo=UTC)


def entry(entry_id: int, kind: Any, purpose: str = "", days_ago: float = 10, **more: Any) -> Entry:
    return Entry(entry_id, NOW - timedelta(days=days_ago), more.pop("channel", "sms"), kind, purpose, **more)


def ask(entries: list[Entry], **more: Any) -> Allow | Refuse | Needs:
    asked: dict[str, Any] = {"channel": "sms", "purpose": "reminders", "point_state": "valid", "now": NOW}
    return gate(entries, **(asked | more))


GRANT = entry(1, "grant", "reminders")
STOP = entry(2, "revoke_all", days_ago=5, source="patient")
START = [entry(3 + i, "grant", purpose, days_ago=1) for i, purpose in enumerate(RESTORED_BY_START)]


def test_a_grant_allows_and_is_named() -> None:
    assert ask([GRANT]) == Allow(1)
    assert ask([GRANT], channel="mms") == Allow(1)


def test_nothing_on_record_needs_consent() -> None:
    assert ask([]) == Needs("consent", "nothing on record for reminders")
    assert ask([GRANT], purpose="billing") == Needs("consent", "nothing on record for billing")
    assert ask([GRANT], channel="mail") == Needs("consent", "nothing on record for reminders")


def test_the_latest_word_counts() -> None:
    revoked = entry(2, "revoke", "reminders", days_ago=3)
    assert ask([revoked, GRANT]) == Refuse(2, "reminders revoked")
    assert ask([GRANT, revoked, entry(3, "grant", "reminders", days_ago=1)]) == Allow(3)


def test_stop_ends_all_purposes_and_replies_on_all_kinds_of_text() -> None:
    assert ask([GRANT, STOP]) == Refuse(2, "opted out")
    assert ask([GRANT, STOP], channel="mms", exempt="reply") == Refuse(2, "opted out")
    assert ask([GRANT, STOP], channel="mail", exempt="reply") == Allow(None, "reply")


def test_stop_leaves_safety_and_its_own_confirmation_unless_the_provider_blocks() -> None:
    assert ask([STOP], exempt="keyword") == Allow(None, "keyword")
    assert ask([STOP], exempt="safety") == Allow(None, "safety")
    blocked = entry(4, "revoke_all", source="provider", days_ago=1)
    assert ask([blocked], exempt="safety") == Refuse(4, "blocked at the provider")


def test_start_gives_back_care_and_reminders_but_not_marketing() -> None:
    marketing = entry(9, "grant", "marketing", written=True)
    assert ask([GRANT, STOP, *START]) == Allow(4)
    assert ask([STOP, *START], exempt="reply") == Allow(None, "reply")
    assert ask([marketing, STOP, *START], purpose="marketing") == Refuse(2, "marketing revoked")


def test_an_answer_needs_no_consent() -> None:
    assert ask([], exempt="reply") == Allow(None, "reply")
    assert ask([entry(2, "revoke", "care")], purpose="care", exempt="reply") == Allow(None, "reply")


@pytest.mark.parametrize("exempt", [None, "reply", "safety", "keyword"])
def test_a_reassigned_number_gets_nothing(exempt: str | None) -> None:
    assert ask([GRANT], point_state="reassigned", exempt=exempt) == Refuse(None, "address reassigned")


def test_marketing_needs_it_written() -> None:
    spoken, written = entry(5, "grant", "marketing"), entry(6, "grant", "marketing", written=True)
    assert ask([spoken], purpose="marketing") == Needs("written", "marketing needs written consent")
    assert ask([written], purpose="marketing") == Allow(6)


def test_consent_ends_and_grows_stale() -> None:
    assert ask([entry(1, "grant", "reminders", expires_at=NOW)]) == Needs("consent", "consent to reminders expired")
    old = entry(1, "grant", "reminders", days_ago=548)
    assert ask([old]) == Needs("reconfirm", "18 months of silence")
    assert ask([old], last_contact_at=NOW - timedelta(days=30)) == Allow(1)


entries = st.lists(
    st.builds(
        lambda i, ago, kind, purpose: entry(i, kind, purpose, days_ago=ago),
        st.integers(1, 99),
        st.integers(0, 90),
        st.sampled_from(["grant", "revoke", "revoke_all"]),
        st.sampled_from(["care", "reminders"]),
    ),
    max_size=6,
    unique_by=lambda made: made.entry_id,
)


@given(entries, st.randoms())
def test_the_order_of_reading_does_not_matter(ledger: list[Entry], random: Any) -> None:
    shuffled = list(ledger)
    random.shuffle(shuffled)
    assert ask(shuffled) == ask(ledger)


@given(entries)
def test_after_an_opt_out_nothing_ordinary_leaves(ledger: list[Entry]) -> None:
    answer = ask([*ledger, entry(100, "revoke_all", days_ago=0)], exempt="reply")
    assert answer == Refuse(100, "opted out")


@pytest.mark.parametrize(
    ("at", "zone", "is_quiet"),
    [
        ("2026-03-09T15:00:00+00:00", "America/Los_Angeles", False),
        ("2026-03-09T14:59:59+00:00", "America/Los_Angeles", True),
        ("2026-03-10T03:59:59+00:00", "America/Los_Angeles", False),
        ("2026-03-10T04:00:00+00:00", "America/Los_Angeles", True),
        ("2026-03-09T15:00:00+00:00", "America/Phoenix", False),
        ("2026-03-09T14:00:00+00:00", "America/Phoenix", True),
    ],
)
def test_quiet_hours_are_the_recipients(at: str, zone: str, is_quiet: bool) -> None:
    assert quiet(datetime.fromisoformat(at), zone) == is_quiet


def test_the_quiet_ends_at_eight_also_across_a_clock_change() -> None:
    before_the_change = datetime(2026, 3, 8, 5, tzinfo=UTC)  # Saturday 21:00 in Los Angeles
    assert quiet_until(before_the_change, "America/Los_Angeles") == datetime(2026, 3, 8, 15, tzinfo=UTC)
    assert quiet_until(datetime(2026, 3, 9, 9, tzinfo=UTC), "America/Los_Angeles") == datetime(
        2026, 3, 9, 15, tzinfo=UTC
    )
    assert quiet_until(NOW, "America/Los_Angeles") == NOW


@given(st.integers(0, 2 * 366 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds)))
def test_the_end_of_the_quiet_is_not_quiet_and_near(now: datetime) -> None:
    until = quiet_until(now, "America/New_York")
    assert not quiet(until, "America/New_York")
    assert timedelta(0) <= until - now <= timedelta(hours=12)
