"""A mailbox that is read because it cannot relay to us: what is above the watermark is stored raw, then understood like
all mail. By UIDVALIDITY and UID, never by "unread": what a colleague has opened elsewhere comes too, and only once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from urllib.parse import urlsplit

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from channels import mail_imap
from channels.mail_imap import Held, Mailbox, MailboxDown
from channels.mail_limits import MAIL_BYTES
from inbox import intake
from inbox.errors import Unavailable
from inbox.house import House
from inbox.intake import Arrived
from inbox.store import watermarks

EVERY = timedelta(seconds=15)
#: How far back the first look goes, and a look at a mailbox whose UIDs were given anew.
BACKLOG = timedelta(days=30)
PAGE = 20
#: A server that hangs is not waited for; what it would have said is fetched at the next start.
STOP_SECONDS = 5.0
#: Where a mail came from, and when it reached the mailbox.
URL, RECEIVED_AT, TOO_LARGE = "imap:", "x-received-at", "x-too-large"
log = structlog.get_logger()


class Mark(msgspec.Struct, frozen=True):
    """How far the mailbox was read, and why the last look failed."""

    validity: int = 0
    uid: int = 0
    trouble: str = ""


def poll(house: House, stopped: Callable[[], bool] = lambda: False) -> int:
    """One look: answers how many mails were stored, 0 also where another process looked less than EVERY ago. A mailbox
    that is down is noted and looked at again; whatever one mail holds, the next is fetched."""
    name = _name(house.settings.imap_url)
    with house.database.transaction() as unit:
        value = watermarks.claim(unit, name, EVERY)
    if value is None:
        return 0
    mark = _mark(value)
    try:
        with mail_imap.opened(house.settings.imap_url) as mailbox:
            return _catch_up(house, mailbox, mark, stopped)
    except MailboxDown as down:
        log.error("mailbox.down", reason=str(down))
        with house.database.transaction() as unit:
            latest = watermarks.one(unit, name)
            known = _mark(latest.value) if latest is not None else mark
            watermarks.put(unit, name, _written(msgspec.structs.replace(known, trouble=str(down))))
        return 0


def state(house: House) -> str:
    """How the last look went, whichever process looked: ok, not used, or why it failed."""
    if not house.settings.imap_url:
        return "not used"
    try:
        with house.database.snapshot() as reading:
            row = watermarks.one(reading, _name(house.settings.imap_url))
    except SQLAlchemyError:
        return "nobody can say: the database does not answer"
    return (_mark(row.value).trouble if row is not None else "") or "ok"


def _catch_up(house: House, mailbox: Mailbox, mark: Mark, stopped: Callable[[], bool]) -> int:
    if mailbox.validity == mark.validity:
        uids, reached = mailbox.after(mark.uid), mark.uid
    else:
        uids, reached = mailbox.since((house.database.clock() - BACKLOG).date()), mailbox.newest
    taken = 0
    for start in range(0, len(uids), PAGE):
        if stopped():
            return taken
        page = uids[start : start + PAGE]
        arrived = [one for uid in page if (one := _fetched(house, mailbox, uid)) is not None]
        taken += sum(not one.repeat for one in intake.store(house, arrived)) if arrived else 0
        _advance(house, Mark(mailbox.validity, page[-1]))
    _advance(house, Mark(mailbox.validity, max([reached, *uids[-1:]])))
    return taken


def _advance(house: House, mark: Mark) -> None:
    with house.database.transaction() as unit:
        watermarks.put(unit, _name(house.settings.imap_url), _written(mark))


def _fetched(house: House, mailbox: Mailbox, uid: int) -> Arrived | None:
    """A mail as an arrival, raw and durable where it is large; None when it is gone. One above the limit is not fetched
    whole: its beginning comes to people with the reason."""
    held = mailbox.look(uid)
    if held is None:
        return None
    headers = {RECEIVED_AT: held.at.isoformat()} if held.at else {}
    if held.size > MAIL_BYTES:
        start = next(mailbox.read(uid, mail_imap.CHUNK))[: intake.INLINE_BYTES]
        return intake.mail(house, start, URL, headers | {TOO_LARGE: str(held.size)})
    if held.size <= intake.INLINE_BYTES:
        return intake.mail(house, b"".join(mailbox.read(uid, held.size)), URL, headers)
    return _streamed(house, mailbox, held, headers)


def _streamed(house: House, mailbox: Mailbox, held: Held, headers: dict[str, str]) -> Arrived | None:
    blob = house.files.stream(mailbox.read(held.uid, held.size))
    return intake.stored_mail(house, blob, URL, headers) if house.files.size(blob) else None


def _name(url: str) -> str:
    """The mailbox without its password, and without naming anybody."""
    parts = urlsplit(url)
    return "imap:" + hashlib.sha256(f"{parts.username}@{parts.hostname}{parts.path}".encode()).hexdigest()[:32]


def _mark(value: str) -> Mark:
    return msgspec.json.decode(value, type=Mark) if value else Mark()


def _written(mark: Mark) -> str:
    return msgspec.json.encode(mark).decode()


class Poller:
    """Looks every fifteen seconds, in a thread of its own. Does nothing where no mailbox is set."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stopping = Event()
        self.thread = Thread(target=self._run, name="mailbox", daemon=True)

    def start(self) -> None:
        """Begins to look."""
        if self._house.settings.imap_url:
            self.thread.start()

    def stop(self) -> None:
        """Ends after the page that is being fetched."""
        self._stopping.set()
        if self.thread.is_alive():
            self.thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                poll(self._house, self._stopping.is_set)
            except (SQLAlchemyError, Unavailable) as error:  # the storage may be away; the mail waits in its mailbox
                log.error("mailbox.unstored", error=type(error).__name__)
            self._stopping.wait(EVERY.total_seconds())
