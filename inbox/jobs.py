"""The wire to RQ: wake-ups carry a job's id and queue, nothing else; a lost one costs one sweep (reliability.md §5).

The job table is the truth: no Retry, no scheduler, no pickle.
"""

from __future__ import annotations

import signal
from threading import Event
from types import FrameType
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError

PREFIX = "warmline-"
log = structlog.get_logger()


class Waker:
    """Tells RQ workers that there is work. Redis may be away: then the sweep of `watch` wakes."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url)
        self._rounds = 0

    def wake(self, work: list[tuple[int, str]]) -> None:
        """One wake-up for each new job."""
        self._enqueue(work, "0")

    def wake_again(self, work: list[tuple[int, str]]) -> None:
        """The sweep's wake-ups bear a new id each round: RQ would refuse a second job of the same id."""
        self._rounds += 1
        self._enqueue(work, f"s{self._rounds}")

    def _enqueue(self, work: list[tuple[int, str]], mark: str) -> None:
        from rq import Queue
        from rq.exceptions import DuplicateJobError

        try:
            for job_id, queue in work:
                Queue(PREFIX + queue, connection=self._redis, serializer="json").enqueue(
                    "inbox.worker.perform_woken",
                    job_id,
                    queue,
                    job_id=f"j{job_id}-{mark}",
                    unique=True,
                    ttl=60,
                    result_ttl=0,
                    failure_ttl=86_400,
                )
        except (RedisError, DuplicateJobError) as error:  # a wake-up is only a wake-up: the sweep repeats it
            log.warning("wake.failed", error=type(error).__name__)


def connect(url: str) -> Redis:
    """A connection for commands; short timeouts, so that a hung Redis does not hang the house."""
    return Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, health_check_interval=15)


def answers(url: str) -> bool:
    """Whether Redis is there."""
    try:
        return bool(connect(url).ping())
    except RedisError:
        return False


def check_eviction(redis: Redis) -> None:
    """Refuses a Redis that forgets keys by itself."""
    policy: Any = redis.config_get("maxmemory-policy")
    if policy.get("maxmemory-policy", "noeviction") != "noeviction":
        raise RuntimeError("Redis must run with `maxmemory-policy noeviction`: it would drop queued work.")


def run_worker(url: str, queue: str) -> None:
    """An RQ worker for one queue, until SIGTERM."""
    from rq import Queue, SimpleWorker

    redis = Redis.from_url(url, socket_timeout=None, health_check_interval=15)
    check_eviction(redis)
    worker = SimpleWorker(
        [Queue(PREFIX + queue, connection=redis, serializer="json")],
        connection=redis,
        serializer="json",
        worker_ttl=30,
        job_monitoring_interval=5,
        maintenance_interval=20,
    )
    worker.work(with_scheduler=False, logging_level="WARNING")


def stop_on_signal(stopping: Event) -> None:
    """SIGTERM and SIGINT end the loop."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
