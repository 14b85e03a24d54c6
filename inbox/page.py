"""Calls the on-call person: a text or a mail that says which request waits and where, and nothing of whom or what it is
about. Repeated with every rung of the ladder until somebody acknowledges on the screen.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import Row

from channels.envelope import Outbound, SendFailed
from inbox import delivery
from inbox.house import House
from inbox.store import jobs, threads, work
from inbox.store.database import Transaction
from inbox.store.jobs import Job


def call(unit: Transaction, escalation_id: int) -> None:
    """Everybody who is on call is told of a raised hand once this is committed."""
    jobs.add(unit, kind="page", ref=escalation_id, queue="outbound")


def perform(house: House, job: Job) -> None:
    """The *page* job: one more for each address, so that one that fails is tried again alone. What was acknowledged
    meanwhile is not sent. Better twice than never: nothing stops a second text after a crash."""
    _, _, place = job.kind.partition(":")
    addresses = house.settings.on_call
    if not place or int(place) >= len(addresses):
        house.database.write(_for_each, job, len(addresses))
        return
    with house.database.snapshot() as reading:
        raised = work.escalation(reading, job.ref)
    if raised is None or raised.acked_at is not None:
        house.database.write(lambda unit: jobs.finish(unit, job))
        return
    try:
        asyncio.run(delivery.leave(house, _words(house, job, raised, addresses[int(place)])))
    except SendFailed as failure:
        if not failure.permanent:
            raise
        house.database.write(_done, job, raised, "escalation.unpaged", int(place))
    else:
        house.database.write(_done, job, raised, "escalation.paged", int(place))


def _for_each(unit: Transaction, job: Job, count: int) -> None:
    for place in range(count if job.kind == "page" else 0):
        jobs.add(unit, kind=f"page:{place}", ref=job.ref, queue="outbound")
    jobs.finish(unit, job)


def _words(house: House, job: Job, raised: Row[Any], address: str) -> Outbound:
    clinic, number = house.configuration.practice(), raised.conversation_id
    text = (
        f"{clinic.name}: request {number} waits, step {raised.tier}, and nobody has answered for it. "
        f"Take it: {house.settings.public_url}/conversations/{number}"
    )
    if "@" not in address:
        return Outbound("sms", address, clinic.phone, text, f"page-{job.id}", automatic=True)
    subject = f"Request {number} waits, step {raised.tier}"
    line = house.settings.mail_from
    return Outbound("mail", address, line, text, f"page-{job.id}", subject=subject, automatic=True)


def _done(unit: Transaction, job: Job, raised: Row[Any], verb: str, place: int) -> None:
    """Which of the on-call addresses, by its place in the settings: the address itself is in no log."""
    row = threads.get(unit, raised.conversation_id)
    details = {"escalation": raised.id, "tier": raised.tier, "on_call": place + 1}
    unit.record(verb, actor_id=None, conversation_id=row.id, patient_id=row.subject_patient_id, details=details)
    jobs.finish(unit, job)
