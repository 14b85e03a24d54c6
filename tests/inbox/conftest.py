"""The practice that the tests of the reads share and the clinic whose clock the tests move, on both storages."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from channels import mail_child
from inbox.store.tables import metadata
from tests.conftest import Backend, FreshDatabase
from tests.support.cast import Cast
from tests.support.databases import PostgresDatabases, plain
from tests.support.house import Clinic

#: The index of words, which follows its tables by triggers that `empty` silences.
WORDS = [f"{table}_words" for table in ("messages", "notes", "conversations", "patients", "contact_points")]


@pytest.fixture
def cast(database_url: str) -> Iterator[Cast]:
    """The named cast in an empty, migrated database."""
    made = Cast(database_url)
    yield made
    made.close()


@pytest.fixture(scope="session")
def kept_postgres(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """One database for all clinics in turn: copying a template for each costs more than the tests themselves."""
    with postgres_databases.fresh() as url:
        yield url


@pytest.fixture
def clinic(
    request: pytest.FixtureRequest, backend: Backend, fresh_database: FreshDatabase, tmp_path: Path
) -> Iterator[Clinic]:
    """The real house with its people and a clock that only the test moves."""
    url = fresh_database("sqlite") if backend == "sqlite" else request.getfixturevalue("kept_postgres")
    if backend == "postgres":
        empty(url)
    made = Clinic(url, tmp_path)
    yield made
    made.close()


def empty(url: str) -> None:
    """As after the migrations: as a replica the server holds no trigger against it."""
    tables = reversed(metadata.sorted_tables)
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("ALTER TABLE journal ENABLE TRIGGER journal_append_only")
        wipe = "; ".join(f'DELETE FROM "{name}"' for name in (*WORDS, *(table.name for table in tables)))
        connection.execute(f"SET session_replication_role = replica; {wipe}".encode())


@pytest.fixture(scope="session", autouse=True)
def _mail_readers() -> Iterator[None]:
    """The processes that read mail end with the tests."""
    yield
    mail_child.stop()
