"""Is it alive, is it ready, and its counters for Prometheus."""

from __future__ import annotations

from litestar import Response, get

@get("/health/live", sync_to_thread=False)
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


HANDLERS = [live]
