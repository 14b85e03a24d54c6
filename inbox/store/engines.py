"""How each storage is opened: an engine that writes and one that reads, with the pragmas and limits they need."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

#: A connection used so recently is taken to be alive.
IDLE_SECONDS = 1.0
#: A new file turns to WAL at its first connection; another that asks at the same moment is refused, not kept waiting.
_turning_to_wal = Lock()


def make_folder(url: str) -> None:
    """Makes the folder of a SQLite file, readable by its owner alone."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def sqlite(url: str) -> tuple[Engine, Engine]:
    """The writer and the reader of a file. Raises ValueError without one."""
    file = make_url(url).database
    if not file or file == ":memory:":
        raise ValueError("SQLite needs a file: an in-memory database shares one transaction between all threads")
    make_folder(url)
    return _sqlite(url, "BEGIN IMMEDIATE", 1, read_only=False), _sqlite(url, "BEGIN", 8, read_only=True)


def _sqlite(url: str, begin: str, size: int, *, read_only: bool) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0 if not read_only else 16,
        # the driver must not begin by itself: its deferred BEGIN dead-locks on read-then-write
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": 15},
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
    )

    def prepare(connection: Any, _record: Any) -> None:
        with _turning_to_wal:
            connection.execute("PRAGMA journal_mode=WAL")
        for pragma in ("synchronous=FULL", "busy_timeout=15000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA cache_size={-16384 if read_only else -65536}")
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", start)
    return engine


def postgres(url: str) -> tuple[Engine, Engine]:
    """The writer and the reader of a server."""
    options = "-c lock_timeout=5s -c statement_timeout=15s -c idle_in_transaction_session_timeout=10s"
    # the connection used last knows the statements, and need not be asked whether it is alive
    shared: dict[str, Any] = {"pool_size": 8, "max_overflow": 16, "pool_use_lifo": True}
    writer = create_engine(url, connect_args={"options": options}, **shared)
    reader = create_engine(
        url,
        connect_args={"options": options + " -c default_transaction_read_only=on"},
        isolation_level="REPEATABLE READ",
        **shared,
    )
    for engine in (writer, reader):
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", _ping_idle)
    return writer, reader


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _ping_idle(connection: Any, record: Any, _proxy: Any) -> None:
    """A connection that lay idle may be dead; asking each time would cost every transaction two more round trips."""
    if time.monotonic() - record.info.get("used", 0.0) < IDLE_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError from error
