"""Doing the work of the job table. Embedded: threads of this process, woken by commits and a short poll. Grown: a
process per queue, woken by RQ with a job's id and nothing else. The table is the truth either way.
"""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Lock, Thread
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from channels.envelope import DoorRequest
from inbox import (
    backfill,
    bulk,
    call_wire,
    delivery,
    effect,
    intake,
    media,
    policy,
    receipt,
    reconcile,
    survey,
    understanding,
    watch,
)
from inbox.chat_left import perform as follow_who_left
from inbox.house import House
from inbox.jobs import Waker, run_worker, stop_on_signal
from inbox.mailbox import Poller
from inbox.settings import Settings
from inbox.store import jobs
from inbox.store.jobs import Job, TakenOver

QUEUES = ("inbound", "outbound", "bulk")
THREADS = {"inbound": 3, "outbound": 3, "bulk": 1}
#: Where a job that ends may let go of the next of its lane.
IN_ORDER = frozenset({"outbound", "bulk"})
#: So many arrivals share a transaction. They are claimed only when a hand is free: what comes meanwhile is the next
#: group, so groups grow with the load.
TOGETHER = 16
POLL_SECONDS = 0.5
PATIENCE_SECONDS = 0.5
log = structlog.get_logger()

T = TypeVar("T")
R = TypeVar("R")

#: The hands of an RQ worker process.
_lane: _Lane | None = None


def perform(house: House, job: Job) -> None:
    """Runs one claimed job. A failure puts it back with a growing wait, at last among the dead, where people see it."""
    _, error = _tried(_DOERS[job.kind.partition(":")[0]], house, job)
    if isinstance(error, TakenOver):
        log.info("job.taken_over", job=job.id)
    elif error is not None:
        log.error("job.failed", job=job.id, kind=job.kind, tries=job.tries, error=type(error).__name__)
        _put_back(house, job, type(error).__name__)


def perform_together(house: House, claimed: list[Job]) -> list[Job]:
    """Runs what can share one transaction; answers the jobs that are still to be run one by one."""
    together = [job for job in claimed if job.kind == "arrival"]
    if len(together) < 2:
        return claimed
    left, error = _tried(understanding.understand_together, house, together)
    if left is None:
        # one of them fails: alone each of the others succeeds
        log.warning("jobs.apart", jobs=len(together), error=type(error).__name__)
        return claimed
    alone = {job.id for job in left}
    return [job for job in claimed if job.kind != "arrival" or job.id in alone]


def _tried(work: Callable[[House, T], R], house: House, on: T) -> tuple[R | None, Exception | None]:
    """What the work answered, or what it raised: whatever one job does, the worker goes on."""
    try:
        return work(house, on), None
    except Exception as error:  # noqa: BLE001 - the reason is above
        return None, error


def work_off(house: House, queue: str = "inbound", limit: int = 20) -> int:
    """Runs the due jobs of a queue in this thread until none is left; answers how many ran."""
    done = 0
    while claimed := _claim(house, queue, limit):
        for job in perform_together(house, claimed):
            perform(house, job)
        done += len(claimed)
    return done


def _claim(house: House, queue: str, limit: int) -> list[Job]:
    with house.database.transaction() as unit:
        return jobs.claim(unit, queue=queue, by=_me(), limit=limit)


