"""The clockwork beside the jobs: what is due fires, what was lost is found, mailboxes are asked."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import structlog
from sqlalchemy.exc import SQLAlchemyError

from inbox import watch
from inbox.house import House
from inbox.jobs import Waker, stop_on_signal
from inbox.mailbox import Poller
from inbox.settings import Settings

TICK_SECONDS = 0.5
log = structlog.get_logger()


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
            stopping.wait(TICK_SECONDS)


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
