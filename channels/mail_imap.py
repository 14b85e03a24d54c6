"""Reads a mailbox over IMAP by UIDVALIDITY and UID (RFC 3501 §2.3.1.1), for mailboxes that cannot relay to us.

Opens it read-only: no flag is set, nothing is deleted, and what somebody else has read or moved makes no difference.
Synchronous, for a thread of its own. Refuses plain text to any other machine and certificates nobody vouches for.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from channels.mail_headers import moment

PORTS = {"imap": 143, "imap+starttls": 143, "imaps": 993}
CHUNK = 1024 * 1024
_SECONDS = 30.0
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")
_INTERNAL = re.compile(rb'INTERNALDATE "([^"]{1,40})"')
#: English whatever the locale of this machine is (RFC 3501, date-month).
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class MailboxDown(Exception):
    """The mailbox cannot be read now; the text says why and never holds what the server or a mail said."""


class Held(NamedTuple):
    """A mail as the server holds it: its size in bytes and when it reached the mailbox (INTERNALDATE, not `Date`)."""

    uid: int
    size: int
    at: datetime | None


@contextlib.contextmanager
def opened(url: str, *, tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """A folder: `imaps://user:password@host/Folder`, `imap+starttls://…`, or `imap://` on this machine only.

    Raises `MailboxDown`, as everything does that the mailbox is asked."""
    with _told(), contextlib.ExitStack() as undo:
        client = _connected(urlsplit(url), tls or ssl.create_default_context(), undo)
        _enter(client, urlsplit(url))
        mailbox = Mailbox(client)
        undo.pop_all()
    try:
        yield mailbox
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            client.logout()


class Mailbox:
    """One open folder. Under another `validity` the same UID is another mail."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self._open = client
        self.validity = _number(client, "UIDVALIDITY")
        if not self.validity:
            raise MailboxDown("it does not number its mails")
        #: The highest UID there was when the folder was opened, as far as the server says.
        self.newest = _number(client, "UIDNEXT") - 1

    def after(self, uid: int) -> list[int]:
        """The UIDs above one, ascending. A server answers `n:*` with its last mail also where that is below n."""
        return [found for found in self._search("UID", f"{uid + 1}:*") if found > uid]

    def since(self, day: date) -> list[int]:
        """The UIDs of what reached the mailbox on a day or later, ascending."""
        return self._search("SINCE", f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def _search(self, *criteria: str) -> list[int]:
        with _told():
            said, found = self._open.uid("SEARCH", *criteria)
            if said != "OK":
                raise MailboxDown("the search was refused")
            return sorted({int(uid) for line in found if line for uid in line.split() if uid.isdigit()})

    def look(self, uid: int) -> Held | None:
        """What is known about a mail without fetching it; None when it is gone."""
        with _told():
            _, found = self._open.uid("FETCH", str(uid), "(RFC822.SIZE INTERNALDATE)")
        for line in found:
            size = _SIZE.search(line) if isinstance(line, bytes) else None
            if size:
                written = _INTERNAL.search(line)
                at = moment(written[1].decode("ascii", "replace").replace("-", " ", 2)) if written else None
                return Held(uid, int(size[1]), at)
        return None

    def read(self, uid: int, size: int) -> Iterator[bytes]:
        """The raw mail in pieces of at most 1 MiB, so that a large one is never in memory whole."""
        for start in range(0, size, CHUNK):
            piece = self._piece(uid, start)
            yield piece
            if len(piece) < CHUNK:
                return

    def _piece(self, uid: int, start: int) -> bytes:
        with _told():
            said, found = self._open.uid("FETCH", str(uid), f"(BODY.PEEK[]<{start}.{CHUNK}>)")
        if said != "OK":
            raise MailboxDown("a mail could not be fetched")
        return next((part[1] for part in found if isinstance(part, tuple) and b"BODY[]" in part[0]), b"")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Whatever the wire raises, without the server's words: they may quote a name or a password."""
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise MailboxDown("nobody vouches for its certificate") from None
    except OSError as broken:
        raise MailboxDown(f"no connection ({type(broken).__name__})") from None
    except imaplib.IMAP4.abort:
        raise MailboxDown("the connection was cut") from None
    except imaplib.IMAP4.error:
        raise MailboxDown("it refused the sign-in or a command") from None


def _connected(parts: SplitResult, tls: ssl.SSLContext, undo: contextlib.ExitStack) -> imaplib.IMAP4:
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    if parts.scheme == "imaps":
        client: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port, ssl_context=tls, timeout=_SECONDS)
    else:
        client = imaplib.IMAP4(host, port, timeout=_SECONDS)
    undo.callback(_drop, client)
    if parts.scheme == "imap+starttls":
        client.starttls(tls)
    return client


def _drop(client: imaplib.IMAP4) -> None:
    """Closes the wire as it is; why it was given up matters, not that it is broken."""
    with contextlib.suppress(OSError):
        client.shutdown()


def _enter(client: imaplib.IMAP4, parts: SplitResult) -> None:
    client.login(unquote(parts.username or ""), unquote(parts.password or ""))
    said, _ = client.select(_quoted(unquote(parts.path).strip("/") or "INBOX"), readonly=True)
    if said != "OK":
        raise MailboxDown("there is no such folder")


def _number(client: imaplib.IMAP4, name: str) -> int:
    """What the server told under this name when the folder was opened; 0 when it told nothing."""
    told = client.response(name)[1]
    return int(told[0]) if told and told[0] and told[0].isdigit() else 0


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
