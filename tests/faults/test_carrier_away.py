"""A carrier away for long is asked by one message at a time, and what waits leaves in its order once it is back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from channels import pacing
from inbox import pace
from inbox.practice import Line, Practice, publish
from tests.faults.provider import Provider, provider
from tests.support.house import LINE, MINUTE, SECOND, Clinic

PATIENTS = [f"+1415555{number:04}" for number in range(12)]


@contextmanager
def away(url: str, folder: Path) -> Iterator[tuple[Clinic, Provider]]:
    """A clinic whose carrier answers everybody with 500, and twelve patients who wrote."""
    clinic = Clinic(url, folder)
    try:
        with provider() as (carrier, address):
            clinic.house.settings = msgspec.structs.replace(clinic.house.settings, twilio_api_url=address)
            carrier.ways = dict.fromkeys(PATIENTS, 500)
            yield clinic, carrier
    finally:
        clinic.close()


def answer_all(clinic: Clinic) -> None:
    for number, patient in enumerate(PATIENTS):
        clinic.answer(clinic.landed("Hello?", patient), f"Reply {number}")


def resting(clinic: Clinic) -> tuple[pace.Resting, ...]:
    with clinic.house.database.snapshot() as reading:
        return pace.resting(reading)


def test_an_account_that_is_away_is_asked_by_one_probe_and_then_all_leave(database_url: str, tmp_path: Path) -> None:
    with away(database_url, tmp_path) as (clinic, carrier):
        answer_all(clinic)
        first = clinic.landed("And another thing", PATIENTS[11])
        clinic.answer(first, "Reply 11, again")
        clinic.send_out()
        assert len(carrier.asked) == pacing.FAILURES
        (found,) = resting(clinic)
        assert (found.waiting, found.failures) == (8, pacing.FAILURES)
        clinic.move(found.until - clinic.now + 3 * SECOND)
        clinic.send_out()
        assert (len(carrier.asked), resting(clinic)[0].waiting) == (pacing.FAILURES + 1, 7)
        carrier.ways = {}
        clinic.move(pacing.LONGEST_REST * SECOND)
        clinic.send_out()
        assert resting(clinic) == ()
        assert carrier.asked[-2:] == ["Reply 11", "Reply 11, again"]
        assert len(carrier.asked) == pacing.FAILURES + 1 + 7
        assert [one for one in clinic.verbs() if one.startswith("carrier.")] == ["carrier.paused", "carrier.resumed"]


def test_without_the_breaker_every_message_asks_for_itself(
    fresh_database: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "FAILURES", 10**6)
    with away(fresh_database("sqlite"), tmp_path) as (clinic, carrier):
        answer_all(clinic)
        clinic.send_out()
        assert (len(carrier.asked), resting(clinic)) == (len(PATIENTS), ())


def test_a_sender_keeps_its_pace(
    fresh_database: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "BURST_SECONDS", 3.0)
    with away(fresh_database("sqlite"), tmp_path) as (clinic, carrier):
        with clinic.house.database.transaction() as unit:
            publish(unit, Practice(lines=(Line(LINE, per_second=1),)), actor=None)
        clinic.house.configuration.forget()
        carrier.ways = {}
        answer_all(clinic)
        clinic.send_out()
        assert len(carrier.asked) == 3
        clinic.move(MINUTE)
        clinic.send_out()
        assert len(carrier.asked) == 6


@pytest.mark.parametrize(("rate", "asked", "left"), [(1.0, 30, 10), (10.0, 200, 100), (100.0, 2000, 1000)])
def test_a_bucket_gives_its_burst_and_then_its_rate(rate: float, asked: int, left: int) -> None:
    bucket, gone = pacing.Bucket(), 0
    for _ in range(asked):
        bucket, wait = pacing.take(bucket, now=1_000.0, per_second=rate)
        gone += wait == 0
    assert gone == left
    assert pacing.take(bucket, now=1_000.0 + 1 / rate, per_second=rate)[1] == 0


def test_only_the_probe_changes_an_open_breaker_and_rests_grow_to_a_bound() -> None:
    breaker = pacing.Breaker()
    for number in range(pacing.FAILURES):
        breaker = pacing.failed(breaker, now=100.0, message=number)
    assert (breaker.since, breaker.until) == (100.0, 100.0 + pacing.REST_SECONDS)
    assert pacing.failed(breaker, now=101.0, message=99) == breaker
    rests = []
    for _ in range(7):
        breaker, wait = pacing.ask(breaker, now=breaker.until, message=7)
        assert (wait, pacing.ask(breaker, now=breaker.until - 1, message=8)[1]) == (0.0, 1.0)
        now = breaker.until
        breaker = pacing.failed(breaker, now=now, message=7)
        rests.append(breaker.until - now)
    assert rests == [30.0, 60.0, 120.0, 240.0, 300.0, 300.0, 300.0]
