"""Hands for the job table. Embedded: threads of this process, woken by commits and a short poll. Grown: a process per
queue, woken by RQ with a job's id and nothing else.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock, Thread

import structlog
from sqlalchemy.exc import SQLAlchemyError

from inbox import holder
from inbox.house import House
from inbox.jobs import Waker, run_worker
from inbox.settings import Settings
from inbox.store.jobs import Job
from inbox.worker import claim, perform, perform_together

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

#: The hands of an RQ worker process.
_lane: Lane | None = None


class Executor:
    """The embedded worker: one claiming thread per queue and a few that work."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stopping = Event()
        self._lanes = {queue: Lane(house, queue, self._stopping) for queue in QUEUES}

    def start(self) -> None:
        """Begins to claim and work."""
        holder.free_orphans(self._house)
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


class Lane:
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
            return claim(self._house, self._queue, limit)
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


def run_rq(settings: Settings, queue: str) -> None:
    """`warmline worker`, one process of one queue, until SIGTERM. RQ only wakes: hands claim what the table says is
    due, so that one send that hangs holds nobody else, and work goes on while Redis is away."""
    global _lane
    house = House(settings)
    holder.free_orphans(house)
    house.database.woken.append(Waker(settings.redis_url).wake)
    stopping = Event()
    _lane = Lane(house, queue, stopping)
    _lane.thread.start()
    run_worker(settings.redis_url, queue, stopping)
    _lane.woken.set()
    _lane.thread.join()
    house.close()


def perform_woken(job_id: int, queue: str) -> None:
    """What RQ calls with a job's id, in a process that `run_rq` started."""
    assert _lane is not None, f"job {job_id} of {queue}: only `warmline worker` has the hands for it"
    _lane.woken.set()
