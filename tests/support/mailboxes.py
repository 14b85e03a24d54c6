"""A real IMAP server for tests: Debian's dovecot, in a private folder, as a user without rights. Any user name signs in
with the one password and has a mailbox of its own. Refuses to go on without it, with the reason."""

import grp
import imaplib
import os
import pwd
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tests.support import certificates, services
from tests.support.debian import found_or_installed
from tests.support.services import ServiceUnavailable
from tests.support.serving import free_port

PASSWORD = "p@ss/word"
_CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
mail_location = maildir:{folder}/mail/%u
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 0
mail_max_userip_connections = 100
auth_failure_delay = 0 secs
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {encrypted}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


class Server(NamedTuple):
    """Where it listens, in clear text (and STARTTLS) and over TLS, and the certificate it shows."""

    plain: int
    encrypted: int
    certificate: Path


class Account:
    """The mailbox of a user nobody else has, as another mail program would use it."""

    _numbers = count(1)

    def __init__(self, server: Server) -> None:
        self.server = server
        self.user = f"clinic{next(self._numbers)}@clinic.example"

    def url(self, scheme: str = "imap", folder: str = "INBOX") -> str:
        """As the setting has it."""
        port = self.server.encrypted if scheme == "imaps" else self.server.plain
        return f"{scheme}://{self.user.replace('@', '%40')}:p%40ss%2Fword@127.0.0.1:{port}/{folder}"

    @contextmanager
    def opened(self, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """A mail program that has the folder open."""
        with imaplib.IMAP4("127.0.0.1", self.server.plain) as client:
            client.login(self.user, PASSWORD)
            client.select(f'"{folder}"')
            yield client

    def put(self, *mails: bytes, at: datetime | None = None, folder: str = "INBOX", flags: str = "") -> None:
        """Mails reach the mailbox."""
        with self.opened() as client:
            for raw in mails:
                said, _ = client.append(f'"{folder}"', flags, imaplib.Time2Internaldate(at) if at else "", raw)
                assert said == "OK"


def find() -> str:
    """The path of dovecot: `WARMLINE_TEST_DOVECOT`, else where Debian puts it. ServiceUnavailable if it is nowhere."""
    named = os.environ.get("WARMLINE_TEST_DOVECOT", "dovecot")
    if path := shutil.which(named, path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        return path
    raise ServiceUnavailable(f"no {named} on PATH; on Debian: apt-get install dovecot-imapd")


def find_or_install() -> str:
    """Like find, but as root on Debian installs the package first."""
    return found_or_installed(find, "dovecot-imapd")


@contextmanager
def dovecot() -> Iterator[Server]:
    """A new server without any mail."""
    program = find_or_install()
    with services._folder("warmline-imap-") as folder:
        server = Server(free_port(), free_port(), certificates.write(folder))
        account = services._account()
        entry = pwd.getpwnam(account) if account else pwd.getpwuid(os.geteuid())
        written = folder / "dovecot.conf"
        facts = {
            "folder": folder,
            "user": entry.pw_name,
            "group": grp.getgrgid(entry.pw_gid).gr_name,
            "password": PASSWORD,
        }
        written.write_text(_CONFIGURATION.format(**facts, **server._asdict()))
        for path in (folder, written, server.certificate):
            os.chown(path, entry.pw_uid, entry.pw_gid)
        with services._running([program, "-F", "-c", str(written)], lambda: _answers(server.plain), folder, account):
            yield server


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            return connection.recv(4) == b"* OK"
    except OSError:
        return False
