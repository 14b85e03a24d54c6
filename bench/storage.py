"""Empty, migrated databases to measure on: a file of SQLite, and a PostgreSQL that syncs to disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from inbox import migrate
from tests.support import services
from tests.support.databases import PostgresDatabases

STORAGES = ("sqlite", "postgres")
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class Storages:
    """The storages that can be had. Without a PostgreSQL its figures are missing and `reason` says why."""

    def __init__(self, names: tuple[str, ...] = STORAGES) -> None:
        self._stack = ExitStack()
        self._postgres: PostgresDatabases | None = None
        self.names = tuple(name for name in names if name == "sqlite")
        self.reason = ""
        if "postgres" in names:
            self._begin_postgres()

    def __enter__(self) -> Storages:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def fresh(self, name: str) -> Iterator[dict[str, str]]:
        """The environment of processes that use a new database, whose files are removed afterwards."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="warmline-bench-")))
            environment = {"WARMLINE_DATA_DIR": str(folder), "WARMLINE_SMTP_LISTEN": "off"}
            if name == "postgres":
                assert self._postgres is not None
                environment["WARMLINE_DATABASE_URL"] = stack.enter_context(self._postgres.fresh())
            else:
                migrate.upgrade(f"sqlite:///{folder / 'warmline.db'}")
            yield environment

    def _begin_postgres(self) -> None:
        try:
            url = self._stack.enter_context(services.postgres(services.POSTGRES_SETTINGS | DURABLE))
        except services.ServiceUnavailable as error:
            self.reason = str(error)
            return
        self._postgres = PostgresDatabases(url, migrate.upgrade)
        self.names = (*self.names, "postgres")
