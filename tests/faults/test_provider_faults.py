"""A provider that answers 500, 429, hangs or resets: its lanes wait or are settled honestly, the others go on."""

from datetime import timedelta
from pathlib import Path

import pytest

from inbox import lanes, worker
from tests.faults.clinic import Clinic, opened
from tests.faults.provider import Provider, provider
from tests.faults.waiting import until

PATIENTS = 8
WAYS = {"+14152000000": "hang", "+14152000001": 500, "+14152000002": "reset", "+14152000003": 429}
WELL = [f"Reply {number}" for number in range(len(WAYS), PATIENTS)]


def send_all(clinic: Clinic, carrier: Provider) -> lanes.Executor:
    """Replies to all patients, the troubled ones first."""
    carrier.ways = dict(WAYS)
    for number, conversation_id in enumerate(clinic.land(PATIENTS)):
        clinic.answer(conversation_id, f"Reply {number}")
    executor = lanes.Executor(clinic.house)
    executor.start()
    return executor


def arrived(clinic: Clinic) -> list[str]:
    """The replies to patients without trouble that were taken."""
    return [words for words, status in clinic.statuses().items() if words in WELL and status == "accepted"]


def test_other_lanes_go_on(database_url: str, tmp_path: Path) -> None:
    with provider() as (carrier, address), opened(database_url, tmp_path, twilio_api_url=address) as clinic:
        executor = send_all(clinic, carrier)
        try:
            until(lambda: arrived(clinic) == WELL, "the other lanes go on")
            until(lambda: clinic.statuses()["Reply 3"] == "accepted", "a 429 is tried again after Retry-After")
            assert clinic.statuses() | dict.fromkeys(WELL, "") == {
                **dict.fromkeys(WELL, ""),
                "Reply 0": "sending",
                "Reply 1": "sending",
                "Reply 2": "sending",
                "Reply 3": "accepted",
            }
        finally:
            carrier.released.set()
            executor.stop()
        assert [carrier.asked.count(f"Reply {number}") for number in range(4)] == [1, 1, 1, 2]
        with clinic.shifted(timedelta(minutes=11)) as later:
            worker.work_off(later, "bulk")
        assert {clinic.statuses()[f"Reply {number}"] for number in (1, 2)} == {"unknown"}
        assert clinic.statuses()["Reply 0"] == "accepted"


def test_one_hand_that_retries_its_head_holds_everybody(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lanes.THREADS, "outbound", 1)
    with provider() as (carrier, address), opened(database_url, tmp_path, twilio_api_url=address) as clinic:
        executor = send_all(clinic, carrier)
        try:
            with pytest.raises(AssertionError, match="not within"):
                until(lambda: arrived(clinic), "anything", 1.5)
        finally:
            carrier.released.set()
            executor.stop()
