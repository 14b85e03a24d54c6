"""kill -9 of the server while its door is used: what got a 2xx is there, once."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import httpx

from tests.faults import roles
from tests.faults.clinic import Clinic, answers, now
from tests.faults.processes import Process, running
from tests.faults.waiting import Verdict, judge, pause, until

SENDERS, SEED = 4, 20_260_311


def keep_sending(clinic: Clinic, numbers: "count[int]", done: Event) -> list[str]:
    """Texts one after the other, each until it is promised; answers the ids that were."""
    acked = []
    with httpx.Client(timeout=5) as client:
        while not done.is_set():
            number = next(numbers)
            while not clinic.post(client, number):
                pause(0.005)
            acked.append(f"SM{number:032x}")
    return acked


def kill_while_sending(clinic: Clinic, role: Callable[..., object], kills: int) -> Verdict:
    chance, started, done, numbers = random.Random(SEED), now(), Event(), count()
    log = clinic.folder / "server.log"
    server = Process(role, clinic.settings, clinic.port, log=log)
    with ThreadPoolExecutor(SENDERS) as pool:
        senders = [pool.submit(keep_sending, clinic, numbers, done) for _ in range(SENDERS)]
        for _ in range(kills):
            until(lambda alive=server.alive: alive() and answers(clinic), "the server is up")
            pause(chance.uniform(0, 0.5))
            server.kill()
            server = Process(role, clinic.settings, clinic.port, log=log)
        until(lambda: answers(clinic), "the server is up again")
        done.set()
        acked = [sid for sender in senders for sid in sender.result()]
    server.kill()
    clinic.sweep()
    with running(roles.hands, clinic.settings, "inbound", log=log):
        until(lambda: not clinic.waiting("inbound"), "everything stored is understood", 30)
    return judge(SEED, acked, [message.external_id for message in clinic.messages("in")], started)


def test_what_was_promised_is_there_once(clinic: Clinic) -> None:
    verdict = kill_while_sending(clinic, roles.serve, kills=8)
    assert (verdict.lost, verdict.doubled, verdict.unexpected) == (0, 0, 0), verdict
    assert verdict.acked > 8, verdict


def test_a_promise_from_memory_loses(clinic: Clinic) -> None:
    verdict = kill_while_sending(clinic, roles.serve_from_memory, kills=2)
    assert verdict.lost > 0, verdict
