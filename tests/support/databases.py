"""Empty, migrated databases for tests, made quickly: a copied file on SQLite, a copied template on PostgreSQL."""

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

Upgrade = Callable[[str], object]  # brings the schema of the database at a URL to the newest version


class SqliteDatabases:
    """Migrates one file once; each database is a copy of it in `folder`."""

    def __init__(self, folder: Path, upgrade: Upgrade) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        migrated = folder / "migrated.db"
        upgrade(f"sqlite:///{migrated}")
        # a backup, not a file copy: what was migrated may still sit in the write-ahead log
        with closing(sqlite3.connect(migrated)) as source, closing(sqlite3.connect(self._template)) as template:
            source.backup(template)

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of a new migrated database; its files are removed afterwards."""
        path = self._folder / f"{uuid.uuid4().hex}.db"
        shutil.copyfile(self._template, path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for left in self._folder.glob(f"{path.name}*"):
                left.unlink()


class PostgresDatabases:
    """Migrates one template database once on the server at `url`; each database is a copy of it."""

    def __init__(self, url: str, upgrade: Upgrade) -> None:
        self._url = url
        self._template = f"template_{uuid.uuid4().hex}"
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._template)))
        upgrade(_within(url, self._template))
        # CREATE DATABASE refuses a template that somebody is still connected to, so nobody may
        self._run(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(self._template)))
        self._run(
            sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(
                sql.Literal(self._template)
            )
        )

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of a new migrated database; it is dropped afterwards, whoever is still connected."""
        name = f"test_{uuid.uuid4().hex}"
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(self._template))
        )
        try:
            yield _within(self._url, name)
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(plain(self._url), autocommit=True) as connection:
            connection.execute(statement)


def plain(url: str) -> str:
    """The URL as libpq takes it: without SQLAlchemy's driver name."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _within(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
