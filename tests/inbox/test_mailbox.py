"""A mailbox that is read: each mail once, whatever others do there and whatever one mail holds."""

from datetime import timedelta
from threading import Event

import msgspec
import pytest
from sqlalchemy import select

from channels import mail_imap
from inbox import mailbox, worker
from inbox.store import tables as t
from tests.support.house import DAY, HOUR, MINUTE, NOW, Clinic
from tests.support.mailboxes import Account, Server


@pytest.fixture
def account(clinic: Clinic, imap_server: Server) -> Account:
    """A mailbox that the clinic reads."""
    made = Account(imap_server)
    clinic.house.settings = msgspec.structs.replace(clinic.house.settings, imap_url=made.url())
    return made


def letter(number: int, text: str = "Can I come on Monday?") -> bytes:
    head = (
        f"From: Ana <ana{number}@home.example>\r\nSubject: Letter {number}\r\nMessage-ID: <{number}@home.example>\r\n"
    )
    return f"{head}Date: Mon, 1 Jan 2024 10:00:00 +0000\r\n\r\n{text}\r\n".encode()


def look(clinic: Clinic) -> int:
    """One look when it is due, and all understood."""
    clinic.move(mailbox.EVERY)
    taken = mailbox.poll(clinic.house)
    worker.work_off(clinic.house)
    return taken


def subjects(clinic: Clinic) -> list[str]:
    return [row.subject for row in clinic.all(select(t.messages).order_by(t.messages.c.id))]


def test_each_mail_comes_once_whoever_has_read_it(clinic: Clinic, account: Account) -> None:
    account.put(letter(1), at=NOW - DAY)
    account.put(letter(2), at=NOW, flags="\\Seen")
    assert (look(clinic), look(clinic)) == (2, 0)
    account.put(letter(3), at=NOW)
    assert (look(clinic), subjects(clinic)) == (1, ["Letter 1", "Letter 2", "Letter 3"])


def test_time_counts_from_the_mailbox_not_from_the_writers_clock(clinic: Clinic, account: Account) -> None:
    """Clocks too: a mail that lay there while we were down is late by as much."""
    account.put(letter(1), at=NOW - HOUR)
    look(clinic)
    (message,) = clinic.all(select(t.messages))
    assert (message.at, message.received_at) == (NOW - HOUR, clinic.now)
    assert clinic.clocks(message.conversation_id)["first_response"].started_at == NOW - HOUR


def test_the_first_look_goes_thirty_days_back(clinic: Clinic, account: Account) -> None:
    account.put(letter(1), at=NOW - timedelta(days=40))
    account.put(letter(2), at=NOW - timedelta(days=20))
    assert (look(clinic), subjects(clinic)) == (1, ["Letter 2"])
    assert look(clinic) == 0


def test_an_old_mailbox_without_anything_new_stays_old(clinic: Clinic, account: Account) -> None:
    account.put(letter(1), at=NOW - timedelta(days=40))
    assert (look(clinic), look(clinic)) == (0, 0)


def test_a_mailbox_made_anew_repeats_nothing(clinic: Clinic, account: Account) -> None:
    clinic.house.settings = msgspec.structs.replace(clinic.house.settings, imap_url=account.url(folder="Box"))
    with account.opened() as client:
        client.create("Box")
    account.put(letter(1), letter(2), at=NOW, folder="Box")
    assert look(clinic) == 2
    with account.opened() as client:
        client.delete("Box")
        client.create("Box")
    account.put(letter(2), letter(3), at=NOW, folder="Box")
    assert (look(clinic), subjects(clinic)) == (1, ["Letter 1", "Letter 2", "Letter 3"])


def test_one_poison_mail_holds_up_nothing(clinic: Clinic, account: Account) -> None:
    account.put(b"From: " + b"(" * 900, letter(2), at=NOW)
    assert look(clinic) == 2
    assert [row.state for row in clinic.all(select(t.arrivals).order_by(t.arrivals.c.id))] == [
        "quarantined",
        "received",
    ]


def test_a_large_mail_is_streamed_and_one_without_end_is_named(
    clinic: Clinic, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MAIL_BYTES", 3_000_000)
    large = letter(1, "x" * 76 + "\r\n" + "0123456789" * 200_000)
    account.put(large, letter(2, "y" * 3_000_000), at=NOW)
    assert look(clinic) == 2
    whole, named = clinic.all(select(t.arrivals).order_by(t.arrivals.c.id))
    assert (whole.state, whole.size, clinic.house.files.read(whole.blob)) == ("received", len(large), large)
    assert (named.state, named.reason) == ("quarantined", "mail of 2 MiB: read it where it arrived")


def test_two_processes_do_not_look_at_the_same_time(clinic: Clinic, account: Account) -> None:
    account.put(letter(1), at=NOW)
    assert (mailbox.poll(clinic.house), mailbox.poll(clinic.house)) == (1, 0)
    account.put(letter(2), at=NOW)
    assert mailbox.poll(clinic.house) == 0
    clinic.move(mailbox.EVERY)
    assert mailbox.poll(clinic.house) == 1


def test_a_mailbox_that_is_down_is_named_and_read_on_when_it_is_back(clinic: Clinic, account: Account) -> None:
    account.put(letter(1), at=NOW)
    url = account.url()
    assert look(clinic) == 1
    settings = clinic.house.settings
    clinic.house.settings = msgspec.structs.replace(settings, imap_url=url.replace("p%40ss", "other"))
    account.put(letter(2), at=NOW + MINUTE)
    assert (look(clinic), mailbox.state(clinic.house)) == (0, "it refused the sign-in or a command")
    clinic.house.settings = settings
    assert (look(clinic), mailbox.state(clinic.house), subjects(clinic)) == (1, "ok", ["Letter 1", "Letter 2"])


def test_a_cut_in_the_middle_loses_nothing(clinic: Clinic, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wire breaks at the third mail; what was stored before stays, the rest comes with the next look."""
    monkeypatch.setattr(mailbox, "PAGE", 1)
    account.put(*(letter(number) for number in range(1, 5)), at=NOW)
    look_at = mail_imap.Mailbox.look
    with monkeypatch.context() as patched:

        def cut(box: mail_imap.Mailbox, uid: int) -> mail_imap.Held | None:
            if uid == 3:
                box._open.shutdown()
            return look_at(box, uid)

        patched.setattr(mail_imap.Mailbox, "look", cut)
        assert look(clinic) == 0
    assert len(subjects(clinic)) == 2
    assert (look(clinic), len(subjects(clinic))) == (2, 4)


def test_the_poller_looks_at_once_and_ends_when_told(clinic: Clinic, account: Account) -> None:
    account.put(letter(1), at=NOW)
    poller = mailbox.Poller(clinic.house)
    stored = Event()
    clinic.house.database.woken.append(lambda work: stored.set())
    poller.start()
    assert stored.wait(30)
    poller.stop()
    assert (poller.thread.is_alive(), clinic.count(t.arrivals)) == (False, 1)


def test_without_a_mailbox_nothing_looks(clinic: Clinic) -> None:
    poller = mailbox.Poller(clinic.house)
    poller.start()
    poller.stop()
    assert (poller.thread.ident, mailbox.state(clinic.house)) == (None, "not used")
