"""Doing the work of the job table, whoever's hand it is: the table is the truth about what is to be done."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from channels.envelope import DoorRequest
from inbox import (
    backfill,
    bulk,
    call_wire,
    delivery,
    effect,
    holder,
    intake,
    media,
    page,
    policy,
    receipt,
    reconcile,
    survey,
    understanding,
)
from inbox.chat_left import perform as follow_who_left
from inbox.house import House
from inbox.store import jobs
from inbox.store.jobs import Job, TakenOver

log = structlog.get_logger()

T = TypeVar("T")
R = TypeVar("R")


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
    while claimed := claim(house, queue, limit):
        for job in perform_together(house, claimed):
            perform(house, job)
        done += len(claimed)
    return done


def claim(house: House, queue: str, limit: int) -> list[Job]:
    """Up to so many due jobs of a queue, for this process."""
    with house.database.transaction() as unit:
        return jobs.claim(unit, queue=queue, by=holder.me(), limit=limit)


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
    "page": page.perform,
    "bulk": bulk.work,
    "effect": effect.rehearse,
    "restart": policy.restart,
}
