"""The signs of life of an installation: is the database current, is work being done, are promises watched, how full.

Counts and moments only; refuses to name a patient or a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from inbox import migrate
from inbox.errors import OutdatedSchema, SettingWrong, Unavailable
from inbox.settings import Settings
from inbox.store import journal
from inbox.store import vitals as store
from inbox.store.database import Database, Reading

QUEUES = ("inbound", "outbound", "bulk")
#: A timer that is due for longer means that nobody watches (reliability.md §6).
LATE_SECONDS = 30.0
#: A message that waits unsent for longer than the first retries take is a fault to look at.
UNSENT_SECONDS = 300.0


class Vitals(msgspec.Struct, frozen=True):
    """At `at`: seconds that the longest waiting timer, unsent message and job of each queue are overdue, and counts."""

    at: datetime
    timer_lag: float
    oldest_unsent: float
    queue_lag: dict[str, float]
    jobs: dict[str, int]
    open_conversations: int
    quarantined: int
    head: int


def measure(reading: Reading) -> Vitals:
    """One look at everything, from indexes."""
    now = reading.now
    return Vitals(
        at=now,
        timer_lag=_age(store.oldest_timer(reading), now),
        oldest_unsent=_age(store.oldest_unsent(reading), now),
        queue_lag={queue: _age(store.oldest_job(reading, queue), now) for queue in QUEUES},
        jobs=store.jobs_by_state(reading),
        open_conversations=store.open_conversations(reading),
        quarantined=store.quarantined(reading),
        head=journal.head(reading.connection),
    )


def faults(vitals: Vitals) -> dict[str, str]:
    """What is not well, each with its measure; empty when all is."""
    found = {}
    if vitals.timer_lag > LATE_SECONDS:
        found["timers"] = f"the oldest is {vitals.timer_lag:.0f} s late: is `warmline watch` running?"
    if vitals.oldest_unsent > UNSENT_SECONDS:
        found["unsent"] = f"a message waits for {vitals.oldest_unsent:.0f} s: is `warmline worker` running?"
    return found


def require_database(settings: Settings) -> None:
    """Raises OutdatedSchema, or Unavailable when the database cannot be reached."""
    address = make_url(settings.database_url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        raise OutdatedSchema("There is no database yet. Run `warmline migrate`.")
    with _blaming_settings(settings):
        migrate.check(settings.database_url)


def upgrade(settings: Settings) -> None:
    """Runs the missing migrations. Raises Unavailable when the database cannot be reached, SettingWrong when its folder
    cannot be made."""
    with _blaming_settings(settings):
        migrate.upgrade(settings.database_url)


def make_folder(settings: Settings) -> None:
    """The data folder, for nobody else to read. Raises SettingWrong."""
    with _blaming_settings(settings):
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)


@contextmanager
def _blaming_settings(settings: Settings) -> Iterator[None]:
    """What database and disk refuse, by the name of the setting that led there; its value may hold a password."""
    try:
        yield
    except SQLAlchemyError as error:
        example = "postgresql://warmline@127.0.0.1/warmline"
        fault = f"leads to a database that cannot be reached ({type(error).__name__})"
        raise Unavailable(f"WARMLINE_DATABASE_URL {fault}. Example: {example}") from None
    except OSError as error:
        fault = f"{settings.data_dir} cannot be used ({error.strerror})"
        raise SettingWrong(f"WARMLINE_DATA_DIR {fault}. Example: /var/lib/warmline") from None


def clock_skew(database: Database) -> float | None:
    """Seconds that the database server's clock is ahead of ours; None where it has none of its own (SQLite).
    Raises Unavailable."""
    if database.is_sqlite:
        return None
    try:
        with database.snapshot() as reading:
            return (store.server_time(reading) - reading.now).total_seconds()
    except SQLAlchemyError as error:
        raise Unavailable(f"The database does not answer ({type(error).__name__}).") from None


def is_current(database: Database) -> bool | None:
    """Whether the schema is the newest; None when the database does not answer."""
    try:
        migrate.check(database.url)
    except OutdatedSchema:
        return False
    except SQLAlchemyError:
        return None
    return True


def look(database: Database) -> Vitals:
    """`measure` in a snapshot of its own. Raises Unavailable when the database does not answer."""
    try:
        with database.snapshot() as reading:
            return measure(reading)
    except SQLAlchemyError as error:
        raise Unavailable(f"The database does not answer ({type(error).__name__}).") from None


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0
