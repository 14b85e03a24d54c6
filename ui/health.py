"""Is it alive, is it ready, and its gauges for Prometheus. All but *alive* only by token, session or from loopback.

Gauges are measured when asked: no counter here can drift from the tables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio.to_thread
from litestar import Request, Response, get
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from inbox import jobs, mailbox, pace, silence, vitals
from inbox.errors import Unauthenticated, Unavailable
from inbox.house import House
from inbox.settings import LOOPBACK
from inbox.vitals import Vitals
from ui import guards

AnyRequest = Request[Any, Any, Any]


@get("/health/live", sync_to_thread=False)
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/health/ready")
async def ready(request: AnyRequest) -> Response[dict[str, Any]]:
    """Whether the parts it needs do their work; 503 names those that do not."""
    return await anyio.to_thread.run_sync(_admitted, request, _ready)


@get("/metrics")
async def metrics(request: AnyRequest) -> Response[Any]:
    """The Prometheus text format."""
    return await anyio.to_thread.run_sync(_admitted, request, _metrics)


def _admitted(request: AnyRequest, answer: Callable[[House], Response[Any]]) -> Response[Any]:
    house = guards.house_of(request)
    if not _is_local(request) and guards.identify(house, request) is None:
        raise Unauthenticated("By token, or from this machine.")
    return answer(house)


def _is_local(request: AnyRequest) -> bool:
    """A proxy on this machine does not make its clients local."""
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    return not forwarded and guards.client_address(request) in LOOPBACK


def _ready(house: House) -> Response[dict[str, Any]]:
    checks = {"redis": _redis(house), **_database(house), "mailbox": mailbox.state(house)}
    is_ready = all(word == "ok" or word == "not used" for word in checks.values())
    # no reason to restart anything, so it fails no check
    body: dict[str, Any] = {"status": "ok" if is_ready else "degraded", "checks": checks}
    body |= {"silent": silence.state(house), "away": pace.away(house)}
    return Response(body, status_code=200 if is_ready else 503)


def _database(house: House) -> dict[str, str]:
    current = vitals.is_current(house.database)
    if current is None:
        return {"database": "does not answer"}
    if not current:
        return {"database": "ok", "migrations": "outdated: run `warmline migrate`"}
    found = {"database": "ok", "migrations": "ok", "timers": "ok", "unsent": "ok"}
    try:
        return found | vitals.faults(vitals.look(house.database))
    except Unavailable as error:
        return {"database": error.detail}


def _redis(house: House) -> str:
    if house.settings.embedded:
        return "not used"
    return "ok" if jobs.answers(house.settings.redis_url) else "does not answer"


def _metrics(house: House) -> Response[bytes]:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    _measure(registry, vitals.look(house.database))
    # the framework adds the charset to a media type of text
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4.partition("; charset")[0])


def _measure(registry: CollectorRegistry, found: Vitals) -> None:
    plain = {
        "warmline_timer_lag_seconds": ("Seconds the longest overdue timer waits", found.timer_lag),
        "warmline_oldest_unsent_seconds": ("Seconds the longest waiting message waits", found.oldest_unsent),
        "warmline_conversations_open": ("Conversations that are not closed", found.open_conversations),
        "warmline_arrivals_quarantined": ("Arrivals that wait for a person", found.quarantined),
        "warmline_journal_head": ("The newest journal number", found.head),
    }
    for name, (words, value) in plain.items():
        Gauge(name, words, registry=registry).set(value)
    _labelled(registry, "warmline_jobs", "Jobs by state", "state", found.jobs)
    _labelled(registry, "warmline_queue_lag_seconds", "Seconds the oldest due job waits", "queue", found.queue_lag)


def _labelled(registry: CollectorRegistry, name: str, words: str, label: str, values: dict[str, Any]) -> None:
    gauge = Gauge(name, words, [label], registry=registry)
    for key, value in values.items():
        gauge.labels(key).set(value)


HANDLERS = [live, ready, metrics]
