"""What every test may ask for: the two storages, a Redis, a browser. Holds all tests to this machine's loopback."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal

import pytest

from tests.support import browser as browsers
from tests.support import mailboxes, services, sockets
from tests.support.corpora import pytest_collection_modifyitems, pytest_terminal_summary  # noqa: F401  # pytest's own
from tests.support.databases import PostgresDatabases, SqliteDatabases

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Backend = Literal["sqlite", "postgres"]
FreshDatabase = Callable[[Backend], str]


def pytest_configure() -> None:
    sockets.guard()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server's maintenance database: the one `make test` started, else one for this session."""
    if given := os.environ.get("WARMLINE_TEST_POSTGRES_URL"):
        yield given
        return
    with services.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis: the one `make test` started, else one for this session. Tests share it: use a key prefix of your own."""
    if given := os.environ.get("WARMLINE_TEST_REDIS_URL"):
        yield given
        return
    with services.valkey() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    from inbox.migrate import upgrade  # in here, so that the leaves' tests never load the application

    return SqliteDatabases(tmp_path_factory.mktemp("databases"), upgrade)


@pytest.fixture(scope="session")
def postgres_databases(postgres_url: str) -> PostgresDatabases:
    from inbox.migrate import upgrade

    return PostgresDatabases(postgres_url, upgrade)


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Both storages in turn: a test that asks for it runs twice."""
    chosen: Backend = request.param
    return chosen


@pytest.fixture
def fresh_database(request: pytest.FixtureRequest) -> Iterator[FreshDatabase]:
    """Makes an empty, migrated database on the storage named and returns its URL; all are removed after the test."""
    with ExitStack() as made:

        def fresh(backend: Backend) -> str:
            databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(f"{backend}_databases")
            return made.enter_context(databases.fresh())

        yield fresh


@pytest.fixture
def database_url(backend: Backend, fresh_database: FreshDatabase) -> str:
    """An empty, migrated database; the test runs on both storages."""
    return fresh_database(backend)


@pytest.fixture(scope="session")
def imap_server() -> Iterator[mailboxes.Server]:
    """A dovecot; each test takes a mailbox of its own, `mailboxes.Account`."""
    with mailboxes.dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium for Playwright's `executable_path`; start it with `tests.support.browser.FLAGS`."""
    return browsers.find()


@pytest.fixture(scope="module")
def launched(chromium: str) -> Iterator["Browser"]:
    """One Chromium for the stories of a module: starting it costs more than most of them."""
    from playwright.sync_api import sync_playwright  # in here, so that the leaves' tests never load it

    with (
        sync_playwright() as player,
        player.chromium.launch(executable_path=chromium, args=list(browsers.FLAGS)) as opened,
    ):
        yield opened


@pytest.fixture
def browser(launched: "Browser") -> Iterator["Browser"]:
    """A browser without a past: each story's profiles end with it."""
    yield launched
    for context in launched.contexts:
        context.close()
