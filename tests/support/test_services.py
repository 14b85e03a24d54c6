"""The ground under the tests: servers that answer, databases that are apart, sockets that stay on this machine."""

import errno
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import redis
import sqlalchemy

from tests.support import browser, services, sockets
from tests.support.databases import PostgresDatabases, SqliteDatabases, plain

# Linux takes this address for itself, so no packet leaves even with the guard off; the guard knows loopback by number
NOT_LOOPBACK_BY_NAME = ("0.0.0.0", 1)


def make_a_table(url: str) -> None:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE seen (number integer)"))
    engine.dispose()


def rows(url: str) -> list[int]:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        found = list(connection.execute(sqlalchemy.text("SELECT number FROM seen")).scalars())
        connection.execute(sqlalchemy.text("INSERT INTO seen VALUES (1)"))
    engine.dispose()
    return found


def test_postgres_answers(postgres_url: str) -> None:
    with psycopg.connect(plain(postgres_url)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_redis_answers(redis_url: str) -> None:
    with closing(redis.Redis.from_url(redis_url)) as client:
        assert client.ping() is True


def test_each_postgres_database_is_empty_and_migrated(postgres_url: str) -> None:
    databases = PostgresDatabases(postgres_url, make_a_table)
    with databases.fresh() as one, databases.fresh() as other:
        assert (rows(one), rows(other), rows(one)) == ([], [], [1])
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(plain(one))


def test_each_sqlite_database_is_empty_and_migrated(tmp_path: Path) -> None:
    databases = SqliteDatabases(tmp_path, make_a_table)
    with databases.fresh() as one, databases.fresh() as other:
        assert (rows(one), rows(other), rows(one)) == ([], [], [1])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["migrated.db", "template.db"]


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no space for me')"]
    with (
        pytest.raises(services.ServiceUnavailable, match=r"ended with status 1: no space for me"),
        services._running(command, lambda: False, tmp_path, None),
    ):
        pass


def test_a_missing_server_is_named_with_the_mend() -> None:
    with pytest.raises(
        services.ServiceUnavailable, match=r"^the package such-a-server is not installed; run `make test`$"
    ):
        services._package("such_a_server", "such-a-server")


def test_a_missing_browser_is_named_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_TEST_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(services.ServiceUnavailable, match=r"^no Chromium \(/nowhere/chromium\) on PATH; on Debian: "):
        browser.find()


def test_a_server_is_stopped_with_its_block(tmp_path: Path) -> None:
    with services.valkey() as url, closing(redis.Redis.from_url(url)) as client:
        assert client.ping() is True
    with closing(redis.Redis.from_url(url)) as client, pytest.raises(redis.ConnectionError):
        client.ping()


@pytest.mark.parametrize("event", ["socket.connect", "socket.sendto"])
@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "10.0.0.1", "example.org", "0.0.0.0"])
def test_no_traffic_leaves_the_machine(event: str, host: str) -> None:
    with pytest.raises(sockets.OutsideSocket, match=r"loopback and unix sockets only"):
        sockets._refuse(event, (None, (host, 9)))


def test_the_guard_is_on() -> None:
    with (
        socket.socket() as outward,
        pytest.raises(sockets.OutsideSocket, match=r"loopback and unix sockets only"),
    ):
        outward.connect(NOT_LOOPBACK_BY_NAME)


def test_no_name_is_looked_up() -> None:
    with pytest.raises(sockets.OutsideSocket, match=r"resolve no names but localhost"):
        socket.getaddrinfo("example.org", 443)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


def test_the_guard_is_what_refuses() -> None:
    """Negative control: where no guard is on, the same call gets as far as the kernel."""
    attempt = f"import socket; print(socket.socket().connect_ex({NOT_LOOPBACK_BY_NAME!r}))"
    tried = subprocess.run([sys.executable, "-c", attempt], check=True, capture_output=True, text=True)
    assert tried.stdout.strip() == str(errno.ECONNREFUSED)
