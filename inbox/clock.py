"""The only place that asks what time it is. Everything else takes `now` as an argument."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The moment, aware, in UTC."""
    return datetime.now(UTC)
