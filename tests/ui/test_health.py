"""Alive, ready and measured: to this machine and to those who hold a token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.cast import AGENT, HOUR, MINUTE, NOW
from tests.support.programs import Desk, desk


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def test_ready_says_what_it_looked_at(office: Desk) -> None:
    assert (await office.client.get("/health/live")).json() == {"status": "ok"}
    answer = await office.client.get("/health/ready")
    well = {"redis": "not used", "database": "ok", "migrations": "ok", "timers": "ok", "unsent": "ok"}
    well["mailbox"] = "not used"
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": well, "silent": [], "away": {}})


async def test_an_unwatched_timer_and_an_unsent_message_are_a_fault(office: Desk) -> None:
    late = office.cast.add_due(NOW - MINUTE)
    office.cast.add_message(late, "On its way", direction="out", status="queued", at=NOW - HOUR)
    answer = await office.client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "degraded")
    assert answer.json()["checks"]["timers"] == "the oldest is 60 s late: is `warmline watch` running?"
    assert answer.json()["checks"]["unsent"] == "a message waits for 3600 s: is `warmline worker` running?"


async def test_gauges_are_measured(office: Desk) -> None:
    office.cast.add_due(NOW - MINUTE)
    office.cast.add_arrival()
    text = (await office.client.get("/metrics")).text
    ours = [line for line in text.splitlines() if line.startswith("warmline_") and not line.startswith("warmline_q")]
    assert ours == [
        "warmline_timer_lag_seconds 60.0",
        "warmline_oldest_unsent_seconds 0.0",
        "warmline_conversations_open 1.0",
        "warmline_arrivals_quarantined 1.0",
        "warmline_journal_head 0.0",
        'warmline_jobs{state="pending"} 0.0',
        'warmline_jobs{state="running"} 0.0',
        'warmline_jobs{state="dead"} 0.0',
    ]


async def test_strangers_learn_nothing_of_the_inside(office: Desk) -> None:
    transport = office.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    far = httpx.ASGITransport(transport.app, client=("203.0.113.9", 5000))
    async with httpx.AsyncClient(transport=far, base_url="http://127.0.0.1:8000") as stranger:
        bearer = {"authorization": f"Bearer {office.token(AGENT)}"}
        for path in ("/metrics", "/health/ready"):
            assert (await stranger.get(path)).status_code == 401
            assert (await stranger.get(path, headers=bearer)).status_code == 200
        assert (await stranger.get("/health/live")).status_code == 200
    proxied = await office.client.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"})
    assert proxied.status_code == 401
