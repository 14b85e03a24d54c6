"""How our processes log: JSON lines on standard error, kinds and places only.

Refuses the text of exceptions and keys nobody allowed: either may hold what a patient wrote.
"""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType

import structlog
from structlog.typing import EventDict, WrappedLogger

#: What a log line may say besides its event, level and moment: ids, names of things, counts.
ALLOWED = frozenset(
    {
        "address",
        "arrival",
        "code",
        "conversation",
        "count",
        "error",
        "exception",
        "job",
        "kind",
        "logger",
        "message",
        "path",
        "port",
        "queue",
        "ref",
        "seconds",
        "seq",
        "status",
        "timer",
        "tries",
    }
)
_ALWAYS = frozenset({"event", "level", "at"})


def configure() -> None:
    """For this process; libraries speak through the same lines, from warnings up."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _place_of_exception,
            _allowed_only,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Handler()], force=True)


class _Handler(logging.Handler):
    """The standard library's records: a library's own words may quote a value, so only its name and kind go through."""

    def emit(self, record: logging.LogRecord) -> None:
        event = "library.warned" if record.levelno < logging.ERROR else "library.failed"
        log = structlog.get_logger()
        place = f"{record.module}:{record.lineno}"
        log.log(record.levelno, event, logger=record.name, path=place, exc_info=record.exc_info or None)


def _place_of_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Type and frames; the message of a database error quotes the row."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given if isinstance(given, BaseException) else sys.exception()
    if given and error is not None:
        event["exception"] = [type(error).__name__, *_frames(error.__traceback__)]
    return event


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-12:]]


def _allowed_only(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if key in _ALWAYS or key in ALLOWED}
