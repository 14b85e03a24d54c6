"""A mailbox read over a real IMAP server: by number, read-only, in pieces, over TLS that somebody vouches for."""

import ssl
from datetime import UTC, date, datetime

import pytest

from channels.mail_imap import CHUNK, MailboxDown, opened
from tests.support import mailboxes
from tests.support.mailboxes import Account, Server

RAW = b"From: a@b.example\r\nSubject: s\r\n\r\nhello\r\n"
REACHED = datetime(2026, 3, 11, 16, 58, 30, tzinfo=UTC)


@pytest.fixture
def account(imap_server: Server) -> Account:
    return Account(imap_server)


def test_mails_are_numbered_and_stay_as_they_were(account: Account) -> None:
    account.put(RAW, at=REACHED)
    account.put(RAW + b"two\r\n", flags="\\Seen")
    with opened(account.url()) as mailbox:
        assert (mailbox.after(0), mailbox.after(1), mailbox.after(2), mailbox.newest) == ([1, 2], [2], [], 2)
        assert (mailbox.since(date(2026, 3, 11)), mailbox.since(date(2026, 3, 12))) == ([1, 2], [2])
        held = mailbox.look(1)
        assert held == (1, len(RAW), REACHED)
        assert (b"".join(mailbox.read(1, held.size)), mailbox.look(7)) == (RAW, None)
    with account.opened() as client:
        assert client.uid("FETCH", "1:2", "(FLAGS)")[1] == [b"1 (UID 1 FLAGS ())", b"2 (UID 2 FLAGS (\\Seen))"]


def test_a_large_mail_comes_in_pieces(account: Account) -> None:
    raw = RAW + b"0123456789abcdef" * (CHUNK // 6)
    account.put(raw)
    with opened(account.url()) as mailbox:
        pieces = list(mailbox.read(1, len(raw)))
    assert (b"".join(pieces), max(map(len, pieces))) == (raw, CHUNK)


def test_a_mail_that_goes_meanwhile_is_empty(account: Account) -> None:
    account.put(RAW)
    with opened(account.url()) as mailbox, account.opened() as client:
        client.uid("STORE", "1", "+FLAGS", "\\Deleted")
        client.expunge()
        assert b"".join(mailbox.read(1, len(RAW))) == b""


def test_a_folder_by_its_name(account: Account) -> None:
    with account.opened() as client:
        client.create('"To the clinic"')
    account.put(RAW, folder="To the clinic")
    with opened(account.url(folder="To%20the%20clinic")) as mailbox:
        assert mailbox.after(0) == [1]


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
def test_tls_needs_somebody_who_vouches(account: Account, scheme: str) -> None:
    account.put(RAW)
    trusting = ssl.create_default_context(cafile=str(account.server.certificate))
    with opened(account.url(scheme), tls=trusting) as mailbox:
        assert mailbox.after(0) == [1]
    with pytest.raises(MailboxDown, match=r"^nobody vouches for its certificate$"), opened(account.url(scheme)):
        pass


def test_what_is_wrong_is_said_without_the_servers_words(account: Account) -> None:
    faults = {
        account.url().replace("p%40ss", "other"): "it refused the sign-in or a command",
        account.url(folder="Nowhere"): "there is no such folder",
        f"imap://a:b@127.0.0.1:{mailboxes.free_port()}/": "no connection (ConnectionRefusedError)",
    }
    for url, reason in faults.items():
        with pytest.raises(MailboxDown) as down, opened(url):
            pass
        assert str(down.value) == reason


def test_what_the_reader_raises_is_not_the_mailboxs_fault(account: Account) -> None:
    with pytest.raises(FileNotFoundError), opened(account.url()):
        raise FileNotFoundError
