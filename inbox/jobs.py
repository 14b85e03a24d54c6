"""The wire to RQ: wake-ups carry a job's id and queue, nothing else; a lost one costs one sweep (reliability.md §5).

The job table is the truth: no Retry, no scheduler, no pickle.
"""

from __future__ import annotations

import contextlib
import secrets
import signal
import time
from collections.abc import Callable
from threading import Event
from types import FrameType
from typing import Any

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from inbox.errors import SettingWrong

PREFIX = "warmline-"
#: After a failure Redis is left alone for so long: nobody who commits should wait for it again and again.
PATIENCE_SECONDS = 2.0
log = structlog.get_logger()


class Wire:
    """A Redis for what may be lost. One that is away or hangs costs one short wait, not one for each commit."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url)
        self._quiet_until = 0.0

    def ask(self, event: str, question: Callable[[Redis], object]) -> None:
        """Asks unless Redis failed a moment ago; a failure is logged as `event`."""
        if time.monotonic() < self._quiet_until:
            return
        try:
            question(self._redis)
        except RedisError as error:
            self._quiet_until = time.monotonic() + PATIENCE_SECONDS
            log.warning(event, error=type(error).__name__)


class Waker:
    """Tells RQ workers that there is work. What it cannot say is found by the workers' own poll."""

    def __init__(self, url: str) -> None:
        self._wire = Wire(url)
        # RQ refuses an id that it still knows: no round of any process may look like an earlier one's
        self._mark, self._rounds = secrets.token_hex(4), 0

    def wake(self, work: list[tuple[int, str]]) -> None:
        """One wake-up for each new job."""
        self._wire.ask("wake.failed", lambda redis: _enqueue(redis, work, "0"))

    def wake_again(self, work: list[tuple[int, str]]) -> None:
        """The sweep's wake-ups bear a new id each round."""
        self._rounds += 1
        self._wire.ask("wake.failed", lambda redis: _enqueue(redis, work, f"{self._mark}-{self._rounds}"))


def _enqueue(redis: Redis, work: list[tuple[int, str]], mark: str) -> None:
    from rq import Queue
    from rq.exceptions import DuplicateJobError

    for job_id, queue in work:
        with contextlib.suppress(DuplicateJobError):
            Queue(PREFIX + queue, connection=redis, serializer="json").enqueue(
                "inbox.lanes.perform_woken",
                job_id,
                queue,
                job_id=f"j{job_id}-{mark}",
                unique=True,
                ttl=60,
                result_ttl=0,
                failure_ttl=86_400,
            )


def connect(url: str) -> Redis:
    """A connection for commands: short timeouts and no second try, so that a hung Redis does not hang the house."""
    return Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))


def listen(url: str) -> Redis:
    """A connection that waits for what others say; it fails at once when Redis goes away."""
    return Redis.from_url(url, socket_connect_timeout=1, health_check_interval=15, retry=Retry(NoBackoff(), 0))


def answers(url: str) -> bool:
    """Whether Redis is there."""
    try:
        return bool(connect(url).ping())
    except RedisError:
        return False


def check_eviction(redis: Redis) -> None:
    """Refuses a Redis that forgets keys by itself. One that does not show its settings is taken at its word."""
    try:
        policy: Any = redis.config_get("maxmemory-policy")
    except ResponseError:
        return
    if policy.get("maxmemory-policy", "noeviction") != "noeviction":
        raise SettingWrong(
            "WARMLINE_REDIS_URL leads to a Redis that drops keys by itself, and so wake-ups. "
            "Example: `redis-cli config set maxmemory-policy noeviction`"
        )


def run_worker(url: str, queue: str, stopping: Event) -> None:
    """Hears RQ's wake-ups for one queue until SIGTERM. A Redis that goes away is waited for."""
    while not stopping.is_set():
        stop_on_signal(stopping)
        try:
            redis = listen(url)
            check_eviction(redis)
            _rq_worker(redis, queue, stopping).work(with_scheduler=False, logging_level="WARNING")
        except RedisError as error:
            log.warning("wake.unheard", queue=queue, error=type(error).__name__)
        stopping.wait(1.0)


def _rq_worker(redis: Redis, queue: str, stopping: Event) -> Any:
    from rq import Queue, SimpleWorker

    class Ears(SimpleWorker):
        """Tells the loop around it that it ends because it should, not because Redis went away."""

        max_connection_wait_time = 2.0

        def handle_warm_shutdown_request(self) -> None:
            stopping.set()

    return Ears(
        [Queue(PREFIX + queue, connection=redis, serializer="json")],
        connection=redis,
        serializer="json",
        worker_ttl=30,
        job_monitoring_interval=5,
        maintenance_interval=20,
        log_job_description=False,
    )


def stop_on_signal(stopping: Event) -> None:
    """SIGTERM and SIGINT end the loop."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
