"""kill -9 while messages leave: none is sent twice, and each ends sent, or visibly unknown before people."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from inbox import intake, worker
from tests.faults import roles
from tests.faults.clinic import Clinic, now, opened
from tests.faults.processes import Process
from tests.faults.provider import Provider, provider
from tests.faults.waiting import Verdict, judge, pause, until

SEED = 7


def kill_while_sending(clinic: Clinic, carrier: Provider, role: Callable[..., object], kills: int) -> Verdict:
    """Replies to 20 patients; the sender is killed after the carrier took one and before it said so."""
    chance, started = random.Random(SEED), now()
    carrier.delay = 0.15
    texts = [f"Reply {number}" for number in range(20)]
    for conversation_id, words in zip(clinic.land(20), texts, strict=True):
        clinic.answer(conversation_id, words)
    log = clinic.folder / "sender.log"
    for _ in range(kills):
        asked = len(carrier.asked)
        sender = Process(role, clinic.settings, "outbound", log=log)
        until(lambda seen=asked, alive=sender.alive: alive() and len(carrier.asked) > seen, "a send begins")
        pause(chance.uniform(0, 0.2))
        sender.kill()
        clinic.sweep()
    sender = Process(role, clinic.settings, "outbound", log=log)
    until(lambda: not clinic.waiting("outbound"), "every job is over", 30)
    sender.kill()
    return judge(SEED, texts, [words for words, _ in carrier.taken], started)


def test_no_reply_is_sent_twice_and_each_ends_where_people_see_it(database_url: str, tmp_path: Path) -> None:
    with provider() as (carrier, address), opened(database_url, tmp_path, twilio_api_url=address) as clinic:
        verdict = kill_while_sending(clinic, carrier, roles.hands, kills=4)
        assert (verdict.doubled, verdict.unexpected) == (0, 0), verdict
        counted = Counter(clinic.statuses().values())
        assert set(counted) <= {"accepted", "unknown"}, (verdict, counted)
        assert counted["unknown"] > 0, "no kill hit a send"
        assert verdict.lost <= counted["unknown"], verdict
        # a receipt names the attempt, and then it is known after all
        callbacks = [
            intake.receipt(clinic.house, clinic.status(f"SMf{number:031x}", "delivered", attempt))
            for number, (_, attempt) in enumerate(carrier.taken, 1)
        ]
        intake.store(clinic.house, callbacks)
        worker.work_off(clinic.house, "inbound")
        taken = {words for words, _ in carrier.taken}
        assert {words for words, status in clinic.statuses().items() if status == "delivered"} == taken


def test_writing_down_afterwards_doubles(database_url: str, tmp_path: Path) -> None:
    with provider() as (carrier, address), opened(database_url, tmp_path, twilio_api_url=address) as clinic:
        verdict = kill_while_sending(clinic, carrier, roles.hands_that_mark_late, kills=3)
        assert verdict.doubled > 0, verdict


def test_a_holder_whose_lease_ended_does_not_send(database_url: str, tmp_path: Path) -> None:
    with provider() as (carrier, address), opened(database_url, tmp_path, twilio_api_url=address) as clinic:
        (conversation_id,) = clinic.land(1)
        clinic.answer(conversation_id, "Once")
        (late,) = worker.claim(clinic.house, "outbound", 1)
        clinic.sweep()
        (holder,) = worker.claim(clinic.house, "outbound", 1)
        worker.perform(clinic.house, late)
        assert (carrier.asked, clinic.statuses()) == ([], {"Once": "queued"})
        worker.perform(clinic.house, holder)
        assert (carrier.asked, clinic.statuses()) == (["Once"], {"Once": "accepted"})
