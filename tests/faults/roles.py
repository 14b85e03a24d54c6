"""What a forked process of a fault test runs: the code of the commands, or a naive variant that must fail."""

from __future__ import annotations

import asyncio
from queue import Empty
from threading import Event
from typing import Any

from sqlalchemy import Row, select

import ui.app  # noqa: F401  # loaded once, in the process that forks
from inbox import delivery, intake, jobs, lanes, outgoing, timers, watch, worker
from inbox.house import House
from inbox.intake import Accepted, Arrived, Doorstep
from inbox.settings import Settings
from inbox.store import jobs as job_store
from inbox.store import promises, threads
from inbox.store.jobs import Job
from inbox.store.tables import clocks
from tests.faults.waiting import pause
from ui.commands import serve as command


def serve(settings: Settings, port: int) -> None:
    """`warmline serve`."""
    command.run(settings, "127.0.0.1", port)


def serve_from_memory(settings: Settings, port: int) -> None:
    """Naive: 2xx as soon as the arrival is in a list; a thread stores what has gathered."""

    async def accept(doorstep: Doorstep, arrived: Arrived) -> Accepted:
        doorstep._waiting.put((arrived, asyncio.get_running_loop().create_future()))
        return Accepted(0, False)

    def store_later(doorstep: Doorstep) -> None:
        while True:
            pause(0.2)
            gathered: list[Arrived] = []
            try:
                while (item := doorstep._waiting.get_nowait()) is not None:
                    gathered.append(item[0])
            except Empty:
                pass
            if gathered:
                intake.store(doorstep._house, gathered)

    Doorstep.accept, Doorstep._run = accept, store_later  # type: ignore[method-assign]  # the naive variant
    serve(settings, port)


def hands(settings: Settings, queue: str) -> None:
    """The hands of one queue, as the embedded executor and the workers have them."""
    lane = lanes.Lane(House(settings), queue, Event())
    lane.thread.start()
    lane.thread.join()


def hands_that_mark_late(settings: Settings, queue: str) -> None:
    """Naive: send first, write down afterwards."""

    def deliver(house: House, job: Job) -> None:
        with house.database.transaction() as unit:
            message = threads.message(unit, job.ref)
            assert message is not None
            outbound = outgoing.compose(unit, house, message, _address(unit, message), 0)
        asyncio.run(delivery.leave(house, outbound))
        with house.database.transaction() as unit:
            threads.set_message(unit, job.ref, {"status": "accepted", "status_rank": 3})
            job_store.finish(unit, job)

    worker._DOERS["send"] = deliver
    hands(settings, queue)


def _address(unit: Any, message: Row[Any]) -> str:
    contact = delivery.contacts.get(unit, message.contact_id)
    assert contact is not None
    return contact.value


def watch_timers(settings: Settings) -> None:
    """`warmline watch`."""
    timers.run_watch(settings)


def watch_that_marks_first(settings: Settings) -> None:
    """Naive: a timer is marked as fired, once, then its effect is made."""

    def fire(house: House, act: Any, rows: list[Row[Any]]) -> int:
        return sum(fire_one(house, act, row) for row in rows) if act is watch.breach else 0

    def fire_one(house: House, act: Any, row: Row[Any]) -> int:
        with house.database.transaction() as unit:
            # who marked it first has it: a second watcher that read it earlier would hide the loss
            if unit.scalar(select(clocks.c.retry_at).where(clocks.c.id == row.id)) is not None:
                return 0
            promises.push_ahead(unit, row.id, unit.now + 100 * watch.RETRY)
        pause(0.05)
        with house.database.transaction() as unit:
            return int(act(unit, house, row))

    watch._fire = fire
    timers.run_watch(settings)


def work(settings: Settings, queue: str) -> None:
    """One child of `warmline worker`."""
    lanes.run_rq(settings, queue)


def work_on_wake_ups_alone(settings: Settings, queue: str) -> None:
    """Naive: a job is known only through Redis."""
    lanes.POLL_SECONDS = 3600.0
    jobs.Waker.wake_again = lambda *_: None  # type: ignore[method-assign]  # nobody sweeps
    lanes.run_rq(settings, queue)