def _put_back(house: House, job: Job, error: str) -> None:
    wait = timedelta(seconds=min(900.0, 5.0 * 2**job.tries) * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
    with house.database.transaction() as unit:
        state = jobs.put_back(unit, job, due_at=unit.now + wait, error=error)
        if state == "dead":
            unit.record("job.died", actor_id=None, details={"job": job.id, "kind": job.kind})
        if state == "dead" and job.kind.partition(":")[0] == "bulk":
            bulk.give_up(unit, job.ref)
    if state == "dead" and job.kind == "arrival":
        understanding.hold_failed(house, job, f"it could not be handled ({error})")


def _play(house: House, job: Job) -> None:
    """The pretend carrier's receipt comes through the status door, signed like any other."""
    planned = receipt.play(house, job)
    if planned is not None:
        headers = {"x-twilio-signature": planned.signature, "content-type": "application/x-www-form-urlencoded"}
        request = DoorRequest(planned.url, headers, planned.body)
        intake.store(house, [intake.receipt(house, request)])
    house.database.write(lambda unit: jobs.finish(unit, job))


_DOERS: dict[str, Callable[[House, Job], None]] = {
    "arrival": understanding.understand,
    "send": delivery.deliver,
    "reconcile": reconcile.reconcile,
    "backfill": backfill.perform,
    "sandbox": _play,
    "media": media.fetch,
    "call": call_wire.run,
    "chat": follow_who_left,
    "survey": survey.perform,
    "bulk": bulk.work,
    "effect": effect.rehearse,
    "restart": policy.restart,
}


class Executor:
    """The embedded worker: one claiming thread per queue and a few that work."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stopping = Event()
        self._lanes = {queue: _Lane(house, queue, self._stopping) for queue in QUEUES}

    def start(self) -> None:
        """Begins to claim and work."""
        self._house.database.woken.append(self.wake)
        for lane in self._lanes.values():
            lane.thread.start()

    def stop(self) -> None:
        """Finishes what runs; what waits stays in the table."""
        self._house.database.woken.remove(self.wake)
        self._stopping.set()
        for lane in self._lanes.values():
            lane.woken.set()
        for lane in self._lanes.values():
            lane.thread.join()

    def wake(self, work: list[tuple[int, str]]) -> None:
        """There is new work in these queues."""
        for queue in {queue for _, queue in work}:
            self._lanes[queue].woken.set()


class _Lane:
    """One queue: claims when it has a hand free."""

    def __init__(self, house: House, queue: str, stopping: Event) -> None:
        self._house, self._queue, self._stopping = house, queue, stopping
        self._busy, self._together, self._more = 0, False, True
        self._lock = Lock()
        self.woken = Event()
        self.thread = Thread(target=self._run, name=f"claims-{queue}", daemon=True)

    def _run(self) -> None:
        hands = THREADS[self._queue]
        with ThreadPoolExecutor(hands, thread_name_prefix=self._queue) as pool:
            while not self._stopping.is_set():
                self.woken.clear()
                self._more = True
                most = self._room(hands)
                claimed = self._claim(most) if most else []
                if claimed:
                    self._begin(_groups(claimed), pool)
                # a look in vain beside the screens' pump would cost every message a millisecond
                self._more = self._queue in IN_ORDER or len(claimed) == most
                if not most or len(claimed) < most:
                    self.woken.wait(POLL_SECONDS)

    def _room(self, hands: int) -> int:
        """How many jobs to claim now. One group at a time: two would wait for each other and be half as large."""
        if self._busy >= hands or self._together:
            return 0
        if self._queue != "inbound":
            return hands - self._busy
        _let_pass(self._house)
        return TOGETHER

    def _begin(self, groups: list[list[Job]], pool: ThreadPoolExecutor) -> None:
        self._hold(len(groups))
        self._together = any(len(group) > 1 for group in groups)
        for group in groups:
            pool.submit(self._work, group, pool)

    def _claim(self, limit: int) -> list[Job]:
        try:
            return _claim(self._house, self._queue, limit)
        except SQLAlchemyError as error:  # the database may be away for a while; the jobs wait in it
            log.error("jobs.unreachable", queue=self._queue, error=type(error).__name__)
            return []

    def _work(self, group: list[Job], pool: ThreadPoolExecutor) -> None:
        left: list[Job] = []
        try:
            left = perform_together(self._house, group)
            if len(left) == 1 or self._stopping.is_set():
                for job in left:
                    perform(self._house, job)
                left = []
            for job in left:
                pool.submit(self._work, [job], pool)
        finally:
            if len(group) > 1:
                self._together = False
            self._hold(len(left) - 1)
            if self._more:
                self.woken.set()

    def _hold(self, more: int) -> None:
        with self._lock:
            self._busy += more


def _let_pass(house: House) -> None:
    """A crowd at the doors goes first, for a while: a provider waits for its 2xx, and what is stored can wait."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < min(until, house.crowded_until):
        time.sleep(0.01)


def _groups(claimed: list[Job]) -> list[list[Job]]:
    """Arrivals go to one hand together, everything else one by one: a send may hang."""
    arriving = [job for job in claimed if job.kind == "arrival"]
    return [group for group in [arriving, *([job] for job in claimed if job.kind != "arrival")] if group]


class Timers:
    """The embedded `watch`: a thread that fires what is due and sweeps every few seconds."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stopping = Event()
        self.thread = Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begins."""
        self.thread.start()

    def stop(self) -> None:
        """Ends after the timer that runs."""
        self._stopping.set()
        self.thread.join()

    def _run(self) -> None:
        run_timers(self._house, self._stopping, wake=lambda work: None)


def run_timers(house: House, stopping: Event, wake: Callable[[list[tuple[int, str]]], None]) -> None:
    """The loop of `watch`: timers every half second, the sweep every five."""
    rounds = 0
    while not stopping.is_set():
        try:
            fired = watch.tick(house)
            if rounds % 10 == 0:
                wake(watch.sweep(house))
        except SQLAlchemyError as error:  # the database may be away for a while; nothing due is lost
            log.error("watch.failed", error=type(error).__name__)
            fired = 0
        rounds += 1
        if not fired:
            stopping.wait(POLL_SECONDS)


def _me() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def run_watch(settings: Settings) -> None:
    """`warmline watch`: the timers, the sweep and the mailbox in a process of their own, until SIGTERM."""
    house = House(settings)
    waker = Waker(settings.redis_url) if settings.redis_url else None
    if waker is not None:
        house.database.woken.append(waker.wake)
    stopping, poller = Event(), Poller(house)
    stop_on_signal(stopping)
    poller.start()
    run_timers(house, stopping, wake=waker.wake_again if waker else lambda work: None)
    poller.stop()
    house.close()


def run_rq(settings: Settings, queue: str) -> None:
    """`warmline worker`, one process of one queue, until SIGTERM. RQ only wakes: hands claim what the table says is
    due, so that one send that hangs holds nobody else, and work goes on while Redis is away."""
    global _lane
    house = House(settings)
    house.database.woken.append(Waker(settings.redis_url).wake)
    stopping = Event()
    _lane = _Lane(house, queue, stopping)
    _lane.thread.start()
    run_worker(settings.redis_url, queue, stopping)
    _lane.woken.set()
    _lane.thread.join()
    house.close()


def perform_woken(job_id: int, queue: str) -> None:
    """What RQ calls with a job's id, in a process that `run_rq` started."""
    assert _lane is not None, f"job {job_id} of {queue}: only `warmline worker` has the hands for it"
    _lane.woken.set()
